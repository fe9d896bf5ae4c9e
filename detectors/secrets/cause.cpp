#include "detectors/secrets/cause.h"

#include "detectors/finding_book.h"

namespace redshank::secrets {

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

}  // namespace redshank::secrets
