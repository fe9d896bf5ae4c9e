#include "detectors/access/last_access.h"

#include <algorithm>
#include <utility>

#include "audit/normalise/source.h"
#include "audit/utf8.h"
#include "core/state/key.h"
#include "detectors/access/action.h"

namespace redshank::access {

namespace {

constexpr size_t kGaps = 32;
constexpr size_t kLongest = 256;  // bytes kept of anything a client chooses

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string out;
    size_t size = parts.size();
    for (const std::string_view part : parts) size += std::min(part.size(), kLongest);
    out.reserve(size);
    for (const std::string_view part : parts) {
        const size_t begin = out.size();
        out.append(audit::cut_utf8(part, kLongest));
        std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), kKeyMark, '?');
        out += kKeyMark;
    }
    return out;
}

// Whether the request was denied, by whomever. A 429 or 5xx before authorization is neither allowed nor
// denied; it counts as denied, because the caller reached the API server.
bool is_denied(RequestVerdict verdict) {
    return is_refusal(verdict) || verdict == RequestVerdict::NotDecided;
}

// Most rows see the same again: to compare takes less than to share.
void set(SharedText& to, const SharedText& text) {
    if (to != text) to = text;
}

void add(Acquaintance& to, const AccessRow& row) {
    to.first = to.requests == 0 ? row.first : std::min(to.first, row.first);
    to.last = std::max(to.last, row.last());
    to.last_success = std::max(to.last_success, row.last_success);
    to.requests += row.successes + row.denials;
}

}  // namespace

LastAccess::LastAccess(const Config& config, const std::shared_ptr<TextPool>& texts)
    : config_(config),
      users_(std::string(kLastAccess), config.max_rows, texts),
      namespaces_(std::string(kLastAccessByNamespace), config.max_rows, texts),
      resources_(std::string(kLastAccessByResource), config.max_rows, texts),
      failed_(std::string(kFailedLogins), 10'000),
      watching_(std::string(kWatching), 1'000) {}

LastAccess::Rows LastAccess::rows_of(const audit::User& user, std::string_view via,
                                     const Observation& observation, std::string_view peer) {
    const audit::ObjectRef& object = observation.event.object;
    const std::string who = joined({user.username, user.uid, observation.origin.cluster, via});
    Rows rows{.user = users_.handle(who),
              .has_namespace = object.present && !object.namespace_.empty(),
              .has_resource = object.present,
              .deed = deed_of(observation.event, peer)};
    if (rows.has_namespace) rows.in_namespace = namespaces_.handle(joined({object.namespace_}) + who);
    if (rows.has_resource) rows.of_resource = resources_.handle(who + joined({resource_of(object)}));
    rows.removals = removals();
    return rows;
}

LastAccess::Deed LastAccess::deed_of(const audit::Event& event, std::string_view peer) {
    Deed deed{.source = audit::cut_utf8(peer, 64),
              .agent = audit::cut_utf8(event.user_agent, kLongest),
              .verb = audit::cut_utf8(event.verb, 32)};
    note_object(deed, event.object);
    return deed;
}

// `deed` is of the same kind of request.
void LastAccess::note_object(Deed& deed, const audit::ObjectRef& object) {
    const std::string_view told = deed.object.get();
    if (!told.empty() && told.size() == deed.before_name + object.name.size() && told.ends_with(object.name))
        return;
    // In a namespace the text differs in the name only.
    if (!told.empty() && !object.namespace_.empty() && deed.before_name < kLongest &&
        deed.before_name + object.name.size() <= kLongest) {
        deed.object = text_.assign(told, 0, deed.before_name).append(object.name);
        return;
    }
    text_.clear();
    if (object.present) {
        append_resource(text_, object);
        if (!object.namespace_.empty() || !object.name.empty()) text_ += ' ';
        if (!object.namespace_.empty()) text_.append(object.namespace_) += '/';
        deed.before_name = text_.size();
        text_.append(object.name);
        if (text_.size() > kLongest) {
            deed.before_name = SIZE_MAX;
            text_.resize(audit::cut_utf8(text_, kLongest).size());
        }
    }
    deed.object = text_;
}

void LastAccess::update(AccessRow& row, const Request& request, const Deed& deed) {
    const int64_t time = request.event.received.time_since_epoch().count();
    if (row.first == 0 || time < row.first) row.first = time;
    if (is_denied(request.verdict)) {
        ++row.denials;
        row.last_denied = std::max(row.last_denied, time);
    } else {
        ++row.successes;
        row.last_success = std::max(row.last_success, time);
    }
    if (time < row.last()) return;
    set(row.source, deed.source);
    set(row.agent, deed.agent);
    set(row.verb, deed.verb);
    set(row.object, deed.object);
}

void LastAccess::count(const Rows& rows, const Request& request) {
    update(users_.change(rows.user), request, rows.deed);
    if (rows.has_namespace) update(namespaces_.change(rows.in_namespace), request, rows.deed);
    if (rows.has_resource) update(resources_.change(rows.of_resource), request, rows.deed);
}

void LastAccess::watch(const Observation& observation) {
    const std::string_view cluster = observation.origin.cluster;
    if (watched_removals_ != watching_.removals() || watched_.key() != cluster) {
        watched_ = watching_.handle(cluster);
        watched_removals_ = watching_.removals();
    }
    WatchingRow& watching = watching_.change(watched_);
    const int64_t now = observation.now.time_since_epoch().count();
    if (watching.since == 0)
        watching.since = watching.last = observation.event.received.time_since_epoch().count();
    if (now - watching.last > config_.gap.count()) {
        ++watching.gap_count;
        watching.gaps.push_back({watching.last, now});
        if (watching.gaps.size() > kGaps) watching.gaps.erase(watching.gaps.begin());
    }
    watching.last = std::max(watching.last, now);
}

Acquaintance LastAccess::observe(const Observation& observation, std::string_view peer) {
    const audit::Event& event = observation.event;
    const Request& request = observation.request;
    const std::string_view cluster = observation.origin.cluster;
    watch(observation);
    if (event.user.username.empty()) {  // a 401: no known user
        const Acquaintance before = known(request, cluster);
        const std::string key = joined({cluster, audit::source_network(peer)});
        update(failed_.change(key), request, deed_of(event, peer));
        return before;
    }
    if (event.is_impersonated) {
        const Acquaintance before = known(request, cluster);
        count(rows_of(event.user, "", observation, peer), request);
        count(rows_of(event.impersonated_user, event.user.username, observation, peer), request);
        return before;
    }
    Rows* rows = kinds_.find(request.kind);
    std::optional<Rows> made;
    if (rows == nullptr || rows->removals != removals()) {
        rows = &made.emplace(rows_of(event.user, "", observation, peer));
        kinds_.put(request.kind, *made);
    } else {
        note_object(rows->deed, event.object);
    }
    Acquaintance before;
    add(before, rows->user.row());
    count(*rows, request);
    return before;
}

Acquaintance LastAccess::known(const Request& request, std::string_view cluster) const {
    Acquaintance out;
    const audit::User& user = request.doer_user();
    const auto add_row = [&](std::string_view via) {
        const AccessRow* row = users_.find(joined({user.username, user.uid, cluster, via}));
        if (row != nullptr) add(out, *row);
    };
    add_row("");
    if (request.is_through()) add_row(request.event.user.username);
    return out;
}

uint64_t LastAccess::evictions() const {
    return users_.evictions() + namespaces_.evictions() + resources_.evictions() + failed_.evictions();
}

void LastAccess::load(const StateReader& state) {
    watched_removals_ = UINT64_MAX;
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
