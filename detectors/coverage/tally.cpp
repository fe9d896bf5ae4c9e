#include "detectors/coverage/tally.h"

#include <fmt/format.h>

#include <algorithm>

#include "audit/policy/lint.h"

namespace redshank::coverage {

namespace policy = audit::policy;
using audit::Level;
using audit::Stage;

namespace {

std::string name_of(const policy::Request& request) {
    std::string name =
        fmt::format("{} {}", request.verb, request.resource.empty() ? request.path : request.resource);
    if (!request.subresource.empty()) name += "/" + request.subresource;
    return name;
}

// At most four words, to keep the sentence short.
std::vector<std::string> first_few(std::vector<std::string> words) {
    if (words.size() <= 4) return words;
    const size_t more = words.size() - 3;
    words.resize(3);
    words.push_back(fmt::format("{} more", more));
    return words;
}

}  // namespace

bool is_stream(const policy::Request& request) {
    static constexpr std::string_view kStreams[] = {"exec", "attach", "portforward", "proxy", "log"};
    return request.verb == "watch" ||
           std::find(std::begin(kStreams), std::end(kStreams), request.subresource) != std::end(kStreams);
}

void Tally::blame(const policy::Decision& decision) {
    ++blamed_[{decision.line(), std::string(to_string(decision.level))}];
}

void Tally::add(const policy::Request& request, const policy::Decision& decision, Level least, Level full,
                std::string_view fields, const std::string& variant) {
    Row& row = rows_[name_of(request)];
    ++asked_;
    ++row.asked;
    const bool starts = is_stream(request) && decision.keeps(Stage::ResponseStarted);
    const bool is_told = starts || decision.keeps(Stage::ResponseComplete);
    if (!is_told || decision.level < least) {
        ++lost_;
        ++row.lost;
        row.lost_by.push_back(variant);
        if (is_told) row.fields = fields;
        blame(decision);
        return;
    }
    if (is_stream(request) && !starts) {
        ++late_;
        blame(decision);
    }
    if (decision.level < full) {
        ++lacking_;
        ++row.lacking;
        row.fields = fields;
        blame(decision);
    }
}

Unit Tally::unit(std::string_view kind, std::string name) const {
    Unit unit{.unit = std::string(kind), .name = std::move(name)};
    if (asked_ > 0 && lost_ == asked_) {
        unit.state = State::Blind;
    } else if (lost_ + lacking_ > 0) {
        unit.state = State::Partly;
    } else if (late_ > 0) {
        unit.state = State::Late;
    }
    for (const auto& [what, row] : rows_) {
        if (row.lost + row.lacking == 0) continue;
        if (!row.fields.empty()) {
            unit.missing.push_back(fmt::format("{} of {}", row.fields, what));
        } else if (row.lost == row.asked) {
            unit.missing.push_back(what);
        } else {
            std::vector<std::string> by = row.lost_by;
            std::sort(by.begin(), by.end());
            by.erase(std::unique(by.begin(), by.end()), by.end());
            unit.missing.push_back(fmt::format("{} {}", what, policy::listed(by)));
        }
    }
    if (blamed_.empty()) return unit;
    const auto worst = std::max_element(blamed_.begin(), blamed_.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto& [line, level] = worst->first;
    unit.line = line;
    const std::string rule =
        line == 0 ? "no rule matches" : fmt::format("line {} says level {}", line, level);
    if (unit.missing.empty()) {
        unit.why = rule + ", and ResponseStarted is omitted: told only when the session or watch ends.";
    } else {
        unit.why = fmt::format("Not in the log: {}; {}.", policy::listed(first_few(unit.missing)), rule);
    }
    return unit;
}

}  // namespace redshank::coverage
