// Which Secrets' content a request concerns.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/event.h"

namespace redshank::secrets {

// The Secrets that one request is about. "" stands for all: {"shop", ""} is every Secret of a namespace,
// {"", ""} every one of the cluster, {"", "db"} the Secrets of that name everywhere.
struct SecretScope {
    std::string namespace_, name;
    std::vector<std::string> not_names;  // excluded by fieldSelector=metadata.name!=…

    bool is_named() const { return !name.empty(); }
    // "shop/db", "shop/*", "*/*".
    std::string to_string() const;
    // "Secret shop/db", "the Secrets of namespace shop", "all Secrets of the cluster".
    std::string in_words() const;
};

// The scope of a request on core/v1 secrets themselves (not a subresource, not a custom resource that is also
// called "secrets"); nothing for all others. Reads the field selectors of list, watch and deletecollection;
// label selectors cannot be evaluated, so a scope is an upper bound.
std::optional<SecretScope> secret_scope(const audit::Event& event);

// Whether the answer carried content that the client did not send: get, list, watch, update, patch (not one
// that made its object: code 201) and deletecollection (which returns the whole list), dry run or not; delete
// only when finalizers held the object, for then the answer is the object and no Status. Only successes: 403
// and 404 disclose nothing.
bool discloses_secret(const audit::Event& event);

// Whether a right to this verb reveals content to its holder; "*" does.
bool verb_discloses(std::string_view verb);

}  // namespace redshank::secrets
