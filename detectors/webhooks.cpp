#include "detectors/webhooks.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <chrono>
#include <optional>
#include <utility>

#include "core/request/verbs.h"
#include "core/state/json_fields.h"
#include "core/state/key.h"
#include "detectors/short_hash.h"

namespace redshank {

namespace {

namespace json = boost::json;

const json::array* webhooks_in(const json::value& body) {
    const json::object* object = body.if_object();
    return object == nullptr ? nullptr : json_array(*object, "webhooks");
}

bool has_only(const json::object& object, std::initializer_list<std::string_view> keys) {
    return std::all_of(object.begin(), object.end(), [&](const auto& member) {
        return std::find(keys.begin(), keys.end(), std::string_view(member.key())) != keys.end();
    });
}

// "/webhooks/0/clientConfig/caBundle", "/spec/caBundle"
bool is_path_of_certificate(std::string_view path) {
    if (path == "/spec/caBundle") return true;
    constexpr std::string_view kBegin = "/webhooks/", kEnd = "/clientConfig/caBundle";
    if (!path.starts_with(kBegin) || !path.ends_with(kEnd) || path.size() <= kBegin.size() + kEnd.size())
        return false;
    const std::string_view number = path.substr(kBegin.size(), path.size() - kBegin.size() - kEnd.size());
    return std::all_of(number.begin(), number.end(),
                       [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

bool patches_certificates(const json::array& operations) {
    return !operations.empty() &&
           std::all_of(operations.begin(), operations.end(), [](const json::value& one) {
               const json::object* operation = one.if_object();
               if (operation == nullptr) return false;
               const std::string kind = json_text(*operation, "op");
               return (kind == "add" || kind == "replace" || kind == "test") &&
                      is_path_of_certificate(json_text(*operation, "path"));
           });
}

bool is_only_certificate(const json::value& webhook) {
    const json::object* object = webhook.if_object();
    if (object == nullptr || !has_only(*object, {"name", "clientConfig", "failurePolicy"})) return false;
    const std::string policy = json_text(*object, "failurePolicy");
    const json::object* client = json_object(*object, "clientConfig");
    return (!object->contains("failurePolicy") || policy == "Fail") && client != nullptr &&
           has_only(*client, {"caBundle"});
}

// A patch that names nothing but certificates. As a merge patch it would empty the rest of the list, which
// the API server refuses: every webhook needs sideEffects.
bool is_patch_of_certificates(const json::value& body) {
    if (const json::array* operations = body.if_array()) return patches_certificates(*operations);
    const json::object* object = body.if_object();
    const json::object* spec = object == nullptr ? nullptr : json_object(*object, "spec");
    if (spec != nullptr)
        return has_only(*object, {"kind", "apiVersion", "metadata", "spec"}) && spec->size() == 1 &&
               spec->contains("caBundle");
    const json::array* webhooks = webhooks_in(body);
    if (webhooks == nullptr || webhooks->empty() ||
        !has_only(*object, {"kind", "apiVersion", "metadata", "webhooks"}))
        return false;
    return std::all_of(webhooks->begin(), webhooks->end(), is_only_certificate);
}

// With the API server's default where the writer left it out.
std::string text_or(const json::object& from, std::string_view key, std::string_view standard) {
    const json::value* value = from.if_contains(key);
    if (value == nullptr || value->is_null()) return std::string(standard);
    const json::object* object = value->if_object();
    if (object != nullptr && object->empty()) return std::string(standard);
    return json::serialize(*value);
}

void append(std::string& out, const json::object& from,
            std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    for (const auto& [key, standard] : fields) out.append(text_or(from, key, standard)).append(1, kKeyMark);
}

std::string hash_of(std::string_view content) {
    return short_hash({content}, 16);
}

// Of an APIService, the same: to whom requests go, and whether its certificate is looked at.
std::string content_of(const json::object& spec) {
    std::string out;
    append(out, spec, {{"group", ""}, {"version", ""}, {"insecureSkipTLSVerify", "false"}});
    if (const json::object* service = json_object(spec, "service"))
        append(out, *service, {{"namespace", ""}, {"name", ""}, {"port", "443"}});
    return hash_of(out);
}

// What decides: whom it asks, what it sees, and whether it may fail.
std::string content_of(const json::array& webhooks) {
    std::string out;
    for (const json::value& one : webhooks) {
        const json::object* webhook = one.if_object();
        if (webhook == nullptr) return {};
        append(out, *webhook,
               {{"name", ""},
                {"failurePolicy", "\"Fail\""},
                {"namespaceSelector", ""},
                {"objectSelector", ""},
                {"matchConditions", ""}});
        if (const json::object* client = json_object(*webhook, "clientConfig")) {
            append(out, *client, {{"url", ""}});
            if (const json::object* service = json_object(*client, "service"))
                append(out, *service, {{"namespace", ""}, {"name", ""}, {"path", ""}, {"port", "443"}});
        }
        const json::array* rules = json_array(*webhook, "rules");
        if (rules == nullptr) continue;
        for (const json::value& rule : *rules) {
            if (!rule.is_object()) return {};
            append(out, rule.get_object(),
                   {{"apiGroups", ""},
                    {"apiVersions", ""},
                    {"resources", ""},
                    {"operations", ""},
                    {"scope", "\"*\""}});
        }
    }
    return hash_of(out);
}

bool asks_in(const json::object& client, std::string_view namespace_) {
    const json::object* service = json_object(client, "service");
    return service != nullptr && !client.contains("url") && json_text(*service, "namespace") == namespace_;
}

bool asks_only(const json::array& webhooks, std::string_view namespace_) {
    return !webhooks.empty() && std::all_of(webhooks.begin(), webhooks.end(), [&](const json::value& one) {
        const json::object* webhook = one.if_object();
        const json::object* client = webhook == nullptr ? nullptr : json_object(*webhook, "clientConfig");
        return client != nullptr && asks_in(*client, namespace_);
    });
}

// The whole object, as a body shows it.
struct Shown {
    std::string content;
    bool is_own = false;  // asks nobody but services of `namespace_`
    WebhookGuard guard = {};
};

std::optional<Shown> shown(const json::value& body, std::string_view namespace_) {
    if (const json::array* webhooks = webhooks_in(body))
        return Shown{content_of(*webhooks), asks_only(*webhooks, namespace_), guard_of(*webhooks)};
    const json::object* object = body.if_object();
    const json::object* spec = object == nullptr ? nullptr : json_object(*object, "spec");
    if (spec == nullptr) return std::nullopt;
    return Shown{content_of(*spec), asks_in(*spec, namespace_), {}};
}

// None of those who made the configuration, or wrote it on an earlier day.
bool is_stranger(const WebhooksRow& row, const std::string& who) {
    constexpr int64_t kEarlier = std::chrono::microseconds{std::chrono::hours{12}}.count();
    return std::none_of(row.writers.begin(), row.writers.end(), [&](const WebhooksRow::Writer& one) {
        return one.who == who && (one.since == 0 || row.last - one.since >= kEarlier);
    });
}

void note_writer(WebhooksRow& row, const std::string& who, bool made) {
    const bool is_known = std::any_of(row.writers.begin(), row.writers.end(),
                                      [&](const WebhooksRow::Writer& one) { return one.who == who; });
    if (!is_known && row.writers.size() < WebhooksRow::kMostWriters)
        row.writers.push_back({who, made ? 0 : row.last});
}

}  // namespace

bool Webhooks::is_write(const audit::Event& event) {
    const audit::ObjectRef& object = event.object;
    const bool is_kind = (object.api_group == "admissionregistration.k8s.io" &&
                          (object.resource == "validatingwebhookconfigurations" ||
                           object.resource == "mutatingwebhookconfigurations")) ||
                         (object.api_group == "apiregistration.k8s.io" && object.resource == "apiservices");
    return is_kind && object.subresource.empty() && changes_object(event.verb);
}

// What the write changes; `now` gets what is known of the object from now on.
Webhooks::Seen Webhooks::compare(const Observation& observation, const WebhooksRow* before,
                                 WebhooksRow& now) const {
    const audit::Event& event = observation.event;
    const Request& request = observation.request;
    const bool is_new = event.created_object(), is_patch = event.verb == "patch" && !is_new;
    const bool is_known = before != nullptr && !before->content.empty();
    const json::value asked = parse_body(event.request_object);
    std::optional<Shown> answer = shown(parse_body(event.response_object), request.actor.namespace_);
    if (!answer && !is_patch) answer = shown(asked, request.actor.namespace_);
    const bool is_only_patch = is_patch && is_patch_of_certificates(asked);
    if (!answer) {
        if (is_only_patch && is_known) now.content = before->content, now.guard = before->guard;
        if (is_only_patch) return {.change = Change::Certificate, .loosened = {}};
        return {.change = Change::Other,
                .loosened =
                    is_patch ? loosened_by_patch(asked, is_known ? &before->guard : nullptr) : Loosened{}};
    }
    now.content = answer->content;
    now.guard = std::move(answer->guard);
    if (is_new) return {};
    const bool is_same = is_known && before->content == now.content;
    if (is_same || (is_only_patch && !is_known)) return {.change = Change::Certificate, .loosened = {}};
    const bool is_own =
        !is_known && request.actor.is_service_account && !event.is_impersonated && answer->is_own;
    return {.change = is_own ? Change::OwnService : Change::Other,
            .loosened = is_known ? redshank::loosened(before->guard, now.guard) : Loosened{}};
}

Webhooks::Seen Webhooks::see(const Observation& observation) {
    const audit::Event& event = observation.event;
    const Request& request = observation.request;
    if (!request.has_effect() || !event.succeeded()) return {};
    const std::string key = row_key({observation.origin.cluster, event.object.resource, event.object.name});
    if (event.verb == "delete") {
        rows_.erase(key);
        return {};
    }
    const WebhooksRow* before = rows_.find(key);
    WebhooksRow now{
        .last = observation.now.time_since_epoch().count(), .content = {}, .guard = {}, .writers = {}};
    Seen seen = compare(observation, before, now);
    if (before != nullptr && !event.created_object()) now.writers = before->writers;
    const std::string who = hash_of(request.effective.key);
    const bool is_made = event.created_object() || seen.change == Change::OwnService;
    seen.by_stranger = !is_made && is_stranger(now, who);
    // Who renews certificates only has nothing to do with the rest.
    if (seen.change != Change::Certificate) note_writer(now, who, is_made);
    rows_.change(key) = std::move(now);
    return seen;
}

}  // namespace redshank
