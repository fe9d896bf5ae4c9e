#include "core/request/words.h"

#include <algorithm>
#include <array>

#include "audit/request_uri.h"
#include "audit/utf8.h"
#include "core/finding/text.h"
#include "core/request/done_verb.h"
#include "core/request/kind.h"
#include "core/request/names.h"

namespace redshank {

namespace {

// What was done and what somebody wanted to do.
struct Words {
    std::string_view past, wish;
};
struct VerbRow {
    std::string_view verb;
    Words words;
};
constexpr VerbRow kVerbs[] = {
    {"get", {"read", "read"}},         {"list", {"listed", "list"}},
    {"watch", {"watched", "watch"}},   {"create", {"created", "create"}},
    {"patch", {"changed", "change"}},  {"update", {"changed", "change"}},
    {"delete", {"deleted", "delete"}}, {"deletecollection", {"deleted", "delete"}},
};

// A subresource that is an act of its own; `reads` are not when only_writes.
struct PartRow {
    std::string_view part;
    bool only_writes;
    Words words;
};
constexpr PartRow kParts[] = {
    {"exec", false, {"ran a command in", "run a command in"}},
    {"attach", false, {"attached to", "attach to"}},
    {"portforward", false, {"forwarded a port to", "forward a port to"}},
    {"proxy", false, {"sent a request through", "send a request through"}},
    {"log", false, {"read the log of", "read the log of"}},
    {"token", true, {"asked for a token of", "ask for a token of"}},
    {"scale", true, {"scaled", "scale"}},
    {"approval", true, {"approved", "approve"}},
    {"eviction", true, {"evicted", "evict"}},
    {"ephemeralcontainers", true, {"put a debug container into", "put a debug container into"}},
};
constexpr Words kShell{"opened a shell in", "open a shell in"};

// Questions about rights and identities are objects only for the API. "{}" is "their" or "its".
struct QuestionRow {
    std::string_view resource;
    Words words;
};
constexpr QuestionRow kQuestions[] = {
    {"selfsubjectrulesreviews", {"asked for all {} rights", "ask for all {} rights"}},
    {"selfsubjectaccessreviews", {"asked about one of {} rights", "ask about one of {} rights"}},
    {"subjectaccessreviews", {"asked about a right of another", "ask about a right of another"}},
    {"localsubjectaccessreviews", {"asked about a right of another", "ask about a right of another"}},
    {"selfsubjectreviews", {"asked for {} own name", "ask for {} own name"}},
    {"tokenreviews", {"asked to whom a token belongs", "ask to whom a token belongs"}},
};

Words words_of(std::string_view verb) {
    for (const VerbRow& row : kVerbs) {
        if (row.verb == verb) return row.words;
    }
    return {"sent a request to", "send a request to"};
}

// "ran a command in", "changed the status of".
std::string doing(std::string_view verb, std::string_view part, bool is_past) {
    const bool is_read = verb == "get" || verb == "list" || verb == "watch";
    for (const PartRow& row : kParts) {
        if (row.part != part || (row.only_writes && is_read)) continue;
        return std::string(is_past ? row.words.past : row.words.wish);
    }
    const Words words = words_of(verb);
    std::string out(is_past ? words.past : words.wish);
    const bool has_object = out.ends_with(" to");
    if (!part.empty() && part != "scale")
        out.append(has_object ? " " : " the ").append(name_words(part)).append(" of");
    return out;
}

bool is_many(std::string_view verb, const Thing& thing) {
    return thing.name.empty() && (verb == "list" || verb == "watch" || verb == "deletecollection");
}

// A list that a name has chosen is a read of that one.
std::string_view of_one(std::string_view verb, const Thing& thing) {
    return verb == "list" && !thing.name.empty() ? "get" : verb;
}

std::string plural(std::string_view kind) {
    std::string out(kind);
    if (kind.ends_with("y") && !kind.ends_with("ey")) return out.replace(out.size() - 1, 1, "ies");
    return kind.ends_with("s") ? (kind == "Endpoints" ? out : out + "es") : out + "s";
}

bool starts_with_vowel(std::string_view word) {
    return !word.empty() && std::string_view("AEIOaeio").find(word.front()) != std::string_view::npos;
}

// "widgets.example.com", for what Kubernetes does not have itself.
std::string resource_words(const Thing& thing) {
    const std::string out = name_words(thing.resource);
    return thing.group.empty() ? out : out + "." + name_words(thing.group);
}

// "Secrets in payments", "Nodes of the cluster".
std::string many_words(const Thing& thing) {
    std::string out = kinds_words(thing);
    if (thing.namespace_.empty() || thing.resource == "namespaces") return out + " of the cluster";
    return out.append(" in ").append(name_words(thing.namespace_));
}

bool has_selector(std::string_view uri) {
    return uri.find("labelSelector=") != std::string_view::npos ||
           uri.find("fieldSelector=") != std::string_view::npos;
}

std::string request_words(const Request& request, bool is_past) {
    const audit::Event& event = request.event;
    const Thing thing = thing_of(event.object);
    if (!event.object.present) {
        const std::string_view path = audit::uri_path(event.request_uri);
        return doing(event.verb, {}, is_past) + " " +
               (path.empty() ? "the API server" : name_words(path, 64));
    }
    const bool is_of_reviews =
        thing.group == "authorization.k8s.io" || thing.group == "authentication.k8s.io";
    for (const QuestionRow& row : kQuestions) {
        if (!is_of_reviews || event.verb != "create" || row.resource != thing.resource) continue;
        std::string out(is_past ? row.words.past : row.words.wish);
        const bool is_person = request.doer().is(ActorClass::Human);
        if (const size_t slot = out.find("{}"); slot != std::string::npos)
            out.replace(slot, 2, is_person ? "their" : "its");
        return thing.namespace_.empty() ? out : out.append(" in ").append(name_words(thing.namespace_));
    }
    // exec with a terminal; the command itself is never told.
    if (thing.subresource == "exec" && event.request_uri.find("tty=true") != std::string_view::npos)
        return std::string(is_past ? kShell.past : kShell.wish) + " " + thing_words(thing);
    const std::string_view verb = done_verb(event.verb, event.response.code);
    const std::string what = doing(of_one(verb, thing), thing.subresource, is_past);
    if (!is_many(event.verb, thing)) return what + " " + thing_words(thing);
    return what + " " + (has_selector(event.request_uri) ? many_words(thing) : all_words(thing));
}

// A name that cannot be taken for words of ours.
bool is_plain(std::string_view text) {
    static constexpr std::array<bool, 256> kOfNames = [] {
        std::array<bool, 256> of_names{};
        for (size_t c = 0; c < 256; ++c)
            of_names[c] =
                (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
        for (const char c : std::string_view(".-_:/@+=*~$%#&!?,'")) of_names[static_cast<uint8_t>(c)] = true;
        return of_names;
    }();
    constexpr std::string_view kNotFirst = "-.,:'", kNotLast = "-.,:'";
    if (text.empty()) return false;
    char before = 0;
    for (const char c : text) {
        if (!kOfNames[static_cast<uint8_t>(c)]) return false;
        if (c == before && (c == '.' || c == ',' || c == '-' || c == ':')) return false;
        before = c;
    }
    return kNotFirst.find(text.front()) == std::string_view::npos &&
           kNotLast.find(text.back()) == std::string_view::npos;
}

std::string group_words(std::string_view name) {
    if (name == kUnauthenticated) return "unauthenticated users";
    if (name == kAuthenticated) return "everyone who logs in";
    if (name == kAllServiceAccounts) return "all service accounts";
    constexpr std::string_view kOfNamespace = "system:serviceaccounts:";
    if (name.starts_with(kOfNamespace))
        return "all service accounts in " + name_words(name.substr(kOfNamespace.size()));
    return "group " + name_words(name);
}

}  // namespace

std::string name_words(std::string_view name, size_t most) {
    // What is cut out needs no escaping; what an escape adds makes a name longer, never shorter.
    const size_t kEnough = most * 4;
    std::string text;
    if (name.size() > 2 * kEnough) {
        size_t tail = name.size() - kEnough;
        while (tail < name.size() && (static_cast<unsigned char>(name[tail]) & 0xc0) == 0x80) ++tail;
        text = fit_exact(audit::cut_utf8(name, kEnough), 16 * kEnough) +
               fit_exact(name.substr(tail), 16 * kEnough);
    } else {
        text = fit_exact(name, 32 * kEnough);
    }
    std::vector<size_t> points;  // where each character begins
    if (text.size() > most) {
        for (size_t at = 0; at < text.size(); audit::next_code_point(text, at)) points.push_back(at);
    }
    if (points.size() > most) {
        const size_t head = most / 2, tail = points.size() - (most - head - 1);
        text = text.substr(0, points[head]) + "…" + text.substr(points[tail]);
    }
    if (is_plain(text)) return text;
    std::replace(text.begin(), text.end(), '"', '\'');
    return "\"" + text + "\"";
}

std::string actor_words(const Actor& actor) {
    switch (actor.actor_class) {
        case ActorClass::ServiceAccount:
            return "service account " + name_words(actor.namespace_ + "/" + actor.account, 64);
        case ActorClass::Node:
            return "node " + name_words(std::string_view(actor.name).substr(kNodePrefix.size()));
        case ActorClass::ControlPlane:
            return actor.component == Component::Controller ? "controller " + actor.account
                                                            : actor.name.substr(kReservedPrefix.size());
        case ActorClass::Anonymous:
            return "an anonymous caller";
        case ActorClass::BootstrapToken:
            return "bootstrap token " + name_words(actor.bootstrap_id);
        case ActorClass::Unauthenticated:
            return "somebody whom the server does not know";
        case ActorClass::Human:
            break;
    }
    return name_words(actor.name);
}

std::string user_words(std::string_view username) {
    audit::User user;
    user.username = username;
    if (username.starts_with(kNodePrefix)) user.groups = {kNodes};
    return actor_words(actor_from(user));
}

std::string caller_words(const Request& request, std::string_view address) {
    const std::string who = actor_words(request.doer());
    if (request.doer().is_nobody() && !address.empty()) return who + " (" + name_words(address) + ")";
    if (!request.event.is_impersonated) return who;
    return request.is_through() ? who + ", through " + actor_words(request.actor) + ","
                                : who + ", as " + actor_words(request.effective) + ",";
}

std::string caller_words(std::string_view user, std::string_view impersonated) {
    if (impersonated.empty()) return user_words(user);
    return user_words(impersonated) + ", through " + user_words(user) + ",";
}

std::string past_of(std::string_view verb, std::string_view subresource) {
    return doing(verb, subresource, true);
}

Thing thing_of(const audit::ObjectRef& object) {
    return {.group = object.api_group,
            .resource = object.resource,
            .subresource = object.subresource,
            .namespace_ = object.namespace_,
            .name = object.name};
}

std::string thing_words(const Thing& thing) {
    const std::string_view kind = kind_of(thing.group, thing.resource);
    std::string out = kind.empty() ? resource_words(thing) : std::string(kind);
    const bool is_own = thing.resource == "namespaces";  // a Namespace is in itself
    if (thing.name.empty()) {
        out = kind.empty() ? "an object of " + out : (starts_with_vowel(kind) ? "an " : "a ") + out;
        return thing.namespace_.empty() || is_own ? out : out + " in " + name_words(thing.namespace_);
    }
    const bool has_place = !thing.namespace_.empty() && !is_own;
    return out + " " +
           (has_place ? name_words(thing.namespace_) + "/" + name_words(thing.name) : name_words(thing.name));
}

std::string kinds_words(const Thing& thing) {
    const std::string_view kind = kind_of(thing.group, thing.resource);
    return kind.empty() ? resource_words(thing) : plural(kind);
}

std::string all_words(const Thing& thing) {
    return "all " + many_words(thing);
}

std::string deed_words(std::string_view verb, const Thing& thing) {
    const std::string what = doing(of_one(verb, thing), thing.subresource, true) + " ";
    return what + (is_many(verb, thing) ? all_words(thing) : thing_words(thing));
}

std::string deed_words(const Request& request) {
    if (!request.is_dry_run || !request.has_effect()) return request_words(request, true);
    const Thing thing = thing_of(request.event.object);
    return "saw " + (is_many(request.event.verb, thing) ? all_words(thing) : thing_words(thing)) +
           " in the answer to a dry run";
}

std::string wish_words(const Request& request) {
    return request_words(request, false);
}

std::string outcome_words(const Request& request) {
    if (request.has_effect()) return deed_words(request);
    const int code = request.event.response.code;
    const std::string number = code == 0 ? "" : " (" + std::to_string(code) + ")";
    const std::string wish = wish_words(request);
    switch (request.verdict) {
        case RequestVerdict::Forbidden:
        case RequestVerdict::Unauthenticated:
            return "tried to " + wish + " and was refused" + number;
        case RequestVerdict::RefusedByAdmission:
            return "tried to " + wish + " and was " + request.attempt_words() + number;
        case RequestVerdict::NotDecided:
        case RequestVerdict::Failed:
            return "tried to " + wish + (code == 0 ? "" : ", which failed" + number);
        case RequestVerdict::Allowed:
            break;
    }
    return "asked to " + wish + " in a dry run";
}

std::string subject_words(std::string_view kind, std::string_view namespace_, std::string_view name) {
    if (kind == "Group") return group_words(name);
    if (kind == "ServiceAccount")
        return "service account " + name_words(std::string(namespace_).append("/").append(name), 64);
    return name == kAnonymous ? "anonymous callers" : user_words(name);
}

std::string grant_words(const audit::Grant& grant) {
    return grant.binding_kind + " " + name_words(grant.binding_name) + " gives " +
           name_words(grant.role_name) + " to " +
           subject_words(grant.subject_kind, grant.subject_namespace, grant.subject_name);
}

}  // namespace redshank
