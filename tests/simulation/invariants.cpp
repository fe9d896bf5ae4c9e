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

std::map<uint64_t, Finding> findings_of_requests(const Store& store) {
    std::map<uint64_t, Finding> out;
    store.findings({}, [&](const Finding& finding) {
        if (const uint64_t number = number_of(finding)) out.emplace(number, finding);
    });
    return out;
}

uint64_t gaps(const Store& store) {
    uint64_t count = 0;
    store.findings({.since = {}, .detector = "source"}, [&](const Finding& finding) {
        count += finding.kind == "audit-gap" || finding.kind == "audit-log-tampered" ? 1 : 0;
    });
    return count;
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
    load_queue(store.state(), [&](std::string_view key, const QueuedAlert& item) {
        queued +=
            fmt::format(" {}: attempt {}, {};", key, item.attempts, audit::format_time(item.not_before));
    });
    return fmt::format("{}, {} in the outbox, queued:{}", is_found ? "found" : "not found",
                       store.outbox(1000).size(), queued);
}

std::string Invariants::read_once(const std::deque<Server>& servers, const Store& store) {
    const auto found = findings_of_requests(store);
    uint64_t lost = 0;
    for (const Server& server : servers) {
        const std::set<uint64_t> readable = server.readable();
        for (uint64_t number = server.before() + 1; number <= server.last(); ++number) {
            const auto at = found.find(number);
            if (at != found.end() && at->second.count != 1)
                return fmt::format("request {} was read {} times", number, at->second.count);
            if (at != found.end()) continue;
            if (readable.contains(number)) return fmt::format("request {} was never read", number);
            ++lost;
        }
    }
    if (lost > lost_ && gaps(store) == 0)
        return fmt::format("{} requests were lost, and no hole was told", lost - lost_);
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
        const std::string version =
            fmt::format("{} {} {} {}", message.finding, message.status, message.severity, message.count);
        const auto [at, is_new] = notifications.emplace(version, message.notification);
        if (!is_new && at->second != message.notification)
            return fmt::format("{} was delivered under two ids", version);
    }
    for (const Message& message : receivers.taken(Who::Journal)) in_journal.insert(message.finding);
    std::string problem;
    store.findings({}, [&](const Finding& finding) {
        if (!number_of(finding)) return;
        if (!arrived.contains(finding.id))
            problem = fmt::format("the finding of request {} was never delivered", number_of(finding));
        if (!in_journal.contains(finding.id))
            problem = fmt::format("the finding of request {} is not in the journal", number_of(finding));
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
