// Which alerts wait for receivers, and which could not be delivered?
#pragma once

#include <string>
#include <vector>

#include "core/state/state.h"
#include "exporters/alert.h"

namespace redshank {

struct OutboxRow {
    std::string key;       // in its table
    bool is_dead = false;  // given up; else waiting
    std::string receiver;
    audit::Time time{};     // waiting: decided; dead: given up
    uint32_t attempts = 0;  // of what waits
    std::string reason;     // of what is dead
    Alert alert;
};

// The rows of the receiver ("" for all): waiting ones before dead ones, each the oldest first.
std::vector<OutboxRow> outbox(const StateReader& state, const std::string& receiver);
std::vector<OutboxRow> dead_letters(const StateReader& state, const std::string& receiver);

}  // namespace redshank
