#include "core/finding/advice.h"

#include <algorithm>
#include <optional>

#include "audit/time.h"
#include "core/finding/technique.h"
#include "core/request/names.h"
#include "core/shell.h"

namespace redshank {

namespace {

constexpr size_t kLongestValue = 253;  // bytes; of names in Kubernetes

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._:@/+=,-").find(c) != std::string_view::npos;
}

// For a shell; nothing when it cannot be pasted safely.
std::optional<std::string> shell_word(std::string_view value) {
    const auto is_printable = [](char c) { return c >= 0x20 && c < 0x7f; };
    if (value.empty() || value.front() == '-' || value.size() > kLongestValue ||
        !std::all_of(value.begin(), value.end(), is_printable)) {
        return std::nullopt;
    }
    if (std::all_of(value.begin(), value.end(), is_plain)) return std::string(value);
    return in_shell_quotes(value);
}

// "NAME -n NAMESPACE".
std::optional<std::string> placed(std::string_view ns, std::string_view name) {
    const auto where = shell_word(ns), what = shell_word(name);
    if (!where || !what) return std::nullopt;
    return *what + " -n " + *where;
}

// "rolebinding NAME -n NAMESPACE", "clusterrolebinding NAME".
std::optional<std::string> binding_words(std::string_view ns, std::string_view name, bool is_cluster) {
    const auto what = is_cluster ? shell_word(name) : placed(ns, name);
    if (!what) return std::nullopt;
    return (is_cluster ? "clusterrolebinding " : "rolebinding ") + *what;
}

// Of the words of Grant::to_string(): "RoleBinding shop/tmp → ClusterRole edit → Group dev".
std::optional<std::string> binding_of(std::string_view grant) {
    const std::string_view binding = grant.substr(0, grant.find(" → "));
    const size_t gap = binding.find(' ');
    if (gap == std::string_view::npos) return std::nullopt;
    const std::string_view kind = binding.substr(0, gap), name = binding.substr(gap + 1);
    if (kind == "ClusterRoleBinding") return binding_words({}, name, true);
    const size_t slash = name.find('/');
    if (kind != "RoleBinding" || slash == std::string_view::npos) return std::nullopt;
    return binding_words(name.substr(0, slash), name.substr(slash + 1), false);
}

std::optional<std::string> open_binding(std::string_view grant) {
    // What the API server makes anew at every start is not deleted (bootstrappolicy/policy.go).
    const bool is_of_kubernetes = grant.starts_with("ClusterRoleBinding system:") ||
                                  grant.starts_with("ClusterRoleBinding cluster-admin ");
    const auto is_given_to = [&](std::string_view who) { return grant.ends_with(" " + std::string(who)); };
    const bool is_open = is_given_to(kAnonymous) || is_given_to(kUnauthenticated) ||
                         is_given_to(kAuthenticated) || is_given_to(kAllServiceAccounts);
    return is_open && !is_of_kubernetes ? binding_of(grant) : std::nullopt;
}

// The object, when it is a binding.
std::optional<std::string> object_binding(const Finding& finding) {
    const FindingObject& what = finding.what();
    const bool is_cluster = what.resource == "clusterrolebindings";
    if (!is_cluster && what.resource != "rolebindings") return std::nullopt;
    return binding_words(what.namespace_, what.name, is_cluster);
}

std::optional<std::string> made_binding(const Finding& finding) {
    return finding.verb == "create" ? object_binding(finding) : std::nullopt;
}

std::optional<std::string> slot_value(std::string_view slot, const Finding& finding,
                                      std::string_view incident) {
    const FindingObject& what = finding.what();
    const std::string& user = finding.who().user;
    const auto account = service_account(user);
    if (slot == "incident") return shell_word(incident);
    if (slot == "user") return shell_word(user);
    if (slot == "account") return account ? placed(account->namespace_, account->name) : std::nullopt;
    if (slot == "binding") return binding_of(finding.grant);
    if (slot == "open") return open_binding(finding.grant);
    if (slot == "made") return made_binding(finding);
    if (slot == "namespace") return shell_word(what.namespace_);
    if (slot == "name") return shell_word(what.name);
    if (slot == "group") return shell_word(what.group);
    if (slot == "version") return shell_word(what.version);
    if (slot == "kind") return shell_word(finding.kind);
    if (slot == "cluster") return shell_word(finding.cluster);
    if (slot == "since") return shell_word(audit::format_time(finding.first_seen));
    if (slot == "resource")
        return shell_word(what.resource.empty() || what.group.empty() ? what.resource
                                                                      : what.resource + "." + what.group);
    return std::nullopt;
}

std::optional<std::string> filled(std::string_view text, const Finding& finding, std::string_view incident) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
        const size_t open = text.find('{', at), close = text.find('}', at);
        if (open == std::string_view::npos || close == std::string_view::npos) {
            out += text.substr(at);
            break;
        }
        out += text.substr(at, open - at);
        const auto value = slot_value(text.substr(open + 1, close - open - 1), finding, incident);
        if (!value) return std::nullopt;
        out += *value;
        at = close + 1;
    }
    return out;
}

}  // namespace

