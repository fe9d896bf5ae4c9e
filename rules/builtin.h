// Whether a caller is the control plane itself. core/request is to own "who a caller is" one day; until then
// this is the only place of rules/ that knows.
#pragma once

#include <string_view>

#include "audit/event.h"

namespace redshank::rules {

// A controller inside kube-controller-manager, by the name of its account in kube-system.
// Source: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go.
bool is_builtin_controller(std::string_view account);

// By exact identity, never by the name of a role, which whoever writes roles may choose: the API server's
// loopback client, kube-controller-manager, kube-scheduler, the controllers under their own accounts, and
// nodes at what the Node authorizer allows. Whoever plays one of them, or holds a token of one inside a pod,
// is none.
bool is_builtin(const audit::Event& event);

}  // namespace redshank::rules
