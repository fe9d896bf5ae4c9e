#include "tests/support/usual_lines.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "audit/space.h"

namespace redshank::test {

namespace {

using audit::Event;

class Facts {
  public:
    void operator()(std::string_view name, std::string_view value) {
        out_.append(name).append("=").append(value).append("\n");
    }
    void operator()(std::string_view name, int64_t value) { (*this)(name, std::to_string(value)); }
    void operator()(std::string_view name, const audit::User& user) {
        (*this)(name, user.username);
        (*this)("uid", user.uid);
        for (const auto group : user.groups) (*this)("group", group);
        for (const auto& entry : user.extra) {
            (*this)("extra", entry.key);
            for (const auto value : entry.values) (*this)("value", value);
        }
    }
    void operator()(const audit::ObjectRef& object) {
        (*this)("object", object.present);
        for (const auto text : {object.resource, object.namespace_, object.name, object.uid, object.api_group,
                                object.api_version, object.resource_version, object.subresource})
            (*this)("part", text);
    }
    void operator()(const audit::ResponseStatus& status) {
        (*this)("response", status.present);
        (*this)("code", status.code);
        (*this)("retry", status.retry_after_seconds);
        for (const auto text : {status.status, status.message, status.reason, status.details_name,
                                status.details_group, status.details_kind, status.details_uid})
            (*this)("part", text);
        for (const auto& cause : status.causes) {
            (*this)("cause", cause.reason);
            (*this)("message", cause.message);
            (*this)("field", cause.field);
        }
    }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

}  // namespace

std::string facts(const Event& event) {
    Facts tell;
    tell("level", to_string(event.level));
    tell("stage", to_string(event.stage));
    tell("audit_id", event.audit_id);
    tell("request_uri", event.request_uri);
    tell("verb", event.verb);
    tell("user", event.user);
    tell("is_impersonated", event.is_impersonated);
    tell("impersonated_user", event.impersonated_user);
    for (const auto address : event.source_ips) tell("source_ip", address);
    tell("user_agent", event.user_agent);
    tell(event.object);
    tell(event.response);
    tell("request_object", event.request_object);
    tell("response_object", event.response_object);
    tell("received", event.received.time_since_epoch().count());
    tell("stage_time", event.stage_time.time_since_epoch().count());
    for (const auto& annotation : event.annotations) {
        tell("annotation", annotation.key);
        tell("value", annotation.value);
    }
    tell("decision", event.decision);
    tell("reason", event.reason);
    tell("is_shortened", event.is_shortened);
    return tell.take();
}

bool BothReaders::read(std::string_view line) {
    line = audit::trim_end(line);
    line_ = line;
    // What stands behind the line could end its texts and objects: no reader may be taken in.
    while (line_.size() < line.size() + audit::kPadding) line_ += "\"}}";
    const std::string_view text = std::string_view(line_).substr(0, line.size());
    usual_event_.clear();
    difference_.clear();
    if (!usual_.read(text, usual_event_)) return false;
    any_event_.clear();
    if (const auto error = any_.read(text, any_event_); error != audit::ParseError::None) {
        difference_ = "the full reader says " + std::string(to_string(error));
    } else if (facts(usual_event_) != facts(any_event_)) {
        difference_ = facts(usual_event_) + "but the full reader has\n" + facts(any_event_);
    }
    return true;
}

// Where some field or element begins: at its comma.
size_t LineMutator::boundary(std::string_view text) {
    const size_t at = text.find(",\"", below(text.size()));
    return at == text.npos ? below(text.size() + 1) : at;
}

// From one comma to the next.
std::string_view LineMutator::field(std::string_view text, size_t& at) {
    at = boundary(text);
    const size_t end = text.find(",\"", at + 1);
    return text.substr(at, end == text.npos ? end : end - at);
}

void LineMutator::change_bytes(std::string& text) {
    static constexpr char kSome[] =
        "\"\\{}[],: \t\r\n\0\x01\x1f\x7f\x80\xc3\xff"
        "0019aZ-.";
    static constexpr std::string_view kBytes(kSome, sizeof kSome);
    static constexpr auto kPieces = std::to_array<std::string_view>({R"(\u0026)",
                                                                     R"(\u003c)",
                                                                     R"(\u003C)",
                                                                     R"(\u003e)",
                                                                     R"(\")",
                                                                     R"(\\)",
                                                                     R"(\n)",
                                                                     R"(\/)",
                                                                     R"(\u0000)",
                                                                     R"(\ud83d\ude00)",
                                                                     R"(\ud83d)",
                                                                     R"(\x)",
                                                                     "é",
                                                                     "\xc0\xaf",
                                                                     "\xed\xa0\x80",
                                                                     "\xf0\x9f\x98\x80",
                                                                     "  ",
                                                                     "\"\"",
                                                                     "{}",
                                                                     "[]",
                                                                     "}}",
                                                                     R"("})",
                                                                     R"(,"k":"v")",
                                                                     R"(,"code":404)",
                                                                     "null",
                                                                     "1e3",
                                                                     "-1"});
    const size_t at = below(text.size() + 1);
    switch (below(5)) {
        case 0:
            text.insert(at, 1, kBytes[below(kBytes.size())]);
            break;
        case 1:
            if (at < text.size()) text[at] = kBytes[below(kBytes.size())];
            break;
        case 2:
            text.erase(at, 1 + below(3));
            break;
        case 3:
            text.insert(at, kPieces[below(kPieces.size())]);
            break;
        default:
            text.insert(at, 1 + below(2'500), 'a');
    }
}

void LineMutator::change_fields(std::string& text, std::string_view other) {
    size_t at = 0, from = 0;
    const std::string one(field(text, at)), another(field(other, from));
    static constexpr auto kFields = std::to_array<std::string_view>(
        {R"(,"requestObject":{"kind":"Pod","spec":{"a":["\"}",{"b":"\\"}]}})", R"(,"responseObject":[])",
         R"(,"responseObject":{})", R"(,"requestObject":"text")", R"(,"requestObject":{"é":1})",
         R"(,"impersonatedUser":{"username":"bob","groups":["a"],"extra":{"k":["v","w"]}})",
         R"(,"sourceIPs":["::1","10.0.0.1"])", R"(,"user":{})", R"(,"level":"None")", R"(,"zzz":{"a":[1,2]})",
         R"(,"responseStatus":{"metadata":{},"status":"Failure","message":"\"x\" is not","reason":"NotFound","details":{"name":"x","kind":"y","causes":[{"reason":"r","message":"m","field":"f"}],"retryAfterSeconds":1},"code":429})"});
    switch (below(6)) {
        case 0:
            text.erase(at, one.size());
            break;
        case 1:
            text.insert(boundary(text), one);
            break;
        case 2:
            text.erase(at, one.size());
            text.insert(boundary(text), one);
            break;
        case 3:
            text.replace(at, one.size(), another);
            break;
        case 4:
            text.insert(boundary(text), kFields[below(kFields.size())]);
            break;
        default:  // this line up to some field, the other from the same field on
            from = other.find(std::string_view(one).substr(0, one.find(':')));
            text = text.substr(0, at).append(other.substr(std::min(from, other.size())));
    }
}

void LineMutator::change(std::string& text, std::string_view other) {
    switch (below(8)) {
        case 0:
            text.resize(below(text.size() + 1));
            break;
        case 1:
        case 2:
        case 3:
            change_bytes(text);
            break;
        default:
            change_fields(text, other);
    }
}

std::string LineMutator::operator()(std::string_view line, std::string_view other) {
    std::string text(line);
    for (size_t changes = 1 + below(3); changes > 0; --changes) change(text, other);
    return text;
}

}  // namespace redshank::test
