#include "daemon/works.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/log.h"
#include "daemon/clock.h"
#include "daemon/fleet/hears_of_copies.h"
#include "daemon/reload.h"
#include "daemon/store/database_file.h"

namespace redshank {

namespace {

using namespace std::chrono_literals;

constexpr auto kPublishEvery = 1s;  // counters to /metrics

std::unique_ptr<Store> open_store(const Config& config, const FailedStarts& failed) {
    const std::string path = config.state_file();
    auto store =
        failed.are_too_many()
            ? Store::open_anew(path, std::to_string(failed.count()) +
                                         " starts in a row ended because the state could not be used")
            : Store::open(path, Store::Mode::ReadWrite);
    if (!store->damage().empty()) log_error("{}", store->damage());
    return store;
}

TakenState take_state(const Config& config, StateLog* log) {
    if (log == nullptr) return {};
    make_folder_of(config.state_file());
    { const OwnerLock lock(config.state_file()); }  // one that runs here is not fenced by mistake
    TakenState taken = take_over(config.state_file(), *log);
    if (!taken.said.empty()) log_notice("{}", taken.said);
    return taken;
}

std::unique_ptr<StatePublisher> make_publisher(const Config& config, StateLog* log, const TakenState& taken) {
    if (log) return std::make_unique<StatePublisher>(config.state_file(), *log, taken);
    if (has_topics(config)) stop_copying(config.state_file());
    return nullptr;
}

}  // namespace

Works::Works(const Config& config, std::unique_ptr<Transport> transport)
    : failed_starts_(config.state_file()),
      state_log_(make_state_log(config)),
      taken_(take_state(config, state_log_.get())),
      store_(open_store(config, failed_starts_)),
      publisher_(make_publisher(config, state_log_.get(), taken_)),
      engine_(config.detectors),
      incidents_(config.alerts.incidents),
      sources_(make_sources(config.sources, config.file)),
      pipeline_(engine_, incidents_, sources_, store_.get(), *this, 1, wall_clock,
                {.ledger_rows = config.ledger_hours}),
      health_(config.cluster, metrics_, pipeline_, engine_, incidents_, sources_, *store_),
      delivery_(delivery_config(config), metrics_, std::move(transport)) {
    // A rate needs the 0 before the first finding.
    if (publisher_) health_.watch([this] { return publisher_->problem(); });
    for (const SourceConfig& source : config.sources) ToldCounts{}.measure(metrics_, source.cluster);
}

Works::~Works() = default;

void Works::run(const StopSignal& stop) {
    try {
        pipeline_.run(stop);
    } catch (const StateError&) {
        failed_starts_.add();
        throw;
    }
}

void Works::begin() {
    try {
        pipeline_.begin();
    } catch (const StateError&) {
        failed_starts_.add();
        throw;
    }
}

// From here on nothing is lost, even when the daemon is killed. If the state cannot be written, committed()
// and /readyz have said so, and reading and reporting go on.
void Works::started() {
    failed_starts_.forget();
    has_started_ = true;
}

void Works::told(const News& news) {
    using namespace std::chrono;
    uncommitted_.push_back(news);
    if (!news.finding) return;
    metrics_.told(*news.finding);
    const duration<double> delay = system_clock::now() - news.finding->time;
    metrics_.detection_delay.Observe(std::max(0.0, delay.count()));  // an API server's clock may be ahead
}

void Works::committed(bool durable) {
    if (health_.set_durable(durable)) {
        if (durable) {
            log_notice("the state can be written again, nothing of it is lost");
        } else {
            log_error("the state cannot be written, it waits in memory: {}", store_->problem());
        }
    }
    std::vector<News> news = std::exchange(uncommitted_, {});
    if (news.empty()) return;
    delivery_.hand_over(std::move(news), durable);  // people must hear of them all the same
}

void Works::turned(Turn turn) {
    health_.turned(delivery_.can_read_state());
    for (; publisher_ && copies_ < publisher_->copies(); ++copies_) {
        for (const auto& source : sources_) {
            if (auto* hears = dynamic_cast<HearsOfCopies*>(source.get())) hears->copied();
        }
    }
    const auto now = std::chrono::steady_clock::now();
    const bool publishes = now >= next_publish_;
    if (publishes) {
        next_publish_ = now + kPublishEvery;
        health_.publish();
    }
    if (on_turn_) on_turn_(publishes, turn);
}

}  // namespace redshank
