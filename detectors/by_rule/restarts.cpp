#include "detectors/by_rule/restarts.h"

#include <algorithm>

namespace redshank::by_rule {

namespace {

constexpr size_t kMostClusters = 64, kMostMoments = 8;
constexpr int kLists = 5;  // kinds that the server's own client lists within a minute of its start
constexpr auto kMinute = std::chrono::minutes{1};
// A request ends within a minute (--request-timeout), and a server needs one to start.
constexpr auto kBefore = std::chrono::minutes{2};
constexpr int64_t kBusy = 30;  // events before which a log has no pace

}  // namespace

// A busy log: thirty times longer than its events are apart.
bool Restarts::is_silence(const Row& row, audit::Time now) {
    const double seconds = std::chrono::duration<double>(now - row.last).count();
    return row.events >= kBusy && seconds >= 60 && seconds >= 30 * row.interval;
}

void Restarts::add(Row& row, audit::Time moment) {
    if (row.moments.size() >= kMostMoments) row.moments.erase(row.moments.begin());
    row.moments.push_back(moment);
}

const Restarts::Row* Restarts::find(std::string_view cluster) const {
    const auto at =
        std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.cluster == cluster; });
    return at == rows_.end() ? nullptr : &*at;
}

void Restarts::see(const Observation& observation) {
    if (newest_ >= rows_.size() || rows_[newest_].cluster != observation.origin.cluster) {
        const Row* known = find(observation.origin.cluster);
        if (known == nullptr) {
            if (rows_.size() >= kMostClusters) rows_.erase(rows_.begin());
            rows_.push_back({.cluster = std::string(observation.origin.cluster), .moments = {}});
            known = &rows_.back();
        }
        newest_ = static_cast<size_t>(known - rows_.data());
    }
    Row& row = rows_[newest_];
    const audit::Time now = observation.now;
    if (row.events > 0 && now > row.last) {
        if (is_silence(row, now)) {
            add(row, row.last);
        } else {
            const double seconds = std::chrono::duration<double>(now - row.last).count();
            row.interval +=
                (seconds - row.interval) / static_cast<double>(std::min<int64_t>(row.events, 100));
        }
    }
    row.last = std::max(row.last, now);
    ++row.events;
    if (observation.event.verb != "list" || !observation.request.actor.is_loopback()) return;
    if (now - row.lists_since > kMinute) {
        row.lists_since = now;
        row.lists = 0;
    }
    if (++row.lists == kLists) add(row, row.lists_since);
}

void Restarts::note(std::string_view cluster, audit::Time time) {
    for (Row& row : rows_) {
        if (row.cluster == cluster) add(row, time + kMinute);
    }
}

bool Restarts::explains(std::string_view cluster, audit::Time time, audit::Time now) const {
    const Row* row = find(cluster);
    if (row == nullptr) return false;
    const auto is_about = [&](audit::Time moment) { return time <= moment && moment <= time + kBefore; };
    return std::any_of(row->moments.begin(), row->moments.end(), is_about) ||
           (is_silence(*row, now) && is_about(row->last));
}

}  // namespace redshank::by_rule
