#include "exporters/alert_sink.h"

#include "core/finding/text.h"

namespace redshank {

std::string describe(const HttpAnswer& answer) {
    if (answer.status == 0) {
        return answer.detail.empty() ? answer.problem : answer.problem + ": " + fit(answer.detail, 200);
    }
    std::string out = std::to_string(answer.status);
    if (!answer.body.empty()) out += ": " + fit(answer.body, 200);
    return out;
}

Verdict judge_by_status(const HttpAnswer& answer) {
    using Kind = Verdict::Kind;
    const int status = answer.status;
    if (status >= 200 && status < 300) return {Kind::Delivered, "", "", {}};
    const std::string detail = describe(answer);
    if (status == 0) return {Kind::Retry, answer.problem, detail, {}};
    if (status == 429) return {Kind::Retry, "rate-limited", detail, answer.retry_after};
    if (status == 408 || status == 425) return {Kind::Retry, "http-4xx", detail, answer.retry_after};
    if (status >= 500) return {Kind::Retry, "http-5xx", detail, answer.retry_after};
    if (status >= 300 && status < 400) return {Kind::Dead, "redirect", detail, {}};
    return {Kind::Dead, "http-4xx", detail, {}};
}

std::vector<NamedSink> sole_sink(std::string name, std::unique_ptr<AlertSink> sink) {
    std::vector<NamedSink> out;
    out.push_back({std::move(name), std::move(sink)});
    return out;
}

}  // namespace redshank
