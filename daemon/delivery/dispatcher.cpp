#include "daemon/delivery/dispatcher.h"

#include <algorithm>
#include <stdexcept>

#include "audit/glob.h"
#include "core/log.h"
#include "core/state/row.h"
#include "daemon/delivery/queue_rows.h"
#include "exporters/registry.h"

namespace redshank {

namespace {

constexpr const char* kNotConfigured = "the receiver is no longer configured";
constexpr size_t kSeen = 10'000;                                     // versions of findings
constexpr audit::Duration kLongPause = std::chrono::minutes{1};      // that a receiver asks for
constexpr audit::Duration kBetweenWords = std::chrono::minutes{10};  // about that, in the journal

Grouper::Settings group_settings(const ReceiverConfig& config, const SinkTraits& traits,
                                 const AlertsConfig& alerts) {
    return {.by = config.group_by.value_or(traits.group_by),
            .wait = config.group_wait.value_or(traits.group_wait),
            .interval = config.group_interval.value_or(traits.group_interval),
            .repeat = config.repeat_interval.value_or(traits.repeat_interval),
            .burst = traits.group_burst,
            .keep_sending = traits.keep_sending,
            .each_finding = traits.each_finding,
            .expire_after = alerts.expire_after};
}

ReceiverQueue::Settings queue_settings(const ReceiverConfig& config, const SinkTraits& traits) {
    return {.per_second = traits.per_second,
            .burst = traits.burst,
            .batch = traits.batch,
            .limit = config.queue_limit,
            .give_up_after = config.give_up_after,
            .tells_findings = traits.each_finding || traits.group_burst > 1};
}

bool matches_one(const std::vector<std::string>& globs, const std::string& text) {
    return globs.empty() || std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
               return audit::glob_match(glob, text);
           });
}

}  // namespace

struct Dispatcher::Receiver {
    Receiver(const ReceiverConfig& given, NamedSink named, const AlertsConfig& alerts, Metrics& all)
        : config(given),
          name(std::move(named.name)),
          sink(std::move(named.sink)),
          grouper(name, group_settings(given, sink->traits(), alerts)),
          queue(queue_settings(given, sink->traits()), std::hash<std::string>{}(name)),
          metrics(&all.receiver(name)) {}

    void configure(const ReceiverConfig& given, std::unique_ptr<AlertSink> fresh,
                   const AlertsConfig& alerts) {
        config = given;
        sink = std::move(fresh);
        grouper.configure(group_settings(given, sink->traits(), alerts));
        queue.configure(queue_settings(given, sink->traits()));
        revives_refused = true;
    }

    // Runs once. Until it succeeds, `dead` has only letters of this run.
    void load_dead(const StateReader& state) {
        if (knows_dead) return;
        std::deque<std::string> all;
        state.scan(kDeadTable, queue_key(name),
                   [&](std::string_view key, std::string_view) { all.emplace_back(key); });
        for (std::string& key : dead) {
            if (std::find(all.begin(), all.end(), key) == all.end()) all.push_back(std::move(key));
        }
        dead = std::move(all);
        knows_dead = true;
    }

    ReceiverConfig config;
    const std::string name;
    std::unique_ptr<AlertSink> sink;
    Grouper grouper;
    ReceiverQueue queue;
    Metrics::Receiver* metrics;  // null when the receiver was removed
    audit::Time next_heartbeat{};
    std::deque<std::string> dead;  // keys of the dead letters, oldest first
    bool knows_dead = false;       // `dead` holds those of the store too
    bool revives_refused = false;  // at the next look into the store
    audit::Time pause_said{};      // in the journal
};

Dispatcher::Setup Dispatcher::prepare(Config config) {
    Setup setup{.config = std::move(config), .sinks = {}};
    for (const ReceiverConfig& receiver : setup.config.receivers) {
        for (NamedSink& named : make_sinks(receiver)) setup.sinks.emplace_back(receiver, std::move(named));
    }
    return setup;
}

Dispatcher::Dispatcher(Setup setup, Transport& transport, Metrics& metrics)
    : transport_(transport), metrics_(metrics) {
    reconfigure(std::move(setup), nullptr, {});
}

Dispatcher::~Dispatcher() = default;

