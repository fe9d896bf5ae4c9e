#include "detectors/secrets/cause.h"

#include "core/request/done_verb.h"
#include "core/request/words.h"
#include "detectors/finding_book.h"

namespace redshank::secrets {

std::string Cause::deed() const {
    return deed_words(verb, {.group = object.group,
                             .resource = object.resource,
                             .subresource = object.subresource,
                             .namespace_ = object.namespace_,
                             .name = object.name});
}

std::string Cause::in_words() const {
    return caller_words(actor.user, actor.impersonated) + " " + deed();
}

Cause cause_of(const Observation& observation) {
    const audit::Event& event = observation.event;
    Cause cause{.time = event.stage_time,
                .evidence = evidence_of(observation),
                .actor = actor_of(event),
                .object = object_of(event.object),
                .verb = std::string(done_verb(event.verb, event.response.code))};
    cause.actor.groups.clear();
    return cause;
}

}  // namespace redshank::secrets
