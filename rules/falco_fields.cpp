#include "rules/falco_fields.h"

#include <algorithm>
#include <array>

#include "rules/error.h"
#include "rules/falco_values.h"

namespace redshank::rules {

namespace {

using Text = std::string_view;

// Maps a Falco field to a native one; "#" marks the place of an index argument.
struct Alias {
    Text name;
    Text ours;
    bool is_list = false;
};

constexpr std::array kFalcoAliases = {
    Alias{"ka.auditid", "auditID"},
    Alias{"ka.stage", "stage"},
    Alias{"ka.auth.decision", "annotations[\"authorization.k8s.io/decision\"]"},
    Alias{"ka.auth.reason", "annotations[\"authorization.k8s.io/reason\"]"},
    Alias{"ka.auth.openshift.decision", "annotations[\"authentication.openshift.io/decision\"]"},
    Alias{"ka.auth.openshift.username", "annotations[\"authentication.openshift.io/username\"]"},
    Alias{"ka.validations.admission.policy.failure",
          "annotations[\"validation.policy.admission.k8s.io/validation_failure\"]"},
    Alias{"ka.security.pod.violations", "annotations[\"pod-security.kubernetes.io/audit-violations\"]"},
    Alias{"ka.user.name", "user.username"},
    Alias{"ka.user.groups", "user.groups", true},
    Alias{"ka.impuser.name", "impersonatedUser.username"},
    Alias{"ka.verb", "verb"},
    Alias{"ka.uri", "requestURI"},
    Alias{"ka.target.name", "objectRef.name"},
    Alias{"ka.target.namespace", "objectRef.namespace"},
    Alias{"ka.target.resource", "objectRef.resource"},
    Alias{"ka.target.subresource", "objectRef.subresource"},
    Alias{"ka.req.binding.subjects", "requestObject.subjects", true},
    Alias{"ka.req.binding.role", "requestObject.roleRef.name"},
    Alias{"ka.req.configmap.name", "objectRef.name"},
    Alias{"ka.req.container.image", "requestObject.spec.containers[0].image"},
    Alias{"ka.req.container.image.repository", "requestObject.spec.containers[0].image"},
    Alias{"ka.req.container.host_network", "requestObject.spec.hostNetwork"},
    Alias{"ka.req.pod.host_ipc", "requestObject.spec.hostIPC"},
    Alias{"ka.req.pod.host_network", "requestObject.spec.hostNetwork"},
    Alias{"ka.req.pod.host_pid", "requestObject.spec.hostPID"},
    Alias{"ka.req.pod.run_as_user", "requestObject.spec.securityContext.runAsUser"},
    Alias{"ka.req.pod.run_as_group", "requestObject.spec.securityContext.runAsGroup"},
    Alias{"ka.req.pod.fs_group", "requestObject.spec.securityContext.fsGroup"},
    Alias{"ka.req.pod.supplemental_groups", "requestObject.spec.securityContext.supplementalGroups", true},
    Alias{"ka.req.role.rules", "requestObject.rules", true},
    Alias{"ka.req.role.rules.apiGroups", "requestObject.rules#.apiGroups", true},
    Alias{"ka.req.role.rules.nonResourceURLs", "requestObject.rules#.nonResourceURLs", true},
    Alias{"ka.req.role.rules.verbs", "requestObject.rules#.verbs", true},
    Alias{"ka.req.role.rules.resources", "requestObject.rules#.resources", true},
    Alias{"ka.req.service.type", "requestObject.spec.type"},
    Alias{"ka.req.service.ports", "requestObject.spec.ports#", true},
    Alias{"ka.req.pod.volumes.hostpath", "requestObject.spec.volumes#.hostPath.path", true},
    Alias{"ka.req.pod.volumes.flexvolume_driver", "requestObject.spec.volumes#.flexVolume.driver", true},
    Alias{"ka.resp.name", "responseObject.metadata.name"},
    Alias{"ka.response.code", "responseStatus.code"},
    Alias{"ka.response.reason", "responseStatus.reason"},
    Alias{"ka.useragent", "userAgent"},
};

// Fields below ka.req.pod.containers, .initContainers and .ephemeralContainers.
constexpr std::array kContainerAliases = {
    Alias{"name", "name"},
    Alias{"command", "command"},
    Alias{"args", "args"},
    Alias{"image", "image"},
    Alias{"image.repository", "image"},
    Alias{"privileged", "securityContext.privileged"},
    Alias{"allow_privilege_escalation", "securityContext.allowPrivilegeEscalation"},
    Alias{"read_only_fs", "securityContext.readOnlyRootFilesystem"},
    Alias{"run_as_user", "securityContext.runAsUser"},
    Alias{"run_as_group", "securityContext.runAsGroup"},
    Alias{"proc_mount", "securityContext.procMount"},
    Alias{"add_capabilities", "securityContext.capabilities.add"},
};

bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '_';
}

// A number with a leading 0 is no index.
bool is_index(Text text) {
    return is_digits(text) && text.size() < 7 && (text.size() == 1 || text.front() != '0');
}

Field ours(std::string text) {
    Text rest = text;
    Field field;
    std::string problem;
    read_field(rest, field, problem);
    return field;
}

std::vector<std::string_view> known_names() {
    std::vector<Text> names = falco_special_names();
    names.insert(names.end(), {"jevt.value", "json.value"});
    for (const Alias& alias : kFalcoAliases) names.push_back(alias.name);
    return names;
}

bool pod_container_field(Text name, Text argument, FalcoField& out, std::string& problem) {
    constexpr Text kPrefix = "ka.req.pod.";
    if (!name.starts_with(kPrefix)) return false;
    name.remove_prefix(kPrefix.size());
    const Text list = name.substr(0, name.find('.'));
    if (list != "containers" && list != "initContainers" && list != "ephemeralContainers") return false;
    name.remove_prefix(std::min(name.size(), list.size() + 1));
    if (!argument.empty() && !is_index(argument)) {
        problem = "the argument of " + std::string(name) + " is an index";
        return true;
    }
    out.is_list = true;
    for (const Alias& alias : kContainerAliases) {
        if (alias.name != name) continue;
        out.field = ours("requestObject.spec." + std::string(list) + "[" +
                         (argument.empty() ? "*" : std::string(argument)) + "]." + std::string(alias.ours));
        if (name == "image.repository") out.transforms = {Transform::Repository};
        return true;
    }
    const FieldEntry* entry = falco_container_field(name);
    if (entry == nullptr) {
        std::vector<Text> names{"host_port", "eff_run_as_user", "eff_run_as_group"};
        for (const Alias& alias : kContainerAliases) names.push_back(alias.name);
        problem = "unknown field " + std::string(kPrefix) + std::string(list) + "." + std::string(name) +
                  did_you_mean(name, names);
        return true;
    }
    out.field.entry = entry;
    out.field.path.steps.push_back({.key = std::string(list)});
    if (!argument.empty()) {
        out.field.path.steps.push_back(
            {.kind = Step::Kind::Index, .index = std::stoul(std::string(argument))});
    }
    return true;
}

// The keys of an audit.k8s.io/v1 Event. A colon at the end: any key may follow below.
constexpr std::array<Text, 12> kEventKeys = {
    "kind",           "apiVersion",  "level",      "auditID",   "stage",
    "requestURI",     "verb",        "sourceIPs:", "userAgent", "requestReceivedTimestamp",
    "stageTimestamp", "annotations:"};
constexpr std::array<Text, 2> kEventBodies = {"requestObject", "responseObject"};
struct EventPart {
    Text name;
    std::array<Text, 8> keys;
};
constexpr std::array kEventParts = {
    EventPart{"user", {"username", "uid", "groups", "extra"}},
    EventPart{"impersonatedUser", {"username", "uid", "groups", "extra"}},
    EventPart{"authenticationMetadata", {"impersonationConstraint"}},
    EventPart{
        "objectRef",
        {"resource", "namespace", "name", "uid", "apiGroup", "apiVersion", "resourceVersion", "subresource"}},
    EventPart{"responseStatus", {"metadata", "status", "message", "reason", "details", "code"}}};

// Whether an audit event can have a value at these keys.
bool may_be_there(const std::vector<std::string>& keys) {
    const Text first = keys.front();
    if (std::find(kEventBodies.begin(), kEventBodies.end(), first) != kEventBodies.end()) return true;
    for (const Text known : kEventKeys) {
        if (known == first) return keys.size() == 1;
        if (known.ends_with(':') && known.substr(0, known.size() - 1) == first) return true;
    }
    for (const EventPart& part : kEventParts) {
        if (part.name == first)
            return keys.size() == 1 ||
                   std::find(part.keys.begin(), part.keys.end(), keys[1]) != part.keys.end();
    }
    return first.empty() && keys.size() == 1;  // the whole event
}

// Resolves jevt.value[/a/b~1c/0], a JSON pointer into the event. A pointer to a part that Event keeps parsed
// becomes that field.
void pointer_field(Text pointer, FalcoField& out) {
    std::vector<std::string> keys;
    Text rest = pointer;
    if (rest.starts_with('/')) rest.remove_prefix(1);
    for (bool more = true; more;) {
        const size_t slash = rest.find('/');
        more = slash != rest.npos;
        std::string key;
        const Text raw = rest.substr(0, slash);
        for (size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == '~' && i + 1 < raw.size() && (raw[i + 1] == '0' || raw[i + 1] == '1')) {
                key += raw[++i] == '1' ? '/' : '~';
            } else {
                key += raw[i];
            }
        }
        keys.push_back(std::move(key));
        if (more) rest.remove_prefix(slash + 1);
    }
    const std::string& first = keys.front();
    if (!may_be_there(keys)) out.warning = "no audit event has anything at " + std::string(pointer);
    size_t skipped = 0;
    std::string name = first;
    for (size_t i = 1; i < keys.size(); ++i) name += "." + keys[i];
    const FieldEntry* entry = find_field(name);
    if (first == "requestObject" || first == "responseObject") {
        out.field.entry = find_field(first);
        skipped = 1;
    } else if (first == "annotations" && keys.size() == 2) {
        out.field.entry = find_field(first);
        skipped = 1;
    } else if (entry != nullptr && entry->argument == Argument::None && !name.ends_with("Timestamp") &&
               name != "path" && first != "actor" && first != "agent" && first != "source" &&
               (entry->text != nullptr || name == "verb" || name == "responseStatus.code")) {
        out.field.entry = entry;
        return;
    } else {
        out.field.entry = &kFalcoWhole;
    }
    out.field.path.exact = true;
    for (size_t i = skipped; i < keys.size(); ++i) out.field.path.steps.push_back({.key = keys[i]});
}

