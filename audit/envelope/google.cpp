#include "audit/envelope/google.h"

#include <array>
#include <optional>
#include <vector>

#include "audit/envelope/json_text.h"
#include "audit/event_parser.h"

namespace redshank::audit {

namespace {

namespace od = simdjson::ondemand;

constexpr std::string_view kDecision = "authorization.k8s.io/decision", kService = "k8s.io",
                           kMethods = "io.k8s.";

// HTTP codes of google.rpc.Code 0 to 16, as code.proto maps them.
constexpr std::array<int, 17> kHttp{200, 499, 500, 400, 504, 404, 409, 403, 429,
                                    400, 409, 400, 501, 500, 503, 500, 401};

struct Entry {
    // JSON as it stands in the record; "" where that has none.
    std::string_view insert_id, timestamp, operation_id, labels, principal, subject, delegation, caller_ip,
        agent, request, response, message;
    std::string method, service, resource;
    bool is_last = true, has_status = false, is_audit_log = false;
    std::optional<int64_t> code;
    size_t granted = 0, denied = 0, unsaid = 0;  // rights that were asked for
};

std::string text_of(od::value& value) {
    std::string_view text;
    return value.get_string().get(text) ? std::string() : std::string(text);
}

bool is_true(od::value& value) {
    return raw_json(value) == "true" || raw_json(value) == "\"true\"";
}

template <class Handle>
bool inside(od::value& value, Handle handle) {
    od::object object;
    return value.get_object().get(object) ? true : each_member(object, handle);
}

bool read_rights(od::value& value, Entry& entry) {
    od::array rights;
    if (value.get_array().get(rights)) return true;
    for (auto result : rights) {
        od::value right;
        if (std::move(result).get(right)) return false;
        std::optional<bool> granted;
        const bool is_read = inside(right, [&](std::string_view key, od::value part) {
            if (key == "granted") granted = is_true(part);
            return true;
        });
        if (!is_read) return false;
        ++(!granted ? entry.unsaid : *granted ? entry.granted : entry.denied);
    }
    return true;
}

bool read_payload(std::string_view key, od::value& value, Entry& entry) {
    if (key == "serviceName") entry.service = text_of(value);
    if (key == "methodName") entry.method = text_of(value);
    if (key == "resourceName") entry.resource = text_of(value);
    if (key == "request") entry.request = raw_json(value);
    if (key == "response") entry.response = raw_json(value);
    if (key == "authorizationInfo") return read_rights(value, entry);
    if (key == "authenticationInfo") {
        return inside(value, [&](std::string_view name, od::value part) {
            if (name == "principalEmail") entry.principal = raw_json(part);
            if (name == "principalSubject") entry.subject = raw_json(part);
            if (name == "serviceAccountDelegationInfo") entry.delegation = raw_json(part);
            return true;
        });
    }
    if (key == "requestMetadata") {
        return inside(value, [&](std::string_view name, od::value part) {
            if (name == "callerIp") entry.caller_ip = raw_json(part);
            if (name == "callerSuppliedUserAgent") entry.agent = raw_json(part);
            return true;
        });
    }
    if (key == "status") {
        entry.has_status = true;
        return inside(value, [&](std::string_view name, od::value part) {
            int64_t code = 0;
            if (name == "code" && !part.get_int64().get(code)) entry.code = code;
            if (name == "message") entry.message = raw_json(part);
            return true;
        });
    }
    return true;
}

bool read_entry(std::string_view text, Entry& entry) {
    od::parser parser;
    od::document document;
    od::object root;
    const simdjson::padded_string_view padded(text.data(), text.size(), text.size() + kPadding);
    if (parser.iterate(padded).get(document) || document.get_object().get(root)) return false;
    bool is_first = false, says_last = false;
    const bool is_read = each_member(root, [&](std::string_view key, od::value value) {
        if (key == "insertId") entry.insert_id = raw_json(value);
        if (key == "timestamp") entry.timestamp = raw_json(value);
        if (key == "labels") entry.labels = raw_json(value);
        if (key == "operation") {
            return inside(value, [&](std::string_view name, od::value part) {
                if (name == "id") entry.operation_id = raw_json(part);
                if (name == "first") is_first = is_true(part);
                if (name == "last") says_last = is_true(part);
                return true;
            });
        }
        if (key != "protoPayload") return true;
        entry.is_audit_log = true;
        return inside(value,
                      [&](std::string_view name, od::value part) { return read_payload(name, part, entry); });
    });
    entry.is_last = says_last || !is_first;
    const bool is_of_server = entry.service == kService || entry.service.empty();
    return is_read && entry.is_audit_log && is_of_server && entry.method.starts_with(kMethods);
}

std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const size_t slash = path.find('/');
        if (slash != 0) parts.push_back(path.substr(0, slash));
        if (slash == path.npos) break;
        path.remove_prefix(slash + 1);
    }
    return parts;
}

// resourceName is GROUP/VERSION/[namespaces/NAMESPACE/]RESOURCE[/NAME[/SUBRESOURCE]], the group of core
// "core"; in the order of apiserver pkg/endpoints/request/requestinfo.go.
struct Target {
    std::string uri, object;  // `object` is JSON; "" for a path that is no resource

