#include "detectors/crd/changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/finding/sentence.h"
#include "core/request/kind.h"
#include "core/request/verbs.h"
#include "core/request/words.h"
#include "core/state/row.h"
#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace {

constexpr std::string_view kChanges = "crd_health.changes";

// The log is not sorted: a change may be written a moment after the failure that it led to.
constexpr audit::Duration kDisorder = std::chrono::seconds{5};

bool is_change(std::string_view verb) {
    return changes_object(verb) || verb == "deletecollection";
}

// A Pod is taken away, whoever does it: a drain, somebody's hand, the controllers of nodes and of garbage.
// Not what follows of itself: a kubelet removes a Pod that has ended, the Job controller one that is done.
bool ends_pod(const Request& request) {
    const audit::Event& event = request.event;
    if (!event.is_resource("", "pods")) return false;
    if (event.object.subresource == "eviction") return event.verb == "create";
    return event.object.subresource.empty() && event.verb.starts_with("delete") &&
           !request.actor.is(ActorClass::Node) && request.actor.account != "job-controller";
}

bool stops_pods(const Request& request) {
    const audit::Event& event = request.event;
    const std::string_view resource = event.object.resource;
    if (event.object.api_group.empty())
        return (resource == "namespaces" && event.verb == "delete") || ends_pod(request);
    return event.object.api_group == "apps" &&
           (resource == "deployments" || resource == "statefulsets" || resource == "daemonsets") &&
           event.verb != "create" && !request.actor.is(ActorClass::ControlPlane);
}

bool what_of(const Request& request, Change::What& what) {
    const audit::Event& event = request.event;
    const std::string_view group = event.object.api_group, resource = event.object.resource;
    if (group == "apiextensions.k8s.io" && resource == "customresourcedefinitions") {
        what = Change::What::Crd;
    } else if (group == "admissionregistration.k8s.io") {
        what = Change::What::Webhook;
    } else if (group == "rbac.authorization.k8s.io") {
        what = Change::What::Rbac;
    } else if (group == "apiregistration.k8s.io" && resource == "apiservices") {
        what = Change::What::ApiService;
    } else if (stops_pods(request)) {
        what = Change::What::Workload;
    } else {
        return false;
    }
    return true;
}

// Of the groups that what_of() knows; rows keep the resource only.
std::string_view built_in_group(std::string_view resource) {
    for (const std::string_view group : {"", "apps", "rbac.authorization.k8s.io", "apiextensions.k8s.io",
                                         "apiregistration.k8s.io", "admissionregistration.k8s.io"}) {
        if (!kind_of(group, resource).empty()) return group;
    }
    return {};
}

bool explains(Change::What what, OutcomeClass outcome) {
    switch (outcome) {
        case OutcomeClass::AdmissionWebhookFailed:
        case OutcomeClass::AdmissionDenied:
            return what == Change::What::Webhook;
        case OutcomeClass::Forbidden:
            return what == Change::What::Rbac;
        case OutcomeClass::ServerError:
        case OutcomeClass::Timeout:
            return what == Change::What::Crd || what == Change::What::ApiService;
        default:
            return what == Change::What::Crd;
    }
}

// The verb that says what is done to an object by a write of one of its subresources.
struct Way {
    std::string_view subresource, verb;
};
constexpr Way kWays[] = {{"scale", "scale"}, {"eviction", "evict"}};

std::string_view verb_of(const audit::Event& event) {
    for (const Way& way : kWays) {
        if (event.object.subresource == way.subresource) return way.verb;
    }
    return event.verb;
}

std::string_view subresource_of(std::string_view verb) {
    for (const Way& way : kWays) {
        if (verb == way.verb) return way.subresource;
    }
    return {};
}

std::string words_before(const Change& change, audit::Time time) {
    return fmt::format("{} ({} earlier)", change.text(),
                       span_words(std::max(time - change.time, audit::Duration{})));
}

std::string crd_name(std::string_view group, std::string_view resource) {
    return fmt::format("{}.{}", resource, group);
}

}  // namespace

std::span<const std::string_view> words_of(Change::What) {
    static constexpr std::string_view kWords[] = {"crd", "webhook", "rbac", "apiservice", "workload"};
    return kWords;
}

