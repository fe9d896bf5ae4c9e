// The action of a request in the form in which habits are stored, and its value for an intruder.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/request/request.h"

namespace redshank::access {

// Tactics, in the order in which an intrusion proceeds and a story's sentence lists them.
enum class Tactic : uint8_t {
    None,
    Discovery,
    CredentialAccess,
    Persistence,
    PrivilegeEscalation,
    Execution,
    Impact,
    DefenseEvasion
};

std::span<const std::string_view> words_of(Tactic);
std::string_view to_string(Tactic tactic);

struct Action {
    std::string key;  // "list secrets", "connect pods/exec", "refused: get secrets", "playing a machine: …"
    std::string phrase;  // "list secrets": in habits and suppressions, never in a sentence
    std::string scope;   // "own", "cluster", "any", or the stem of a namespace
    std::string thing;   // stem of the object's name, for secrets only; else ""
    int weight = 0;      // 0: not sensitive; 1 (of some use) to 4 (what intruders look for)
    Tactic tactic = Tactic::None;
    std::string_view mitre;  // "" when weight is 0
    bool happened = true;    // see Request::has_effect()
    // Forbidden or unauthenticated. A request that admission refused was within the caller's rights and
    // counts as done.
    bool refused = false;
};

// Where, of a scope of habits: "in its own namespace", "in a new namespace", "for the whole cluster", and for
// any other one "in payments", the namespace; its stem is the scope.
std::string scope_words(std::string_view scope, std::string_view namespace_);

// For an event that answers a request on a resource.
Action action_from(const Request& request);

// Whether any part of this detector looks at the name of such an object, and not only at whether there is
// one: of Secrets (thing, Helm's releases), of what the Node authorizer ties to a Pod (node_life), of the
// public cluster-info (anonymous_success), of a joining node's objects (node_join), of bindings and
// namespaces.
bool is_judged_by_name(const audit::ObjectRef& object);

// "secrets", "pods/exec", "widgets.example.com": resource with group (except built-in ones)
// and subresource.
std::string resource_of(const audit::ObjectRef& object);
void append_resource(std::string& out, const audit::ObjectRef& object);

}  // namespace redshank::access
