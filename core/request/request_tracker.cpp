#include "core/request/request_tracker.h"

#include "core/request/text_hash.h"

namespace redshank {

uint64_t RequestTracker::key_of(const audit::Event& event) {
    uint64_t hash = kHashSeed;
    for (const std::string_view part : {event.audit_id, event.user.username, event.verb, event.request_uri}) {
        hash = hash_more(hash, part);
    }
    return (hash ^ static_cast<uint64_t>(event.received.time_since_epoch().count())) * kHashPrime;
}

bool RequestTracker::answers(const audit::Event& event) {
    switch (event.stage) {
        case audit::Stage::ResponseStarted: {
            if (event.response.code == 401) return true;  // no further event follows
            const uint64_t key = key_of(event);
            if (open_.contains(key)) return false;
            open_.change(key).time = event.received;
            return true;
        }
        case audit::Stage::ResponseComplete:
        case audit::Stage::Panic:
            return open_.empty() || !open_.erase(key_of(event));
        default:
            return false;
    }
}

}  // namespace redshank
