#include "detectors/crd/catalog.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "core/request/verbs.h"
#include "core/state/key.h"

namespace redshank::crd {

namespace {

// pkg/controlplane/instance.go and the groups of older releases that clusters still run.
const std::unordered_set<std::string_view>& built_in_groups() {
    static const std::unordered_set<std::string_view> groups{
        "admission.k8s.io",
        "admissionregistration.k8s.io",
        "apidiscovery.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "audit.k8s.io",
        "auditregistration.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "certificates.k8s.io",
        "client.authentication.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "imagepolicy.k8s.io",
        "internal.apiserver.k8s.io",
        "meta.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "settings.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    };
    return groups;
}

// Groups that are served by aggregated servers wherever they are served.
constexpr std::string_view kAggregatedGroups[] = {
    "metrics.k8s.io",           "custom.metrics.k8s.io",
    "external.metrics.k8s.io",  "packages.operators.coreos.com",
    "subresources.kubevirt.io", "upload.cdi.kubevirt.io",
    "tap.linkerd.io",           "wardle.example.com",
};

void make_key(std::string& key, std::string_view cluster, std::string_view name, char kind) {
    write_key(key, {cluster, {&kind, 1}, name});
}

std::string_view group_of(std::string_view crd_name) {
    const size_t dot = crd_name.find('.');
    return dot == std::string_view::npos ? std::string_view{} : crd_name.substr(dot + 1);
}

}  // namespace

std::span<const std::string_view> words_of(Origin) {
    static constexpr std::string_view kWords[] = {"built-in",   "aggregated", "unproven", "group-name",
                                                  "apiservice", "crd-event",  "config"};
    return kWords;
}

std::string_view to_string(Origin origin) {
    return words_of(origin)[static_cast<size_t>(origin)];
}

std::span<const std::string_view> words_of(Known) {
    static constexpr std::string_view kWords[] = {"crd", "local", "aggregated"};
    return kWords;
}

bool is_built_in_group(std::string_view group) {
    // A CRD's group needs a dot (apiextensions validation): "apps", "batch", "" cannot be one.
    return group.find('.') == std::string_view::npos || built_in_groups().contains(group);
}

Catalog::Catalog(const std::vector<std::string>& resources) : configured_(resources) {
    std::sort(configured_.begin(), configured_.end());
}

void Catalog::learn(std::string_view cluster, const Request& request) {
    const audit::Event& event = request.event;
    if (!event.object.present || !event.succeeded() || event.object.name.empty()) return;
    const std::string_view name = event.object.name;
    if (event.is_resource("apiextensions.k8s.io", "customresourcedefinitions")) {
        // A list or watch has its name from a field selector, and succeeds without any such object.
        const bool is_selected = event.verb == "list" || event.verb == "watch";
        if (!is_selected && !event.is_dry_run()) note(cluster, name, Known::Crd);
        return;
    }
    if (event.is_resource("apiregistration.k8s.io", "apiservices")) {
        // "v1beta1.metrics.k8s.io": version and group. The status is the API server's word on both kinds.
        const size_t dot = name.find('.');
        if (dot == std::string_view::npos || !event.object.subresource.empty() || !puts_object(event.verb) ||
            event.is_dry_run()) {
            return;
        }
        const std::string_view group = name.substr(dot + 1);
        if (is_built_in_group(group)) return;
        // The API server's CRD registration controller makes APIServices without a service behind them.
        const bool is_local = request.actor.component == Component::ApiServer;
        note(cluster, group, is_local ? Known::LocalGroup : Known::AggregatedGroup);
    }
}

void Catalog::note(std::string_view cluster, std::string_view name, Known known) {
    std::string key;
    make_key(key, cluster, name, "cla"[static_cast<size_t>(known)]);
    if (names_.contains(key)) return;
    if (names_.is_full()) {
        ++refused_;
        return;
    }
    if (known == Known::Crd && is_built_in_group(group_of(name))) crd_in_built_in_group_ = true;
    names_.change(key).known = known;
}

bool Catalog::is_known(std::string_view cluster, std::string_view name, Known known) const {
    make_key(scratch_, cluster, name, "cla"[static_cast<size_t>(known)]);
    return names_.contains(scratch_);
}

Origin Catalog::origin_of(std::string_view cluster, std::string_view group, std::string_view resource,
                          bool seen_served) const {
    const bool is_built_in = is_built_in_group(group);
    if (is_built_in && configured_.empty() && !crd_in_built_in_group_) return Origin::BuiltIn;
    std::string name(resource);
    name += '.';
    name += group;
    if (std::binary_search(configured_.begin(), configured_.end(), name)) return Origin::Configuration;
    if (is_known(cluster, name, Known::Crd)) return Origin::CrdEvent;
    if (is_built_in) return Origin::BuiltIn;
    const bool is_local = is_known(cluster, group, Known::LocalGroup);
    if (!is_local && (is_known(cluster, group, Known::AggregatedGroup) ||
                      std::find(std::begin(kAggregatedGroups), std::end(kAggregatedGroups), group) !=
                          std::end(kAggregatedGroups))) {
        return Origin::Aggregated;
    }
    if (!seen_served) return Origin::Unproven;
    return is_local ? Origin::ApiService : Origin::GroupName;
}

Origin Catalog::origin_of(std::string_view cluster, const Request& request, bool seen_served) {
    const KnownOrigin* known = origins_.find(request.kind);
    if (known != nullptr && known->names == names_.size()) return known->origins[seen_served ? 1 : 0];
    const audit::ObjectRef& object = request.event.object;
    const auto now = [&](bool served) {
        return origin_of(cluster, object.api_group, object.resource, served);
    };
    const KnownOrigin fresh{names_.size(), {now(false), now(true)}};
    origins_.put(request.kind, fresh);
    return fresh.origins[seen_served ? 1 : 0];
}

void Catalog::load(const StateReader& state) {
    origins_.clear();
    names_.load(state, "", [this](std::string_view key, const KnownName& row) {
        const std::string_view name = key.substr(key.rfind(kKeyMark) + 1);
        if (row.known == Known::Crd && is_built_in_group(group_of(name))) crd_in_built_in_group_ = true;
        return true;
    });
}

bool proves_served(const audit::Event& event) {
    const audit::ResponseStatus& status = event.response;
    if (event.stage == audit::Stage::Panic) return true;
    if (status.code < 400) return status.message != "Connection closed early" && status.code != 0;
    switch (status.code) {
        case 401:
        case 429:
        case 502:
        case 503:
        case 504:
            return false;
        case 400:  // by the decision: a bad ?timeout= is refused before anything looks at the path
            return event.decision == "allow" && !status.message.empty();
        case 403:  // admission runs in the handler
            return verdict_of(event) == RequestVerdict::RefusedByAdmission;
        case 404:
            return !status.details_name.empty() || !status.details_kind.empty();
        default:
            return !status.message.empty();
    }
}

}  // namespace redshank::crd
