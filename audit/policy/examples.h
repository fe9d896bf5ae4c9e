// Requests that stand for all that a rule can match. For lint.
#pragma once

#include <functional>

#include "audit/policy/policy.h"

namespace redshank::audit::policy {

// The verbs of requests on resources, and the lower-case methods of others.
inline constexpr std::string_view kResourceVerbs[] = {"get",    "list",  "watch",  "create",
                                                      "update", "patch", "delete", "deletecollection"};
inline constexpr std::string_view kUrlVerbs[] = {"get", "post", "put", "patch", "delete", "head", "options"};

// The core of an account's name and groups as the API server makes them.
struct Actor {
    bool has_user = true;
    std::string user;
    std::vector<std::string> groups;
};

// Service accounts and authenticated users have groups of their own accord.
Actor actor_named(std::string user);

// Calls back with requests that the rule matches and that other rules match as little as possible: an
// account that no rule names, an object that no rule names, where the rule leaves it open. So a rule that is
// the first for none of them is the first for no request. Ends when `use` returns false, or after 200,000.
// The views of a request live during the call.
void each_example(const Rule& rule, const std::function<bool(const Request&)>& use);

// Those with the verb, group, resource and subresource of `kind` only.
void each_example_of(const Rule& rule, const Request& kind, const std::function<bool(const Request&)>& use);

}  // namespace redshank::audit::policy
