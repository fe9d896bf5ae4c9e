#include "audit/policy/shrink.h"

namespace redshank::audit::policy {

namespace {

// Sizes of the keys, with the comma before each.
constexpr uint64_t kRequestKey = std::string_view(R"(,"requestObject":)").size();
constexpr uint64_t kResponseKey = std::string_view(R"(,"responseObject":)").size();

// The end of the JSON list that begins at `at`; the end of the text when it is not closed.
size_t end_of_list(std::string_view text, size_t at) {
    size_t depth = 0;
    bool in_string = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\') ++at;
            if (c == '"') in_string = false;
            continue;
        }
        in_string = c == '"';
        if (c == '[' || c == '{') ++depth;
        if ((c == ']' || c == '}') && --depth == 0) return at + 1;
    }
    return text.size();
}

// Verbs whose requests have a body. Requests that keep a connection open (is_stream) have a body neither in
// the request nor in the response.
bool has_request_body(const Event& event) {
    return event.verb == "create" || event.verb == "update" || event.verb == "patch";
}

bool is_stream(const Event& event) {
    static constexpr std::string_view kStreams[] = {"exec", "attach", "portforward", "proxy", "log"};
    if (event.verb == "watch") return true;
    for (const std::string_view subresource : kStreams) {
        if (event.object.subresource == subresource) return true;
    }
    return false;
}

bool would_grow(const Event& event, Level level) {
    const bool is_answered =
        event.stage == Stage::ResponseComplete && event.object.present && !is_stream(event);
    if (!is_answered || event.level >= level) return false;
    return level == Level::RequestResponse || (level == Level::Request && has_request_body(event));
}

}  // namespace

uint64_t managed_fields_bytes(std::string_view body) {
    constexpr std::string_view kKey = R"("managedFields":[)";
    uint64_t bytes = 0;
    for (size_t at = body.find(kKey); at != body.npos; at = body.find(kKey, at)) {
        const size_t end = end_of_list(body, at + kKey.size() - 1);
        bytes += end - at + 1;
        at = end;
    }
    return bytes;
}

Shrunk shrink(Event& event, const Decision& decision, uint64_t line_bytes) {
    if (!decision.keeps(event.stage)) return {};
    Shrunk shrunk{.is_kept = true, .bytes = line_bytes + 1};
    shrunk.lacks_bodies = would_grow(event, decision.level);
    uint64_t gone = 0;
    const auto drop = [&](std::string_view& body, uint64_t key) {
        if (!body.empty()) gone += body.size() + key;
        body = {};
    };
    if (decision.level < Level::Request) drop(event.request_object, kRequestKey);
    if (decision.level < Level::RequestResponse) drop(event.response_object, kResponseKey);
    if (decision.omit_managed_fields) {
        gone += managed_fields_bytes(event.response_object);
        // A patch is logged as it was sent, with its managedFields.
        if (event.verb != "patch") gone += managed_fields_bytes(event.request_object);
    }
    if (decision.level < event.level) {
        gone += to_string(event.level).size() -
                std::min(to_string(event.level).size(), to_string(decision.level).size());
        event.level = decision.level;
    }
    shrunk.bytes -= std::min(gone, line_bytes);
    return shrunk;
}

}  // namespace redshank::audit::policy
