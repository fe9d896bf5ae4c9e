// Actors and actions in people's words, for findings, tables and pages.
#pragma once

#include <string>

#include "core/request/request.h"

namespace redshank {

// "alice", "service account ci/deployer", "node worker-3", "an anonymous caller", "bootstrap token 07401b",
// "somebody whom the server does not know"; for the control plane its own name ("kube-scheduler", "controller
// job-controller"). Not safe for terminals: names are as the server logged them.
std::string actor_words(const Actor& actor);

// The past tense of an API verb on a resource with an optional subresource: "created", "changed", "deleted",
// "read", "listed", "watched", … An exec is "ran a command in".
std::string_view past_of(std::string_view verb, std::string_view subresource = {});

// "patched Role shop/edit", "listed Secrets in payments", "ran a command in Pod shop/web", "read /version".
std::string deed_words(const Request& request);

}  // namespace redshank
