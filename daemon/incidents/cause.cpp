#include "daemon/incidents/cause.h"

#include <algorithm>

#include "audit/normalise/source.h"
#include "core/finding/fields.h"
#include "core/request/kind.h"
#include "core/request/names.h"
#include "core/request/verbs.h"
#include "core/state/key.h"

namespace redshank {

namespace {

constexpr std::string_view kArrow = " → ";
constexpr size_t kEnds = 3;  // of the evidence, which holds more of it when all is kept

class Keys {
  public:
    explicit Keys(const Finding& finding) : finding_(finding) {}

    void add(std::string_view what, const std::string& value, Cause rules = {}) {
        if (value.empty()) return;
        rules.key = row_key({finding_.cluster, what, value});
        out_.push_back(std::move(rules));
    }
    std::vector<Cause> take() { return std::move(out_); }

  private:
    const Finding& finding_;
    std::vector<Cause> out_;
};

// The first and the last few, whether all evidence is kept or not: the incidents must be the same. Each file
// of a rotated log has an event at its beginning: the files and the times tell them apart, for files may
// begin alike, and a time that cannot be true is taken from the line before.
void add_events(Keys& keys, const Finding& finding) {
    const std::vector<Evidence>& all = finding.evidence;
    for (size_t i = 0; i < all.size(); ++i) {
        if (i >= kEnds && i + kEnds < all.size()) continue;
        const auto time = all[i].time.time_since_epoch().count();
        keys.add("event",
                 all[i].source + ':' + all[i].generation + ':' + std::to_string(all[i].offset) + ':' +
                     std::to_string(time),
                 {.key = {}, .is_left = true, .is_sure = true});
    }
}

bool is_exposure(const Finding& finding) {
    return finding.kind == "secret-exposed" || finding.kind == "secret-exposure-closed";
}

// A binding that was made, for those who use it. One that is only changed has users who know nothing of it.
void add_gift(Keys& keys, const Finding& finding) {
    constexpr int kCreated = 201;
    const FindingObject& what = finding.what();
    const bool is_binding = what.group == "rbac.authorization.k8s.io" && what.subresource.empty();
    const bool is_made = finding.code == kCreated && (finding.verb == "create" || finding.verb == "patch");
    if (is_binding && is_made && what.resource == "clusterrolebindings")
        keys.add("gift", "ClusterRoleBinding " + what.name,
                 {.key = {}, .is_left = true, .is_sure = false, .is_sought = false});
    if (is_binding && is_made && what.resource == "rolebindings")
        keys.add("gift", "RoleBinding " + what.namespace_ + '/' + what.name,
                 {.key = {}, .is_left = true, .is_sure = false, .is_sought = false});
    if (!is_exposure(finding))
        keys.add("gift", finding.grant.substr(0, finding.grant.find(kArrow)),
                 {.key = {}, .is_left = false, .is_sure = false, .is_sought = true});
}

void add_grant(Keys& keys, const Finding& finding) {
    if (finding.detector == "secret_exposure" &&
        (is_exposure(finding) || finding.kind == "secret-read-unprotected")) {
        keys.add("binding", binding_of(finding.grant),
                 {.key = {}, .is_left = is_exposure(finding), .is_sure = true});
    }
}

// Machines and components are played for what they may do; nobody goes on with their stories.
bool is_played(const std::string& user) {
    return user.starts_with(kReservedPrefix) && !user.starts_with(kServiceAccountPrefix);
}

void add_actors(Keys& keys, const Finding& finding) {
    const FindingActor& who = finding.who();
    if (!finding.actor) return;
    const bool is_through = !who.impersonated.empty() && !is_played(who.impersonated);
    if (is_through && finding.kind != "impersonation-refused") keys.add("actor", who.impersonated);
    if (!is_through || finding.kind.starts_with("impersonation-")) keys.add("actor", actor_identity(finding));
}

void add_objects(Keys& keys, const Finding& finding) {
    const FindingObject& what = finding.what();
    if (what.name.empty() || what.resource == "secrets" || what.resource == "nodes") return;
    if (what.resource == "serviceaccounts") {
        const bool is_minted = what.subresource == "token" && finding.verb == "create";
        if (is_minted)
            keys.add("actor", std::string(kServiceAccountPrefix) + what.namespace_ + ':' + what.name);
        return;
    }
    const bool is_changed = what.subresource.empty() && changes_object(finding.verb);
    keys.add("object", what.group + '/' + what.resource + ' ' + what.namespace_ + '/' + what.name,
             {.key = {}, .is_left = is_changed, .is_sure = false, .is_sought = !is_changed});
}

bool is_stranger(const Finding& finding) {
    return finding.actor && finding.actor->is_anonymous() && !finding.actor->user.empty();
}

// What scanners of the internet do: they are refused, or learn which APIs there are.
bool is_scan(const Finding& finding) {
    constexpr int kForbidden = 403;
    return is_stranger(finding) && finding.kind != "attack-sequence" &&
           audit::is_public(finding.actor->source_ip) &&
           (finding.code == kForbidden || finding.what().resource.empty());
}

}  // namespace

std::optional<Cause> crowd_of(const Finding& finding) {
    if (!is_stranger(finding)) return std::nullopt;
    Keys keys(finding);
    keys.add("crowd", std::string(to_string(finding.severity)));
    return keys.take().front();
}

std::string binding_of(const std::string& grant) {
    const size_t role = grant.find(kArrow);
    if (role == std::string::npos) return grant;
    return grant.substr(0, grant.find(kArrow, role + kArrow.size()));
}

std::string custom_resource_of(const Finding& finding) {
    if (finding.detector != "crd_health" || !finding.object) return {};
    return finding.object->group + '/' + finding.object->resource;
}

std::string about_of(const Finding& finding) {
    const FindingObject& what = finding.what();
    const bool is_custom = !what.group.empty() && kind_of(what.group, what.resource).empty();
    if (finding.detector == "unusual_access" || !is_custom) return {};
    return what.group + '/' + what.resource;
}

bool is_condition(std::string_view kind) {
    return kind == "secret-exposed" || kind.starts_with("crd-") || kind == "audit-log-stalled" ||
           kind == "audit-blind";
}

std::vector<Cause> causes_of(const Finding& finding) {
    Keys keys(finding);
    if (finding.kind == "audit-blind") keys.add("log", "the policy");
    if (finding.detector == "source") {
        if (!finding.evidence.empty()) keys.add("log", finding.evidence.front().source);
        return keys.take();
    }
    if (is_scan(finding)) {
        keys.add("scan", "strangers");
        return keys.take();
    }
    add_events(keys, finding);
    if (finding.detector == "crd_health") {
        keys.add("custom-resource", custom_resource_of(finding),
                 {.key = {}, .is_left = true, .is_sure = true});
        return keys.take();
    }
    add_grant(keys, finding);
    add_gift(keys, finding);
    add_actors(keys, finding);
    add_objects(keys, finding);
    return keys.take();
}

}  // namespace redshank
