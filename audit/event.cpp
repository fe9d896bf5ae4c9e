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

bool Event::is_dry_run() const {
    return query_value(request_uri, "dryRun") == "All";
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
    annotations.clear();
    unescaped.clear();
}

}  // namespace redshank::audit
