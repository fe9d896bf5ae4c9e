#pragma once

#include <optional>
#include <string>

#include "core/finding/finding_json.h"
#include "core/incident/incident.h"

namespace redshank {

// What a piece of news is for its incident. All but Grew are told at once.
enum class IncidentTurn : uint8_t {
    Grew,       // more of what was told already
    Opened,     // it begins
    Escalated,  // its severity rose, or somebody new or something new of high severity is in it
    Eased,      // a condition in it is over: a window closed, a resource works again
    Closed,     // it is over
};
std::span<const std::string_view> words_of(IncidentTurn);
std::string_view to_string(IncidentTurn turn);

// What the pipeline hands to delivery: a finding with its incident as it is now, or the end of an incident.
struct News {
    std::optional<Finding> finding;    // nothing when an incident ends without one
    std::optional<Incident> incident;  // nothing when the finding is no part of one
    IncidentTurn turn = IncidentTurn::Grew;

    // What deliveries are told apart by: the same news has the same.
    std::string id() const;
    FindingStatus status() const;
    Severity severity() const;  // of the finding, or of the incident that ends
    uint64_t count() const;
};
template <class V>
void describe(V& v, News& row) {
    v.must("turn", row.turn);
    v("finding", row.finding);
    v("incident", row.incident);
}

std::string to_json(const News& news);
// Older versions wrote the finding alone. Nothing when it is neither.
std::optional<News> news_from_json(std::string_view text);

}  // namespace redshank
