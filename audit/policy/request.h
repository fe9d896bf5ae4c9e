// What a request was to the policy, taken from its event. Source: apiserver
// pkg/endpoints/request/requestinfo.go.
#pragma once

#include "audit/policy/policy.h"

namespace redshank::audit::policy {

// Fills in what a path says: is_resource and the parts of the object. `path` is decoded and has no query.
void read_path(std::string path, Request& request);

// The attributes by which the server chose the level of this event. The name is that of the URL, or of
// fieldSelector=metadata.name=X in a list or watch: the name in the body of a create is not known yet when
// the policy is asked. Of an event without its URI (shortened, or from a cloud) objectRef tells.
// The views look into the event.
Request request_of(const Event& event);

}  // namespace redshank::audit::policy