void Dispatcher::reconfigure(Setup setup, const StateReader* state, audit::Time now) {
    config_ = std::move(setup.config);
    std::vector<std::unique_ptr<Receiver>> old = std::exchange(receivers_, {});
    for (auto& [config, named] : setup.sinks) {
        const auto at = std::find_if(old.begin(), old.end(), [&name = named.name](const auto& receiver) {
            return receiver->name == name;
        });
        if (at != old.end()) {
            (*at)->configure(config, std::move(named.sink), config_.alerts);
            receivers_.push_back(std::move(*at));
            old.erase(at);
        } else {
            receivers_.push_back(
                std::make_unique<Receiver>(config, std::move(named), config_.alerts, metrics_));
            Receiver& fresh = *receivers_.back();
            // A receiver of this name may have been removed so lately that its last letters are not saved
            // yet.
            for (auto& receiver : gone_) {
                if (receiver->name == fresh.name) fresh.dead = receiver->dead;
            }
            try {
                if (state) fresh.load_dead(*state);
            } catch (const std::exception&) {
                // Cannot be read just now: requeue() tries again, before it needs them.
            }
        }
    }
    for (auto& receiver : old) {
        dissolve(*receiver, now);
        gone_.push_back(std::move(receiver));
    }
}

void Dispatcher::dissolve(Receiver& receiver, audit::Time now) {
    std::erase_if(under_way_, [&](const auto& entry) { return entry.second == &receiver; });
    for (const QueuedAlert& item : receiver.queue.take_all()) bury(receiver, item, kNotConfigured, now);
    receiver.grouper.clear();
    receiver.metrics = nullptr;
    metrics_.forget_receiver(receiver.name);
}

bool Dispatcher::is_routed(const Receiver& receiver, const Finding& finding) const {
    const ReceiverConfig& config = receiver.config;
    return finding.severity >= config.min_severity &&
           (config.send_resolved || finding.status != FindingStatus::Resolved) &&
           matches_one(config.detectors, finding.detector) && matches_one(config.clusters, finding.cluster) &&
           matches_one(config.namespaces, finding.what().namespace_);
}

bool Dispatcher::is_silenced(const News& news, audit::Time now) const {
    if (!news.finding) return false;
    const std::string_view incident = news.incident ? std::string_view(news.incident->id) : "";
    return std::any_of(silences_.begin(), silences_.end(), [&](const Silence& silence) {
        return silence.is_active(now) && silence.matches(*news.finding, incident);
    });
}

bool Dispatcher::is_repeated(const News& news) {
    std::string version = news.id() + ' ' + std::string(to_string(news.status())) + ' ' +
                          std::string(to_string(news.severity())) + ' ' + std::to_string(news.count());
    if (!seen_.insert(version).second) return true;
    seen_order_.push_back(std::move(version));
    if (seen_order_.size() > kSeen) {
        seen_.erase(seen_order_.front());
        seen_order_.pop_front();
    }
    return false;
}

void Dispatcher::accept(const News& news, audit::Time now) {
    if (is_repeated(news)) return;
    const bool silenced = is_silenced(news, now);
    const bool inhibited =
        news.finding && !silenced && inhibition_.holds_back(*news.finding, config_.alerts.inhibit_for, now);
    for (auto& receiver : receivers_) offer(*receiver, news, silenced, inhibited, now);
}

void Dispatcher::offer(Receiver& receiver, const News& news, bool silenced, bool inhibited, audit::Time now) {
    const bool for_people = receiver.sink->traits().for_people;
    const bool is_wanted = news.finding && is_routed(receiver, *news.finding) &&
                           receiver.sink->takes(alert_of(*news.finding, now));
    // People hear of incidents. What begins none is in `redshank findings`.
    if (is_wanted && !news.incident && for_people && receiver.grouper.is_by_incident() &&
        news.finding->severity < config_.alerts.incidents.least) {
        return;
    }
    const bool is_muted = is_wanted && (silenced || (inhibited && for_people));
    if (is_muted) {
        receiver.grouper.mute();
        receiver.metrics->muted.Increment();
    }
    News told = news;
    if (!is_wanted || is_muted) {
        // Whoever was told of an incident is told of its end, whatever brought that about.
        if (news.turn != IncidentTurn::Closed || !receiver.config.send_resolved) return;
        told.finding.reset();
    }
    std::vector<Alert> alerts;
    receiver.grouper.accept(told, now, alerts);
    queue(receiver, std::move(alerts), now);
}

