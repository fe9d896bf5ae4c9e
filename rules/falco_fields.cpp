#include "rules/falco_fields.h"

#include <algorithm>
#include <array>

#include "rules/error.h"

namespace redshank::rules {

namespace {

using Text = std::string_view;

// How a field of theirs is read: a field of ours, with "#" where an index argument goes.
struct Alias {
    Text name;
    Text ours;
    bool is_list = false;
};

constexpr std::array kAliases = {
    Alias{"ka.auditid", "auditID"},
    Alias{"ka.stage", "stage"},
    Alias{"ka.auth.decision", "annotations[\"authorization.k8s.io/decision\"]"},
    Alias{"ka.auth.reason", "annotations[\"authorization.k8s.io/reason\"]"},
    Alias{"ka.user.name", "user.username"},
    Alias{"ka.user.groups", "user.groups", true},
    Alias{"ka.impuser.name", "impersonatedUser.username"},
    Alias{"ka.verb", "verb"},
    Alias{"ka.uri", "requestURI"},
    Alias{"ka.target.name", "objectRef.name"},
    Alias{"ka.target.namespace", "objectRef.namespace"},
    Alias{"ka.target.resource", "objectRef.resource"},
    Alias{"ka.target.subresource", "objectRef.subresource"},
    Alias{"ka.req.binding.subjects", "requestObject.subjects#", true},
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
    Alias{"ka.sourceips", "sourceIPs", true},
};

// Under ka.req.pod.containers, .initContainers and .ephemeralContainers.
constexpr std::array kContainerAliases = {
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

// Those that are more than a place in the event.

Path path_of(std::initializer_list<const char*> keys, bool exact = false) {
    Path path;
    path.exact = exact;
    for (const char* key : keys) {
        Step step{.kind = Text(key) == "*" ? Step::Kind::Each : Step::Kind::Key, .key = key};
        path.steps.push_back(std::move(step));
    }
    return path;
}

// An optional index chooses one container: the first step of `argument`.
size_t open_containers(Context& context, const Path& argument) {
    Path path = path_of({"spec", argument.steps.front().key.c_str()});
    if (argument.steps.size() > 1) path.steps.push_back(argument.steps[1]);
    return context.open_scope(Body::Request, path);
}

void host_ports(Context& context, const Path& argument, Values& out) {
    const size_t containers = open_containers(context, argument);
    for (size_t i = 0; i < containers; ++i) {
        context.enter(i);
        const size_t ports = context.open_scope(Body::Scope, path_of({"ports"}));
        for (size_t port = 0; port < ports; ++port) {
            context.enter(port);
            Values found;
            context.body_values(Body::Scope, path_of({"hostPort"}), found);
            if (found.empty()) context.body_values(Body::Scope, path_of({"containerPort"}), found);
            out.insert(out.end(), found.begin(), found.end());
        }
        context.leave();
    }
    context.leave();
}

template <bool Group>
void effective_id(Context& context, const Path& argument, Values& out) {
    const char* key = Group ? "runAsGroup" : "runAsUser";
    Values pod;
    context.body_values(Body::Request, path_of({"spec", "securityContext", key}), pod);
    const size_t containers = open_containers(context, argument);
    for (size_t i = 0; i < containers; ++i) {
        context.enter(i);
        Values own;
        context.body_values(Body::Scope, path_of({"securityContext", key}), own);
        if (!own.empty()) {
            out.push_back(own.front());
        } else {
            out.push_back(pod.empty() ? Value{Value::Kind::Number, "0", 0} : pod.front());
        }
    }
    context.leave();
}

void volume_types(Context& context, const Path&, Values& out) {
    Values keys;
    context.body_keys(Body::Request, path_of({"spec", "volumes"}), keys);
    for (const Value& key : keys) {
        if (key.text != "name") out.push_back(key);
    }
}

// ka.req.volume.hostpath[/etc*]: whether some volume has the path, * being allowed at the end.
void has_hostpath(Context& context, const Path& argument, Values& out) {
    Text wanted = argument.steps.front().key;
    const bool is_prefix = wanted.ends_with('*');
    if (is_prefix) wanted.remove_suffix(1);
    Values paths;
    context.body_values(Body::Request, path_of({"spec", "volumes", "*", "hostPath", "path"}), paths);
    Values volumes;
    context.body_values(Body::Request, path_of({"spec", "volumes"}, true), volumes, true);
    if (volumes.empty()) return;
    out.push_back(Value::of(std::any_of(paths.begin(), paths.end(), [&](const Value& path) {
        return is_prefix ? path.text.starts_with(wanted) : path.text == wanted;
    })));
}

void any_privileged(Context& context, const Path&, Values& out) {
    Values containers, found;
    context.body_values(Body::Request, path_of({"spec", "containers"}, true), containers, true);
    if (containers.empty()) return;
    context.body_values(Body::Request, path_of({"spec", "containers", "*", "securityContext", "privileged"}),
                        found);
    out.push_back(Value::of(
        std::any_of(found.begin(), found.end(), [](const Value& value) { return value.text == "true"; })));
}

void configmap_data(Context& context, const Path&, Values& out) {
    context.body_values(Body::Request, path_of({"data"}, true), out);
}

void first_parameter(Context& context, const Path& argument, Values& out) {
    Values all;
    find_field("query")->values(context, argument, all);
    if (!all.empty()) out.push_back(all.front());
}

void always_true(Context&, const Path&, Values& out) {
    out.push_back(Value::of("true"));
}

void raw_time(Context& context, const Path&, Values& out) {
    const auto time = context.event().stage_time.time_since_epoch();
    const Value micros = context.number(time.count());
    out.push_back(
        {Value::Kind::Number, context.keep(std::string(micros.text) + "000"), micros.number * 1000});
}

void iso_time(Context& context, const Path&, Values& out) {
    out.push_back(Value::of(context.keep(audit::format_time(context.event().stage_time))));
}

void source_name(Context&, const Path&, Values& out) {
    out.push_back(Value::of("k8s_audit"));
}
void plugin_name(Context&, const Path&, Values& out) {
    out.push_back(Value::of("k8saudit"));
}
// Falco searches the event as one text, we search its texts; never shown.
void whole_event(Context& context, const Path& path, Values& out) {
    find_field("text")->values(context, path, out);
}

// One item of a list of the event: jevt.value[/user/groups/0].
template <auto List>
void item_of(Context& context, const Path& argument, Values& out) {
    const std::vector<Text>& all = List(context.event());
    const size_t index = argument.steps.front().index;
    if (index < all.size()) out.push_back(Value::of(all[index]));
}
constexpr auto kGroups = [](const audit::Event& event) -> const std::vector<Text>& {
    return event.user.groups;
};
constexpr auto kAddresses = [](const audit::Event& event) -> const std::vector<Text>& {
    return event.source_ips;
};

// A list of the event as JSON, which is what the json plugin gives.
template <auto List>
void json_list(Context& context, const Path&, Values& out) {
    const std::vector<Text>& all = List(context.event());
    if (all.empty()) return;
    std::string json = "[";
    for (const Text text : all) {
        if (json.size() > 1) json += ',';
        json += '"';
        json += text;
        json += '"';
    }
    out.push_back({Value::Kind::Json, context.keep(json + "]"), 0});
}

constexpr FieldEntry hidden(Text name, FieldType type, Argument argument, Needs needs, bool is_secret,
                            void (*values)(Context&, const Path&, Values&)) {
    return {name, type, argument, needs, is_secret, "", nullptr, values};
}

struct Special {
    FieldEntry entry;
    bool is_list = false;
    bool needs_argument = false;
};

const std::array kSpecials = {
    Special{hidden("ka.uri.param", FieldType::Text, Argument::Key, Needs::Metadata, true, first_parameter),
            false, true},
    Special{hidden("ka.req.binding.subject.has_name", FieldType::Text, Argument::Key, Needs::Metadata, false,
                   always_true),
            false, true},
    Special{hidden("ka.req.configmap.obj", FieldType::Text, Argument::None, Needs::Request, true,
                   configmap_data)},
    Special{hidden("ka.req.container.privileged", FieldType::Text, Argument::None, Needs::Request, false,
                   any_privileged)},
    Special{hidden("ka.req.pod.volumes.volume_type", FieldType::Text, Argument::None, Needs::Request, false,
                   volume_types),
            true},
    Special{
        hidden("ka.req.volume.hostpath", FieldType::Text, Argument::Key, Needs::Request, false, has_hostpath),
        false, true},
    Special{hidden("jevt.rawtime", FieldType::Number, Argument::None, Needs::Metadata, false, raw_time)},
    Special{hidden("json.rawtime", FieldType::Number, Argument::None, Needs::Metadata, false, raw_time)},
    Special{hidden("evt.rawtime", FieldType::Number, Argument::None, Needs::Metadata, false, raw_time)},
    Special{hidden("jevt.time", FieldType::Text, Argument::None, Needs::Metadata, false, iso_time)},
    Special{hidden("jevt.time.iso8601", FieldType::Text, Argument::None, Needs::Metadata, false, iso_time)},
    Special{hidden("evt.time", FieldType::Text, Argument::None, Needs::Metadata, false, iso_time)},
    Special{hidden("evt.time.iso8601", FieldType::Text, Argument::None, Needs::Metadata, false, iso_time)},
    Special{hidden("evt.datetime", FieldType::Text, Argument::None, Needs::Metadata, false, iso_time)},
    Special{hidden("evt.source", FieldType::Text, Argument::None, Needs::Metadata, false, source_name)},
    Special{hidden("evt.pluginname", FieldType::Text, Argument::None, Needs::Metadata, false, plugin_name)},
    Special{hidden("jevt.obj", FieldType::Text, Argument::None, Needs::Metadata, true, whole_event)},
    Special{hidden("json.obj", FieldType::Text, Argument::None, Needs::Metadata, true, whole_event)},
    Special{hidden("evt.plugininfo", FieldType::Text, Argument::None, Needs::Metadata, true, whole_event)},
};
const FieldEntry kHostPorts =
    hidden("host_port", FieldType::Any, Argument::Path, Needs::Request, false, host_ports);
const FieldEntry kEffectiveUser =
    hidden("eff_run_as_user", FieldType::Any, Argument::Path, Needs::Request, false, effective_id<false>);
const FieldEntry kEffectiveGroup =
    hidden("eff_run_as_group", FieldType::Any, Argument::Path, Needs::Request, false, effective_id<true>);
const FieldEntry kGroup =
    hidden("user.groups", FieldType::Text, Argument::Path, Needs::Metadata, false, item_of<kGroups>);
const FieldEntry kAddress =
    hidden("sourceIPs", FieldType::Text, Argument::Path, Needs::Metadata, false, item_of<kAddresses>);
const FieldEntry kGroupList =
    hidden("user.groups", FieldType::Text, Argument::None, Needs::Metadata, false, json_list<kGroups>);
const FieldEntry kAddressList =
    hidden("sourceIPs", FieldType::Text, Argument::None, Needs::Metadata, false, json_list<kAddresses>);

bool is_index(Text text) {
    return !text.empty() && text.size() < 7 && text.find_first_not_of("0123456789") == text.npos;
}

Field ours(std::string text) {
    Text rest = text;
    Field field;
    std::string problem;
    read_field(rest, field, problem);
    return field;
}

std::vector<std::string_view> known_names() {
    std::vector<Text> names{"jevt.value", "json.value"};
    for (const Alias& alias : kAliases) names.push_back(alias.name);
    for (const Special& special : kSpecials) names.push_back(special.entry.name);
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
    const FieldEntry* entry = name == "host_port"          ? &kHostPorts
                              : name == "eff_run_as_user"  ? &kEffectiveUser
                              : name == "eff_run_as_group" ? &kEffectiveGroup
                                                           : nullptr;
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

// jevt.value[/a/b~1c/0]: a JSON pointer into the event.
bool pointer_field(Text pointer, FalcoField& out, std::string& problem) {
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
    if (first == "requestObject" || first == "responseObject") {
        out.field.entry = find_field(first);
        out.field.path.exact = true;
        for (size_t i = 1; i < keys.size(); ++i) out.field.path.steps.push_back({.key = keys[i]});
        return true;
    }
    if (first == "annotations" && keys.size() == 2) {
        out.field.entry = find_field("annotations");
        out.field.path.steps.push_back({.key = keys[1]});
        return true;
    }
    const bool groups = keys.size() >= 2 && first == "user" && keys[1] == "groups";
    if (groups || first == "sourceIPs") {
        const size_t depth = groups ? 2 : 1;
        if (keys.size() == depth) {
            out.field.entry = groups ? &kGroupList : &kAddressList;
            return true;
        }
        if (keys.size() == depth + 1 && is_index(keys.back())) {
            out.field.entry = groups ? &kGroup : &kAddress;
            out.field.path.steps.push_back({.kind = Step::Kind::Index, .index = std::stoul(keys.back())});
            return true;
        }
    }
    if (keys.size() == 4 && keys[1] == "extra" && keys[3] == "0") {
        out.field.entry = find_field(first + ".extra");
        out.field.path.steps.push_back({.key = keys[2]});
        if (out.field.entry != nullptr) return true;
    }
    std::string name = first;
    for (size_t i = 1; i < keys.size(); ++i) name += "." + keys[i];
    const FieldEntry* entry = find_field(name);
    if (entry != nullptr && entry->argument == Argument::None && name.find("Timestamp") == name.npos) {
        out.field.entry = entry;
        return true;
    }
    problem = "an audit event has nothing at " + std::string(pointer);
    return false;
}

}  // namespace

bool falco_field(Text name, Text argument, FalcoField& out, std::string& problem) {
    if (name == "jevt.value" || name == "json.value") {
        if (!argument.empty()) return pointer_field(argument, out, problem);
        problem = std::string(name) + " needs a JSON pointer: " + std::string(name) + "[/verb]";
        return false;
    }
    for (const Special& special : kSpecials) {
        if (special.entry.name != name) continue;
        if (special.needs_argument == argument.empty()) {
            problem = std::string(name) +
                      (argument.empty() ? " needs an argument in brackets" : " takes no argument");
            return false;
        }
        out.field.entry = &special.entry;
        if (!argument.empty()) out.field.path.steps.push_back({.key = std::string(argument)});
        out.is_list = special.is_list;
        out.is_number = special.entry.type == FieldType::Number;
        return true;
    }
    for (const Alias& alias : kAliases) {
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

}  // namespace redshank::rules
