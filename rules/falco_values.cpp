#include "rules/falco_values.h"

#include <algorithm>
#include <array>

#include "rules/event_json.h"

namespace redshank::rules {

namespace {

using Text = std::string_view;

Path path_of(std::initializer_list<const char*> keys, bool exact = false) {
    Path path;
    path.exact = exact;
    for (const char* key : keys) {
        Step step{.kind = Text(key) == "*" ? Step::Kind::Each : Step::Kind::Key, .key = key};
        path.steps.push_back(std::move(step));
    }
    return path;
}

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

void volume_types(Context& context, const Path& argument, Values& out) {
    Path volumes = path_of({"spec", "volumes"});
    volumes.steps.insert(volumes.steps.end(), argument.steps.begin(), argument.steps.end());
    Values keys;
    context.body_keys(Body::Request, volumes, keys);
    for (const Value& key : keys) {
        if (key.text != "name") out.push_back(key);
    }
}

// ka.req.volume.hostpath[/etc*]: whether a volume has this path; a * at the end matches any rest.
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

// Implements ka.req.binding.subjects.user_names and its siblings.
enum class Subjects : uint8_t { Users, Groups, Accounts, AccountsWithNamespace };
template <Subjects Wanted>
void subject_names(Context& context, const Path&, Values& out) {
    constexpr Text kKind = Wanted == Subjects::Users    ? "User"
                           : Wanted == Subjects::Groups ? "Group"
                                                        : "ServiceAccount";
    const size_t subjects = context.open_scope(Body::Request, path_of({"subjects"}));
    for (size_t i = 0; i < subjects; ++i) {
        context.enter(i);
        Values kind, name, ns;
        context.body_values(Body::Scope, path_of({"kind"}), kind);
        context.body_values(Body::Scope, path_of({"name"}), name);
        if (kind.empty() || name.empty() || kind.front().text != kKind) continue;
        if (Wanted == Subjects::AccountsWithNamespace) {
            context.body_values(Body::Scope, path_of({"namespace"}), ns);
            const std::string space(ns.empty() ? Text{} : ns.front().text);
            out.push_back(Value::of(context.keep(space + ":" + std::string(name.front().text))));
        } else {
            out.push_back(name.front());
        }
    }
    context.leave();
}

// The name of the pod that the request is about: from objectRef, or else the one that the server generated.
void target_pod(Context& context, const Path&, Values& out) {
    const audit::ObjectRef& object = context.event().object;
    if (object.resource != "pods") return;
    if (!object.name.empty()) {
        out.push_back(Value::of(object.name));
    } else {
        context.body_values(Body::Response, path_of({"metadata", "name"}), out);
    }
}

void cluster_name(Context& context, const Path&, Values& out) {
    if (!context.cluster().empty()) out.push_back(Value::of(context.cluster()));
}

void configmap_data(Context& context, const Path&, Values& out) {
    context.body_values(Body::Request, path_of({"data"}, true), out);
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Whether Go parses the query. Go refuses a semicolon and a percent sign without two hex digits; Falco then
// sees no parameter.
bool go_reads(Text query) {
    for (size_t i = 0; i < query.size(); ++i) {
        if (query[i] == ';') return false;
        if (query[i] != '%') continue;
        if (i + 2 >= query.size() || !is_hex(query[i + 1]) || !is_hex(query[i + 2])) return false;
    }
    return true;
}

void first_parameter(Context& context, const Path& argument, Values& out) {
    const Text uri = context.event().request_uri;
    if (!go_reads(uri.substr(std::min(uri.size(), uri.find('?'))))) return;
    Values all;
    find_field("query")->values(context, argument, all);
    if (!all.empty()) out.push_back(all.front());
}

// Falco itself looks for source IPs inside of requestObject.rules, where they never are.
void source_ips(Context& context, const Path& argument, Values& out) {
    const auto& all = context.event().source_ips;
    if (argument.empty()) {
        for (const Text one : all) out.push_back(Value::of(one));
    } else if (argument.steps.front().index < all.size()) {
        out.push_back(Value::of(all[argument.steps.front().index]));
    }
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

void whole_event(Context& context, const Path&, Values& out) {
    out.push_back(Value::of(context.keep(indented(event_json(context.event())))));
}

constexpr FieldEntry hidden(Text name, FieldType type, Argument argument, Needs needs, bool is_secret,
                            void (*values)(Context&, const Path&, Values&)) {
    return {name, type, argument, needs, is_secret, "", nullptr, values};
}

// clang-format off
constexpr auto kText = FieldType::Text;
constexpr auto kNumber = FieldType::Number;
constexpr auto kInMetadata = Needs::Metadata;
constexpr auto kInRequest = Needs::Request;
using Takes = FalcoSpecial::Argument;
const std::array kSpecials = {
    FalcoSpecial{hidden("ka.uri.param", kText, Argument::Key, kInMetadata, true, first_parameter), Takes::Key},
    FalcoSpecial{hidden("ka.target.pod.name", kText, Argument::None, kInMetadata, false, target_pod)},
    FalcoSpecial{hidden("ka.cluster.name", kText, Argument::None, kInMetadata, false, cluster_name)},
    FalcoSpecial{hidden("ka.req.binding.subjects.user_names", kText, Argument::None, kInRequest, false, subject_names<Subjects::Users>), Takes::None, true},
    FalcoSpecial{hidden("ka.req.binding.subjects.group_names", kText, Argument::None, kInRequest, false, subject_names<Subjects::Groups>), Takes::None, true},
    FalcoSpecial{hidden("ka.req.binding.subjects.serviceaccount_names", kText, Argument::None, kInRequest, false, subject_names<Subjects::Accounts>), Takes::None, true},
    FalcoSpecial{hidden("ka.req.binding.subjects.serviceaccount_ns_names", kText, Argument::None, kInRequest, false, subject_names<Subjects::AccountsWithNamespace>), Takes::None, true},
    FalcoSpecial{hidden("ka.sourceips", kText, Argument::Path, kInMetadata, false, source_ips), Takes::Index, true},
    FalcoSpecial{hidden("ka.req.binding.subject.has_name", kText, Argument::Key, kInMetadata, false, always_true), Takes::Key},
    FalcoSpecial{hidden("ka.req.configmap.obj", kText, Argument::None, kInRequest, true, configmap_data)},
    FalcoSpecial{hidden("ka.req.container.privileged", kText, Argument::None, kInRequest, false, any_privileged)},
    FalcoSpecial{hidden("ka.req.pod.volumes.volume_type", kText, Argument::Path, kInRequest, false, volume_types), Takes::Index, true},
    FalcoSpecial{hidden("ka.req.volume.hostpath", kText, Argument::Key, kInRequest, false, has_hostpath), Takes::Key},
    FalcoSpecial{hidden("jevt.rawtime", kNumber, Argument::None, kInMetadata, false, raw_time)},
    FalcoSpecial{hidden("json.rawtime", kNumber, Argument::None, kInMetadata, false, raw_time)},
    FalcoSpecial{hidden("evt.rawtime", kNumber, Argument::None, kInMetadata, false, raw_time)},
    FalcoSpecial{hidden("jevt.time", kText, Argument::None, kInMetadata, false, iso_time)},
    FalcoSpecial{hidden("jevt.time.iso8601", kText, Argument::None, kInMetadata, false, iso_time)},
    FalcoSpecial{hidden("evt.time", kText, Argument::None, kInMetadata, false, iso_time)},
    FalcoSpecial{hidden("evt.time.iso8601", kText, Argument::None, kInMetadata, false, iso_time)},
    FalcoSpecial{hidden("evt.datetime", kText, Argument::None, kInMetadata, false, iso_time)},
    FalcoSpecial{hidden("evt.source", kText, Argument::None, kInMetadata, false, source_name)},
    FalcoSpecial{hidden("evt.pluginname", kText, Argument::None, kInMetadata, false, plugin_name)},
    FalcoSpecial{hidden("jevt.obj", kText, Argument::None, kInMetadata, true, whole_event)},
    FalcoSpecial{hidden("json.obj", kText, Argument::None, kInMetadata, true, whole_event)},
    FalcoSpecial{hidden("evt.plugininfo", kText, Argument::None, kInMetadata, true, whole_event)},
};
const std::array kOfContainers = {
    hidden("host_port", FieldType::Any, Argument::Path, kInRequest, false, host_ports),
    hidden("eff_run_as_user", FieldType::Any, Argument::Path, kInRequest, false, effective_id<false>),
    hidden("eff_run_as_group", FieldType::Any, Argument::Path, kInRequest, false, effective_id<true>),
};
// clang-format on

}  // namespace

const FieldEntry kFalcoWhole = hidden(
    "jevt.value", FieldType::Any, Argument::Path, Needs::Metadata, true,
    [](Context& context, const Path& path, Values& out) { context.body_values(Body::Whole, path, out); });

const FalcoSpecial* falco_special(Text name) {
    const auto found = std::find_if(kSpecials.begin(), kSpecials.end(),
                                    [&](const FalcoSpecial& one) { return one.entry.name == name; });
    return found == kSpecials.end() ? nullptr : &*found;
}

std::vector<Text> falco_special_names() {
    std::vector<Text> names;
    for (const FalcoSpecial& special : kSpecials) names.push_back(special.entry.name);
    return names;
}

const FieldEntry* falco_container_field(Text name) {
    const auto found = std::find_if(kOfContainers.begin(), kOfContainers.end(),
                                    [&](const FieldEntry& one) { return one.name == name; });
    return found == kOfContainers.end() ? nullptr : &*found;
}

}  // namespace redshank::rules
