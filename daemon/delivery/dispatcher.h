#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/incident/news.h"
#include "daemon/alerts/alerts_config.h"
#include "daemon/alerts/grouper.h"
#include "daemon/alerts/inhibition.h"
#include "daemon/alerts/silence.h"
#include "daemon/delivery/queue_rows.h"
#include "daemon/delivery/receiver_queue.h"
#include "daemon/delivery/transport.h"
#include "exporters/metrics.h"

namespace redshank {

// Findings in, messages out: silences, inhibition, routing, then for each receiver grouping and a queue.
// Knows neither threads nor clocks nor the store's connection: the delivery thread drives it, and so do the
// tests, with a clock of their own.
class Dispatcher {
  public:
    struct Config {
        AlertsConfig alerts;
        std::vector<ReceiverConfig> receivers;
        std::string cluster;  // of heartbeats
    };
    static constexpr size_t kMaxDead = 1000;  // dead letters kept for a receiver

    // A configuration with its sinks, which have read their secrets.
    struct Setup {
        Config config;
        std::vector<std::pair<ReceiverConfig, NamedSink>> sinks;
    };
    // Throws ReceiverError. Any thread.
    static Setup prepare(Config config);

    Dispatcher(Setup setup, Transport& transport, Metrics& metrics);
    ~Dispatcher();

    // Replaces the configuration. Receivers that stay (by name) keep their queues and groups; alerts that
    // wait for removed receivers become dead letters. `state` may be null.
    void reconfigure(Setup setup, const StateReader* state, audit::Time now);
    void set_silences(std::vector<Silence> silences) { silences_ = std::move(silences); }

    void accept(const News& news, audit::Time now);
    void accept(const Finding& finding, audit::Time now) {
        accept(News{.finding = finding, .incident = {}, .turn = IncidentTurn::Grew}, now);
    }
    // Makes the messages that have become due.
    void tell_due(audit::Time now);
    // Sends what may be sent.
    void send(audit::Time now);
    void answered(uint64_t token, const HttpAnswer& answer, audit::Time now);

    // When one of both has something to do again.
    audit::Time due(audit::Time now) const;
    // Whether no message is in transit, and none waits that could be sent at once.
    bool idle(audit::Time now) const;

    // Dead letters that a user wants to be tried again (`redshank outbox --requeue`) return to the queue as
    // new ones. A receiver that accepted a test, or was configured anew, gets at once what waits for it, and
    // critical messages that it refused though the fault may have been its own.
    void requeue(const StateReader& state, audit::Time now);

    // The queues, the groups, the inhibitions and the dead letters. load() before anything else; or
    // go_on_without_state(), and load() later, when the state can be read. Messages for receivers that are no
    // longer configured become dead letters. load() throws when the state cannot be read: call it again then.
    void load(const StateReader& state, audit::Time now);
    void go_on_without_state(audit::Time now);
    void save(StateWriter& state);
    bool changed() const;
    // What was made since the last save() is to be saved before it is sent: a process that had to make it
    // again would make other messages of it, since it accepts what has come meanwhile before it looks at the
    // time. Of everything else it makes the same, under the same ids.
    bool is_to_be_saved_first() const;
    // Of the queues and the dead letters, to be saved.
    size_t unsaved_rows() const { return rows_.size(); }

  private:
    struct Receiver;

    void dissolve(Receiver& receiver, audit::Time now);
    Receiver* find(std::string_view name) const;
    bool is_repeated(const News& news);
    void take_over(std::vector<std::pair<std::string, QueuedAlert>> waiting, audit::Time now);
    void offer(Receiver& receiver, const News& news, bool silenced, bool inhibited, audit::Time now);
    bool is_routed(const Receiver& receiver, const Finding& finding) const;
    bool is_silenced(const News& news, audit::Time now) const;
    void queue(Receiver& receiver, std::vector<Alert> alerts, audit::Time now);
    void fold(Receiver& receiver, audit::Time now);
    void bury(Receiver& receiver, const QueuedAlert& item, const std::string& reason, audit::Time now);
    void send_heartbeat(Receiver& receiver, audit::Time now);
    void say_pause(Receiver& receiver, const Verdict& verdict, audit::Time now);
    void revive(const std::string& key, DeadLetter letter, audit::Time now);
    void revive_refused(Receiver& receiver, const StateReader& state, audit::Time now);
    void write(const Receiver& receiver, const QueuedAlert& item);
    void write_new(const Receiver& receiver, const QueuedAlert& item);
    void erase(const Receiver& receiver, uint64_t sequence);
    void measure(Receiver& receiver);

    Config config_;
    Transport& transport_;
    Metrics& metrics_;
    std::vector<std::unique_ptr<Receiver>> receivers_;
    std::vector<std::unique_ptr<Receiver>> gone_;  // until their rows are taken away
    std::vector<Silence> silences_;
    Inhibition inhibition_;
    // Versions of findings seen lately, so that one that comes both through the outbox and directly counts
    // once; and those that a process before this one put into the queues, for the log may be read again from
    // before them.
    std::unordered_set<std::string> seen_;
    std::deque<std::string> seen_order_;
    std::map<uint64_t, Receiver*> under_way_;  // by token
    uint64_t sequence_ = 0, token_ = 0;
    ChangedRows rows_;
    bool has_folded_ = false, has_told_due_ = false;  // since the last save()
};

}  // namespace redshank