void Dispatcher::queue(Receiver& receiver, std::vector<Alert> alerts, audit::Time now) {
    for (Alert& alert : alerts) {
        add_links(alert, config_.alerts.runbook_url, config_.alerts.dashboard_url);
        QueuedAlert item{.sequence = ++sequence_, .alert = std::move(alert)};
        write_new(receiver, item);
        if (const uint64_t replaced = receiver.queue.add(std::move(item))) erase(receiver, replaced);
    }
    fold(receiver, now);
    measure(receiver);
}

// Too many wait: the oldest of the lowest severity become one message that counts them.
void Dispatcher::fold(Receiver& receiver, audit::Time now) {
    const std::vector<QueuedAlert> folded = receiver.queue.shrink();
    if (folded.empty()) return;
    has_folded_ = true;
    receiver.metrics->summarised.Increment(static_cast<double>(folded.size()));
    QueuedAlert summary{.sequence = ++sequence_, .alert = summary_of(folded, now)};
    for (const QueuedAlert& item : folded) erase(receiver, item.sequence);
    write_new(receiver, summary);
    receiver.queue.add(std::move(summary));
}

void Dispatcher::send_heartbeat(Receiver& receiver, audit::Time now) {
    if (receiver.config.heartbeat.count() == 0 || now < receiver.next_heartbeat) return;
    receiver.next_heartbeat = now + receiver.config.heartbeat;
    Alert alert = heartbeat_alert(config_.cluster, now);
    if (receiver.sink->takes(alert)) queue(receiver, {std::move(alert)}, now);
}

void Dispatcher::tell_due(audit::Time now) {
    for (auto& receiver : receivers_) {
        std::vector<Alert> alerts;
        receiver->grouper.turn(now, alerts);
        has_told_due_ |= !alerts.empty();
        if (!alerts.empty()) queue(*receiver, std::move(alerts), now);
        send_heartbeat(*receiver, now);
    }
}

void Dispatcher::send(audit::Time now) {
    for (auto& receiver : receivers_) {
        const std::vector<QueuedAlert> items = receiver->queue.next(now);
        if (items.empty()) continue;
        std::vector<Alert> batch;
        for (const QueuedAlert& item : items) batch.push_back(item.alert);
        under_way_.emplace(++token_, receiver.get());
        transport_.send(token_, receiver->sink->render(batch, now), receiver->config.http);
    }
}

void Dispatcher::answered(uint64_t token, const HttpAnswer& answer, audit::Time now) {
    const auto at = under_way_.find(token);
    if (at == under_way_.end()) return;
    Receiver& receiver = *at->second;
    under_way_.erase(at);
    const Verdict verdict = receiver.sink->judge(answer);
    if (verdict.kind != Verdict::Kind::Delivered) receiver.metrics->failed(verdict.reason);
    say_pause(receiver, verdict, now);
    const bool was_open = receiver.queue.breaker_open();
    const ReceiverQueue::Settled settled = receiver.queue.settle(verdict, now);
    for (const QueuedAlert& item : settled.delivered) {
        receiver.metrics->sent.Increment();
        receiver.metrics->latency.Observe(std::chrono::duration<double>(now - item.alert.created).count());
        erase(receiver, item.sequence);
    }
    for (const QueuedAlert& item : settled.retried) write(receiver, item);
    for (const QueuedAlert& item : settled.dead) bury(receiver, item, verdict.detail, now);
    if (!was_open && receiver.queue.breaker_open()) {
        log_warning("receiver {} does not answer: {}; messages wait and are tried again", receiver.name,
                    verdict.detail);
    } else if (was_open && !receiver.queue.breaker_open()) {
        log_notice("receiver {} answers again", receiver.name);
    }
    measure(receiver);
}

// A wait that people would notice.
void Dispatcher::say_pause(Receiver& receiver, const Verdict& verdict, audit::Time now) {
    const bool is_long = verdict.not_before && *verdict.not_before > kLongPause;
    receiver.metrics->paused_until = is_long ? now + *verdict.not_before : audit::Time{};
    if (!is_long || now < receiver.pause_said + kBetweenWords) return;
    receiver.pause_said = now;
    log_warning("receiver {} asks for a pause until {} ({}); messages wait, new critical ones are tried",
                receiver.name, audit::format_time(now + *verdict.not_before), verdict.detail);
}

