#include "detectors/secrets/body_leaks.h"
#include "core/request/verbs.h"

namespace redshank::secrets {

namespace {

// Answers that show metadata only.
bool is_without_data(std::string_view body) {
    const std::string_view head = body.substr(0, 64);
    for (const std::string_view kind :
         {R"("kind":"Table")", R"("kind":"PartialObjectMetadata)", R"("kind":"Status")"}) {
        if (head.find(kind) != std::string_view::npos) return true;
    }
    return body.empty();
}

}  // namespace

std::optional<std::string_view> leaks_by_logging(const audit::Event& event) {
    if (event.request_object.empty() && event.response_object.empty()) return std::nullopt;
    const bool is_write = puts_object(event.verb);
    const bool has_answer = event.succeeded() && !is_without_data(event.response_object);
    const bool has_request = is_write && !event.request_object.empty();
    if (event.is_resource("", "secrets") && event.object.subresource.empty() && (has_request || has_answer)) {
        return "secrets";
    }
    if (event.is_resource("", "serviceaccounts") && event.object.subresource == "token" && has_answer) {
        return "serviceaccounts/token";
    }
    if (event.is_resource("authentication.k8s.io", "tokenreviews") && (has_request || has_answer)) {
        return "tokenreviews";
    }
    return std::nullopt;
}

}  // namespace redshank::secrets
