#include "daemon/pages/health_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/finding/sentence.h"
#include "core/finding/text.h"
#include "daemon/print/when.h"

namespace redshank {

namespace {

// An API server writes all the time: its own leases are renewed every few seconds.
constexpr std::chrono::minutes kSilent{10};
constexpr double kBehind = 60;  // seconds

void add_source_trouble(const DaemonStatus::Source& source, std::vector<std::string>& out) {
    const SourceMetrics& now = source.now;
    if (now.lag_seconds > kBehind)
        out.push_back(fmt::format("{} is read {} behind.", source.name,
                                  span_words(std::chrono::seconds{static_cast<int64_t>(now.lag_seconds)})));
    if (now.gaps > 0)
        out.push_back(fmt::format("{} of {} since the start: what stood there was never seen.",
                                  counted(now.gaps, "gap"), source.name));
    if (now.truncations > 0)
        out.push_back(fmt::format("{} was cut short {} since the start.", source.name,
                                  counted(now.truncations, "time")));
}

void add_receiver_trouble(const Metrics::ReceiverNow& receiver, std::vector<std::string>& out) {
    if (receiver.breaker_open)
        out.push_back(fmt::format("Receiver {} cannot be reached; {} in the queue.", receiver.name,
                                  counted(receiver.waiting, "message")));
    if (receiver.dead > 0)
        out.push_back(fmt::format("{} to receiver {} {} given up; redshank outbox shows them.",
                                  counted(receiver.dead, "message"), receiver.name,
                                  receiver.dead == 1 ? "was" : "were"));
}

std::vector<std::string> trouble_of(const DaemonStatus& status) {
    std::vector<std::string> out;
    for (const std::string& problem : status.problems) out.push_back(capital(problem) + ".");
    for (const auto& source : status.sources) add_source_trouble(source, out);
    for (const auto& receiver : status.receivers) add_receiver_trouble(receiver, out);
    if (status.receivers.empty()) out.emplace_back("Nobody is told: no receiver is configured.");
    if (!status.reload_successful)
        out.emplace_back("The configuration was changed and could not be used; the old one is in force.");
    return out;
}

// Logs in which nothing new came for long.
std::vector<std::string> silence_of(const DaemonStatus& status, audit::Time now) {
    std::vector<std::string> out;
    for (const auto& source : status.sources) {
        const audit::Time last = source.now.last_event;
        if (last == audit::Time{}) {
            out.push_back(fmt::format("{}: no event was read yet.", source.name));
        } else if (now - last > kSilent) {
            out.push_back(fmt::format("{}: the last event is of {}, {}. An API server writes all the time.",
                                      source.name, moment_words(last), ago_words(last, now)));
        }
    }
    return out;
}

}  // namespace

HealthWords health_words(const DaemonStatus& status, const std::vector<Caveat>& caveats, audit::Time now) {
    HealthWords out;
    out.because = trouble_of(status);
    const bool is_well = out.because.empty();
    const std::vector<std::string> silence = silence_of(status, now);
    out.because.insert(out.because.end(), silence.begin(), silence.end());
    std::set<std::string> blind;
    for (const Caveat& caveat : caveats) blind.insert(caveat.text);
    out.blind.assign(blind.begin(), blind.end());
    const std::string reads =
        fmt::format("redshank reads {} and tells {}.", counted(status.sources.size(), "source"),
                    counted(status.receivers.size(), "receiver"));
    if (!is_well) {
        out.level = HealthWords::Level::Trouble;
        out.line = "redshank itself needs attention.";
    } else if (!silence.empty()) {
        out.level = HealthWords::Level::Quiet;
        out.line = reads + " Nothing new comes in, so the absence of incidents means nothing.";
    } else if (!out.blind.empty()) {
        out.level = HealthWords::Level::Quiet;
        out.line = reads + " It is blind in part.";
    } else {
        out.line = "redshank is well: it " + reads.substr(std::string_view("redshank ").size());
    }
    return out;
}

}  // namespace redshank
