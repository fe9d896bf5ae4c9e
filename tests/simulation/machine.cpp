#include "tests/simulation/machine.h"

#include <utility>

#include "daemon/clock.h"
#include "daemon/reload.h"

namespace redshank::sim {

Machine::Machine(const Config& config, std::unique_ptr<Transport> transport)
    : failed_starts_(config.state_file()),
      store_(failed_starts_.are_too_many() ? Store::open_anew(config.state_file(), "too many starts failed")
                                           : Store::open(config.state_file(), Store::Mode::ReadWrite)),
      engine_(config.detectors),
      incidents_(config.alerts.incidents),
      sources_(make_sources(config.sources, config.file)),
      pipeline_(engine_, incidents_, sources_, store_.get(), *this, 1, wall_clock),
      health_(config.cluster, metrics_, pipeline_, engine_, incidents_, sources_, *store_),
      delivery_(delivery_config(config), metrics_, std::move(transport)) {
    delivery_.open();
    try {
        pipeline_.begin();
    } catch (const StateError&) {
        failed_starts_.add();
        throw;
    }
    failed_starts_.forget();
}

Machine::~Machine() = default;

void Machine::committed(bool durable) {
    health_.set_durable(durable);
    std::vector<News> news = std::exchange(uncommitted_, {});
    if (!news.empty()) delivery_.hand_over(std::move(news), durable);
}

void Machine::turned() {
    health_.turned(delivery_.can_read_state());
    health_.publish();
}

void Machine::stop() {
    pipeline_.end();
    delivery_.turn();
}

}  // namespace redshank::sim
