#include "detectors/crd/visibility.h"

#include <fmt/format.h>

#include <charconv>

namespace redshank::crd {

namespace {

constexpr std::string_view kTable = "crd_health.visible";

// "[since,last]", microseconds
bool read_pair(std::string_view row, audit::Time& since, audit::Time& last) {
    const char* at = row.data();
    const char* const end = at + row.size();
    for (const auto& [before, time] : {std::pair{'[', &since}, std::pair{',', &last}}) {
        if (at == end || *at++ != before) return false;
        int64_t count = 0;
        const auto [behind, error] = std::from_chars(at, end, count);
        if (error != std::errc{}) return false;
        *time = audit::Time{audit::Duration{count}};
        at = behind;
    }
    return at != end && *at == ']';
}

}  // namespace

void Visibility::saw(std::string_view cluster, audit::Time now) {
    auto found = logs_.find(cluster);
    if (found == logs_.end()) found = logs_.try_emplace(std::string(cluster)).first;
    Log& log = found->second;
    if (now - log.last > kHole) log.since = now;
    log.last = now;
}

audit::Time Visibility::since(std::string_view cluster, audit::Time now) const {
    const auto found = logs_.find(cluster);
    return found == logs_.end() || now - found->second.last > kHole ? now : found->second.since;
}

void Visibility::load(const StateReader& state) {
    state.scan(kTable, "", [this](std::string_view cluster, std::string_view row) {
        Log log;
        if (read_pair(row, log.since, log.last)) logs_.insert_or_assign(std::string(cluster), log);
    });
}

void Visibility::save(StateWriter& state) const {
    for (const auto& [cluster, log] : logs_) {
        state.put(kTable, cluster,
                  fmt::format("[{},{}]", log.since.time_since_epoch().count(),
                              log.last.time_since_epoch().count()));
    }
}

}  // namespace redshank::crd
