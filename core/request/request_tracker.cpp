#include "core/request/request_tracker.h"

#include <cstring>

namespace redshank {

namespace {

// FNV-1a over words of eight bytes; keys are kept in the state, so it must not change between versions.
uint64_t mix(uint64_t hash, std::string_view text) {
    constexpr uint64_t kPrime = 0x100000001b3;
    const auto fold = [&](uint64_t word) { hash = (hash ^ word ^ (hash >> 29)) * kPrime; };
    fold(text.size());
    for (; text.size() >= sizeof(uint64_t); text.remove_prefix(sizeof(uint64_t))) {
        uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        fold(word);
    }
    uint64_t rest = 0;
    if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
    fold(rest);
    return hash;
}

}  // namespace

uint64_t RequestTracker::key_of(const audit::Event& event) {
    uint64_t hash = 0xcbf29ce484222325;
    for (const std::string_view part : {event.audit_id, event.user.username, event.verb, event.request_uri}) {
        hash = mix(hash, part);
    }
    return (hash ^ static_cast<uint64_t>(event.received.time_since_epoch().count())) * 0x100000001b3;
}

bool RequestTracker::answers(const audit::Event& event) {
    switch (event.stage) {
        case audit::Stage::ResponseStarted: {
            if (event.response.code == 401) return true;  // nothing ever follows it
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
