#include "exporters/alert_sink.h"

#include <algorithm>
#include <array>

#include "core/finding/text.h"
#include "exporters/accepted.h"

namespace redshank {

SinkTraits traits_of_log() {
    return {.per_second = 1000,
            .burst = 1000,
            .group_wait = {},
            .group_interval = {},
            .repeat_interval = {},
            .each_finding = true,
            .for_people = false};
}

std::string describe(const HttpAnswer& answer) {
    if (answer.status == 0) {
        return answer.detail.empty() ? answer.problem : answer.problem + ": " + fit(answer.detail, 200);
    }
    std::string out = std::to_string(answer.status);
    if (!answer.body.empty()) out += ": " + fit(answer.body, 200);
    return out;
}

Verdict judge_answer(const HttpAnswer& answer, Words words) {
    using Kind = Verdict::Kind;
    static constexpr std::array kDoubtful{400, 414, 415, 422, 431};
    constexpr int kTooLarge = 413;
    const int status = answer.status;
    Verdict verdict{.kind = Kind::Retry, .answered = status != 0};
    const bool is_success = status >= 200 && status < 300;
    if (is_success && is_accepted(answer.body, words)) {
        verdict.kind = Kind::Delivered;
        return verdict;
    }
    verdict.detail = describe(answer);
    verdict.not_before = answer.retry_after;
    if (status == 0) {
        verdict.reason = answer.problem;
    } else if (is_success) {
        verdict.reason = "answer";
    } else if (status == 429) {
        verdict.reason = "rate-limited";
    } else if (status >= 500) {
        verdict.reason = "http-5xx";
    } else if (status >= 300 && status < 400) {
        verdict.reason = "redirect";
    } else {
        verdict.reason = "http-4xx";
    }
    if (status == kTooLarge) verdict.kind = Kind::Dead;
    if (std::find(kDoubtful.begin(), kDoubtful.end(), status) != kDoubtful.end())
        verdict.kind = Kind::Refused;
    if (verdict.kind != Kind::Retry) verdict.not_before.reset();
    return verdict;
}

std::vector<NamedSink> sole_sink(std::string name, std::unique_ptr<AlertSink> sink) {
    std::vector<NamedSink> out;
    out.push_back({std::move(name), std::move(sink)});
    return out;
}

}  // namespace redshank
