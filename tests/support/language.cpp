#include "tests/support/language.h"

#include <algorithm>
#include <set>

#include "audit/utf8.h"
#include "core/finding/sentence.h"
#include "core/finding/text.h"

namespace redshank::test {

namespace {

size_t characters(std::string_view text) {
    size_t count = 0;
    for (size_t at = 0; at < text.size(); ++count) audit::next_code_point(text, at);
    return count;
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// Without what stands in quotes: names that somebody chose.
std::string own_words(std::string_view text) {
    std::string out;
    bool is_name = false;
    for (const char c : text) {
        if (c == '"') is_name = !is_name;
        if (!is_name) out += c;
    }
    return out;
}

// The clauses between ". ", "; " and " Then ".
std::vector<std::string> clauses(std::string text) {
    std::vector<std::string> out;
    size_t start = 0;
    for (size_t at = 0; at <= text.size(); ++at) {
        const bool is_end =
            at == text.size() || text.compare(at, 2, ". ") == 0 || text.compare(at, 2, "; ") == 0;
        if (!is_end) continue;
        out.push_back(text.substr(start, at - start));
        start = at + 2;
    }
    return out;
}

// "1 requests".
bool has_wrong_plural(std::string_view text) {
    for (const std::string_view thing :
         {"requests", "events", "accounts", "times", "reads", "objects", "days", "hours", "peers",
          "colleagues", "changes", "steps", "credentials", "members"}) {
        const std::string wrong = "1 " + std::string(thing);
        const size_t at = text.find(wrong);
        const bool is_number = at != std::string_view::npos && at > 0 &&
                               (text[at - 1] == ',' || (text[at - 1] >= '0' && text[at - 1] <= '9'));
        if (at != std::string_view::npos && !is_number) return true;
    }
    return false;
}

// What no text holds, beside names.
std::string_view wrong_words(std::string_view text) {
    static constexpr std::string_view kNever[] = {"did:",        "was let",
                                                  " bits",       "score",
                                                  "once in",     " - ",
                                                  "/-",          "-/",
                                                  "  ",          " ,",
                                                  " .",          " ;",
                                                  "..",          ",,",
                                                  ";;",          "()",
                                                  "( ",          " )",
                                                  ": :",         ", .",
                                                  ":.",          " named .",
                                                  "create pods", "list secrets",
                                                  "get secrets", "deletecollection",
                                                  "patch ",      "{",
                                                  "}",           " he ",
                                                  " his ",       " him ",
                                                  " she ",       " her ",
                                                  "of -",        "(unknown)/"};
    for (const std::string_view wrong : kNever) {
        if (has(text, wrong)) return wrong;
    }
    return has_wrong_plural(text) ? "a plural of one" : "";
}

std::string wrong_in_any(std::string_view text, size_t most) {
    if (text.empty()) return "it is empty";
    if (characters(text) > most) return "it is longer than " + std::to_string(most) + " characters";
    if (fit_exact(text, text.size() * 12 + 64) != text) return "it holds what cannot be seen";
    if (text.front() == ' ' || text.back() == ' ') return "it begins or ends with a blank";
    const std::string own = own_words(text);
    if (std::count(text.begin(), text.end(), '"') % 2 == 1) return "a quote stays open";
    const std::string_view word = wrong_words(own);
    return word.empty() ? "" : "it says '" + std::string(word) + "'";
}

}  // namespace

std::string wrong_in_summary(std::string_view text) {
    if (std::string wrong = wrong_in_any(text, kMostSummary); !wrong.empty()) return wrong;
    const bool is_ended = text.ends_with('.') || text.ends_with("…") || text.ends_with("…\"");
    if (!is_ended) return "it does not end like a sentence";
    const std::string_view first = text.substr(0, text.find(' '));
    for (const std::string_view start :
         {"an", "service", "node", "controller", "bootstrap", "somebody", "a", "the", "all"}) {
        if (first == start) return "it begins without a capital";
    }
    std::set<std::string> said;
    for (const std::string& clause : clauses(std::string(text.substr(0, text.size() - 1)))) {
        if (!said.insert(clause).second) return "it says twice: " + clause;
    }
    return "";
}

std::string wrong_in_title(std::string_view text) {
    if (std::string wrong = wrong_in_any(text, 100); !wrong.empty()) return wrong;
    return text.ends_with('.') ? "a title has no stop" : "";
}

std::string wrong_in_reason(std::string_view text) {
    return wrong_in_any(text, kMostSummary);
}

std::vector<std::string> wrong_in(const Finding& finding) {
    std::vector<std::string> out;
    const auto note = [&](std::string_view field, const std::string& wrong, const std::string& text) {
        if (!wrong.empty())
            out.push_back(finding.kind + ", " + std::string(field) + ": " + wrong + ": " + text);
    };
    note("summary", wrong_in_summary(finding.summary), finding.summary);
    note("title", wrong_in_title(finding.title), finding.title);
    if (finding.reasons.size() > kMostReasons) note("reasons", "more than five", finding.reasons.back().text);
    std::set<std::string> said;
    for (const Reason& reason : finding.reasons) {
        note("reason", wrong_in_reason(reason.text), reason.text);
        if (!said.insert(reason.text).second) note("reason", "it is given twice", reason.text);
    }
    return out;
}

}  // namespace redshank::test
