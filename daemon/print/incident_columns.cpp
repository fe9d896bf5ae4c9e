#include "daemon/print/incident_columns.h"

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "core/state/json_fields.h"
#include "daemon/print/when.h"
#include "exporters/incident_text.h"

namespace redshank {

namespace json = boost::json;

std::vector<Column<Incident>> incident_columns() {
    using Row = Incident;
    return {{{"ID"}, [](const Row& row) { return row.short_id(); }},
            {when_column("OPENED"), [](const Row& row) { return when(row.opened); }},
            {{"SEVERITY"}, [](const Row& row) { return std::string(to_string(row.severity)); }},
            {{"STATE", 1, 8}, state_words},
            {{"CLUSTER", 1, 7}, [](const Row& row) { return row.cluster; }},
            {{"WHAT", 4, 24}, [](const Row& row) { return row.summary.empty() ? row.title : row.summary; }}};
}

std::optional<Incident> shown_incident_from(const json::object& object) {
    Incident out;
    out.id = json_text(object, "id");
    out.cluster = json_text(object, "cluster");
    out.title = json_text(object, "title");
    out.summary = json_text(object, "summary");
    out.closed_because = json_text(object, "closed_because");
    const auto opened = audit::parse_time(json_text(object, "opened"));
    if (out.id.empty() || !opened || !parse_severity(json_text(object, "severity"), out.severity))
        return std::nullopt;
    out.opened = *opened;
    if (const auto closed = audit::parse_time(json_text(object, "closed"))) {
        out.closed = *closed;
        out.state = IncidentState::Closed;
    }
    if (const json::value* note = object.if_contains("acknowledged"); note != nullptr && note->is_object())
        out.acknowledged = IncidentNote{.time = {}, .by = json_text(note->get_object(), "by"), .because = {}};
    return out;
}

}  // namespace redshank
