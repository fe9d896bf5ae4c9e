#include "detectors/crd/track.h"

#include <algorithm>

#include "audit/fnv.h"
#include "audit/utf8.h"
#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace {

constexpr audit::Duration kEpisodeGap = std::chrono::hours{6};

uint64_t object_hash(const audit::Event& event) {
    uint64_t hash = audit::kFnvSeed;
    for (const std::string_view part :
         {event.verb, event.object.subresource, event.object.namespace_, event.object.name})
        hash = audit::fnv1a("\xff", audit::fnv1a(part, hash));
    return hash;
}

template <typename T, typename U>
void add_up_to(std::vector<T>& all, const U& value, size_t most) {
    if (all.size() < most && std::find(all.begin(), all.end(), value) == all.end()) all.emplace_back(value);
}

uint8_t bit_of(const audit::Event& event) {
    return static_cast<uint8_t>(1U << static_cast<unsigned>(verb_class_of(event)));
}

}  // namespace

VerbClass verb_class_of(const audit::Event& event) {
    if (event.verb == "watch") return VerbClass::Watch;
    if (event.verb == "get" || event.verb == "list") return VerbClass::Read;
    return event.object.subresource == "status" ? VerbClass::Status : VerbClass::Write;
}

std::span<const std::string_view> words_of(VerbClass) {
    static constexpr std::string_view kWords[] = {"read", "watch", "write", "status"};
    return kWords;
}

std::string_view to_string(VerbClass verbs) {
    return words_of(verbs)[static_cast<size_t>(verbs)];
}

Failure failure_of(const audit::Event& event) {
    return {.time = event.stage_time,
            .user = std::string(event.effective_user().username),
            .verb = std::string(event.verb),
            .version = std::string(event.object.api_version),
            .subresource = std::string(event.object.subresource),
            .namespace_ = shown(event.object.namespace_),
            .name = shown(event.object.name),
            .code = event.response.code};
}

Evidence bounded_evidence(const Observation& observation) {
    constexpr size_t kLongest = 400;
    return {.audit_id = std::string(audit::cut_utf8(observation.event.audit_id, kLongest)),
            .time = observation.event.stage_time,
            .source = std::string(observation.origin.source),
            .offset = observation.origin.offset,
            .generation = std::string(observation.origin.generation)};
}

void Track::add_failure(const Observation& observation, const Outcome& outcome) {
    const audit::Event& event = observation.event;
    if (level == 0 && count > 0 && observation.now - last > kEpisodeGap) end_episode();
    if (count == 0) {
        first = failure_of(event);
        causes.clear();
        change.clear();
    }
    ++count;
    last = observation.now;
    bad.add(observation.now);
    if (good_since > 0 || run == 0) {
        run = 0;
        run_start = observation.now;
        run_objects.clear();
    }
    ++run;
    good_since = 0;
    add_up_to(callers, event.effective_user().username, kCallers);
    add_up_to(objects, object_hash(event), kObjects);
    add_up_to(run_objects, object_hash(event), kObjects);
    add_up_to(versions, event.object.api_version, kVersions);
    verb_classes |= bit_of(event);
    if (causes.contains(outcome.cause) || causes.size() < kCauses) ++causes[outcome.cause];
    if (level == 0) {
        if (pending.size() >= kPending) pending.pop_front();
        pending.push_back(bounded_evidence(observation));
    }
}

void Track::add_success(const audit::Event& event) {
    if (count == 0 || (verb_classes & bit_of(event)) == 0 ||
        std::find(versions.begin(), versions.end(), event.object.api_version) == versions.end()) {
        return;
    }
    ++good_since;
}

void Track::end_episode() {
    Track next;
    next.bad = std::move(bad);
    next.causes = std::move(causes);
    next.change = std::move(change);
    *this = std::move(next);
}

std::string Track::cause_text(size_t most) const {
    std::vector<std::pair<uint64_t, std::string_view>> order;
    for (const auto& [cause, n] : causes) order.emplace_back(n, cause);
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    // "admission webhook a: timed out", "admission webhook a: it answered 404": the name once.
    std::vector<std::pair<std::string_view, std::vector<std::string_view>>> grouped;
    for (const auto& [n, cause] : order) {
        const size_t colon = cause.rfind(": ");
        const std::string_view head = colon == std::string_view::npos ? cause : cause.substr(0, colon);
        const std::string_view tail = colon == std::string_view::npos ? "" : cause.substr(colon + 2);
        const auto same = std::find_if(grouped.begin(), grouped.end(),
                                       [&](const auto& group) { return group.first == head; });
        if (same == grouped.end()) {
            grouped.emplace_back(head, std::vector<std::string_view>{});
            if (!tail.empty()) grouped.back().second.push_back(tail);
        } else if (!tail.empty()) {
            same->second.push_back(tail);
        }
    }
    // As much as fits, the most frequent first: what is left out is said to be so.
    constexpr std::string_view kMore = ", and more";
    std::string text;
    const auto fits = [&](const std::string& more, bool is_last) {
        return text.empty() || text.size() + more.size() + (is_last ? 0 : kMore.size()) <= most;
    };
    for (size_t i = 0; i < grouped.size(); ++i) {
        const auto& [head, tails] = grouped[i];
        for (size_t t = 0; t < std::max<size_t>(tails.size(), 1); ++t) {
            const bool is_last = i + 1 == grouped.size() && t + 1 >= tails.size();
            std::string more = t > 0 ? ", " : (text.empty() ? "" : "; ") + std::string(head);
            if (!tails.empty()) more.append(t > 0 ? "" : ": ").append(tails[t]);
            if (!fits(more, is_last)) return text.append(kMore);
            text += more;
        }
    }
    return text;
}

}  // namespace redshank::crd
