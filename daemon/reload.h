// Another configuration while the daemon runs: rules, `suppress`, receivers with their secrets,
// [alerts], and the files of sources.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/mutex.h"
#include "daemon/config/config.h"
#include "daemon/delivery/delivery.h"
#include "daemon/incidents/book.h"
#include "daemon/sd_notify.h"
#include "daemon/signals.h"
#include "daemon/sources/source.h"
#include "detectors/engine.h"

namespace redshank {

// Delivery of this configuration.
Delivery::Config delivery_config(const Config& config);

// Two threads share the work: the one that waits for signals reads and tries the file, the pipeline's hands
// it to the detectors between two events. The newest reload alone is reported.
class Reload {
  public:
    // How the newest one went. Called by either thread, never by both at once.
    using Report = std::function<void(bool successful)>;

    // `config_file` is "" when there is none: there is nothing to read then, and that succeeds. `detectors`:
    // what the daemon starts with.
    Reload(std::string config_file, const DetectorConfig& detectors, Delivery& delivery,
           const SdNotify& systemd, Report report);

    // Reads the file. All of it is tried before any of it is taken; a mistake keeps everything as it was and
    // is reported. Gives up between two steps when a stop is pending. The thread that waits for signals.
    void read(const Signals& signals) EXCLUDES(mutex_);
    // Passes the rules and settings that were read to the detectors and the incidents; the sources read their
    // files again. Pipeline thread, once in each turn.
    void hand_over(Engine& engine, IncidentBook& incidents,
                   const std::vector<std::unique_ptr<Source>>& sources) EXCLUDES(mutex_);
    // The daemon has started with the configuration that it was given. The pipeline's thread.
    void started() EXCLUDES(mutex_);

    // What the detectors go by. Any thread.
    std::shared_ptr<const DetectorConfig> in_force() const EXCLUDES(mutex_);

  private:
    struct Checked {
        uint64_t number = 0;
        DetectorConfig detectors;  // with its rules read
        IncidentSettings incidents;
    };
    void done(uint64_t number, bool successful) EXCLUDES(mutex_);

    const std::string config_file_;
    Delivery& delivery_;
    const SdNotify& systemd_;
    const Report report_;

    mutable Mutex mutex_;
    std::shared_ptr<const DetectorConfig> in_force_ GUARDED_BY(mutex_);
    std::unique_ptr<Checked> checked_ GUARDED_BY(mutex_);  // from one thread to the other
    uint64_t newest_ GUARDED_BY(mutex_) = 0;               // number of the newest reload
};

}  // namespace redshank
