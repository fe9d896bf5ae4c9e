#include "rules/fields.h"

#include <algorithm>
#include <array>

#include "audit/glob.h"
#include "audit/request_uri.h"
#include "core/request/helm.h"
#include "core/request/names.h"
#include "core/request/rights.h"
#include "core/request/words.h"
#include "rules/commands.h"
#include "rules/downloads.h"
#include "rules/error.h"
#include "rules/network_policy.h"

namespace redshank::rules {

std::string_view to_string(FieldType type) {
    switch (type) {
        case FieldType::Text:
            return "text";
        case FieldType::Number:
            return "number";
        case FieldType::Bool:
            return "yes or no";
        case FieldType::Any:
            break;
    }
    return "any";
}

std::string_view to_string(Needs needs) {
    switch (needs) {
        case Needs::Metadata:
            return "Metadata";
        case Needs::Request:
            return "Request";
        case Needs::RequestResponse:
            break;
    }
    return "RequestResponse";
}

namespace {

using audit::Event;
using Text = std::string_view;

void add(Values& out, Text text) {
    if (!text.empty()) out.push_back(Value::of(text));
}

void add_all(Values& out, std::span<const Text> texts) {
    for (const Text text : texts) out.push_back(Value::of(text));
}

Text only_key(const Path& path) {
    return path.steps.empty() ? Text{} : Text(path.steps.front().key);
}

// A key with a * matches every key of that form; no annotation's own key contains a *.
void annotations(Context& context, const Path& path, Values& out) {
    const Text key = only_key(path);
    const bool is_pattern = key.find('*') != key.npos;
    for (const audit::KeyValue& one : context.event().annotations) {
        if (one.key == key || (is_pattern && audit::glob_match(key, one.key))) {
            out.push_back(Value::of(one.value));
        }
    }
}

void extra(const audit::User& user, Text key, Values& out) {
    for (const audit::ExtraEntry& entry : user.extra) {
        if (entry.key == key) add_all(out, entry.values);
    }
}

// Appends the decoded values of every query parameter with this name.
void parameters(Context& context, Text name, Values& out) {
    for (const std::string& value : audit::query_values(context.event().request_uri, name))
        out.push_back(Value::of(context.keep(value)));
}

template <auto Part>
Text grant_text(Context& context) {
    const auto& grant = context.request().grant();
    return grant ? Text((*grant).*Part) : Text{};
}

bool is_created(Context& context) {
    return context.event().created_object();
}

void own_age(Context& context, const Path&, Values& out) {
    const auto& age = context.beside().own_age;
    if (age) out.push_back({Value::Kind::Number, context.keep(std::to_string(*age)), *age});
}

// True when the pod runs under a service account of kube-controller-manager's controllers, which can do
// nearly everything.
// A sentence has no empty slot: what neither the body nor the past tells is "its role".
void granted_role(Context& context, const Path&, Values& out) {
    static const Path kName{{{.key = "roleRef"}, {.key = "name"}}};
    context.body_values(Body::Change, kName, out);
    if (out.empty()) {
        const Text known = context.beside().binding_role;
        add(out, known.empty() ? "its role" : known);
    }
    if (context.beside().gives_everything)
        out.front() = Value::of(context.keep("everything (" + std::string(out.front().text) + ")"));
}

void as_controller(Context& context, const Path&, Values& out) {
    const Text namespace_ = context.event().object.namespace_;
    if (namespace_ != kSystemNamespace) return;
    for (const char* key : {"serviceAccountName", "serviceAccount"}) {
        Values accounts;
        context.body_values(Body::Pod, Path{.steps = {{.key = key}}}, accounts);
        if (std::any_of(accounts.begin(), accounts.end(), [&](const Value& account) {
                return is_builtin_controller({namespace_, account.text});
            })) {
            out.push_back(Value::of(true));
            return;
        }
    }
}

// The words of findings, see core/request/words.h.
template <std::string (*Words)(Context&)>
void words(Context& context, const Path&, Values& out) {
    out.push_back(Value::of(context.keep(Words(context))));
}
std::string who(Context& context) {
    return caller_words(context.request(), context.event().peer_ip());
}
std::string sender(Context& context) {
    return actor_words(context.request().actor);
}
// The user with the group that stands out: the first of the system's, but for what everybody has.
std::string role_played(Context& context) {
    const audit::User& played = context.event().impersonated_user;
    std::string out = user_words(played.username);
    for (const std::string_view group : played.groups) {
        const bool is_everyones =
            group == "system:authenticated" || group.starts_with("system:serviceaccounts");
        if (is_everyones || !(group.starts_with("system:") || group.starts_with("kubeadm:"))) continue;
        if (out == name_words(group)) break;
        return out + " of group " + name_words(group);
    }
    return out;
}
std::string deed(Context& context) {
    return outcome_words(context.request());
}
std::string object(Context& context) {
    return context.event().object.present ? thing_words(thing_of(context.event().object)) : "the API server";
}

// Maps the classes of core to the words of rules. A controller with a service account of its own is a
// "serviceaccount" here, however much core trusts it.
Text actor_kind(Context& context) {
    const Actor& actor = context.request().actor;
    if (actor.is_service_account) return "serviceaccount";
    return actor.is(ActorClass::Human) ? Text("user") : to_string(actor.actor_class);
}

// Appends every readable text of the event, for rules that search everywhere.
void all_text(Context& context, const Path&, Values& out) {
    const Event& event = context.event();
    for (const Text text :
         {event.verb, event.request_uri, event.user.username, event.user_agent, event.object.resource,
          event.object.namespace_, event.object.name, event.object.api_group, event.object.subresource,
          event.response.reason, event.response.message, event.response.status, event.request_object,
          event.response_object, event.audit_id}) {
        add(out, text);
    }
    if (event.is_impersonated) add(out, event.impersonated_user.username);
    add_all(out, event.user.groups);
    add_all(out, event.source_ips);
    for (const audit::KeyValue& annotation : event.annotations) {
        add(out, annotation.key);
        add(out, annotation.value);
    }
    if (event.response.code > 0) out.push_back(context.number(event.response.code));
}

constexpr auto kMetadata = Needs::Metadata;
constexpr auto kRequest = Needs::Request;

constexpr FieldEntry text(Text name, Text doc, Text (*read)(const Event&), bool is_secret = false) {
    return {name, FieldType::Text, Argument::None, kMetadata, is_secret, doc, read, nullptr};
}
constexpr FieldEntry list(Text name, FieldType type, Text doc, void (*read)(Context&, const Path&, Values&),
                          bool is_secret = false) {
    return {name, type, Argument::None, kMetadata, is_secret, doc, nullptr, read};
}
constexpr FieldEntry derived(Text name, Text doc, Text (*read)(Context&)) {
    return {.name = name,
            .type = FieldType::Text,
            .argument = Argument::None,
            .needs = kMetadata,
            .is_secret = false,
            .doc = doc,
            .derived = read};
}
constexpr FieldEntry flag(Text name, Text doc, bool (*read)(Context&)) {
    return {.name = name,
            .type = FieldType::Bool,
            .argument = Argument::None,
            .needs = kMetadata,
            .is_secret = false,
            .doc = doc,
            .flag = read};
}
constexpr FieldEntry number(Text name, Text doc, int (*read)(const Event&)) {
    return {.name = name,
            .type = FieldType::Number,
            .argument = Argument::None,
            .needs = kMetadata,
            .is_secret = false,
            .doc = doc,
            .number = read};
}
constexpr FieldEntry keyed(Text name, Text doc, void (*read)(Context&, const Path&, Values&),
                           bool is_secret = false) {
    return {name, FieldType::Text, Argument::Key, kMetadata, is_secret, doc, nullptr, read};
}
constexpr FieldEntry path(Text name, Needs needs, Text doc, void (*read)(Context&, const Path&, Values&)) {
    return {name, FieldType::Any, Argument::Path, needs, true, doc, nullptr, read};
}

// clang-format off
const FieldEntry kFields[] = {
    // Fields of audit.k8s.io/v1, under its names.
    text("level", "audit level of the event: Metadata, Request, RequestResponse", [](const Event& e) { return audit::to_string(e.level); }),
    text("auditID", "id of the request; the client may choose it", [](const Event& e) { return e.audit_id; }),
    text("stage", "RequestReceived, ResponseStarted, ResponseComplete, Panic; a rule that names it sees every stage", [](const Event& e) { return e.stage == audit::Stage::Unknown ? Text{} : audit::to_string(e.stage); }),
    text("requestURI", "the URI as sent, with its query", [](const Event& e) { return e.request_uri; }, true),
    list("verb", FieldType::Text, "get, list, watch, create, update, patch, delete, deletecollection, …; lower case", [](Context& c, const Path&, Values& out) { if (c.event().verb.data() != nullptr) out.push_back(Value::of(c.event().verb)); }),
    text("user.username", "who really sent it; absent for a 401", [](const Event& e) { return e.user.username; }),
    text("user.uid", "service accounts only", [](const Event& e) { return e.user.uid; }),
    list("user.groups", FieldType::Text, "groups of the user", [](Context& c, const Path&, Values& out) { add_all(out, c.event().user.groups); }),
    keyed("user.extra", "values of one key of user.extra", [](Context& c, const Path& p, Values& out) { extra(c.event().user, only_key(p), out); }),
    text("impersonatedUser.username", "the role played, when impersonation was allowed", [](const Event& e) { return e.is_impersonated ? e.impersonated_user.username : Text{}; }),
    text("impersonatedUser.uid", "uid of the role played", [](const Event& e) { return e.is_impersonated ? e.impersonated_user.uid : Text{}; }),
    list("impersonatedUser.groups", FieldType::Text, "groups of the role played", [](Context& c, const Path&, Values& out) { if (c.event().is_impersonated) add_all(out, c.event().impersonated_user.groups); }),
    keyed("impersonatedUser.extra", "values of one key of impersonatedUser.extra", [](Context& c, const Path& p, Values& out) { if (c.event().is_impersonated) extra(c.event().impersonated_user, only_key(p), out); }),
    list("sourceIPs", FieldType::Text, "all addresses; all but the last are the client's own word", [](Context& c, const Path&, Values& out) { add_all(out, c.event().source_ips); }),
    text("userAgent", "free text of the client", [](const Event& e) { return e.user_agent; }),
    text("objectRef.resource", "pods, secrets, …; absent for URLs like /healthz", [](const Event& e) { return e.object.resource; }),
    text("objectRef.namespace", "absent for cluster-wide requests", [](const Event& e) { return e.object.namespace_; }),
    text("objectRef.name", "absent for list, for create with generateName, and on RequestReceived of a create", [](const Event& e) { return e.object.name; }),
    text("objectRef.uid", "from the body of an update", [](const Event& e) { return e.object.uid; }),
    text("objectRef.apiGroup", "absent for the core group", [](const Event& e) { return e.object.api_group; }),
    text("objectRef.apiVersion", "v1, v1beta1, …", [](const Event& e) { return e.object.api_version; }),
    text("objectRef.resourceVersion", "from the body of an update", [](const Event& e) { return e.object.resource_version; }),
    text("objectRef.subresource", "exec, status, token, …; absent for the object itself", [](const Event& e) { return e.object.subresource; }),
    number("responseStatus.code", "HTTP status", [](const Event& e) { return e.response.code; }),
    text("responseStatus.status", "Success or Failure, when the answer was a Status", [](const Event& e) { return e.response.status; }),
    text("responseStatus.reason", "Forbidden, NotFound, …; absent on success", [](const Event& e) { return e.response.reason; }),
    text("responseStatus.message", "text for people, on failure", [](const Event& e) { return e.response.message; }, true),
    text("responseStatus.details.name", "name in a failure", [](const Event& e) { return e.response.details_name; }),
    text("responseStatus.details.group", "group in a failure", [](const Event& e) { return e.response.details_group; }),
    text("responseStatus.details.kind", "resource in a failure", [](const Event& e) { return e.response.details_kind; }),
    keyed("annotations", "one annotation of the audit event; in the key, * stands for any text", annotations),
    text("requestReceivedTimestamp", "when the request came", [](const Event&) { return Text{}; }),
    text("stageTimestamp", "when this stage was reached", [](const Event&) { return Text{}; }),
    path("requestObject", kRequest, "the body that was sent; for a patch, the patch", [](Context& c, const Path& p, Values& out) { c.body_values(Body::Request, p, out); }),
    path("responseObject", Needs::RequestResponse, "the body that was answered", [](Context& c, const Path& p, Values& out) { c.body_values(Body::Response, p, out); }),

    // Fields derived from them.
    derived("actor.kind", "user, serviceaccount (the built-in controllers, too), node (in group system:nodes), control-plane (system:apiserver, kube-controller-manager, kube-scheduler, kube-proxy, cloud-controller-manager), bootstrap-token, anonymous, unauthenticated (401)", actor_kind),
    derived("actor.namespace", "namespace of a service account", [](Context& c) { return Text(c.request().actor.namespace_); }),
    derived("actor.account", "name of a service account", [](Context& c) { return Text(c.request().actor.account); }),
    flag("actor.builtin", "the control plane itself, by exact identity: API server, kube-controller-manager and its controllers, kube-scheduler, nodes at what the Node authorizer allows", [](Context& c) { return c.request().is_control_plane_work(); }),
    flag("actor.clusterAdmin", "a person, neither for nor as somebody else, let through by ClusterRole cluster-admin in the whole cluster, by the like of a company (a ClusterRole of which the log has shown since yesterday that it gives everything) or of a cloud, or as one of system:masters", [](Context& c) { return is_by_cluster_admin(c.request()); }),
    flag("actor.atHome", "actor.clusterAdmin, from a network where it had all rights on an earlier day, too", [](Context& c) { return c.beside().is_at_home; }),
    flag("actor.looksAround", "actor.atHome, with a client that within a minute has listed or watched ten other kinds in the whole cluster, lists all Secrets: a tool that shows whatever there is", [](Context& c) { return c.beside().looks_around; }),
    flag("cluster.fresh", "the log shows kube-system being made within the last day, as the API server does once in its life", [](Context& c) { return c.beside().is_new_cluster; }),
    flag("actor.installs", "actor.clusterAdmin; or a person who has applied rights or definitions of the cluster from there; or a program that for days has applied such objects for the whole cluster, from where it always is; or a program with all rights on a host of the control plane, or that has used them on three earlier days, with its own client; or a Pod whose grant one of these made within the last day", [](Context& c) { return c.beside().installs || is_by_cluster_admin(c.request()); }),
    flag("actor.falseServer", "system:apiserver, which the API server is on its own address only, from an address of no host of the control plane, while the log shows others", [](Context& c) { return c.beside().is_false_server; }),
    derived("grant.bindingKind", "ClusterRoleBinding or RoleBinding that let the request through", grant_text<&audit::Grant::binding_kind>),
    derived("grant.bindingNamespace", "namespace of that RoleBinding", grant_text<&audit::Grant::binding_namespace>),
    derived("grant.binding", "name of that binding", grant_text<&audit::Grant::binding_name>),
    derived("grant.roleKind", "ClusterRole or Role", grant_text<&audit::Grant::role_kind>),
    derived("grant.role", "name of the role", grant_text<&audit::Grant::role_name>),
    derived("grant.subjectKind", "User, Group or ServiceAccount", grant_text<&audit::Grant::subject_kind>),
    derived("grant.subjectNamespace", "namespace of the ServiceAccount", grant_text<&audit::Grant::subject_namespace>),
    derived("grant.subject", "name of the subject", grant_text<&audit::Grant::subject_name>),
    flag("grant.unseen", "the log is a week old and shows nobody making that binding, which came into use within the last day", [](Context& c) { return c.beside().is_unseen_grant; }),
    flag("grant.installed", "a Pod uses a binding that somebody of actor.installs made within the last day", [](Context& c) { return c.beside().is_installed_grant; }),
    text("source.ip", "the last of sourceIPs: the peer that the API server saw, the only one to trust", [](const Event& e) { return e.peer_ip(); }),
    derived("source.network", "network of source.ip: its /24 or /64 as 10.2.3.*, loopback, or unknown", [](Context& c) { return Text(c.request().peer.network); }),
    flag("source.own", "the peer is in one of `[rules] own_networks`", [](Context& c) { return c.beside().is_own_network; }),
    derived("agent.product", "userAgent up to the first / or space: kubectl, Helm, Go-http-client", [](Context& c) { return Text(c.request().agent.name); }),
    text("path", "requestURI without its query", [](const Event& e) { return audit::uri_path(e.request_uri); }),
    keyed("query", "decoded values of one query parameter", [](Context& c, const Path& p, Values& out) { parameters(c, only_key(p), out); }, true),
    list("exec.command", FieldType::Text, "command line of an exec or attach, decoded, words joined by spaces", exec_command, true),
    list("exec.program", FieldType::Text, "its first word, without folders", exec_program),
    list("exec.addresses", FieldType::Text, "addresses that exec.command names, however they are spelt (2852039166, 0xa9.254.169.254), as 169.254.169.254", exec_addresses),
    list("commands", FieldType::Text, "command lines: exec.command; from level Request on also those of containers (command and args), hooks and probes of pod", command_lines, true),
    list("commands.loaded", FieldType::Text, "how commands run what curl or wget loaded: file (that itself, or anything in a folder for temporary files), or archive (something beside it, after it was unpacked)", runs_download),
    flag("succeeded", "answered 2xx, or 101 for exec and port-forward", [](Context& c) { return c.event().succeeded(); }),
    flag("created", "made something new: a create that succeeded, or a patch or update that was answered 201", is_created),
    derived("verdict", "allowed, forbidden (by authorization), refused-by-admission (any no behind it), unauthenticated, not-decided, failed", [](Context& c) { return to_string(c.request().verdict); }),
    // `refused` depends on the code only, since rules of other engines rely on that. `verdict` tells who
    // refused.
    flag("refused", "401 or 403", [](Context& c) { return c.event().response.code == 401 || c.event().response.code == 403; }),
    flag("answers", "the one event of each request that tells its outcome first", [](Context& c) { return c.answers(); }),
    flag("dryRun", "dryRun=All: nothing is stored", [](Context& c) { return c.is_dry_run(); }),
    list("latency", FieldType::Number, "seconds from requestReceivedTimestamp to stageTimestamp", [](Context& c, const Path&, Values& out) { const double s = std::chrono::duration<double>(c.event().stage_time - c.event().received).count(); out.push_back({Value::Kind::Number, c.keep(std::to_string(s)), s}); }),
    list("object.ownAge", FieldType::Number, "of what is deleted, and of a namespace that is changed: seconds since the caller made it, when the log shows that", own_age),
    flag("object.givesEverything", "a binding to a ClusterRole of a company's own of which the log has shown that it gives everything (see actor.clusterAdmin), now or when the binding was written or used", [](Context& c) { return c.beside().gives_everything; }),
    derived("object.role", "role of the binding that the request is about, from earlier bodies and reasons", [](Context& c) { return Text(c.beside().binding_role); }),
    flag("object.hasAllRights", "of a service account and its tokens: the account used ClusterRole cluster-admin in the whole cluster within the last 30 days", [](Context& c) { return c.beside().is_of_mighty; }),
    flag("object.givesLittle", "of a binding: the log shows its role, which gives everybody's rights only: to read named custom resources, to ask about oneself, to read versions and health", [](Context& c) { return c.beside().gives_little; }),
    flag("object.bindsLittle", "of a role: verb bind, if it has it, is for named ClusterRoles that give so little, or view", [](Context& c) { return c.beside().binds_little; }),
    flag("object.isEveryones", "a role that gave so little, and was bound to everybody, is changed to give more", [](Context& c) { return c.beside().is_everyones; }),
    flag("object.givesFresh", "of a binding: all its subjects are service accounts of namespaces that the caller made within the last hour; of a Role: its namespace is one", [](Context& c) { return c.beside().gives_fresh; }),
    flag("object.givesSelf", "of a binding: the caller, or a service account of the caller's own namespace, is among its subjects", [](Context& c) { return c.beside().gives_self; }),
    flag("object.givesCaller", "of a binding: the caller itself, or a group of its own, is among its subjects", [](Context& c) { return c.beside().gives_caller; }),
    flag("object.inOwnNamespace", "of a binding: the log shows that the caller made its namespace", [](Context& c) { return c.beside().in_own_namespace; }),
    flag("object.isAnothers", "of a namespace that is deleted: the caller did not make it, though it has so far deleted namespaces that it made (three or more), and none of them is named alike", [](Context& c) { return c.beside().is_anothers; }),
    flag("object.isNewOrder", "of a custom resource that is written: for three days a program that installs (actor.installs) has carried out this kind (it writes the status, or changes such objects in its own namespace), and the caller, who is no such program, wrote none within 30 days", [](Context& c) { return c.beside().is_new_order; }),
    flag("object.asksOutside", "of a webhook configuration: it asks a URL that it did not ask before, on no address of the API server's own host; written by somebody who neither made it nor changed it on an earlier day, as far as the log shows", [](Context& c) { return c.beside().asks_outside; }),
    flag("object.failsOpen", "of a webhook configuration: one of its webhooks that refused when nobody answers (failurePolicy Fail) now lets through, or is gone; written by somebody as for object.asksOutside", [](Context& c) { return c.beside().fails_open; }),
    flag("object.helmReleases", "a list or watch that only the Secrets of Helm's releases answer (labelSelector owner=helm)", [](Context& c) { return selects_helm_releases(c.event()); }),
    path("change", kRequest, "the body that was sent, a JSON patch unfolded into what it adds", [](Context& c, const Path& p, Values& out) { c.body_values(Body::Change, p, out); }),
    path("pod", kRequest, "the pod spec inside change, for pods and every workload kind (Deployment, DaemonSet, StatefulSet, ReplicaSet, Job, CronJob, …)", [](Context& c, const Path& p, Values& out) { c.body_values(Body::Pod, p, out); }),
    path("pod.anyContainer", kRequest, "containers, init containers and ephemeral containers of pod together", [](Context& c, const Path& p, Values& out) { c.body_values(Body::Containers, p, out); }),
    {"pod.asController", FieldType::Bool, Argument::None, kRequest, false, "in kube-system, under the account of a controller of kube-controller-manager", nullptr, as_controller},
    {"object.letsEverybody", FieldType::Bool, Argument::None, kRequest, false, "a NetworkPolicy that lets all peers in or out on all ports: by a rule without peers, all namespaces, or address blocks that together hold half of all addresses; as written, or as a change of its spec was answered", nullptr, lets_everybody},
    list("who", FieldType::Text, "for a summary: who did it, as people call them, e.g. bob, through teleport, or node worker-3", words<who>),
    list("sender", FieldType::Text, "for a summary: who sent it, whomever the request acts as", words<sender>),
    list("rolePlayed", FieldType::Text, "for a summary: whom the request acts as, with the group of the system that it plays: bob of group system:masters", words<role_played>),
    list("grantedRole", FieldType::Text, "for a summary: the role that a binding gives, from its body or as known from before; else: its role", granted_role),
    list("deed", FieldType::Text, "for a summary: what they did, e.g. changed Role shop/edit, or tried to list all Secrets in shop and was refused (403)", words<deed>),
    list("object", FieldType::Text, "for a summary: to what, with its kind, e.g. Role shop/edit", words<object>),
    {"text", FieldType::Text, Argument::None, kMetadata, true, "every text of the event, to search everywhere", nullptr, all_text},
};
// clang-format on

const FieldEntry kScope =
    path("", kRequest, "the item of any … has (…)",
         [](Context& c, const Path& p, Values& out) { c.body_values(Body::Scope, p, out); });

}  // namespace

Body body_of(const FieldEntry& entry) {
    if (entry.name == "requestObject") return Body::Request;
    if (entry.name == "responseObject") return Body::Response;
    if (entry.name == "pod") return Body::Pod;
    if (entry.name == "pod.anyContainer") return Body::Containers;
    if (entry.name.empty()) return Body::Scope;
    return Body::Change;
}

std::span<const FieldEntry> field_table() {
    return kFields;
}

std::vector<Text> field_names() {
    std::vector<Text> names;
    for (const FieldEntry& entry : kFields) names.push_back(entry.name);
    return names;
}

const FieldEntry* find_field(Text name) {
    const auto found = std::find_if(std::begin(kFields), std::end(kFields),
                                    [&](const FieldEntry& entry) { return entry.name == name; });
    return found == std::end(kFields) ? nullptr : found;
}

void Field::values(Context& context, Values& out) const {
    if (computed) {
        computed->values(context, out);
    } else if (entry->text != nullptr) {
        add(out, entry->text(context.event()));
    } else if (entry->derived != nullptr) {
        add(out, entry->derived(context));
    } else if (entry->flag != nullptr) {
        out.push_back(Value::of(entry->flag(context)));
    } else if (entry->number != nullptr) {
        const int value = entry->number(context.event());
        if (value != 0) out.push_back(context.number(value));
    } else {
        entry->values(context, path, out);
    }
}

bool Field::exists(Context& context) const {
    if (entry->text != nullptr) return !entry->text(context.event()).empty();
    if (entry->derived != nullptr) return !entry->derived(context).empty();
    if (entry->flag != nullptr) return true;
    if (entry->number != nullptr) return entry->number(context.event()) != 0;
    Values found;
    if (entry->argument == Argument::Path) {
        // Look at the place itself first: an empty list exists although it has no items.
        Path place = path;
        place.exact = true;
        context.body_values(body_of(*entry), path.exact ? path : place, found, true);
        if (!found.empty()) return true;
        context.body_values(body_of(*entry), path, found, true);
    } else {
        values(context, found);
    }
    return !found.empty();
}

Text Field::first(Context& context) const {
    if (entry->text != nullptr) return entry->text(context.event());
    if (entry->derived != nullptr) return entry->derived(context);
    Values found;
    values(context, found);
    return found.empty() ? Text{} : found.front().text;
}

bool read_field(Text& text, Field& field, std::string& problem, bool in_scope) {
    if (in_scope && text.starts_with('.')) {
        field.entry = &kScope;
        if (text.size() > 1 && is_key_char(text[1])) return read_steps(text, field.path, problem);
        text.remove_prefix(1);
        return true;
    }
    size_t end = 0;
    while (end < text.size() && (is_key_char(text[end]) || text[end] == '.')) ++end;
    // Find the longest known name; the rest is its argument.
    for (size_t length = end; length > 0; --length) {
        if (length < end && text[length] != '.') continue;
        const FieldEntry* entry = find_field(text.substr(0, length));
        if (entry == nullptr) continue;
        Text rest = text.substr(length);
        Path path;
        if (entry->argument == Argument::None && length < end) break;
        if (entry->argument != Argument::None && !read_steps(rest, path, problem)) return false;
        if (entry->argument == Argument::Key &&
            (path.steps.size() != 1 || path.steps.front().kind != Step::Kind::Key)) {
            problem = std::string(entry->name) + " needs one key: " + std::string(entry->name) + "[\"key\"]";
            return false;
        }
        field = {.entry = entry, .path = std::move(path)};
        text = rest;
        return true;
    }
    const std::string name(text.substr(0, end));
    problem = "unknown field " + name + did_you_mean(name, field_names());
    return false;
}

}  // namespace redshank::rules
