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
            open_.change(key, [this](uint64_t, const OpenRequest& row) { --received_at(row.time); }).time =
                event.received;
            ++received_at(event.received);
            return true;
        }
        case audit::Stage::ResponseComplete:
        case audit::Stage::Panic: {
            uint32_t& received = received_at(event.received);
            if (received == 0 || !open_.erase(key_of(event))) return true;
            --received;
            return false;
        }
        default:
            return false;
    }
}

void RequestTracker::load(const StateReader& state) {
    open_.load(state);
    received_ = {};
    open_.each([this](uint64_t, const OpenRequest& row) { ++received_at(row.time); });
}

}  // namespace redshank
