// Any bytes as one line of a log: every view of the event that comes out must be readable.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "audit/event_parser.h"
#include "audit/grant.h"
#include "audit/request_uri.h"
#include "audit/salvage.h"

namespace {

using namespace redshank::audit;

volatile unsigned char sink;

void touch(std::string_view text) {
    for (const char byte : text) sink = static_cast<unsigned char>(byte);
}

void touch(const User& user) {
    touch(user.username);
    touch(user.uid);
    for (const auto group : user.groups) touch(group);
    for (const auto& entry : user.extra) {
        touch(entry.key);
        for (const auto value : entry.values) touch(value);
    }
}

void touch(const Event& event) {
    for (const auto text :
         {event.audit_id, event.request_uri, event.verb, event.user_agent, event.request_object,
          event.response_object, event.decision, event.reason, event.peer_ip()})
        touch(text);
    touch(event.user);
    if (event.is_impersonated) touch(event.impersonated_user);
    const ObjectRef& object = event.object;
    for (const auto text : {object.resource, object.namespace_, object.name, object.uid, object.api_group,
                            object.api_version, object.resource_version, object.subresource})
        touch(text);
    const ResponseStatus& status = event.response;
    for (const auto text : {status.status, status.message, status.reason, status.details_name,
                            status.details_group, status.details_kind, status.details_uid})
        touch(text);
    for (const auto& cause : status.causes) {
        touch(cause.reason);
        touch(cause.message);
        touch(cause.field);
    }
    for (const auto& [key, value] : event.annotations) {
        touch(key);
        touch(value);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static EventParser parser;
    static Event event;
    std::string line(reinterpret_cast<const char*>(data), size);
    line.append(kPadding, '\0');
    const Salvage result = parse_line(parser, std::string_view(line).substr(0, size), event);
    if (result.skipped > size) abort();
    if (result.error != ParseError::None && !result.recovered) return 0;
    touch(event);
    if (const auto grant = parse_grant(event.reason)) touch(grant->to_string());
    touch(query_value(event.request_uri, "fieldSelector"));
    touch(percent_decode(event.request_uri));
    sink = event.is_dry_run();
    return 0;
}
