#include "tests/simulation/invariants.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <filesystem>
#include <map>

#include "daemon/delivery/dispatcher.h"
#include "daemon/delivery/queue_rows.h"

namespace redshank::sim {

namespace {

constexpr uint64_t kQueues = 3 * (1000 + 1), kDescriptors = 250;
constexpr size_t kRow = 100'000;  // bytes
constexpr size_t kNamed = 10;     // of what waits

std::map<uint64_t, Finding> findings_of_requests(const Store& store) {
    std::map<uint64_t, Finding> out;
    store.findings({}, [&](const Finding& finding) {
        if (const uint64_t number = number_of(finding)) out.emplace(number, finding);
    });
    return out;
}

// How often a loss was told, by the log.
std::map<std::string, uint64_t> gaps(const Store& store) {
    std::map<std::string, uint64_t> out;
    store.findings({.since = {}, .detector = "source"}, [&](const Finding& finding) {
        const bool is_loss = finding.kind == "audit-gap" || finding.kind == "audit-log-tampered";
        if (is_loss && !finding.evidence.empty()) out[finding.evidence.front().source] += finding.count;
    });
    return out;
}

}  // namespace

uint64_t number_of(const Finding& finding) {
    static const RE2 pattern(R"(-sim-(\d+)-end$)");
    uint64_t number = 0;
    if (finding.detector == "rule") RE2::PartialMatch(finding.what().name, pattern, &number);
    return number;
}

std::string whereabouts(uint64_t number, const Store& store) {
    const bool is_found = findings_of_requests(store).contains(number);
    std::string queued;
    size_t count = 0;
    load_queue(store.state(), [&](std::string_view key, const QueuedAlert& item) {
        if (++count > kNamed) return;
        queued +=
            fmt::format(" {}: attempt {}, {};", key, item.attempts, audit::format_time(item.not_before));
    });
    queued += fmt::format(" {} in all", count);
    return fmt::format("{}, {} in the outbox, queued:{}", is_found ? "found" : "not found",
                       store.outbox(1000).size(), queued);
}

std::string Invariants::read_once(const std::deque<Server>& servers, const Store& store) {
    const auto found = findings_of_requests(store);
    const auto told = gaps(store);
    for (const Server& server : servers) {
        uint64_t lost = 0;
        const std::set<uint64_t> readable = server.readable();
        for (uint64_t number = server.before() + 1; number <= server.last(); ++number) {
            const auto at = found.find(number);
            if (at != found.end() && at->second.count != 1)
                return fmt::format("request {} was read {} times", number, at->second.count);
            if (at != found.end()) continue;
            if (readable.contains(number)) return fmt::format("request {} was never read", number);
            ++lost;
        }
        const auto at = told.find(server.log());
        const Losses now{lost, at == told.end() ? 0 : at->second};
        const Losses before = std::exchange(losses_[server.log()], now);
        if (now.requests > before.requests && now.told == before.told)
            return fmt::format("{} requests of {} were lost, and no new hole was told",
                               now.requests - before.requests, server.log());
    }
    return {};
}

std::string Invariants::delivered_once(const Store& store, const Receivers& receivers) const {
    // Whatever these receivers answered, it was no fault of the message.
    std::string given_up;
    load_dead(store.state(), [&](std::string_view key, const DeadLetter& letter) {
        if (!key.starts_with("chat")) given_up = std::string(key) + ": " + letter.reason;
    });
    if (!given_up.empty()) return "a message was given up: " + given_up;
    std::set<std::string> arrived, in_journal;
    std::map<std::string, std::string> notifications;
    for (const Message& message : receivers.taken(Who::Hook)) {
        arrived.insert(message.finding);
        if (message.is_repeated)
            return fmt::format("{:.3f}: {} {} came again though it was accepted",
                               static_cast<double>(message.at) / 1e9, message.finding, message.count);
        const std::string version =
            fmt::format("{} {} {} {}", message.finding, message.status, message.severity, message.count);
        const auto [at, is_new] = notifications.emplace(version, message.notification);
        if (!is_new && at->second != message.notification)
            return fmt::format("{} was delivered under two ids", version);
    }
    for (const Message& message : receivers.taken(Who::Journal)) {
        in_journal.insert(message.finding);
        if (message.is_repeated) return "the journal was told again: " + message.finding;
    }
    for (const Message& message : receivers.taken(Who::Chat)) {
        if (message.is_repeated) return "people were told again: " + message.text.substr(0, 200);
    }
    std::string problem;
    uint64_t number = 0;
    store.findings({}, [&](const Finding& finding) {
        const bool is_lost = !arrived.contains(finding.id);
        if (!number_of(finding) || (!is_lost && in_journal.contains(finding.id))) return;
        number = number_of(finding);
        problem = fmt::format("the finding of request {} {}: ", number,
                              is_lost ? "was never delivered" : "is not in the journal");
    });
    return problem.empty() ? problem : problem + whereabouts(number, store);
}

std::string Invariants::told_apart(const IncidentBook& incidents) const {
    std::string problem;
    incidents.each([&](const Incident& incident) {
        if (incident.origin.detector == "rule" && incident.actors.names.size() > 1)
            problem = fmt::format("{} and {} are in one incident", incident.actors.names[0],
                                  incident.actors.names[1]);
    });
    return problem;
}

std::string Invariants::bounded(const Store& store) const {
    for (const auto& [table, most] : {std::pair<std::string_view, uint64_t>{kQueueTable, kQueues},
                                      {kDeadTable, 3 * Dispatcher::kMaxDead},
                                      {"alerts.groups", 3 * Grouper::kMaxGroups}}) {
        uint64_t rows = 0;
        size_t longest = 0;
        store.state().scan(table, "", [&](std::string_view key, std::string_view value) {
            ++rows;
            longest = std::max({longest, key.size(), value.size()});
        });
        if (rows > most) return fmt::format("{} has {} rows", table, rows);
        if (longest > kRow) return fmt::format("a row of {} has {} bytes", table, longest);
    }
    uint64_t open = 0;
    for ([[maybe_unused]] const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) ++open;
    return open > kDescriptors ? fmt::format("{} descriptors are open", open) : std::string{};
}

}  // namespace redshank::sim
