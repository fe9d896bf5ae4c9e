#include "detectors/crd/tally.h"

#include <algorithm>
#include <set>

#include "core/one_of.h"

namespace redshank::crd {

namespace {

constexpr std::string_view kVerbs[] = {"create", "delete", "deletecollection", "get",
                                       "list",   "patch",  "update",           "watch"};
constexpr std::string_view kOwnSubresources[] = {"", "scale", "status"};
constexpr std::string_view kOther = "other";

bool looks_like_subresource(std::string_view word) {
    return word.size() <= 40 && std::all_of(word.begin(), word.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

}  // namespace

std::string Tally::bounded_subresource(std::string_view word) const {
    if (is_one_of(word, kOwnSubresources) || word == kOther) return std::string(word);
    std::set<std::string_view> others;
    for (const auto& [row, classes] : rows_) {
        if (row.first == word) return row.first;
        if (!is_one_of(row.first, kOwnSubresources) && row.first != kOther) others.insert(row.first);
    }
    return std::string(others.size() < kSubresources && looks_like_subresource(word) ? word : kOther);
}

void Tally::add(std::string_view subresource, std::string_view verb, OutcomeClass outcome, uint64_t n) {
    rows_[{bounded_subresource(subresource), std::string(is_one_of(verb, kVerbs) ? verb : kOther)}]
         [outcome] += n;
    total_ += n;
}

std::map<std::string, Tally::Classes> Tally::by_verb() const {
    std::map<std::string, Classes> verbs;
    for (const auto& [row, classes] : rows_) {
        for (const auto& [outcome, n] : classes) verbs[row.second][outcome] += n;
    }
    return verbs;
}

uint64_t Tally::of(OutcomeClass outcome) const {
    uint64_t n = 0;
    for (const auto& [row, classes] : rows_) {
        if (const auto found = classes.find(outcome); found != classes.end()) n += found->second;
    }
    return n;
}

std::vector<TallyRow> stored(const Tally& tally) {
    std::vector<TallyRow> rows;
    for (const auto& [row, classes] : tally.rows()) rows.push_back({row.first, row.second, classes});
    return rows;
}

bool restore(Tally& tally, const std::vector<TallyRow>& rows) {
    tally = {};
    for (const TallyRow& row : rows) {
        for (const auto& [outcome, n] : row.classes) tally.add(row.subresource, row.verb, outcome, n);
    }
    return true;
}

}  // namespace redshank::crd