// `argument` is the text in brackets, "" for none.
bool find_falco_field(Text name, Text argument, FalcoField& out, std::string& problem) {
    if (name == "jevt.value" || name == "json.value") {
        if (!argument.empty()) {
            pointer_field(argument, out);
            return true;
        }
        problem = std::string(name) + " needs a JSON pointer: " + std::string(name) + "[/verb]";
        return false;
    }
    if (const FalcoSpecial* special = falco_special(name)) {
        const auto takes = special->argument;
        if ((takes == FalcoSpecial::Argument::Key) == argument.empty() &&
            takes != FalcoSpecial::Argument::Index) {
            problem = std::string(name) +
                      (argument.empty() ? " needs an argument in brackets" : " takes no argument");
            return false;
        }
        if (takes == FalcoSpecial::Argument::Index && !argument.empty() && !is_index(argument)) {
            problem = std::string(name) + ": the argument is an index";
            return false;
        }
        out.field.entry = &special->entry;
        if (takes == FalcoSpecial::Argument::Key)
            out.field.path.steps.push_back({.key = std::string(argument)});
        if (takes == FalcoSpecial::Argument::Index && !argument.empty()) {
            out.field.path.steps.push_back(
                {.kind = Step::Kind::Index, .index = std::stoul(std::string(argument))});
        }
        out.is_list = special->is_list;
        out.is_number = special->entry.type == FieldType::Number;
        return true;
    }
    for (const Alias& alias : kFalcoAliases) {
        if (alias.name != name) continue;
        std::string text(alias.ours);
        const size_t mark = text.find('#');
        if (!argument.empty() && (mark == text.npos || !is_index(argument))) {
            problem =
                std::string(name) + (mark == text.npos ? " takes no argument" : ": the argument is an index");
            return false;
        }
        if (mark != text.npos)
            text.replace(mark, 1, "[" + (argument.empty() ? "*" : std::string(argument)) + "]");
        out.field = ours(text);
        out.is_list = alias.is_list;
        if (name == "ka.req.container.image.repository") out.transforms = {Transform::Repository};
        return true;
    }
    if (pod_container_field(name, argument, out, problem)) return problem.empty();
    problem = "unknown field " + std::string(name) + did_you_mean(name, known_names());
    return false;
}

}  // namespace