void Dispatcher::bury(Receiver& receiver, const QueuedAlert& item, const std::string& reason,
                      audit::Time now) {
    erase(receiver, item.sequence);
    receiver.metrics->dead.Increment();
    log_error("receiver {}: alert {} is undeliverable: {}", receiver.name, item.alert.id, reason);
    const std::string key = queue_key(receiver.name, item.sequence);
    rows_.put_new(kDeadTable, key,
                  write_row(DeadLetter{now, reason, item.alert, item.refused != audit::Time{}}));
    receiver.dead.push_back(key);
    if (receiver.dead.size() > kMaxDead) {
        rows_.erase(kDeadTable, receiver.dead.front());
        receiver.dead.pop_front();
    }
}

Dispatcher::Receiver* Dispatcher::find(std::string_view name) const {
    const auto at = std::find_if(receivers_.begin(), receivers_.end(),
                                 [&](const auto& receiver) { return receiver->name == name; });
    return at == receivers_.end() ? nullptr : at->get();
}

void Dispatcher::requeue(const StateReader& state, audit::Time now) {
    for (auto& receiver : receivers_) receiver->load_dead(state);
    std::vector<std::string> keys;
    state.scan(kRequeueTable, "", [&](std::string_view key, std::string_view) { keys.emplace_back(key); });
    for (const std::string& key : keys) {
        rows_.erase(kRequeueTable, key);
        DeadLetter letter;
        load_row(state, kDeadTable, key, letter);
        if (letter.alert.id.empty()) continue;
        Receiver* receiver = find(receiver_of(key));
        if (!receiver) {
            log_error("alert {} stays undeliverable: receiver {} is not configured", letter.alert.id,
                      receiver_of(key));
            continue;
        }
        revive(key, std::move(letter), now);
    }
    keys.clear();
    state.scan(kWorksTable, "", [&](std::string_view key, std::string_view) { keys.emplace_back(key); });
    for (const std::string& name : keys) {
        rows_.erase(kWorksTable, name);
        Receiver* receiver = find(name);
        if (!receiver) continue;
        log_notice("receiver {} accepted a test: what waits for it is tried now", name);
        receiver->queue.try_again();
        receiver->revives_refused = true;
    }
    for (auto& receiver : receivers_) {
        if (receiver->revives_refused) revive_refused(*receiver, state, now);
        receiver->revives_refused = false;
    }
}

void Dispatcher::revive(const std::string& key, DeadLetter letter, audit::Time now) {
    Receiver& receiver = *find(receiver_of(key));
    // Not in `dead`: it was requeued already, and its row is removed with the next commit.
    const auto at = std::find(receiver.dead.begin(), receiver.dead.end(), key);
    if (at == receiver.dead.end()) return;
    receiver.dead.erase(at);
    rows_.erase(kDeadTable, key);
    letter.alert.created = now;  // give_up_after counts from here
    queue(receiver, {std::move(letter.alert)}, now);
}

void Dispatcher::revive_refused(Receiver& receiver, const StateReader& state, audit::Time now) {
    const std::deque<std::string> keys = receiver.dead;
    for (const std::string& key : keys) {
        DeadLetter letter;
        load_row(state, kDeadTable, key, letter);
        if (letter.refused && letter.alert.severity == Severity::Critical)
            revive(key, std::move(letter), now);
    }
}

void Dispatcher::write(const Receiver& receiver, const QueuedAlert& item) {
    rows_.put(kQueueTable, queue_key(receiver.name, item.sequence), write_row(item));
}

void Dispatcher::write_new(const Receiver& receiver, const QueuedAlert& item) {
    rows_.put_new(kQueueTable, queue_key(receiver.name, item.sequence), write_row(item));
}

void Dispatcher::erase(const Receiver& receiver, uint64_t sequence) {
    rows_.erase(kQueueTable, queue_key(receiver.name, sequence));
}

void Dispatcher::measure(Receiver& receiver) {
    receiver.metrics->queued.Set(static_cast<double>(receiver.queue.size()));
    receiver.metrics->oldest.Set(static_cast<double>(receiver.queue.oldest().time_since_epoch().count()) /
                                 1e6);
    receiver.metrics->breaker_open.Set(receiver.queue.breaker_open() ? 1 : 0);
}

