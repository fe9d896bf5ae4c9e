// One process of redshank: the parts of the daemon, joined as daemon.cpp does, without its threads and its
// port.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/delivery/delivery.h"
#include "daemon/health.h"
#include "daemon/pipeline.h"
#include "daemon/store/failed_starts.h"
#include "exporters/metrics.h"

namespace redshank::sim {

class Machine : private PipelineListener {
  public:
    // Starts. Throws what Daemon throws, and StateError.
    Machine(const Config& config, std::unique_ptr<Transport> transport);
    ~Machine() override;  // as kill -9 when the disk is dead

    Source::Read read() { return pipeline_.step(); }
    void deliver() { delivery_.turn(); }
    void stop();  // orderly

    const Store& store() const { return *store_; }
    HttpReply readyz() { return health_.readyz(); }
    const Source& source() const { return *sources_.front(); }

  private:
    void told(const News& news) override { uncommitted_.push_back(news); }
    void committed(bool durable) override;
    void turned() override;

    const FailedStarts failed_starts_;
    Metrics metrics_;
    std::unique_ptr<Store> store_;
    Engine engine_;
    IncidentBook incidents_;
    std::vector<std::unique_ptr<Source>> sources_;
    Pipeline pipeline_;
    Health health_;
    Delivery delivery_;
    std::vector<News> uncommitted_;
};

}  // namespace redshank::sim
