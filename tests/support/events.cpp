#include "tests/support/events.h"

#include <boost/json.hpp>
#include <stdexcept>

namespace redshank::test {

namespace {
std::string quoted(const std::string& text) {
    return boost::json::serialize(boost::json::value(text));
}
}  // namespace

ParsedEvent::ParsedEvent(std::string json, bool is_shortened)
    : text_(std::make_unique<std::string>(std::move(json))), event_(std::make_unique<audit::Event>()) {
    const size_t size = text_->size();
    text_->append(audit::kPadding, '\0');
    audit::EventParser parser;
    const auto error = parser.parse(std::string_view(*text_).substr(0, size), *event_);
    if (error != audit::ParseError::None) {
        throw std::runtime_error(std::string(audit::to_string(error)) + ": " + text_->substr(0, size));
    }
    event_->is_shortened = is_shortened;
}

std::string EventSpec::json() const {
    std::string out = R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","level":)" + quoted(level) +
                      R"(,"auditID":)" + quoted(audit_id) + R"(,"stage":)" + quoted(stage) +
                      R"(,"requestURI":)" + quoted(uri) + R"(,"verb":)" + quoted(verb) + R"(,"user":)" + user;
    if (!impersonated.empty()) out += R"(,"impersonatedUser":)" + impersonated;
    out += R"(,"sourceIPs":[)" + quoted(source_ip) + R"(],"userAgent":)" + quoted(agent);
    if (!object.empty()) out += R"(,"objectRef":)" + object;
    if (!status.empty()) out += R"(,"responseStatus":)" + status;
    if (!request_object.empty()) out += R"(,"requestObject":)" + request_object;
    if (!response_object.empty()) out += R"(,"responseObject":)" + response_object;
    out += R"(,"requestReceivedTimestamp":)" + quoted(received) + R"(,"stageTimestamp":)" + quoted(time);
    if (!decision.empty()) {
        out += R"(,"annotations":{"authorization.k8s.io/decision":)" + quoted(decision) +
               R"(,"authorization.k8s.io/reason":)" + quoted(reason) + more_annotations + "}";
    }
    return out + "}";
}

}  // namespace redshank::test
