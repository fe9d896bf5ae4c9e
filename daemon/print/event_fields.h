// One event of a log field by field, as it stands there, less what nobody should see by default.
#pragma once

#include <string>
#include <vector>

#include "audit/event.h"

namespace redshank {

struct EventField {
    std::string name;   // as the log writes it: "objectRef.namespace"
    std::string value;  // as the server logged it: print_text() or Html makes it safe
};

// Those that are there, in the order of audit.k8s.io/v1. Of bodies and of the server's message (which may
// quote a body) only their size is told, of the query that there is one. Of extra and annotations, which
// webhooks fill as they like (with patches, too), values are told when the API server itself wrote them.
std::vector<EventField> fields_of(const audit::Event& event);

}  // namespace redshank
