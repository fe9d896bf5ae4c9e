#include "daemon/delivery/delivery.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <optional>
#include <thread>

#include "core/log.h"
#include "core/metric/unusable_rows.h"
#include "core/mutex.h"
#include "daemon/clock.h"
#include "daemon/delivery/dispatcher.h"
#include "daemon/store/checked.h"

namespace redshank {

namespace {

constexpr audit::Duration kBetweenFailures = std::chrono::seconds{1};
// What has changed is saved when nothing is under way whose answer the same commit could record, and not more
// often;
constexpr audit::Duration kBetweenSaves = std::chrono::milliseconds{20};
// or when it was not saved for so long.
constexpr audit::Duration kLongestUnsaved = std::chrono::milliseconds{100};
// Silences and requeued dead letters that people set by command take effect within this time.
constexpr audit::Duration kBetweenLooks = std::chrono::seconds{2};
constexpr size_t kTake = 500;               // findings out of the outbox in one transaction
constexpr size_t kMaxHandedOver = 100'000;  // beyond, the oldest go
constexpr Metric kDropped{"redshank_findings_dropped_total", Metric::Counter, "",
                          "Findings lost: the state could not be written for long, and memory was full too."};

}  // namespace

struct Delivery::Impl {
    Impl(Config given, Metrics& all, std::unique_ptr<Transport> way)
        : config(std::move(given)),
          metrics(all),
          transport(std::move(way)),
          dispatcher(Dispatcher::prepare({config.alerts, config.receivers, config.cluster}), *transport,
                     metrics) {}

    void run();
    void open();
    void turn();
    void try_turn();
    void look(audit::Time now);
    void take_outbox(audit::Time now);
    void take_answers(audit::Duration wait);
    bool has_unsaved() const { return store && (is_refused || taken > removed || dispatcher.changed()); }
    audit::Time save_due(audit::Time now) const;
    void save(audit::Time now);
    void say(const std::string& problem);

    const Config config;
    Metrics& metrics;
    std::unique_ptr<Transport> transport;

    // The thread's.
    Dispatcher dispatcher;
    std::unique_ptr<Store> store;
    std::optional<CheckedState> state;  // of `store`; set with it
    int64_t taken = 0, removed = 0;     // sequences in the outbox
    audit::Time saved{}, looked{};
    audit::Time all_saved{};   // when there was last nothing to save
    bool saves_first = false;  // nothing is sent before the next save
    bool is_refused = false;   // the last commit: its rows go with the next one
    bool may_be_stale = true;  // what commands have set
    std::string last_problem;
    WaitClock clock;
    bool stopped = false;
    std::atomic<bool> reads_outbox{false}, can_read_state{true};

