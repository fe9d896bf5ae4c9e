// Random sequences of everything that can happen to an audit log, and a check of what must have been read.
#pragma once

#include <cstdint>
#include <string>

namespace redshank::test {

struct ModelResult {
    // "" when every line was read once and in order; otherwise the problem, with the history.
    std::string failure;
    uint64_t lines = 0, steps = 0, deaths = 0, full_disks = 0;
};

// Runs one sequence of `steps` steps in a fresh folder. The same seed gives the same sequence.
ModelResult run_model(uint64_t seed, int steps);

}  // namespace redshank::test
