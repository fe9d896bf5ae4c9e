#include "detectors/secrets/cause.h"

#include "core/request/kind.h"
#include "detectors/finding_book.h"

namespace redshank::secrets {

namespace {

std::string_view past_tense(std::string_view verb) {
    if (verb == "create") return "created";
    if (verb == "delete" || verb == "deletecollection") return "deleted";
    return "changed";
}

std::string_view kind_in_words(const FindingObject& object) {
    if (object.resource == "namespaces") return "namespace";
    const std::string_view kind = kind_of(object.group, object.resource);
    return kind.empty() ? std::string_view(object.resource) : kind;
}

}  // namespace

std::string Cause::in_words() const {
    std::string words = actor.in_words();
    words.append(" ").append(past_tense(verb)).append(" ");
    if (verb == "deletecollection") words += "each ";
    words.append(kind_in_words(object));
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
