#include "detectors/visibility/learn.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/request/request.h"
#include "core/request/verbs.h"

namespace redshank::visibility {

namespace policy = audit::policy;
using audit::Level;
using audit::Stage;
using audit::Time;

namespace {

constexpr std::string_view kRbac = "rbac.authorization.k8s.io";

bool is_stream(const audit::Event& event) {
    const std::string_view sub = event.object.subresource;
    return event.verb == "watch" || sub == "exec" || sub == "attach" || sub == "portforward";
}

bool is_workload(const audit::ObjectRef& object) {
    return object.subresource.empty() && ((object.api_group.empty() && object.resource == "pods") ||
                                          object.api_group == "apps" || object.api_group == "batch");
}

// A kubelet reads the object first.
bool is_status_of_kubelet(const Observation& observation) {
    const audit::ObjectRef& object = observation.event.object;
    return observation.request.actor.is(ActorClass::Node) && observation.event.verb == "patch" &&
           object.subresource == "status" && object.api_group.empty() &&
           (object.resource == "pods" || object.resource == "nodes");
}

bool is_control_plane(const Actor& actor) {
    return actor.is(ActorClass::Node) || actor.is_core_component();
}

void count_levels(Seen& seen, const Observation& observation) {
    const audit::Event& event = observation.event;
    if (!puts_object(event.verb) || is_control_plane(observation.request.actor)) return;
    const bool is_rbac = event.object.api_group == kRbac;
    if (!is_rbac && !is_workload(event.object)) return;
    Bodies& bodies = is_rbac ? seen.rbac : seen.workloads;
    ++bodies.requests;
    bodies.level = std::max(bodies.level, static_cast<int>(event.level));
}

// What comes in place of the silent sort. `step`: the time since the event before.
void pass(Silence& silence, audit::Duration step, const Observation& observation, bool is_sure,
          bool is_likely) {
    silence.watched += step;
    if (!observation.answers) return;
    ++silence.requests;
    silence.sure += is_sure ? 1 : 0;
    silence.likely += is_likely ? 1 : 0;
}

bool hides_reads(const Silence& silence) {
    if (silence.requests < kEnoughRequests) return false;
    if (silence.watched >= kLongEnough) return true;
    const bool is_sure = silence.sure >= kEnoughSure && silence.watched >= kShortest;
    const bool is_likely = silence.likely >= kEnoughLikely && silence.watched >= kWatchesAnew;
    return silence.last == Time{} && (is_sure || is_likely);
}

bool hides_secret_reads(const Silence& silence) {
    return silence.likely >= kEnoughOtherReads &&
           silence.watched >= (silence.last == Time{} ? kListsAnew : kLongEnough);
}

std::optional<Level> level_of(const Bodies& bodies) {
    if (bodies.requests < kEnoughWrites) return std::nullopt;
    const int level =
        std::clamp(bodies.level, static_cast<int>(Level::Metadata), static_cast<int>(Level::RequestResponse));
    return static_cast<Level>(level);
}

policy::Rule rule(Level level, std::initializer_list<const char*> groups, const char* resource = nullptr) {
    policy::Rule out;
    out.level = level;
    for (const char* group : groups) {
        policy::GroupResources one;
        one.group.value = group;
        if (resource != nullptr) one.resources.push_back({resource, {}});
        out.resources.push_back(std::move(one));
    }
    return out;
}

policy::Rule no_reads(bool of_secrets) {
    policy::Rule out = of_secrets ? rule(Level::None, {""}, "secrets") : rule(Level::None, {});
    for (const char* verb : {"get", "list", "watch"}) out.verbs.push_back({verb, {}});
    return out;
}

}  // namespace

void count(Seen& seen, const Observation& observation) {
    const audit::Event& event = observation.event;
    if (seen.since == Time{}) seen.since = seen.last = observation.now;
    const audit::Duration gone = observation.now - seen.last, step = gone > kHole ? audit::Duration{} : gone;
    seen.last = observation.now;
    const bool reads = is_read(event.verb), reads_secrets = reads && event.is_resource("", "secrets");
    const Actor& actor = observation.request.actor;
    if (reads) {
        seen.reads = {.last = observation.now};
    } else {
        pass(seen.reads, step, observation, is_status_of_kubelet(observation), is_control_plane(actor));
    }
    if (reads_secrets) {
        seen.secret_reads = {.last = observation.now};
    } else {
        const bool is_managers = actor.component == Component::ControllerManager;
        pass(seen.secret_reads, step, observation, false, is_managers && reads);
    }
    if (!observation.answers) return;
    count_levels(seen, observation);
    if (is_stream(event)) ++(event.stage == Stage::ResponseStarted ? seen.starts : seen.ends);
}

Learnt learn(const Seen& seen) {
    Learnt out;
    out.hides_reads = hides_reads(seen.reads);
    out.hides_secret_reads = out.hides_reads || hides_secret_reads(seen.secret_reads);
    out.omits_starts = seen.starts == 0 && seen.ends >= kEnoughStreams;
    out.rbac = level_of(seen.rbac);
    out.workloads = level_of(seen.workloads);
    return out;
}

policy::Policy policy_of(const Learnt& learnt) {
    policy::Policy out;
    if (learnt.rbac) out.rules.push_back(rule(*learnt.rbac, {"rbac.authorization.k8s.io"}));
    if (learnt.workloads) {
        out.rules.push_back(rule(*learnt.workloads, {""}, "pods"));
        out.rules.push_back(rule(*learnt.workloads, {"apps", "batch"}));
    }
    out.rules.push_back(rule(Level::RequestResponse, {}));
    if (learnt.omits_starts) out.omit_stages.add(Stage::ResponseStarted);
    return without(std::move(out), learnt);
}

policy::Policy without(policy::Policy policy, const Learnt& learnt) {
    if (learnt.hides_secret_reads) policy.rules.insert(policy.rules.begin(), no_reads(!learnt.hides_reads));
    return policy;
}

bool is_known(const Seen& seen, const Learnt& learnt) {
    return seen.secret_reads.last != Time{} || learnt.hides_secret_reads;
}

}  // namespace redshank::visibility
