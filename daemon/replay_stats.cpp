#include "daemon/replay_stats.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace redshank {

namespace json = boost::json;

namespace {

rusage usage() {
    rusage out{};
    ::getrusage(RUSAGE_SELF, &out);
    return out;
}

double cpu_seconds() {
    const rusage used = usage();
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// VmHWM of /proc/self/status. ru_maxrss would also count what the process was before exec(): a parent with
// much memory would be charged to us.
uint64_t peak_rss_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        uint64_t kilobytes = 0;
        if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
    }
    return static_cast<uint64_t>(usage().ru_maxrss) * 1024;
}

}  // namespace

void FindingCounts::count(const Finding& finding) {
    if (seen_.find(finding.id) != nullptr) return;
    seen_.add(finding.id);
    ++by_kind_[{finding.detector, finding.kind}];
}

ReplayClock::ReplayClock() : wall_(std::chrono::steady_clock::now()), cpu_(cpu_seconds()) {}

ReplayStats ReplayClock::stats(const PipelineCounts& counts, const FindingCounts& findings,
                               unsigned jobs) const {
    return {.events = counts.events,
            .bytes = counts.bytes,
            .seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count(),
            .cpu_seconds = cpu_seconds() - cpu_,
            .peak_rss_bytes = peak_rss_bytes(),
            .findings = findings.by_kind(),
            .lines_skipped = counts.lines_skipped,
            .jobs = jobs};
}

std::string ReplayStats::to_json() const {
    json::object by_detector;
    for (const auto& [kind, count] : findings) {
        json::value& kinds = by_detector[kind.first];
        if (!kinds.is_object()) kinds = json::object{};
        kinds.as_object()[kind.second] = count;
    }
    json::object skipped;
    for (const auto& [reason, lines] : lines_skipped) skipped[reason] = lines;
    return json::serialize(json::object{{"events", events},
                                        {"bytes", bytes},
                                        {"seconds", seconds},
                                        {"cpu_seconds", cpu_seconds},
                                        {"peak_rss_bytes", peak_rss_bytes},
                                        {"findings", by_detector},
                                        {"lines_skipped", skipped},
                                        {"jobs", jobs},
                                        {"caveats", json::array(caveats.begin(), caveats.end())}});
}

std::string ReplayStats::to_text() const {
    std::string out =
        fmt::format("{} events, {:.1f} MB in {:.2f} s ({:.0f} events/s), peak memory {:.0f} MB\n", events,
                    static_cast<double>(bytes) / 1e6, seconds, static_cast<double>(events) / seconds,
                    static_cast<double>(peak_rss_bytes) / 1e6);
    for (const auto& [reason, lines] : lines_skipped)
        out += fmt::format("{} lines skipped: {}\n", lines, reason);
    if (findings.empty()) out += "nothing found\n";
    for (const auto& [kind, count] : findings) {
        out += fmt::format("{:6} {} ({})\n", count, kind.second, kind.first);
    }
    for (const std::string& caveat : caveats) out += "caveat: " + caveat + "\n";
    return out;
}

void ReplayStats::write(const std::string& file) const {
    std::ofstream out(file);
    out << to_json() << "\n";
    if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

}  // namespace redshank
