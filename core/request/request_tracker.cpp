#include "core/request/request_tracker.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

namespace redshank {

namespace {

constexpr std::string_view kTable = "requests.open";

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

RequestTracker::Key RequestTracker::key_of(const audit::Event& event) {
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
            const Key key = key_of(event);
            const bool is_new = open_.try_emplace(key, event.received).second;
            if (is_new) changed_.push_back(key);
            if (open_.size() > kMaxOpen) evict_oldest();
            return is_new;
        }
        case audit::Stage::ResponseComplete:
        case audit::Stage::Panic: {
            if (open_.empty()) return true;
            const Key key = key_of(event);
            if (open_.erase(key) == 0) return true;
            changed_.push_back(key);
            return false;
        }
        default:
            return false;
    }
}

// A tenth at a time, so that the search for the oldest is paid rarely.
void RequestTracker::evict_oldest() {
    std::vector<std::pair<audit::Time, Key>> all;
    all.reserve(open_.size());
    for (const auto& [key, received] : open_) all.emplace_back(received, key);
    const auto cut = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 10);
    std::nth_element(all.begin(), cut, all.end());
    for (auto at = all.begin(); at != cut; ++at) {
        open_.erase(at->second);
        changed_.push_back(at->second);
        ++evictions_;
    }
}

void RequestTracker::load(const StateReader& state) {
    state.scan(kTable, "", [this](std::string_view key, std::string_view value) {
        open_[std::stoull(std::string(key), nullptr, 16)] =
            audit::Time{audit::Duration{std::stoll(std::string(value))}};
    });
}

void RequestTracker::save(StateWriter& state) {
    for (const Key key : std::exchange(changed_, {})) {
        char name[17];
        std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(key));
        const auto open = open_.find(key);
        if (open == open_.end()) {
            state.erase(kTable, name);
        } else {
            state.put(kTable, name, std::to_string(open->second.time_since_epoch().count()));
        }
    }
}

}  // namespace redshank