std::string Change::text() const {
    const Thing thing{.group = built_in_group(resource),
                      .resource = resource,
                      .subresource = subresource_of(verb),
                      .namespace_ = namespace_,
                      .name = name};
    return user_words(user) + " " +
           (name.empty() ? past_of(verb) + " " + all_words(thing) : deed_words(verb, thing));
}

void Changes::learn(std::string_view cluster, const Request& request) {
    const audit::Event& event = request.event;
    if (!event.object.present || !is_change(event.verb)) return;
    Change::What what{};
    // The status of a CRD or APIService is the API server's own bookkeeping.
    const bool is_scaled = event.object.subresource == "scale";
    const bool is_pods_end = ends_pod(request);
    if ((!event.object.subresource.empty() && !is_scaled && !is_pods_end) || !event.succeeded() ||
        !what_of(request, what) || request.actor.component == Component::ApiServer || event.is_dry_run()) {
        return;
    }
    auto& kept = what == Change::What::Workload ? workloads_ : all_;
    // Of a namespace the last Pod is kept: a drained node does not push out everything else.
    if (is_pods_end) {
        std::erase_if(kept, [&](const Change& one) {
            return one.resource == "pods" && one.cluster == cluster &&
                   one.namespace_ == event.object.namespace_;
        });
    }
    kept.push_back({what, event.stage_time, std::string(cluster),
                    std::string(event.effective_user().username), std::string(verb_of(event)),
                    std::string(event.object.resource), std::string(event.object.namespace_),
                    std::string(event.object.name)});
    if (kept.size() > kKept) kept.pop_front();
    changed_ = true;
}

const Change* Changes::before(audit::Time time, std::string_view cluster, std::string_view group,
                              std::string_view resource, OutcomeClass outcome) const {
    const std::string name = crd_name(group, resource);
    for (auto change = all_.rbegin(); change != all_.rend(); ++change) {
        if (change->time > time + kDisorder || change->cluster != cluster) continue;
        if (change->time + kBlamed < time) continue;
        if (!explains(change->what, outcome)) continue;
        if (change->what == Change::What::Crd && change->name != name && !change->name.empty()) continue;
        return &*change;
    }
    return nullptr;
}

std::string Changes::before_text(audit::Time time, const ResourceKey& key, OutcomeClass outcome) const {
    const Change* change = before(time, key.cluster, key.group, key.resource, outcome);
    return change == nullptr ? "" : words_before(*change, time);
}

const Change* Changes::stop(audit::Time time, std::string_view cluster, std::string_view namespace_,
                            audit::Duration within) const {
    for (auto change = workloads_.rbegin(); change != workloads_.rend(); ++change) {
        const std::string& where = change->resource == "namespaces" ? change->name : change->namespace_;
        const bool is_then = change->time <= time + kDisorder && change->time + within >= time;
        if (change->cluster == cluster && where == namespace_ && is_then) return &*change;
    }
    return nullptr;
}

std::string Changes::stop_text(audit::Time time, std::string_view cluster,
                               std::string_view namespace_) const {
    // Pods get some time to end.
    const Change* change = stop(time, cluster, namespace_, std::chrono::minutes{2});
    return change == nullptr ? "" : words_before(*change, time);
}

bool Changes::is_deleted(const ResourceKey& key) const {
    const std::string name = crd_name(key.group, key.resource);
    for (auto change = all_.rbegin(); change != all_.rend(); ++change) {
        if (change->what == Change::What::Crd && change->cluster == key.cluster && change->name == name)
            return change->verb == "delete";
    }
    return false;
}

audit::Time Changes::created(std::string_view cluster, std::string_view group,
                             std::string_view resource) const {
    const std::string name = crd_name(group, resource);
    for (auto change = all_.rbegin(); change != all_.rend(); ++change) {
        if (change->what == Change::What::Crd && change->verb == "create" && change->cluster == cluster &&
            change->name == name) {
            return change->time;
        }
    }
    return {};
}

void Changes::load(const StateReader& state) {
    for (const auto& [key, changes] : {std::pair{"all", &all_}, std::pair{"workloads", &workloads_}}) {
        load_row(state, kChanges, key, *changes);
    }
}

void Changes::save(StateWriter& state) {
    if (!std::exchange(changed_, false)) return;
    for (const auto& [key, changes] : {std::pair{"all", &all_}, std::pair{"workloads", &workloads_}}) {
        state.put(kChanges, key, write_row(*changes));
    }
}

}  // namespace redshank::crd