const Advice& advice_for(std::string_view kind) {
    const std::span<const Advice> all = all_advice();
    const auto with = [&](std::string_view wanted) {
        return std::find_if(all.begin(), all.end(), [&](const Advice& row) { return row.kind == wanted; });
    };
    const auto found = with(kind);
    return found == all.end() ? *with("rule") : *found;
}

std::string_view why_it_matters(const Finding& finding) {
    const Advice& advice = advice_for(finding.kind);
    if (advice.kind == finding.kind || finding.mitre.empty()) return advice.why;
    const std::string_view id = finding.mitre.front();
    const std::span<const Technique> all = all_techniques();
    for (const std::string_view wanted : {id, id.substr(0, id.find('.'))}) {
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Technique& technique) { return technique.id == wanted; });
        if (found != all.end()) return found->why;
    }
    return advice.why;
}

std::vector<Step> first_steps(const Finding& finding, std::string_view incident, size_t most) {
    std::vector<Step> out;
    for (const Advice::Template& step : advice_for(finding.kind).steps) {
        if (step.purpose.empty() || out.size() == most) break;
        const auto command = filled(step.command, finding, incident);
        if (command && command->size() <= kLongestCommand)
            out.push_back({*command, std::string(step.purpose)});
    }
    return out;
}

std::optional<Undone> undone_by(const Finding& finding) {
    const bool is_end = finding.kind == "secret-exposure-closed";
    // Of other detectors the verb alone does not say that it was done.
    if (!is_end && (finding.detector != "rule" || finding.code / 100 != 2)) return std::nullopt;
    if (finding.verb == "delete") {
        if (const auto binding = object_binding(finding)) return Undone{*binding, true, finding.time};
    }
    const auto binding = is_end ? binding_of(finding.grant) : std::nullopt;
    return binding ? std::optional(Undone{*binding, false, finding.time}) : std::nullopt;
}

void leave_out(std::vector<Step>& steps, const Undone& undone) {
    const auto is = [&](std::string_view start, std::string_view end) {
        return [&undone, start, end](const Step& step) {
            return step.command == std::string(start) + undone.binding + std::string(end);
        };
    };
    const size_t closing = std::erase_if(steps, is("kubectl delete ", ""));
    if (undone.is_deleted) std::erase_if(steps, is("kubectl get ", " -o yaml"));
    if (closing == 0) return;
    const std::string since = audit::format_time(undone.time).substr(11, 8) + " UTC";
    steps.insert(
        steps.begin(),
        {"", undone.is_deleted
                 ? "Nothing to close: " + undone.binding + " was deleted at " + since + "."
                 : "Nothing to close: nobody reads through " + undone.binding + " since " + since + "."});
}

}  // namespace redshank
