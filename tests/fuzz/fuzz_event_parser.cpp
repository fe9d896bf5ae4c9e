// Parses any bytes as a line of a log: every view of the resulting event must be readable.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "audit/event_parser.h"
#include "audit/grant.h"
#include "audit/lenient_json.h"
#include "audit/long_line.h"
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

// LongLine must give the same result however a line is split, and what it calls an event must be JSON.
void check_long_line(std::string_view line, EventParser& parser, Event& event) {
    LongLine whole, pieces;
    whole.add(line);
    for (size_t at = 0; at < line.size(); at += 1 + at) pieces.add(line.substr(at, 1 + at));
    LongLine::Result result = whole.finish();
    const LongLine::Result same = pieces.finish();
    if (result.gives != same.gives || result.text != same.text || result.offset != same.offset) abort();
    if (result.gives == LongLine::Gives::Nothing) return;
    if (result.text.size() > 4 * LongLine::kKeeps) abort();
    const size_t size = result.text.size();
    result.text.append(kPadding, '\0');
    read_line(parser, std::string_view(result.text).substr(0, size), event,
              [](const Event& found, size_t) { touch(found); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static EventParser parser;
    static Event event;
    std::string line(reinterpret_cast<const char*>(data), size);
    line.append(kPadding, '\0');
    const Salvage result = read_line(parser, std::string_view(line).substr(0, size), event,
                                     [size](const Event& found, size_t at) {
                                         if (at >= size) abort();
                                         touch(found);
                                     });
    if (result.skipped > size) abort();
    static EventParser second_parser;
    static Event second_event;
    check_long_line(std::string_view(line).substr(0, size), second_parser, second_event);
    touch(lenient_json(std::string_view(line).substr(0, size)));
    if (result.events != 1) return 0;
    if (const auto grant = parse_grant(event.reason)) touch(grant->to_string());
    touch(query_value(event.request_uri, "fieldSelector"));
    touch(percent_decode(event.request_uri));
    sink = event.is_dry_run();
    return 0;
}
