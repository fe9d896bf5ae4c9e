#include "exporters/alert_sink.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

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
    static constexpr std::array kFaultOfTheMessage{400, 413, 414, 415, 422, 431};
    const int status = answer.status;
    Verdict verdict{.kind = Kind::Retry, .answered = status != 0};
    if (status >= 200 && status < 300) {
        verdict.kind = Kind::Delivered;
        return verdict;
    }
    verdict.detail = describe(answer);
    verdict.not_before = answer.retry_after;
    if (status == 0) {
        verdict.reason = answer.problem;
    } else if (status == 429) {
        verdict.reason = "rate-limited";
    } else if (status >= 500) {
        verdict.reason = "http-5xx";
    } else if (status >= 300 && status < 400) {
        verdict.reason = "redirect";
    } else {
        verdict.reason = "http-4xx";
    }
    if (std::find(kFaultOfTheMessage.begin(), kFaultOfTheMessage.end(), status) != kFaultOfTheMessage.end()) {
        verdict.kind = Kind::Dead;
        verdict.not_before.reset();
    }
    return verdict;
}

Verdict judge_by_words(const HttpAnswer& answer, std::initializer_list<std::string_view> accepted) {
    Verdict verdict = judge_by_status(answer);
    if (verdict.kind != Verdict::Kind::Delivered) return verdict;
    std::string_view body = answer.body;
    while (!body.empty() && static_cast<unsigned char>(body.back()) <= ' ') body.remove_suffix(1);
    if (std::find(accepted.begin(), accepted.end(), body) != accepted.end()) return verdict;
    boost::system::error_code no_json;
    const boost::json::value said = boost::json::parse(body, no_json);
    if (!no_json && said.is_object()) {
        const auto& object = said.get_object();
        const auto denies = [&](std::string_view key) {
            const auto* value = object.if_contains(key);
            return value && value->is_bool() && !value->get_bool();
        };
        if (!denies("ok") && !denies("success") && !object.contains("error")) return verdict;
    }
    return {.kind = Verdict::Kind::Retry, .reason = "answer", .detail = describe(answer), .answered = true};
}

std::vector<NamedSink> sole_sink(std::string name, std::unique_ptr<AlertSink> sink) {
    std::vector<NamedSink> out;
    out.push_back({std::move(name), std::move(sink)});
    return out;
}

}  // namespace redshank