bool FalcoField::transform(Transform by, std::string& problem) {
    if (is_number) {
        problem = "a number cannot be transformed";
        return false;
    }
    const bool counts = by == Transform::Length && is_list;
    transforms.push_back(counts ? Transform::Count : by);
    if (by == Transform::Length) {
        is_number = true;
        is_list = false;
    }
    return true;
}

size_t falco_name_length(Text text) {
    size_t end = 0;
    while (end < text.size() && is_alpha(text[end])) {
        while (end < text.size() && is_word(text[end])) ++end;
        if (end + 1 < text.size() && text[end] == '.' && is_alpha(text[end + 1])) {
            ++end;
        } else {
            break;
        }
    }
    return end;
}

bool read_falco_field(Text& text, FalcoField& field, std::string& problem) {
    const size_t length = falco_name_length(text);
    const Text name = text.substr(0, length);
    Text rest = text.substr(length);
    Text argument;
    if (rest.starts_with('[')) {
        rest.remove_prefix(1);
        size_t end = 0;
        if (rest.starts_with('"') || rest.starts_with('\'')) {
            end = rest.find(rest.front(), 1);
            if (end == rest.npos) {
                problem = "the argument of " + std::string(name) + " has no end";
                return false;
            }
            argument = rest.substr(1, end - 1);
            ++end;
        } else {
            end = std::min(rest.find_first_of("] \t\r\n"), rest.size());
            argument = rest.substr(0, end);
        }
        if (argument.empty() || end >= rest.size() || rest[end] != ']') {
            problem = "expected an argument and ] after " + std::string(name) + "[";
            return false;
        }
        rest.remove_prefix(end + 1);
    }
    if (!find_falco_field(name, argument, field, problem)) return false;
    text = rest;
    return true;
}

}  // namespace redshank::rules
