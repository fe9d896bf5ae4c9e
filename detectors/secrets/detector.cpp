#include "detectors/secrets/detector.h"

#include <map>

#include "core/metric/evictions.h"
#include "detectors/rbac/seed.h"
#include "detectors/secrets/watch.h"

namespace redshank::secrets {

namespace {

constexpr Metric kChecked{
    "redshank_rbac_checked_total", Metric::Counter, "cluster, result",
    "Grants that the API server named, compared with the RBAC as it is known (agrees, differs, unknown)."};
constexpr Metric kObjects{"redshank_rbac_objects", Metric::Gauge, "cluster", "RBAC objects known."};
constexpr Metric kWindowsOpen{"redshank_secret_exposure_windows_open", Metric::Gauge, "cluster",
                              "Exposures of Secrets that are open now."};

class SecretExposure : public Detector {
  public:
    explicit SecretExposure(const Config& config)
        : protection_(config.protect), by_grant_(config.by_grant), settle_(config.settle) {
        for (const std::string& file : config.seed_rbac) {
            for (rbac::Object& object : rbac::read_seed(file)) seed_.push_back(std::move(object));
        }
    }

    std::string_view name() const override { return "secret_exposure"; }

    void observe(const Observation& observation, FindingBook& findings) override {
        watch(observation.origin.cluster).observe(observation, findings);
    }

    void advance(audit::Time now, FindingBook& findings) override {
        for (auto& [cluster, watch] : watches_) watch.advance(now, findings);
    }

    void load(const StateReader& state) override {
        state.scan(kClusters, "", [this](std::string_view cluster, std::string_view) { watch(cluster); });
        for (auto& [cluster, watch] : watches_) watch.load(state);
    }

    void save(StateWriter& state) override {
        for (auto& [cluster, watch] : watches_) {
            state.put(kClusters, cluster, "true");
            watch.save(state);
        }
    }

    void measure(MetricWriter& metrics) const override {
        for (const auto& [cluster, watch] : watches_) {
            const auto checked = [&, &name = cluster](const char* result, uint64_t count) {
                metrics.set(kChecked, {{"cluster", name}, {"result", result}}, count);
            };
            checked("agrees", watch.checked().agree);
            checked("differs", watch.checked().differ);
            checked("unknown", watch.checked().unknown);
            metrics.set(kObjects, {{"cluster", cluster}}, watch.mirror().objects());
            metrics.set(kWindowsOpen, {{"cluster", cluster}}, watch.windows().open());
            count_evictions(metrics, "secret_exposure.windows", watch.windows().evictions());
            count_evictions(metrics, "secret_exposure.reads", watch.reads().evictions());
            count_evictions(metrics, "secret_exposure.admins", watch.admins().evictions());
            count_evictions(metrics, "secret_exposure.callers", watch.callers().evictions());
            count_evictions(metrics, "secret_exposure.control_hosts", watch.hosts().evictions());
            count_evictions(metrics, "secret_exposure.names", watch.renames().evictions());
            count_evictions(metrics, "secret_exposure.indirect", watch.indirect().evictions());
            count_evictions(metrics, "rbac", watch.mirror().refused());
        }
    }

  private:
    static constexpr std::string_view kClusters = "secret_exposure.clusters";

    // The names of clusters come from the configuration, so there are few.
    SecretWatch& watch(std::string_view cluster) {
        if (last_ != nullptr && last_->first == cluster) return last_->second;
        auto found = watches_.find(cluster);
        if (found == watches_.end()) {
            found = watches_
                        .try_emplace(std::string(cluster), std::string(cluster), protection_, by_grant_,
                                     settle_, seed_)
                        .first;
        }
        last_ = &*found;
        return found->second;
    }

    const Protection protection_;
    const ByGrant by_grant_;
    const audit::Duration settle_;
    std::vector<rbac::Object> seed_;
    std::map<std::string, SecretWatch, std::less<>> watches_;    // nothing is erased
    std::pair<const std::string, SecretWatch>* last_ = nullptr;  // of the last event
};

}  // namespace

std::unique_ptr<Detector> make_detector(const Config& config) {
    return std::make_unique<SecretExposure>(config);
}

}  // namespace redshank::secrets
