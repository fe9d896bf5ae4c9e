#include "core/request/words.h"

#include <utility>

#include "audit/request_uri.h"
#include "core/request/kind.h"
#include "core/request/names.h"

namespace redshank {

namespace {

bool is_many(const audit::Event& event) {
    return event.verb == "list" || event.verb == "watch" || event.verb == "deletecollection";
}

std::string plural(std::string_view kind) {
    std::string out(kind);
    if (kind.ends_with("y") && !kind.ends_with("ey")) return out.replace(out.size() - 1, 1, "ies");
    return kind.ends_with("s") ? (kind == "Endpoints" ? out : out + "es") : out + "s";
}

// "Role shop/edit", "Secrets in payments", "widgets.example.com shop/a".
std::string object_words(const audit::Event& event) {
    const audit::ObjectRef& object = event.object;
    const std::string_view kind = kind_of(object.api_group, object.resource);
    const bool many = is_many(event) && object.name.empty();
    std::string out;
    if (kind.empty()) {
        out.append(object.resource);
        if (!object.api_group.empty()) out.append(".").append(object.api_group);
    } else {
        out = many ? plural(kind) : std::string(kind);
    }
    if (many) return object.namespace_.empty() ? out : out.append(" in ").append(object.namespace_);
    const bool is_own = object.resource == "namespaces";  // a Namespace has its own name as its namespace
    if (object.name.empty()) {
        return object.namespace_.empty() || is_own ? out : out.append(" in ").append(object.namespace_);
    }
    out += ' ';
    if (!object.namespace_.empty() && !is_own) out.append(object.namespace_).append("/");
    return out.append(object.name);
}

}  // namespace

std::string actor_words(const Actor& actor) {
    switch (actor.actor_class) {
        case ActorClass::ServiceAccount:
            return "service account " + actor.namespace_ + "/" + actor.account;
        case ActorClass::Node:
            return "node " + actor.name.substr(kNodePrefix.size());
        case ActorClass::ControlPlane:
            return actor.component == Component::Controller ? "controller " + actor.account
                                                            : actor.name.substr(kReservedPrefix.size());
        case ActorClass::Anonymous:
            return "an anonymous caller";
        case ActorClass::BootstrapToken:
            return "bootstrap token " + actor.bootstrap_id;
        case ActorClass::Unauthenticated:
            return "somebody whom the server does not know";
        case ActorClass::Human:
            break;
    }
    return actor.name;
}

std::string_view past_of(std::string_view verb, std::string_view subresource) {
    static constexpr std::pair<std::string_view, std::string_view> kSubresources[] = {
        {"exec", "ran a command in"},
        {"attach", "attached to"},
        {"portforward", "forwarded a port to"},
        {"proxy", "went through"},
        {"token", "asked for a token of"},
        {"scale", "scaled"},
        {"approval", "approved"},
        {"eviction", "evicted"},
        {"log", "read the log of"}};
    static constexpr std::pair<std::string_view, std::string_view> kVerbs[] = {
        {"get", "read"},      {"list", "listed"},    {"watch", "watched"},  {"create", "created"},
        {"patch", "patched"}, {"update", "changed"}, {"delete", "deleted"}, {"deletecollection", "deleted"}};
    const bool is_scale_read = subresource == "scale" && (verb == "get" || verb == "watch");
    if (!is_scale_read) {
        for (const auto& [name, past] : kSubresources) {
            if (name == subresource) return past;
        }
    }
    for (const auto& [name, past] : kVerbs) {
        if (name == verb) return past;
    }
    return "sent a request to";
}

std::string deed_words(const Request& request) {
    const audit::Event& event = request.event;
    std::string out(past_of(event.verb, event.object.subresource));
    out += ' ';
    if (!event.object.present) return out.append(audit::uri_path(event.request_uri));
    return out + object_words(event);
}

}  // namespace redshank
