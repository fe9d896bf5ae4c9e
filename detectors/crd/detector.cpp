#include "detectors/crd/detector.h"

#include "core/metric/evictions.h"
#include "detectors/crd/catalog.h"
#include "detectors/crd/changes.h"
#include "detectors/crd/fault_alarm.h"
#include "detectors/crd/measure.h"
#include "detectors/crd/notice_alarm.h"
#include "detectors/crd/pod_changes.h"
#include "detectors/crd/refusal_alarm.h"
#include "detectors/crd/resource_table.h"
#include "detectors/crd/rise_alarm.h"
#include "detectors/crd/silence_alarm.h"
#include "detectors/crd/slow_alarm.h"
#include "detectors/crd/visibility.h"

namespace redshank::crd {

namespace {

constexpr std::string_view kClockTable = "crd_health.clock";
constexpr std::string_view kChecked = "checked";

// Does my CRD work properly?
class CrdHealth : public Detector {
  public:
    explicit CrdHealth(const Config& config) : config_(config), catalog_(config.resources) {}

    std::string_view name() const override { return "crd_health"; }

    void observe(const Observation& observation, FindingBook& findings) override {
        const audit::Event& event = observation.event;
        const std::string_view cluster = observation.origin.cluster;
        visibility_.saw(cluster, observation.now);
        if (!event.object.present || event.object.resource.empty()) return;
        const bool ended =
            event.stage == audit::Stage::ResponseComplete || event.stage == audit::Stage::Panic;
        if (!observation.answers && !ended) return;
        if (observation.answers) {
            catalog_.learn(cluster, observation.request);
            changes_.learn(cluster, observation.request);
            pods_.learn(cluster, observation.request);
        }
        const Origin origin = catalog_.origin_of(cluster, observation.request, false);
        if (origin == Origin::BuiltIn || origin == Origin::Aggregated) return;

        Resource& resource = resources_.at(cluster, event.object.api_group, event.object.resource);
        if (resource.first_seen == audit::Time{}) resource.first_seen = observation.now;
        resource.last_seen = observation.now;
        const Outcome outcome = resource.memory.take(event);
        Caller& caller = resource.caller(event.effective_user().username);
        // Counted when it has ended, judged when it is answered: a watch is answered long before it ends.
        if (ended) resource.tally.add(event.object.subresource, event.verb, outcome.outcome);
        if (ended && !failed_open_webhook(event).empty()) ++resource.failed_open;
        if (ended && event.verb == "watch") caller.watch_ended(event);
        silences_.lives(resource, caller, observation, visibility_.since(cluster, observation.now), findings);
        if (observation.answers) answered(resource, caller, outcome, observation, findings);
        if (ended) notices_.ended(resource, caller, observation, findings);
    }

    void advance(audit::Time now, FindingBook& findings) override {
        using std::chrono::floor, std::chrono::minutes;
        if (floor<minutes>(now) == floor<minutes>(checked_.time)) return;
        checked_.time = now;
        resources_.each_due(now, [&](Resource& resource, Turn& turn) {
            const Settings& settings = config_.of(resource.key);
            bool changed = faults_.check(resource, turn, settings, findings);
            changed |= rises_.check(resource, turn, settings, findings);
            changed |= refusals_.check(resource, turn, findings);
            changed |= slows_.check(resource, turn, findings);
            changed |= silences_.check(resource,
                                       {.now = now,
                                        .visible_since = visibility_.since(resource.key.cluster, now),
                                        .changes = changes_,
                                        .pods = pods_,
                                        .is_log_whole = config_.whole_log},
                                       turn, findings);
            changed |= notices_.check(resource, turn, findings);
            if (changed) resources_.mark_changed(resource);
        });
    }

    void load(const StateReader& state) override {
        catalog_.load(state);
        changes_.load(state);
        pods_.load(state);
        resources_.load(state);
        visibility_.load(state);
        load_row(state, kClockTable, kChecked, checked_);
    }

    void save(StateWriter& state) override {
        catalog_.save(state);
        changes_.save(state);
        pods_.save(state);
        resources_.save(state);
        visibility_.save(state);
        state.put(kClockTable, kChecked, write_row(checked_));
    }

    void measure(MetricWriter& metrics) const override {
        crd::measure(resources_, config_, checked_.time, metrics);
        count_evictions(metrics, "custom_resources",
                        resources_.evictions() + catalog_.refused() + pods_.evictions());
    }

  private:
    void answered(Resource& resource, Caller& caller, const Outcome& outcome, const Observation& observation,
                  FindingBook& findings) {
        const Settings& settings = config_.of(resource.key);
        resource.origin =
            catalog_.origin_of(observation.origin.cluster, observation.request, resource.memory.served);
        if (outcome.outcome == OutcomeClass::Ok) {
            succeeded(resource, caller, observation, settings, findings);
            return;
        }
        Track& track = resource.tracks[outcome.outcome];
        track.add_failure(observation, outcome);
        if (settings.spends(outcome.outcome)) {
            resource.valid.add(observation.now);
            faults_.failed(resource, outcome, observation, changes_, settings, findings);
            rises_.counted(resource, &track, observation, settings, findings);
        } else if (meaning_of(outcome.outcome) == Meaning::Refused) {
            refusals_.refused(resource, caller, outcome, observation, changes_, findings);
        } else {
            faults_.troubled(resource, outcome, observation, findings);
        }
    }

    void succeeded(Resource& resource, Caller& caller, const Observation& observation,
                   const Settings& settings, FindingBook& findings) {
        const audit::Event& event = observation.event;
        resource.valid.add(observation.now);
        if (event.verb == "watch") resource.good_watches.add(observation.now);
        resource.last_good = observation.now;
        for (auto& [failed, track] : resource.tracks) track.add_success(event);
        for (auto& [refused, track] : caller.refused) track.add_success(event);
        caller.note_verb(event.verb);
        if (event.verb == "watch") {
            if (event.stage == audit::Stage::ResponseStarted) ++caller.open_watches;
            return;
        }
        rises_.counted(resource, nullptr, observation, settings, findings);
        slows_.succeeded(resource, observation, changes_, settings, findings);
        if (event.verb != "get" && event.verb != "list") silences_.wrote(resource, observation, findings);
    }

    const Config config_;
    Catalog catalog_;
    Changes changes_;
    PodChanges pods_;
    ResourceTable resources_;
    FaultAlarm faults_;
    RiseAlarm rises_;
    RefusalAlarm refusals_;
    SlowAlarm slows_;
    SilenceAlarm silences_;
    NoticeAlarm notices_;
    Visibility visibility_;
    ClockRow checked_;  // when the windows were last looked at
};

}  // namespace

std::unique_ptr<Detector> make_detector(const Config& config) {
    return std::make_unique<CrdHealth>(config);
}

}  // namespace redshank::crd
