#include "daemon/incidents/say.h"

#include "core/state/row.h"

namespace redshank {

std::string say_of_incident(Store& store, const SaidOfIncident& said) {
    store.begin();
    store.writer().put(kSaidTable, key_of(said), write_row(said));
    return store.commit() ? "" : store.problem();
}

}  // namespace redshank
