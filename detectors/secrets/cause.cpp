#include "detectors/secrets/cause.h"

#include <boost/json.hpp>

#include "detectors/finding_book.h"
#include "detectors/secrets/row.h"

namespace redshank::secrets {

namespace json = boost::json;

namespace {

std::string_view past_tense(std::string_view verb) {
    if (verb == "create") return "created";
    if (verb == "delete" || verb == "deletecollection") return "deleted";
    return "changed";
}

std::string_view kind_of(std::string_view resource) {
    if (resource == "roles") return "Role";
    if (resource == "clusterroles") return "ClusterRole";
    if (resource == "rolebindings") return "RoleBinding";
    if (resource == "clusterrolebindings") return "ClusterRoleBinding";
    return resource == "namespaces" ? "namespace" : resource;
}

}  // namespace

std::string Cause::in_words() const {
    std::string words = actor.user;
    if (!actor.impersonated.empty()) words += " as " + actor.impersonated;
    words.append(" ").append(past_tense(verb)).append(" ");
    if (verb == "deletecollection") words += "each ";
    words.append(kind_of(object.resource));
    if (object.resource != "namespaces" && !object.namespace_.empty()) {
        words +=
            object.name.empty() ? " of " + object.namespace_ : " " + object.namespace_ + "/" + object.name;
    } else if (!object.name.empty()) {
        words += " " + object.name;
    }
    return words;
}

Cause cause_of(const Observation& observation) {
    const audit::Event& event = observation.event;
    Cause cause{.time = event.stage_time,
                .evidence = evidence_of(observation),
                .actor = actor_of(event),
                .object = object_of(event.object),
                .verb = std::string(event.verb)};
    cause.actor.groups.clear();
    return cause;
}

json::object cause_json(const Cause& cause) {
    return {{"time", audit::format_time(cause.time)},
            {"audit_id", cause.evidence.audit_id},
            {"source", cause.evidence.source},
            {"offset", cause.evidence.offset},
            {"user", cause.actor.user},
            {"uid", cause.actor.uid},
            {"impersonated", cause.actor.impersonated},
            {"source_ip", cause.actor.source_ip},
            {"user_agent", cause.actor.user_agent},
            {"verb", cause.verb},
            {"group", cause.object.group},
            {"version", cause.object.version},
            {"resource", cause.object.resource},
            {"namespace", cause.object.namespace_},
            {"name", cause.object.name}};
}

std::optional<Cause> read_cause(const json::value* value) {
    if (!value || !value->is_object()) return std::nullopt;
    const Row row(value->get_object());
    Cause cause;
    cause.time = row.time("time");
    cause.evidence = {row.text("audit_id"), cause.time, row.text("source"), row.number("offset")};
    cause.actor = {.user = row.text("user"),
                   .uid = row.text("uid"),
                   .groups = {},
                   .impersonated = row.text("impersonated"),
                   .source_ip = row.text("source_ip"),
                   .user_agent = row.text("user_agent")};
    cause.verb = row.text("verb");
    cause.object = {.group = row.text("group"),
                    .version = row.text("version"),
                    .resource = row.text("resource"),
                    .subresource = {},
                    .namespace_ = row.text("namespace"),
                    .name = row.text("name")};
    return cause;
}

}  // namespace redshank::secrets
