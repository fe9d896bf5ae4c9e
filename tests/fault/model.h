// Random sequences of what can happen to an audit log, and what must then have been read.
#pragma once

#include <cstdint>
#include <string>

namespace redshank::test {

struct ModelResult {
    std::string failure;  // "" when every line came once and in order; else what is wrong, with the history
    uint64_t lines = 0, steps = 0, deaths = 0, full_disks = 0;
};

// One sequence of `steps` steps in a fresh folder. The same seed gives the same sequence.
ModelResult run_model(uint64_t seed, int steps);

}  // namespace redshank::test
