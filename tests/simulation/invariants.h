// What must hold whatever happened. Each function gives "" or a sentence that says what does not.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "daemon/incidents/book.h"
#include "daemon/store/store.h"
#include "tests/simulation/receivers.h"
#include "tests/simulation/server.h"

namespace redshank::sim {

class Invariants {
  public:
    // Everything that can be read was read: each request that is in a file has its finding, of one event, and
    // what is neither there nor was found is told as a new gap of its log.
    std::string read_once(const std::deque<Server>& servers, const Store& store);
    // Everything could be delivered: each finding has arrived, as one message. None came again to whoever had
    // told this process that it was taken.
    std::string delivered_once(const Store& store, const Receivers& receivers) const;
    // Requests of different users on different objects have no incident in common.
    std::string told_apart(const IncidentBook& incidents) const;
    // No table has more rows than its cap, no row is as long as a client's text, no descriptor is left open.
    std::string bounded(const Store& store) const;

  private:
    struct Losses {
        uint64_t requests = 0, told = 0;
    };
    std::map<std::string, Losses> losses_;  // by log
};

// How far the finding of a request has come, in words.
std::string whereabouts(uint64_t number, const Store& store);

// The number of the simulated request that a finding is about; 0: none.
uint64_t number_of(const Finding& finding);

}  // namespace redshank::sim
