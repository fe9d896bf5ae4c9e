#include "rules/event_json.h"

#include <algorithm>
#include <cstdio>
#include <span>

namespace redshank::rules {

namespace {

using Text = std::string_view;

constexpr size_t kMaxBlanks = 1 << 20;  // in all indents of one text

class Writer {
  public:
    void open(Text key, char bracket) {
        name(key);
        out += bracket;
    }
    void close(char bracket) { out += bracket; }

    // Writes a text. An empty one is left out as in the API server's JSON, except as a value of a map.
    void text(Text key, Text value, bool in_map = false) {
        if (value.empty() && !in_map) return;
        name(key);
        quote(value);
    }
    void raw(Text key, Text value) {
        if (value.empty()) return;
        name(key);
        out += value;
    }
    void texts(Text key, std::span<const Text> values) {
        if (values.empty()) return;
        open(key, '[');
        for (const Text value : values) {
            comma();
            quote(value);
        }
        close(']');
    }

    std::string out;

  private:
    void comma() {
        if (!out.empty() && out.back() != '{' && out.back() != '[') out += ',';
    }
    void name(Text key) {
        comma();
        if (key.empty()) return;
        quote(key);
        out += ':';
    }
    void quote(Text value) {
        out += '"';
        for (const char c : value) {
            const bool by_number =
                static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&';  // as Go does
            if (c == '"' || c == '\\') {
                out += '\\';
                out += c;
            } else if (c == '\n' || c == '\r' || c == '\t') {
                out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
            } else if (by_number) {
                char code[8];
                std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
                out += code;
            } else {
                out += c;
            }
        }
        out += '"';
    }
};

void write_user(Writer& json, Text key, const audit::User& user) {
    json.open(key, '{');
    json.text("username", user.username);
    json.text("uid", user.uid);
    json.texts("groups", user.groups);
    if (!user.extra.empty()) {
        json.open("extra", '{');
        for (const audit::ExtraEntry& entry : user.extra) json.texts(entry.key, entry.values);
        json.close('}');
    }
    json.close('}');
}

void write_object(Writer& json, const audit::ObjectRef& object) {
    json.open("objectRef", '{');
    json.text("resource", object.resource);
    json.text("namespace", object.namespace_);
    json.text("name", object.name);
    json.text("uid", object.uid);
    json.text("apiGroup", object.api_group);
    json.text("apiVersion", object.api_version);
    json.text("resourceVersion", object.resource_version);
    json.text("subresource", object.subresource);
    json.close('}');
}

void write_status(Writer& json, const audit::ResponseStatus& status) {
    json.open("responseStatus", '{');
    json.raw("metadata", "{}");
    json.text("status", status.status);
    json.text("message", status.message);
    json.text("reason", status.reason);
    if (!status.details_name.empty() || !status.details_group.empty() || !status.details_kind.empty() ||
        !status.details_uid.empty() || !status.causes.empty() || status.retry_after_seconds > 0) {
        json.open("details", '{');
        json.text("name", status.details_name);
        json.text("group", status.details_group);
        json.text("kind", status.details_kind);
        json.text("uid", status.details_uid);
        if (!status.causes.empty()) {
            json.open("causes", '[');
            for (const audit::StatusCause& cause : status.causes) {
                json.open("", '{');
                json.text("reason", cause.reason);
                json.text("message", cause.message);
                json.text("field", cause.field);
                json.close('}');
            }
            json.close(']');
        }
        if (status.retry_after_seconds > 0)
            json.raw("retryAfterSeconds", std::to_string(status.retry_after_seconds));
        json.close('}');
    }
    if (status.code != 0) json.raw("code", std::to_string(status.code));
    json.close('}');
}

}  // namespace

std::string event_json(const audit::Event& event) {
    Writer json;
    json.open("", '{');
    json.text("kind", "Event");
    json.text("apiVersion", "audit.k8s.io/v1");
    if (event.level != audit::Level::Unknown) json.text("level", audit::to_string(event.level));
    json.text("auditID", event.audit_id);
    if (event.stage != audit::Stage::Unknown) json.text("stage", audit::to_string(event.stage));
    json.text("requestURI", event.request_uri);
    json.text("verb", event.verb);
    write_user(json, "user", event.user);
    if (event.is_impersonated) write_user(json, "impersonatedUser", event.impersonated_user);
    json.texts("sourceIPs", event.source_ips);
    json.text("userAgent", event.user_agent);
    if (event.object.present) write_object(json, event.object);
    if (event.response.present) write_status(json, event.response);
    json.raw("requestObject", event.request_object);
    json.raw("responseObject", event.response_object);
    if (event.received != audit::Time{})
        json.text("requestReceivedTimestamp", audit::format_time(event.received));
    if (event.stage_time != audit::Time{}) json.text("stageTimestamp", audit::format_time(event.stage_time));
    if (!event.annotations.empty()) {
        json.open("annotations", '{');
        for (const audit::KeyValue& one : event.annotations) {
            json.text(one.key, one.value, true);
        }
        json.close('}');
    }
    json.close('}');
    return std::move(json.out);
}

std::string indented(Text json) {
    std::string out;
    size_t depth = 0, blanks_left = kMaxBlanks;
    bool in_text = false, opened = false;
    const auto line = [&] {
        const size_t blanks = std::min(2 * depth, blanks_left);
        blanks_left -= blanks;
        out += '\n';
        out.append(blanks, ' ');
    };
    for (size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_text) {
            out += c;
            if (c == '\\' && i + 1 < json.size()) out += json[++i];
            in_text = c != '"';
            continue;
        }
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
        const bool closes = c == '}' || c == ']';
        if (opened && !closes) {
            ++depth;
            line();
        } else if (!opened && closes) {
            depth -= depth > 0 ? 1 : 0;
            line();
        }
        opened = c == '{' || c == '[';
        out += c;
        if (c == ',') line();
        if (c == ':') out += ' ';
        in_text = c == '"';
    }
    return out;
}

}  // namespace redshank::rules
