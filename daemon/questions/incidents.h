// Which incidents are there?
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/incident/incident.h"
#include "core/state/state.h"

namespace redshank {

struct IncidentsFilter {
    bool only_open = false;
    std::optional<audit::Time> since;  // with something new at or after it
    std::string cluster, user;         // "" for all; a user also where somebody acts for him
    Severity least = Severity::Info;
};

// The newest first. What joined another incident is told there.
std::vector<Incident> incidents(const StateReader& state, const IncidentsFilter& filter);

// The same for who asks again and again: rows that have not changed since are not read anew. One thread.
class KnownIncidents {
  public:
    void refresh(const StateReader& state);
    // As incidents(); valid until refresh().
    std::vector<const Incident*> matching(const IncidentsFilter& filter) const;

  private:
    struct Known {
        size_t mark = 0;  // of the row's text
        Incident incident;
        uint64_t seen = 0;  // the refresh that saw it last
    };
    std::map<std::string, Known, std::less<>> all_;
    uint64_t refreshes_ = 0;
};

// Those whose ids begin so; those that joined another, too.
std::vector<Incident> incidents_called(const StateReader& state, std::string_view id);

}  // namespace redshank
