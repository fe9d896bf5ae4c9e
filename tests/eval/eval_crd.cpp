// Measures false alarms a week and delays of crd_health on simulated streams, as a Markdown table. `make
// eval` runs it; docs/crd-health.md contains its output.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <vector>

#include "detectors/crd/detector.h"
#include "tests/eval/crd_streams.h"
#include "tests/support/memory_state.h"

namespace redshank::eval {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const audit::Time kStart = *audit::parse_time("2026-01-05T00:00:00Z");
constexpr audit::Duration kWarmUp = hours{24}, kWeek = hours{24 * 7};

// The number of streams for each median: with fewer requests, chance has more influence.
int streams_at(double per_hour) {
    if (per_hour <= 10) return 101;
    if (per_hour <= 100) return 51;
    return per_hour <= 3600 ? 15 : 5;
}

struct Alarms {
    // Ids of findings. Tickets say that the budget of three days is overspent. The simulated retries
    // sometimes do that, so tickets are true.
    std::set<std::string> pages, others, tickets;
};

bool is_ticket(const Finding& finding) {
    return std::any_of(finding.reasons.begin(), finding.reasons.end(), [&](const Reason& reason) {
        return finding.severity == Severity::Low && reason.value.starts_with("burn-rate");
    });
}

Alarms false_alarms(double per_hour, uint64_t seed) {
    const auto detector = crd::make_detector({});
    FindingBook findings;
    Alarms alarms;
    Stream stream{.per_hour = per_hour};
    Simulation(*detector, findings, seed)
        .run(stream, kStart, kStart + kWeek, [&](const Finding& finding, audit::Time) {
            (finding.severity >= Severity::High ? alarms.pages
             : is_ticket(finding)               ? alarms.tickets
                                                : alarms.others)
                .insert(finding.id);
            return true;
        });
    for (const std::string& id : alarms.pages) alarms.others.erase(id);
    return alarms;
}

struct WarmedUp {
    test::MemoryState state;
};

WarmedUp warm_up(double per_hour) {
    const auto detector = crd::make_detector({});
    FindingBook findings;
    // A busy stream is learnt in less time.
    const audit::Duration time = per_hour > 10'000 ? audit::Duration{hours{3}} : kWarmUp;
    Simulation(*detector, findings, 1)
        .run({.per_hour = per_hour}, kStart + kWarmUp - time, kStart + kWarmUp,
             [](const Finding&, audit::Time) { return true; });
    WarmedUp warm;
    detector->save(warm.state);
    return warm;
}

// Minutes to the first finding, and to the first that pages; nothing when there was none.
struct Delay {
    std::optional<double> any, page;
};

// `hour` is the hour of the day at which the fault begins.
Delay delay(const WarmedUp& warm, Stream stream, uint64_t seed, audit::Duration hour, const char* kind) {
    const auto detector = crd::make_detector({});
    detector->load(warm.state);
    FindingBook findings;
    const audit::Time warmed_up = kStart + kWarmUp, begin = warmed_up + hour;
    (stream.operator_lives && stream.fault == 0 ? stream.operator_stops : stream.fault_begins) = begin;
    Delay found;
    std::set<std::string> before;  // false alarms
    Simulation(*detector, findings, seed)
        .run(stream, warmed_up, begin + (stream.per_hour > 1000 ? hours{12} : hours{48}),
             [&](const Finding& finding, audit::Time now) {
                 if (*kind && finding.kind != kind) return true;
                 if (now < begin) before.insert(finding.id);
                 if (now < begin || (before.contains(finding.id) && finding.severity < Severity::High))
                     return true;
                 const double after = std::chrono::duration<double, std::ratio<60>>(now - begin).count();
                 if (!found.any) found.any = after;
                 if (finding.severity < Severity::High) return *kind == 0;
                 found.page = after;
                 return false;
             });
    return found;
}

std::string median(std::vector<std::optional<double>> all) {
    constexpr double kNever = 1e9;
    std::vector<double> values;
    for (const auto& value : all) values.push_back(value.value_or(kNever));
    std::sort(values.begin(), values.end());
    const double middle = values[values.size() / 2];
    if (middle >= kNever) return "–";
    return middle < 10 ? fmt::format("{:.1f}", middle) : fmt::format("{:.0f}", middle);
}

std::string cell(const WarmedUp& warm, const Stream& stream, const char* kind = "") {
    std::vector<std::optional<double>> any, page;
    const int streams = streams_at(stream.per_hour);
    for (int i = 0; i < streams; ++i) {
        const Delay found =
            delay(warm, stream, 100 + static_cast<uint64_t>(i), minutes{24 * 60 * i / streams}, kind);
        any.push_back(found.any);
        page.push_back(found.page);
    }
    if (*kind) return median(any);
    return median(any) + " / " + median(page);
}

void print_row(const char* name, double per_hour, int weeks) {
    size_t pages = 0, others = 0, tickets = 0;
    for (int i = 0; i < weeks; ++i) {
        const Alarms alarms = false_alarms(per_hour, 10 + static_cast<uint64_t>(i));
        pages += alarms.pages.size();
        others += alarms.others.size();
        tickets += alarms.tickets.size();
    }
    const WarmedUp warm = warm_up(per_hour);
    std::string cells;
    for (const double share : {0.05, 0.2, 1.0})
        cells += " " + cell(warm, {.per_hour = per_hour, .fault = share}) + " |";
    fmt::print("| {} | {:.1f} | {:.1f} | {:.1f} |{} {} |\n", name, static_cast<double>(pages) / weeks,
               static_cast<double>(others) / weeks, static_cast<double>(tickets) / weeks, cells,
               cell(warm, {.per_hour = per_hour}, "crd-silent"));
    std::fflush(stdout);
}

}  // namespace
}  // namespace redshank::eval

int main() {
    using redshank::eval::print_row;
    fmt::print(
        "| requests | pages a week | other false alarms a week | tickets a week | 5 % | 20 % | 100 % | dead "
        "operator |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    print_row("10 an hour", 10, 8);
    print_row("100 an hour", 100, 4);
    print_row("1 a second", 3600, 2);
    print_row("20 a second", 72'000, 1);
    return 0;
}