    std::thread thread;
    Mutex mutex;
    std::vector<News> handed_over GUARDED_BY(mutex);
    uint64_t dropped GUARDED_BY(mutex) = 0;
    std::optional<Dispatcher::Setup> setup GUARDED_BY(mutex);  // to be taken over
    std::optional<WaitClock::Steady> stop_by GUARDED_BY(mutex);
};

void Delivery::Impl::say(const std::string& problem) {
    if (problem == last_problem) return;
    last_problem = problem;
    if (!problem.empty()) log_warning("delivery: {}", problem);
}

// Findings that the pipeline has committed become messages in the queues in the same transaction that removes
// them from the outbox: each is accepted once, whenever the process dies. They are sent before that, since
// they are durable: the process after one that died in between makes the same messages of them, under the
// same ids.
void Delivery::Impl::take_outbox(audit::Time now) {
    if (!store) return;
    for (;;) {
        const std::vector<OutboxItem> items = store->outbox(kTake, taken);
        reads_outbox = true;
        if (items.empty()) return;
        for (const OutboxItem& item : items) dispatcher.accept(item.news, now);
        taken = items.back().sequence;
        if (items.size() < kTake) return;
        save(now);
    }
}

audit::Time Delivery::Impl::save_due(audit::Time now) const {
    if (!has_unsaved()) return audit::Time::max();
    const audit::Time earliest = saved + kBetweenSaves;
    if (saves_first) return earliest;
    if (is_refused) return saved + kBetweenFailures;
    return dispatcher.idle(now) ? earliest : std::max(earliest, all_saved + kLongestUnsaved);
}

void Delivery::Impl::save(audit::Time now) {
    saves_first = false;
    if (!has_unsaved()) return;
    store->begin();
    dispatcher.save(store->writer());
    if (taken > removed) store->remove_from_outbox(taken);
    removed = taken;  // also where the commit fails: then the next one removes them
    is_refused = !store->commit();
    say(store->problem());
    saved = all_saved = now;
}

void Delivery::Impl::take_answers(audit::Duration wait) {
    for (const auto& [token, answer] : transport->poll(wait)) dispatcher.answered(token, answer, clock.now());
}

// Reads what commands have set, if anybody has committed since. An unreadable row keeps its last known value,
// and delivery goes on.
void Delivery::Impl::look(audit::Time now) {
    looked = now;
    may_be_stale |= store->may_have_changed();
    if (!std::exchange(may_be_stale, false)) return;
    try {
        dispatcher.set_silences(read_silences(*state));
        dispatcher.requeue(*state, now);
        can_read_state = true;
    } catch (const std::exception& error) {
        can_read_state = false;
        may_be_stale = true;
        say(error.what());
    }
    count_unusable(metrics, state->counts());
}

void Delivery::Impl::try_turn() {
    std::optional<Dispatcher::Setup> fresh;
    std::optional<WaitClock::Steady> stop;
    {
        const Lock lock(mutex);
        fresh.swap(setup);
        stop = stop_by;
    }
    const audit::Time now = clock.now();
    if (fresh) {
        dispatcher.reconfigure(std::move(*fresh), store ? &*state : nullptr, now);
        may_be_stale = true;  // letters may be sent again
    }
    if (now - looked >= kBetweenLooks) {
        if (store) {
            look(now);
        } else {
            open();
        }
    }
    if (!has_unsaved()) all_saved = now;
    take_outbox(now);
    std::vector<News> all;  // from here on nothing is read that could fail: none of them is lost
    {
        const Lock lock(mutex);
        all.swap(handed_over);
    }
    for (const News& news : all) dispatcher.accept(news, now);
    dispatcher.tell_due(now);
    saves_first = store && (saves_first || !all.empty() || dispatcher.is_to_be_saved_first());
    if (saves_first && now >= saved + kBetweenSaves) save(now);
    if (!saves_first) dispatcher.send(now);
    if (now >= save_due(now)) {
        take_answers({});  // what was just handed to the transport goes before the disk is waited for
        save(now);
        return;  // what has come meanwhile is looked at first
    }

    if (stop && (dispatcher.idle(now) || std::chrono::steady_clock::now() >= *stop)) {
        save(now);
        stopped = true;
        return;
    }
    const audit::Time next = saves_first ? audit::Time::max() : dispatcher.due(now);
    const audit::Time due = std::min({next, looked + kBetweenLooks, save_due(now)});
    take_answers(std::max(due - now, audit::Duration{0}));
}

// Also later, when it could not be read before.
void Delivery::Impl::open() {
    const audit::Time now = clock.now();
    if (config.store.empty()) {
        looked = now;
        return;
    }
    try {
        auto opened = Store::open(config.store, Store::Mode::Attached);
        state.emplace(checked_state(*opened));
        dispatcher.load(*state, now);
        store = std::move(opened);
        may_be_stale = true;
        count_unusable(metrics, state->counts());
        if (!can_read_state) log_notice("delivery: the state can be read, no alert waits in memory only");
        can_read_state = true;
    } catch (const std::exception& error) {
        state.reset();
        looked = now;
        dispatcher.go_on_without_state(now);
        if (can_read_state.exchange(false)) {
            log_error("delivery: {}; until the state can be read, alerts are kept in memory only",
                      error.what());
        }
    }
}

void Delivery::Impl::turn() {
    try {
        try_turn();
    } catch (const std::exception& error) {  // the store cannot be read: what is in memory goes on
        say(error.what());
        reads_outbox = false;
        take_answers(kBetweenFailures);
        const Lock lock(mutex);
        stopped = stop_by && std::chrono::steady_clock::now() >= *stop_by;
    }
}

void Delivery::Impl::run() {
    pthread_setname_np(pthread_self(), "delivery");
    open();
    while (!stopped) turn();
}

Delivery::Delivery(Config config, Metrics& metrics, std::unique_ptr<Transport> transport)
    : impl_(std::make_unique<Impl>(std::move(config), metrics, std::move(transport))) {}

Delivery::~Delivery() {
    stop();
}

void Delivery::start() {
    impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

void Delivery::open() {
    impl_->open();
}

void Delivery::turn() {
    impl_->turn();
}

void Delivery::stop(audit::Duration grace) {
    if (!impl_->thread.joinable()) return;
    {
        const Lock lock(impl_->mutex);
        impl_->stop_by = std::chrono::steady_clock::now() + grace;
    }
    notify();
    impl_->thread.join();
}

void Delivery::reload(Config config) {
    Dispatcher::Setup setup = Dispatcher::prepare({config.alerts, config.receivers, config.cluster});
    {
        const Lock lock(impl_->mutex);
        impl_->setup = std::move(setup);
    }
    notify();
}

bool Delivery::can_read_state() const {
    return impl_->can_read_state;
}

void Delivery::notify() {
    impl_->transport->wake();
}

void Delivery::hand_over(std::vector<News> all, bool durable) {
    if (!durable || !impl_->reads_outbox) {
        const Lock lock(impl_->mutex);
        auto& queue = impl_->handed_over;
        queue.insert(queue.end(), std::make_move_iterator(all.begin()), std::make_move_iterator(all.end()));
        if (queue.size() > kMaxHandedOver) {
            const auto excess = static_cast<ptrdiff_t>(queue.size() - kMaxHandedOver);
            impl_->dropped += static_cast<uint64_t>(excess);
            queue.erase(queue.begin(), queue.begin() + excess);
        }
        impl_->metrics.set(kDropped, {}, impl_->dropped);
    }
    notify();
}

}  // namespace redshank
