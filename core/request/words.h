// How people call who did what: for findings, tables and pages.
#pragma once

#include <string>

#include "core/request/request.h"

namespace redshank {

// "alice", "service account ci/deployer", "node worker-3", "an anonymous caller", "bootstrap token 07401b",
// "somebody whom the server does not know"; of the control plane its own name ("kube-scheduler",
// "controller job-controller"). Not safe for terminals: names are as the server logged them.
std::string actor_words(const Actor& actor);

// "created", "changed", "deleted", "read", "listed", "watched", …: what an API verb on a resource (with its
// subresource) is when it is done. A patch of a Role has patched it; an exec runs a command.
std::string_view past_of(std::string_view verb, std::string_view subresource = {});

// "patched Role shop/edit", "listed Secrets in payments", "ran a command in Pod shop/web", "read /version".
std::string deed_words(const Request& request);

}  // namespace redshank
