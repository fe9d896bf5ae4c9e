#include "detectors/crd/tally.h"

#include <algorithm>
#include <iterator>

namespace redshank::crd {

namespace {

constexpr std::string_view kVerbs[] = {"create", "delete", "deletecollection", "get",
                                       "list",   "patch",  "update",           "watch"};
constexpr std::string_view kSubresources[] = {"", "scale", "status"};

template <size_t N>
std::string bounded(std::string_view word, const std::string_view (&known)[N]) {
    return std::string(std::find(std::begin(known), std::end(known), word) == std::end(known) ? "other"
                                                                                              : word);
}

}  // namespace

void Tally::add(std::string_view subresource, std::string_view verb, OutcomeClass outcome, uint64_t n) {
    rows_[{bounded(subresource, kSubresources), bounded(verb, kVerbs)}][outcome] += n;
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

}  // namespace redshank::crd
