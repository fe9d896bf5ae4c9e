#include "daemon/reload.h"

#include "core/log.h"

namespace redshank {

Delivery::Config delivery_config(const Config& config) {
    return {.alerts = config.alerts,
            .receivers = config.receivers,
            .cluster = config.cluster,
            .store = config.state_file()};
}

Reload::Reload(std::string config_file, const DetectorConfig& detectors, Delivery& delivery,
               const SdNotify& systemd, Report report)
    : config_file_(std::move(config_file)),
      delivery_(delivery),
      systemd_(systemd),
      report_(std::move(report)),
      in_force_(std::make_shared<const DetectorConfig>(detectors)) {}

void Reload::read(const Signals& signals) {
    uint64_t number = 0;
    {
        const Lock lock(mutex_);
        number = ++newest_;
        systemd_.reloading();
    }
    if (config_file_.empty()) return done(number, true);
    try {
        Config config = load_config(config_file_);
        if (signals.is_stop_pending()) return;
        load_rules(config.detectors);
        if (signals.is_stop_pending()) return;
        make_detectors(config.detectors);
        if (signals.is_stop_pending()) return;
        delivery_.reload(delivery_config(config));
        const Lock lock(mutex_);
        checked_ =
            std::make_unique<Checked>(Checked{number, std::move(config.detectors), config.alerts.incidents});
    } catch (const std::exception& error) {
        log_lines(LogLevel::Error, error.what());
        done(number, false);
        log_error("not reloaded, the old configuration stays");
    }
}

void Reload::hand_over(Engine& engine, IncidentBook& incidents,
                       const std::vector<std::unique_ptr<Source>>& sources) {
    std::unique_ptr<Checked> checked;
    {
        const Lock lock(mutex_);
        checked = std::move(checked_);
    }
    if (!checked) return;
    try {
        for (const auto& source : sources) source->reload();
        engine.reload(checked->detectors);
        incidents.configure(checked->incidents);
        {
            const Lock lock(mutex_);
            in_force_ = std::make_shared<const DetectorConfig>(std::move(checked->detectors));
        }
        done(checked->number, true);
        log_notice("{} was read again and is in force", config_file_);
    } catch (const std::exception& error) {
        done(checked->number, false);
        log_error("{}; not reloaded, what was in use stays", error.what());
    }
}

void Reload::started() {
    done(0, true);
}

std::shared_ptr<const DetectorConfig> Reload::in_force() const {
    const Lock lock(mutex_);
    return in_force_;
}

void Reload::done(uint64_t number, bool successful) {
    const Lock lock(mutex_);
    if (number == newest_) report_(successful);
}

}  // namespace redshank
