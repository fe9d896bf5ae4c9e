#include "detectors/by_rule/errands.h"

#include <algorithm>
#include <array>

#include "core/finding/sentence.h"
#include "core/request/rights.h"
#include "core/request/verbs.h"
#include "core/request/words.h"
#include "core/state/key.h"

namespace redshank::by_rule {

namespace {

constexpr auto kSoon = std::chrono::minutes{15};  // after the change, or after the act before
constexpr auto kAtMost = std::chrono::hours{6};   // after the change

bool is_workload(const audit::ObjectRef& object) {
    static constexpr std::array<std::string_view, 7> kAll{
        "pods", "deployments", "daemonsets", "statefulsets", "replicasets", "jobs", "cronjobs"};
    return std::find(kAll.begin(), kAll.end(), object.resource) != kAll.end();
}

// A volume is asked for by whoever may use one.
bool is_new_claim(const audit::Event& event) {
    return is_claim(event.object) && (event.verb == "create" || event.created_object());
}

}  // namespace

void Errands::note(const Observation& observation) {
    const audit::ObjectRef& object = observation.event.object;
    const bool is_own_work = is_workload(object) && !object.namespace_.empty();
    if (!is_custom(object) && !is_own_work && !is_claim(object)) return;
    const std::string what = is_own_work ? controlled_namespace(object.namespace_) : controlled_kind(object);
    AskedRow& row = asked_.change(row_key({observation.origin.cluster, what}));
    row.time = row.last = observation.now;
    row.words = caller_words(observation.request, {}) + " " + deed_words(observation.request);
}

bool Errands::follows(std::string_view cluster, std::string_view what, audit::Time now) {
    const std::string key = row_key({cluster, what});
    const AskedRow* known = asked_.find(key);
    if (known == nullptr || now >= known->last + kSoon || now >= known->time + kAtMost) return false;
    AskedRow& row = asked_.change(key);
    row.last = std::max(row.last, now);
    is_asked_ = true;
    words_ = span_words(now - row.time) + " after " + row.words + ", which it looks after";
    return true;
}

std::string_view Errands::see(const Observation& observation, const RuleHabits& habits, bool is_admin_at_home,
                              const std::optional<audit::Duration>& given) {
    words_.clear();
    is_asked_ = false;
    const audit::Event& event = observation.event;
    const Request& request = observation.request;
    const bool is_write = puts_object(event.verb);
    if (!is_write || !observation.answers || !event.object.subresource.empty() || !request.has_effect())
        return {};
    if (is_admin_at_home || is_new_claim(event)) note(observation);
    if (!is_workload(event.object) || !is_program(request)) return {};
    const std::string_view why = work_of(observation, habits);
    if (!why.empty() || !given || event.object.resource != "daemonsets") return why;
    words_ = "its grant was made " + span_words(*given) + " before, by somebody who may install";
    return words_;
}

// Why a controller of old makes this workload.
std::string_view Errands::work_of(const Observation& observation, const RuleHabits& habits) {
    const audit::Event& event = observation.event;
    const Request& request = observation.request;
    const RuleHabit* work = habits.controller(observation);
    if (work == nullptr) return {};
    const std::string here = controlled_namespace(event.object.namespace_);
    const bool is_own = event.object.namespace_ == request.actor.namespace_;
    if (!is_own && !has_controlled(*work, here, observation.now)) return {};
    const std::string_view cluster = observation.origin.cluster;
    static const std::string kClaims = controlled_kind({.resource = "persistentvolumeclaims"});
    const bool is_own_pod = is_own && event.object.resource == "pods";
    bool is_operator = false;
    for (const HabitName& one : work->names) {
        if (is_place(one.name) || !has_controlled(*work, one.name, observation.now)) continue;
        const bool is_provisioner = one.name == kClaims;
        is_operator = is_operator || !is_provisioner;
        if ((is_own_pod || !is_provisioner) && follows(cluster, one.name, observation.now)) return words_;
    }
    if (!is_operator) return {};
    if (follows(cluster, controlled_namespace(request.actor.namespace_), observation.now)) return words_;
    if (is_through_cluster_admin(request))
        words_ = "a controller that has had all rights, and worked there, for days";
    return words_;
}

}  // namespace redshank::by_rule
