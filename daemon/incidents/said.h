// What people say about incidents by command: rows of the table "incidents.said", written by `redshank ack`
// and `redshank close`, taken by the daemon within seconds.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/incident/incident.h"
#include "core/state/state.h"

namespace redshank {

inline constexpr std::string_view kIncidentTable = "incidents.incidents", kSaidTable = "incidents.said";

struct SaidOfIncident {
    enum class What : uint8_t { Acknowledge, Close };
    std::string incident;
    What what = What::Acknowledge;
    IncidentNote note;
};
std::span<const std::string_view> words_of(SaidOfIncident::What);
template <class V>
void describe(V& v, SaidOfIncident& row) {
    v.must("incident", row.incident);
    v.must("what", row.what);
    v.must("note", row.note);
}

// Each stands under its incident and what was said, so that the same said twice is said once.
std::string key_of(const SaidOfIncident& said);

void each_said(const StateReader& state, const std::function<void(std::string_view, SaidOfIncident)>& row);

}  // namespace redshank
