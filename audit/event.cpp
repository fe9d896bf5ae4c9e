#include "audit/event.h"

#include <algorithm>

#include "audit/request_uri.h"

namespace redshank::audit {

std::string_view to_string(Level level) {
    switch (level) {
        case Level::None:
            return "None";
        case Level::Metadata:
            return "Metadata";
        case Level::Request:
            return "Request";
        case Level::RequestResponse:
            return "RequestResponse";
        case Level::Unknown:
            break;
    }
    return "Unknown";
}

std::string_view to_string(Stage stage) {
    switch (stage) {
        case Stage::RequestReceived:
            return "RequestReceived";
        case Stage::ResponseStarted:
            return "ResponseStarted";
        case Stage::ResponseComplete:
            return "ResponseComplete";
        case Stage::Panic:
            return "Panic";
        case Stage::Unknown:
            break;
    }
    return "Unknown";
}

namespace {

std::string_view skip_blanks(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text;
}

// Whether the options in a body say dryRun: ["All"]. A quote inside of a text is escaped, so the key cannot
// stand in one.
bool says_dry_run(std::string_view body) {
    static constexpr std::string_view kKey = "\"dryRun\"";
    const size_t at = body.find(kKey);
    if (at == body.npos) return false;
    std::string_view rest = body.substr(at + kKey.size());
    for (const std::string_view part : {":", "[", "\"All\""}) {
        rest = skip_blanks(rest);
        if (!rest.starts_with(part)) return false;
        rest.remove_prefix(part.size());
    }
    return true;
}

}  // namespace

bool User::in_group(std::string_view group) const {
    return std::find(groups.begin(), groups.end(), group) != groups.end();
}

std::string_view User::extra_value(std::string_view key) const {
    for (const ExtraEntry& entry : extra) {
        if (entry.key == key) return entry.values.empty() ? std::string_view{} : entry.values.front();
    }
    return {};
}

void User::clear() {
    username = uid = raw = {};
    groups.clear();
    extra.clear();
}

std::string_view Event::annotation(std::string_view key) const {
    for (const KeyValue& annotation : annotations) {
        if (annotation.key == key) return annotation.value;
    }
    return {};
}

bool Event::created_object() const {
    if (verb == "create") return succeeded();
    return response.code == 201 && (verb == "patch" || verb == "update");
}

std::string_view Event::whole_object() const {
    if (!response_object.empty()) return response_object;
    return verb == "patch" && !created_object() ? std::string_view{} : request_object;
}

bool Event::is_dry_run() const {
    // DeleteOptions in the body count alone, and the query is read only when there is no body
    // (k8s.io/apiserver, endpoints/handlers/delete.go). An Eviction has both.
    const bool is_deletion = verb == "delete" || verb == "deletecollection";
    if (is_deletion && request_object.starts_with('{')) return says_dry_run(request_object);
    if (query_value(request_uri, "dryRun") == "All") return true;
    return verb == "create" && object.subresource == "eviction" && says_dry_run(request_object);
}

void Event::clear() {
    level = Level::Unknown;
    stage = Stage::Unknown;
    audit_id = request_uri = verb = user_agent = request_object = response_object = decision = reason = {};
    user.clear();
    is_impersonated = false;
    impersonated_user.clear();
    source_ips.clear();
    object = {};
    auto causes = std::move(response.causes);
    causes.clear();
    response = {};
    response.causes = std::move(causes);
    received = stage_time = {};
    is_shortened = false;
    sender_text = annotations_text = 0;
    annotations.clear();
    sender_kept.reset();
    annotations_kept.reset();
    unescaped.clear();
}

}  // namespace redshank::audit
