#include "detectors/access/last_access.h"

#include <algorithm>

#include "audit/normalise/source.h"
#include "audit/utf8.h"
#include "detectors/access/action.h"

namespace redshank::access {

namespace {

constexpr size_t kGaps = 32;
constexpr size_t kLongest = 256;  // bytes kept of anything a client chooses

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const std::string_view part : parts) {
        const size_t begin = out.size();
        out.append(audit::cut_utf8(part, kLongest));
        std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '\x1f', '?');
        out += '\x1f';
    }
    return out;
}

std::string object_text(const audit::Event& event) {
    if (!event.object.present) return "";
    std::string out = resource_of(event.object);
    if (!event.object.namespace_.empty() || !event.object.name.empty()) out += ' ';
    if (!event.object.namespace_.empty()) out.append(event.object.namespace_) += '/';
    out.append(event.object.name);
    return std::string(audit::cut_utf8(out, kLongest));
}

// Whether the request was denied, by whomever. A 429 or 5xx before authorization is neither allowed nor
// denied; it counts as denied, because the caller reached the API server.
bool is_denied(RequestVerdict verdict) {
    return is_refusal(verdict) || verdict == RequestVerdict::NotDecided;
}

void update(AccessRow& row, const Request& request, std::string_view peer) {
    const audit::Event& event = request.event;
    const int64_t time = event.received.time_since_epoch().count();
    if (row.first == 0 || time < row.first) row.first = time;
    if (is_denied(request.verdict)) {
        ++row.denials;
        row.last_denied = std::max(row.last_denied, time);
    } else {
        ++row.successes;
        row.last_success = std::max(row.last_success, time);
    }
    if (time < row.last) return;
    row.last = time;
    row.source.assign(audit::cut_utf8(peer, 64));
    row.agent.assign(audit::cut_utf8(event.user_agent, kLongest));
    row.verb.assign(audit::cut_utf8(event.verb, 32));
    row.object = object_text(event);
}

}  // namespace

LastAccess::LastAccess(const Config& config)
    : config_(config),
      users_(std::string(kLastAccess), config.max_rows),
      namespaces_(std::string(kLastAccessByNamespace), config.max_rows),
      resources_(std::string(kLastAccessByResource), config.max_rows),
      failed_(std::string(kFailedLogins), 10'000),
      watching_(std::string(kWatching), 1'000) {}

void LastAccess::count(const audit::User& user, std::string_view via, const Observation& observation,
                       std::string_view peer) {
    const audit::Event& event = observation.event;
    const std::string_view cluster = observation.origin.cluster;
    const std::string who = joined({user.username, user.uid, cluster, via});
    update(users_.change(who), observation.request, peer);
    if (!event.object.present) return;
    if (!event.object.namespace_.empty()) {
        update(namespaces_.change(joined({event.object.namespace_}) + who), observation.request, peer);
    }
    update(resources_.change(who + joined({resource_of(event.object)})), observation.request, peer);
}

void LastAccess::observe(const Observation& observation, std::string_view peer) {
    const audit::Event& event = observation.event;
    const std::string_view cluster = observation.origin.cluster;

    WatchingRow& watching = watching_.change(cluster);
    const int64_t now = observation.now.time_since_epoch().count();
    if (watching.since == 0) watching.since = watching.last = event.received.time_since_epoch().count();
    if (now - watching.last > config_.gap.count()) {
        ++watching.gap_count;
        watching.gaps.push_back({watching.last, now});
        if (watching.gaps.size() > kGaps) watching.gaps.erase(watching.gaps.begin());
    }
    watching.last = std::max(watching.last, now);

    if (event.user.username.empty()) {  // a 401: no known user
        update(failed_.change(joined({cluster, audit::source_network(peer)})), observation.request, peer);
        return;
    }
    count(event.user, "", observation, peer);
    if (event.is_impersonated) count(event.impersonated_user, event.user.username, observation, peer);
}

Acquaintance LastAccess::known(const Request& request, std::string_view cluster) const {
    Acquaintance out;
    const audit::User& user = request.doer_user();
    const auto add = [&](std::string_view via) {
        const AccessRow* row = users_.find(joined({user.username, user.uid, cluster, via}));
        if (row == nullptr) return;
        out.first = out.requests == 0 ? row->first : std::min(out.first, row->first);
        out.last = std::max(out.last, row->last);
        out.last_success = std::max(out.last_success, row->last_success);
        out.requests += row->successes + row->denials;
    };
    add("");
    if (request.is_through()) add(request.event.user.username);
    return out;
}

uint64_t LastAccess::evictions() const {
    return users_.evictions() + namespaces_.evictions() + resources_.evictions() + failed_.evictions();
}

void LastAccess::load(const StateReader& state) {
    users_.load(state);
    namespaces_.load(state);
    resources_.load(state);
    failed_.load(state);
    watching_.load(state);
}

void LastAccess::save(StateWriter& state) {
    users_.save(state);
    namespaces_.save(state);
    resources_.save(state);
    failed_.save(state);
    watching_.save(state);
}

}  // namespace redshank::access
