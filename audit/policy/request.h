// Reconstructs from an event the request that the policy saw. Source: apiserver
// pkg/endpoints/request/requestinfo.go.
#pragma once

#include "audit/policy/policy.h"

namespace redshank::audit::policy {

// Sets is_resource and the parts of the object from a path. `path` is decoded and has no query.
void read_path(std::string path, Request& request);

// The attributes from which the server chose the level of this event. The name is that of the URL, or of
// fieldSelector=metadata.name=X in a list or watch: the name in the body of a create is not yet known when
// the policy is evaluated. For an event without its URI (shortened, or from a cloud service) objectRef is
// used. The views refer to the event.
Request request_of(const Event& event);

}  // namespace redshank::audit::policy
