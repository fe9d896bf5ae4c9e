#include "core/finding/sentence.h"

#include <algorithm>
#include <cmath>

#include "audit/utf8.h"
#include "core/finding/text.h"

namespace redshank {

namespace {

constexpr std::string_view kOurs[] = {"an anonymous caller",
                                      "service account ",
                                      "node ",
                                      "controller ",
                                      "bootstrap token ",
                                      "somebody ",
                                      "a caller ",
                                      "the ",
                                      "all ",
                                      "every ",
                                      "no ",
                                      "the audit policy"};

size_t characters(std::string_view text) {
    size_t count = 0;
    for (size_t at = 0; at < text.size(); ++count) audit::next_code_point(text, at);
    return count;
}

}  // namespace

std::string begun(std::string text) {
    const bool is_ours = std::any_of(std::begin(kOurs), std::end(kOurs),
                                     [&](std::string_view start) { return text.starts_with(start); });
    return is_ours ? capital(text) : text;
}

std::string cut_words(std::string text, size_t most) {
    if (characters(text) <= most) return text;
    size_t at = 0;
    for (size_t i = 0; i + 2 < most; ++i) audit::next_code_point(text, at);
    // The word that does not fit goes whole, unless it is all there is.
    const size_t blank = text.find_last_of(' ', at);
    text.resize(blank == std::string::npos || blank == 0 ? at : blank);
    while (!text.empty() && std::string_view(" ,;:.").find(text.back()) != std::string_view::npos)
        text.pop_back();
    // A quoted name that is cut ends in its quote.
    const bool is_quoted = std::count(text.begin(), text.end(), '"') % 2 != 0;
    return text + (is_quoted ? "…\"" : "…");
}

std::string Sentence::to_string() const {
    constexpr size_t kMostTold = 2;
    const std::string start = begun(what);
    for (const bool with_because : {true, false}) {
        if (with_because && because.empty()) continue;
        std::string out = with_because ? start + ", because " + because + "." : start + ".";
        if (characters(out) > kMostSummary) continue;
        std::vector<std::string_view> told;
        for (const std::string& reason : why) {
            if (told.size() == kMostTold) break;
            if (reason.empty() || std::find(told.begin(), told.end(), reason) != told.end()) continue;
            std::string longer =
                told.empty() ? out + " " + capital(reason) : out.substr(0, out.size() - 1) + "; " + reason;
            longer += ".";
            if (characters(longer) > kMostSummary) continue;
            out = std::move(longer);
            told.push_back(reason);
        }
        return out;
    }
    return cut_words(start + ".", kMostSummary);
}

std::string and_then(std::string summary, std::string_view sentence) {
    if (summary.find(sentence) != std::string::npos) return summary;
    std::string out = summary + " " + std::string(sentence);
    return characters(out) <= kMostSummary ? out : summary;
}

std::string counted(uint64_t number, std::string_view thing) {
    std::string out = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > 0; at -= 3) {
        out.insert(static_cast<size_t>(at), ",");
    }
    out.append(" ").append(thing);
    return number == 1 ? out : out + "s";
}

std::string moment_words(audit::Time time) {
    std::string text = audit::format_time(time).substr(0, 19);
    text[10] = ' ';
    return text + " UTC";
}

std::string span_words(audit::Duration span) {
    using std::chrono::duration_cast;
    const auto seconds = duration_cast<std::chrono::seconds>(span).count();
    const struct {
        int64_t size;
        std::string_view unit;
    } units[] = {{86'400, " days"}, {3'600, " h"}, {60, " min"}, {1, " s"}};
    for (const auto& [size, unit] : units) {
        if (seconds >= (size == 1 ? 1 : 2 * size)) return std::to_string(seconds / size).append(unit);
    }
    return std::to_string(std::max<int64_t>(0, duration_cast<std::chrono::milliseconds>(span).count())) +
           " ms";
}

std::string rate_words(double per_day) {
    if (!(per_day <= 5 && per_day * 365 >= 2)) return "";
    const struct {
        double days;
        std::string_view unit;
    } units[] = {{1, "a day"}, {7, "a week"}, {30, "a month"}, {365, "a year"}};
    for (const auto& [days, unit] : units) {
        const double count = std::round(per_day * days);
        if (per_day * days < 1 && days < 365) continue;
        const std::string often = count <= 1   ? "once"
                                  : count == 2 ? "twice"
                                               : std::to_string(static_cast<int>(count)) + " times";
        return "about " + often + " " + std::string(unit);
    }
    return "";
}

std::string list_words(const std::vector<std::string>& all, size_t most) {
    std::string out;
    for (size_t i = 0; i < all.size() && i < most; ++i) {
        const bool is_last = i + 1 == all.size() && i > 0;
        out.append(i == 0 ? "" : is_last ? " and " : ", ").append(all[i]);
    }
    if (all.size() > most) out += " and " + std::to_string(all.size() - most) + " more";
    return out;
}

void add_reasons(Finding& finding, const std::vector<Reason>& reasons) {
    for (const Reason& reason : reasons) {
        if (finding.reasons.size() >= kMostReasons) return;
        const bool is_new = std::none_of(finding.reasons.begin(), finding.reasons.end(),
                                         [&](const Reason& one) { return one.text == reason.text; });
        if (is_new && !reason.text.empty()) finding.reasons.push_back(reason);
    }
}

}  // namespace redshank
