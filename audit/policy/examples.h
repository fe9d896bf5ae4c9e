// Generates example requests that together cover everything that a rule can match. Used by lint.
#pragma once

#include <functional>

#include "audit/policy/policy.h"

namespace redshank::audit::policy {

// The verbs of requests for resources, and the lower-case HTTP methods of other requests.
inline constexpr std::string_view kResourceVerbs[] = {"get",    "list",  "watch",  "create",
                                                      "update", "patch", "delete", "deletecollection"};
inline constexpr std::string_view kUrlVerbs[] = {"get", "post", "put", "patch", "delete", "head", "options"};

// An account's name and the groups that the API server gives it.
struct Actor {
    bool has_user = true;
    std::string user;
    std::vector<std::string> groups;
};

// Adds the groups that the API server itself gives to service accounts and authenticated users.
Actor actor_named(std::string user);

// Calls `use` with requests that the rule matches and that other rules match as little as possible: where the
// rule leaves it open, the account and the object have names that no rule has. If the rule is the first match
// for none of these requests, it is the first match for no request at all. Ends when `use` returns false, or
// after 200,000 requests. The views of a request are valid during the call.
void each_example(const Rule& rule, const std::function<bool(const Request&)>& use);

// Like each_example, but only requests with the verb, group, resource and subresource of `kind`.
void each_example_of(const Rule& rule, const Request& kind, const std::function<bool(const Request&)>& use);

}  // namespace redshank::audit::policy