audit::Time Dispatcher::due(audit::Time now) const {
    audit::Time earliest = audit::Time::max();
    for (const auto& receiver : receivers_) {
        earliest = std::min({earliest, receiver->queue.due(now), receiver->grouper.due()});
        if (receiver->config.heartbeat.count() > 0) earliest = std::min(earliest, receiver->next_heartbeat);
    }
    return earliest;
}

bool Dispatcher::idle(audit::Time now) const {
    return under_way_.empty() && std::all_of(receivers_.begin(), receivers_.end(), [&](const auto& receiver) {
               return receiver->queue.due(now) > now;
           });
}

// New messages get sequences behind all that the state may hold.
void Dispatcher::go_on_without_state(audit::Time now) {
    sequence_ = std::max(sequence_, static_cast<uint64_t>(now.time_since_epoch().count()));
}

void Dispatcher::load(const StateReader& state, audit::Time now) {
    std::vector<std::pair<std::string, QueuedAlert>> waiting;  // read before anything is changed
    load_queue(state,
               [&](std::string_view key, QueuedAlert item) { waiting.emplace_back(key, std::move(item)); });
    inhibition_.load(state, now);
    for (auto& receiver : receivers_) {
        std::vector<Alert> untold;
        receiver->grouper.tell_all(now, untold);
        queue(*receiver, std::move(untold), now);
        receiver->grouper.load(state, now);
        receiver->load_dead(state);
    }
    // A letter keeps its key, also one that cannot be read: a new message must not get the same.
    for (const std::string_view table : {kQueueTable, kDeadTable}) {
        state.scan(table, "", [&](std::string_view key, std::string_view) {
            sequence_ = std::max(sequence_, sequence_of(key));
        });
    }
    load_dead(state, [](std::string_view, const DeadLetter&) {});  // so that those that are damaged are named
    take_over(std::move(waiting), now);
}

// What came while the state could not be read goes behind what waited before. What is in transit is sent
// again.
void Dispatcher::take_over(std::vector<std::pair<std::string, QueuedAlert>> waiting, audit::Time now) {
    under_way_.clear();
    std::vector<std::vector<QueuedAlert>> later;
    for (auto& receiver : receivers_) later.push_back(receiver->queue.take_all());
    for (auto& [key, item] : waiting) {
        const std::string name = receiver_of(key);
        if (Receiver* receiver = find(name)) {
            // The host's clock may have stepped back since: nothing waits longer than it would from now on.
            item.not_before = std::min(item.not_before, now + ReceiverQueue::kLongestWait);
            item.alert.created = std::min(item.alert.created, now);
            // Accepting a finding and queueing its messages for all receivers is one transaction. A message
            // about an end may say more than was heard of the finding in it.
            if (item.alert.status == FindingStatus::Firing)
                is_repeated(News{.finding = item.alert.finding, .incident = {}, .turn = IncidentTurn::Grew});
            receiver->queue.add(std::move(item));
            continue;
        }
        rows_.erase(kQueueTable, key);
        rows_.put_new(kDeadTable, key, write_row(DeadLetter{now, kNotConfigured, item.alert}));
        log_error("alert {} is undeliverable: receiver {} is no longer configured", item.alert.id, name);
    }
    for (size_t i = 0; i < receivers_.size(); ++i) {
        Receiver& receiver = *receivers_[i];
        for (QueuedAlert& item : later[i]) {
            if (const uint64_t replaced = receiver.queue.add(std::move(item))) erase(receiver, replaced);
        }
        measure(receiver);
    }
}

void Dispatcher::save(StateWriter& state) {
    rows_.save(state);
    inhibition_.save(state);
    // Removed receivers come first, since a new receiver of the same name has rows with the same keys.
    for (auto& receiver : gone_) receiver->grouper.save(state);
    gone_.clear();
    for (auto& receiver : receivers_) receiver->grouper.save(state);
    has_folded_ = has_told_due_ = false;
}

bool Dispatcher::is_to_be_saved_first() const {
    return has_folded_ || has_told_due_ ||
           std::any_of(receivers_.begin(), receivers_.end(),
                       [](const auto& receiver) { return receiver->grouper.has_overflowed(); });
}

bool Dispatcher::changed() const {
    return rows_.size() > 0 || !gone_.empty() || inhibition_.changed() ||
           std::any_of(receivers_.begin(), receivers_.end(),
                       [](const auto& receiver) { return receiver->grouper.changed(); });
}

}  // namespace redshank
