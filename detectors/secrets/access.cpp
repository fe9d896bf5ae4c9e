#include "detectors/secrets/access.h"

#include <algorithm>
#include <array>

#include "audit/request_uri.h"
#include "core/request/words.h"

namespace redshank::secrets {

namespace {

constexpr std::array<std::string_view, 6> kDisclosing{"get",    "list",  "watch",
                                                      "update", "patch", "deletecollection"};

// One requirement of a field selector: "metadata.name!=db". The two fields that matter here have names as
// values, which contain no escapes.
void apply_term(std::string_view term, SecretScope& scope) {
    const size_t equals = term.find('=');
    if (equals == std::string_view::npos || equals == 0) return;
    const bool negated = term[equals - 1] == '!';
    const std::string_view field = term.substr(0, negated ? equals - 1 : equals);
    std::string_view value = term.substr(equals + 1);
    if (value.starts_with('=')) value.remove_prefix(1);
    if (field == "metadata.name" && negated) scope.not_names.emplace_back(value);
    if (field == "metadata.name" && !negated && scope.name.empty()) scope.name = value;
    if (field == "metadata.namespace" && !negated && scope.namespace_.empty()) scope.namespace_ = value;
}

}  // namespace

std::string SecretScope::to_string() const {
    return (namespace_.empty() ? "*" : namespace_) + "/" + (name.empty() ? "*" : name);
}

std::string SecretScope::in_words() const {
    const Thing thing{
        .group = "", .resource = "secrets", .subresource = "", .namespace_ = namespace_, .name = name};
    if (is_named()) return namespace_.empty() ? "all Secrets named " + name_words(name) : thing_words(thing);
    return all_words(thing);
}

std::optional<SecretScope> secret_scope(const audit::Event& event) {
    if (!event.is_resource("", "secrets") || !event.object.subresource.empty()) return std::nullopt;
    SecretScope scope{std::string(event.object.namespace_), std::string(event.object.name), {}};
    if (event.verb == "list" || event.verb == "watch" || event.verb == "deletecollection") {
        const std::string selector = audit::query_value(event.request_uri, "fieldSelector");
        for (std::string_view rest = selector; !rest.empty();) {
            const size_t comma = std::min(rest.find(','), rest.size());
            apply_term(rest.substr(0, comma), scope);
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return scope;
}

bool discloses_secret(const audit::Event& event) {
    if (event.response.code < 200 || event.response.code >= 300) return false;
    if (event.created_object()) return false;
    if (event.verb == "delete") return event.response.status != "Success";
    return std::find(kDisclosing.begin(), kDisclosing.end(), event.verb) != kDisclosing.end();
}

bool verb_discloses(std::string_view verb) {
    return verb == "*" || std::find(kDisclosing.begin(), kDisclosing.end(), verb) != kDisclosing.end();
}

}  // namespace redshank::secrets
