#include "detectors/secrets/indirect.h"

#include <algorithm>
#include <set>
#include <utility>

#include "audit/glob.h"
#include "core/finding/sentence.h"
#include "core/request/names.h"
#include "core/request/words.h"
#include "core/state/key.h"
#include "detectors/claimed_source.h"
#include "detectors/secrets/references.h"
#include "detectors/secrets/sentences.h"

namespace redshank::secrets {

namespace {

constexpr const char *kPod = "pod\x1f", *kToken = "token\x1f";
constexpr uint64_t kMostKnown = uint64_t{1} << 62;  // in no life of a daemon
constexpr std::string_view kCredential = "authentication.kubernetes.io/credential-id";
constexpr std::string_view kIssued = "authentication.kubernetes.io/issued-credential-id";

bool is_workload(const audit::ObjectRef& object) {
    if (!object.subresource.empty() && object.subresource != "ephemeralcontainers") return false;
    if (object.api_group.empty()) {
        return object.resource == "pods" || object.resource == "replicationcontrollers" ||
               object.resource == "podtemplates";
    }
    return object.api_group == "apps" || object.api_group == "batch";
}

bool is_trusted(const Request& request) {
    return request.actor.is_masters || request.is_control_plane_work();
}

std::string joined(const std::vector<std::string>& all) {
    std::string out;
    for (const std::string& one : all) out += (out.empty() ? "" : ", ") + one;
    return out;
}

}  // namespace

void IndirectAccess::observe(const Observation& observation, FindingBook& findings) {
    const audit::Event& event = observation.event;
    if (!event.object.present || !event.succeeded()) return;
    const std::string_view subresource = event.object.subresource;
    if (is_workload(event.object)) {
        take_workload(observation, findings);
    } else if (event.object.resource == "pods" && (subresource == "exec" || subresource == "attach")) {
        take_exec(observation, findings);
    } else if (event.object.resource == "serviceaccounts" && subresource == "token") {
        take_token_request(observation, findings);
    } else if (event.is_resource("", "secrets")) {
        take_token_use(observation, findings);
    }
}

void IndirectAccess::take_workload(const Observation& observation, FindingBook& findings) {
    const audit::Event& event = observation.event;
    const std::string key = std::string(event.object.namespace_) + "/" + std::string(event.object.name);
    const bool is_pod = event.object.api_group.empty() && event.object.resource == "pods";
    if (event.verb == "delete") {
        if (is_pod) pods_.erase(key);
        return;
    }
    if (event.verb != "create" && event.verb != "update" && event.verb != "patch") return;
    const std::string_view body =
        event.response_object.empty() ? event.request_object : event.response_object;
    std::vector<std::string> targets;
    const bool may_concern =
        std::any_of(protection_.globs().begin(), protection_.globs().end(), [&](const ProtectedGlob& glob) {
            return audit::glob_match(glob.namespace_, event.object.namespace_);
        });
    if (!may_concern) return;
    const std::set<std::string> names = referenced_secrets(body);
    for (const ProtectedGlob& glob : protection_.globs()) {
        if (audit::glob_match(glob.namespace_, event.object.namespace_) &&
            std::any_of(names.begin(), names.end(),
                        [&](const std::string& name) { return audit::glob_match(glob.name, name); })) {
            targets.push_back(glob.to_string());
        }
    }
    if (targets.empty() || event.is_dry_run()) return;
    if (is_pod && !event.object.name.empty()) {
        remember(pods_, key, {.targets = targets, .evidence = evidence_of(observation)});
    }
    const auto kept_from = unreadable(event, targets);
    if (kept_from.empty() || is_trusted(observation.request)) return;
    Finding& finding = report("secret-read-indirect", key + kKeyMark + std::string(event.object.resource),
                              observation, findings);
    finding.severity = Severity::Medium;
    finding.title = "A workload was given a protected Secret by someone who may not read it";
    describe_indirect(
        finding, event,
        deed_words(observation.request) + ", which is given " + target_words(joined(kept_from)));
    give_reasons(finding, {{"given-to-workload", "the workload mounts or references it", joined(kept_from)}});
}

void IndirectAccess::take_exec(const Observation& observation, FindingBook& findings) {
    const audit::Event& event = observation.event;
    const std::string key = std::string(event.object.namespace_) + "/" + std::string(event.object.name);
    const Known* pod = pods_.find(key);
    if (!pod || is_trusted(observation.request)) return;
    const auto kept_from = unreadable(event, pod->targets);
    if (kept_from.empty()) return;
    Finding& finding = report("secret-read-indirect", row_key({key, "exec"}), observation, findings);
    finding.severity = Severity::Medium;
    finding.title = "Someone went into a pod that has a protected Secret they may not read";
    describe_indirect(finding, event,
                      deed_words(observation.request) + ", which has " + target_words(joined(kept_from)));
    give_reasons(finding, {{"exec", "the pod mounts or references it", joined(kept_from)}});
    finding.mitre = {"T1609", "T1552.007"};
}

void IndirectAccess::take_token_request(const Observation& observation, FindingBook& findings) {
    const audit::Event& event = observation.event;
    if (event.verb != "create" || is_trusted(observation.request)) return;
    const std::string account = std::string(kServiceAccountPrefix) + std::string(event.object.namespace_) +
                                ":" + std::string(event.object.name);
    const std::string group = std::string(kAllServiceAccounts) + ":" + std::string(event.object.namespace_);
    audit::User reader;
    reader.username = account;
    reader.groups = {kAllServiceAccounts, group, kAuthenticated};
    std::vector<std::string> targets;
    for (const ProtectedGlob& glob : protection_.globs()) {
        if (is_reader(*glob.entry, reader)) targets.push_back(glob.to_string());
    }
    const auto kept_from = forbidden(event.user, targets);
    if (kept_from.empty()) return;
    if (const std::string_view id = event.annotation(kIssued); !id.empty()) {
        remember(tokens_, std::string(id),
                 {.targets = kept_from,
                  .minted_by = std::string(event.user.username),
                  .minted_from = std::string(event.peer_ip()),
                  .evidence = evidence_of(observation)});
    }
    Finding& finding = report("secret-read-indirect", account, observation, findings);
    finding.severity = Severity::Medium;
    finding.title = "Someone obtained a token of an identity that may read a protected Secret";
    describe_indirect(finding, event,
                      deed_words(observation.request) + ", a reader of " + target_words(joined(kept_from)));
    give_reasons(finding, {{"token-of-reader", "with the token the Secret can be read", account}});
    finding.mitre = {"T1528", "T1552.007"};
}

void IndirectAccess::take_token_use(const Observation& observation, FindingBook& findings) {
    const audit::Event& event = observation.event;
    if (tokens_.empty() || !discloses_secret(event)) return;
    const Known* token = tokens_.find(event.user.extra_value(kCredential));
    const auto scope = secret_scope(event);
    if (!token || !scope) return;
    const Known& minted = *token;
    for (const ProtectedGlob& glob : protection_.globs()) {
        const bool concerns =
            std::find(minted.targets.begin(), minted.targets.end(), glob.to_string()) != minted.targets.end();
        if (!concerns || !glob.touches(*scope)) continue;
        Finding& finding = report("secret-obtained-by-token", minted.minted_by, observation, findings);
        findings.add_evidence(finding, minted.evidence);
        finding.severity = Severity::High;
        finding.title = "A protected Secret was read with a token that someone else had made";
        finding.summary =
            Sentence{.what = user_words(event.user.username) + " read " + scope->in_words() +
                             " with a token that " + user_words(minted.minted_by) + " had asked for",
                     .why = {"who asked is not among the readers of " + glob.to_string()}}
                .to_string();
        give_reasons(finding, {{"minted-by", "who asked for the token", minted.minted_by}});
        if (minted.minted_from != event.peer_ip()) {
            finding.reasons.push_back({"other-address",
                                       "it was used from another address than it was asked for from",
                                       std::string(event.peer_ip())});
        }
        finding.mitre = {"T1528", "T1550.001", "T1552.007"};
        return;
    }
}

std::vector<std::string> IndirectAccess::forbidden(const audit::User& user,
                                                   const std::vector<std::string>& targets) const {
    std::vector<std::string> out;
    for (const ProtectedGlob& glob : protection_.globs()) {
        const std::string words = glob.to_string();
        if (std::find(targets.begin(), targets.end(), words) != targets.end() &&
            !is_reader(*glob.entry, user)) {
            out.push_back(words);
        }
    }
    return out;
}

std::vector<std::string> IndirectAccess::unreadable(const audit::Event& event,
                                                    const std::vector<std::string>& targets) const {
    std::vector<std::string> out = forbidden(event.user, targets);
    std::erase_if(out, [&](const std::string& glob) {
        std::string_view name = std::string_view(glob).substr(glob.find('/') + 1);
        if (name.find_first_of("*?") != name.npos) name = {};  // then only who may read each
        return mirror_.allows(event.effective_user(), {.verb = "get",
                                                       .api_group = "",
                                                       .resource = "secrets",
                                                       .subresource = "",
                                                       .namespace_ = event.object.namespace_,
                                                       .name = name,
                                                       .path = ""});
    });
    return out;
}

Finding& IndirectAccess::report(std::string_view kind, const std::string& key, const Observation& observation,
                                FindingBook& findings) const {
    Finding& finding = findings.report({.detector = "secret_exposure",
                                        .kind = kind,
                                        .cluster = cluster_,
                                        .key = std::string(observation.event.user.username) + kKeyMark + key},
                                       observation);
    finding.mitre = {"T1552.007", "T1610"};
    return finding;
}

void IndirectAccess::remember(Table& table, const std::string& key, Known known) {
    known.number = next_++;
    table.change(key) = std::move(known);
}

void IndirectAccess::load(const StateReader& state, const std::string& prefix) {
    const auto taken = [this](const std::string&, const Known& known) {
        if (known.number >= kMostKnown) return false;
        next_ = std::max(next_, known.number + 1);
        return true;
    };
    pods_.load(state, prefix + kPod, taken);
    tokens_.load(state, prefix + kToken, taken);
}

void IndirectAccess::save(StateWriter& state, const std::string& prefix) {
    pods_.save(state, prefix + kPod);
    tokens_.save(state, prefix + kToken);
}

}  // namespace redshank::secrets