    explicit Target(std::string_view name) {
        std::vector<std::string_view> parts = parts_of(name);
        const bool is_resource = parts.size() > 2 && parts[1].starts_with('v');
        uri = "/" + std::string(name);
        if (!is_resource) return;
        const std::string_view group = parts[0] == "core" ? std::string_view() : parts[0];
        uri = (group.empty() ? "/api" : "/apis/" + std::string(group)) + "/" + std::string(parts[1]);
        for (size_t i = 2; i < parts.size(); ++i) uri += "/" + std::string(parts[i]);

        std::string_view space;
        const bool is_inside =
            parts[2] == "namespaces" && parts.size() > 4 && parts[4] != "status" && parts[4] != "finalize";
        if (parts[2] == "namespaces" && parts.size() > 3) space = parts[3];
        const size_t at = is_inside ? 4 : 2;
        const auto add = [&](std::string_view key, std::string_view value) {
            if (!value.empty())
                object += (object.empty() ? "" : ",") + json_quoted(key) + ":" + json_quoted(value);
        };
        add("resource", parts[at]);
        add("namespace", space);
        if (parts.size() > at + 1) add("name", parts[at + 1]);
        add("apiGroup", group);
        add("apiVersion", parts[1]);
        if (parts.size() > at + 2) add("subresource", parts[at + 2]);
        object = "{" + object + "}";
    }
};

std::string_view last_word(std::string_view method) {
    return method.substr(method.rfind('.') + 1);
}

// What the labels say, and whether one of them is the decision.
struct Labels {
    std::string annotations, decision;

    explicit Labels(std::string_view json) {
        od::parser parser;
        od::document document;
        od::object all;
        const simdjson::padded_string copy(json);
        if (parser.iterate(copy).get(document) || document.get_object().get(all)) return;
        each_member(all, [&](std::string_view key, od::value value) {
            const std::string name(key);
            std::string_view text;
            if (value.get_string().get(text)) return true;
            if (name == kDecision)
                decision = text;
            else
                annotations += "," + json_quoted(name) + ":" + json_quoted(text);
            return true;
        });
    }
};

// Of its own members: what is further inside may be a client's.
bool is_status(std::string_view response) {
    if (response.empty()) return false;
    od::parser parser;
    od::document document;
    od::object members;
    bool is_kind = false, has_code = false;
    const simdjson::padded_string copy(response);
    if (parser.iterate(copy).get(document) || document.get_object().get(members)) return false;
    const bool is_read = each_member(members, [&](std::string_view key, od::value value) {
        if (key == "kind") is_kind |= raw_json(value) == "\"Status\"";
        if (key == "@type") is_kind |= raw_json(value) == "\"core.k8s.io/v1.Status\"";
        if (key == "code") has_code = true;
        return true;
    });
    return is_read && is_kind && has_code;
}

std::string status_of(const Entry& entry, std::string_view decision) {
    const int64_t code = entry.code.value_or(0);
    int http = 0;
    if (code != 0) {
        http = code > 0 && code < static_cast<int64_t>(kHttp.size()) ? kHttp[static_cast<size_t>(code)] : 500;
    } else if (decision == "forbid") {
        http = 403;
    } else if (entry.has_status || decision == "allow") {
        http = 200;
    }
    if (http == 0) return {};
    const std::string message =
        entry.message.starts_with('"') ? ",\"message\":" + std::string(entry.message) : "";
    const std::string_view kind = http >= 400 ? ",\"status\":\"Failure\"" : "";
    return "{\"metadata\":{}" + std::string(kind) + message + ",\"code\":" + std::to_string(http) + "}";
}

}  // namespace

std::string google_event(std::string_view text) {
    Entry entry;
    if (!read_entry(text, entry)) return {};
    Labels labels(entry.labels);
    if (entry.denied > 0) labels.decision = "forbid";
    if (labels.decision.empty() && entry.granted > 0 && entry.unsaid == 0) labels.decision = "allow";

    const Target target(entry.resource);
    const bool answers_with_status = is_status(entry.response);
    const std::string status =
        answers_with_status ? std::string(entry.response) : status_of(entry, labels.decision);
    std::string out = R"({"kind":"Event","apiVersion":"audit.k8s.io/v1")";
    const auto add = [&](std::string_view key, std::string_view json) {
        if (!json.empty()) out += ",\"" + std::string(key) + "\":" + std::string(json);
    };
    const bool has_response = !entry.response.empty() && !answers_with_status;
    add("level", has_response             ? R"("RequestResponse")"
                 : !entry.request.empty() ? R"("Request")"
                                          : R"("Metadata")");
    add("auditID", entry.operation_id.empty() ? entry.insert_id : entry.operation_id);
    add("stage", entry.is_last ? R"("ResponseComplete")" : R"("ResponseStarted")");
    add("requestURI", json_quoted(target.uri));
    add("verb", json_quoted(last_word(entry.method)));
    const std::string_view who = entry.principal.empty() ? entry.subject : entry.principal;
    std::string user = who.empty() ? "" : "\"username\":" + std::string(who);
    if (!entry.delegation.empty()) {
        user += (user.empty() ? "" : ",") + std::string(R"("extra":{"serviceAccountDelegationInfo":[)") +
                json_quoted(entry.delegation) + "]}";
    }
    add("user", "{" + user + "}");
    if (!entry.caller_ip.empty()) add("sourceIPs", "[" + std::string(entry.caller_ip) + "]");
    add("userAgent", entry.agent);
    add("objectRef", target.object);
    add("responseStatus", status);
    add("requestObject", entry.request);
    if (has_response) add("responseObject", entry.response);
    add("requestReceivedTimestamp", entry.timestamp);
    add("stageTimestamp", entry.timestamp);
    out += ",\"annotations\":{\"" + std::string(kReconstructed) + "\":\"google.cloud.audit.AuditLog\"";
    if (!labels.decision.empty())
        out += ",\"" + std::string(kDecision) + "\":" + json_quoted(labels.decision);
    return out + labels.annotations + "}}";
}

}  // namespace redshank::audit
