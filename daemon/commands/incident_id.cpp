#include "daemon/commands/incident_id.h"

#include "core/log.h"
#include "daemon/questions/incidents.h"
#include "daemon/store/checked.h"

namespace redshank {

std::optional<Incident> incident_of_id(const Store& store, const std::string& id) {
    std::vector<Incident> all = incidents_called(checked_state(store), id);
    if (all.size() == 1) return std::move(all.front());
    if (all.empty()) {
        log_error("there is no incident {}; `redshank incidents` shows them", id);
    } else {
        log_error("{} incidents begin with {}: give more of the id", all.size(), id);
    }
    return std::nullopt;
}

}  // namespace redshank
