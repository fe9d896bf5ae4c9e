#include "daemon/print/access_json.h"

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "core/state/json_fields.h"

namespace redshank {

namespace json = boost::json;

namespace {

std::string text_of(int64_t micros) {
    return micros == 0 ? "" : audit::format_time(audit::Time{audit::Duration{micros}});
}

json::value time_or_null(int64_t micros) {
    return micros == 0 ? json::value(nullptr) : json::value(text_of(micros));
}

int64_t micros(const json::object& object, std::string_view key) {
    return json_time(object, key).time_since_epoch().count();
}

}  // namespace

json::object json_of(const AccessedRow& row) {
    json::object out{{"user", row.user}};
    if (!row.uid.empty()) out["uid"] = row.uid;
    out["cluster"] = row.cluster;
    if (!row.via.empty()) out["impersonated_by"] = row.via;
    if (!row.ns.empty()) out["namespace"] = row.ns;
    if (!row.resource.empty()) out["resource"] = row.resource;
    out["first_seen"] = time_or_null(row.access.first);
    out["last_success"] = time_or_null(row.access.last_success);
    out["last_denied"] = time_or_null(row.access.last_denied);
    out["successes"] = row.access.successes;
    out["denials"] = row.access.denials;
    out["last"] = json::object{{"time", text_of(row.access.last())},
                               {"source_ip", row.access.source.get()},
                               {"user_agent", row.access.agent.get()},
                               {"verb", row.access.verb.get()},
                               {"object", row.access.object.get()}};
    return out;
}

json::object json_of(const WatchedRow& row) {
    json::array gaps;
    for (const auto& gap : row.watching.gaps) gaps.push_back(json::array{text_of(gap.from), text_of(gap.to)});
    return {{"watching", row.cluster},
            {"since", text_of(row.watching.since)},
            {"until", text_of(row.watching.last)},
            {"gap_count", row.watching.gap_count},
            {"gaps", std::move(gaps)}};
}

std::optional<AccessedRow> accessed_from(const json::object& object) {
    const json::value* last = object.if_contains("last");
    AccessedRow row{.user = json_text(object, "user"),
                    .uid = json_text(object, "uid"),
                    .cluster = json_text(object, "cluster"),
                    .via = json_text(object, "impersonated_by"),
                    .ns = json_text(object, "namespace"),
                    .resource = json_text(object, "resource"),
                    .access = {}};
    if (row.user.empty() || row.cluster.empty() || last == nullptr || !last->is_object()) return std::nullopt;
    const json::object& request = last->get_object();
    row.access.first = micros(object, "first_seen");
    row.access.last_success = micros(object, "last_success");
    row.access.last_denied = micros(object, "last_denied");
    row.access.successes = static_cast<int64_t>(json_number(object, "successes"));
    row.access.denials = static_cast<int64_t>(json_number(object, "denials"));
    row.access.source = json_text(request, "source_ip");
    row.access.agent = json_text(request, "user_agent");
    row.access.verb = json_text(request, "verb");
    row.access.object = json_text(request, "object");
    return row;
}

std::optional<WatchedRow> watched_from(const json::object& object) {
    WatchedRow row{.cluster = json_text(object, "watching"), .watching = {}};
    if (row.cluster.empty()) return std::nullopt;
    row.watching.since = micros(object, "since");
    row.watching.last = micros(object, "until");
    row.watching.gap_count = static_cast<int64_t>(json_number(object, "gap_count"));
    const json::value* gaps = object.if_contains("gaps");
    if (gaps == nullptr || !gaps->is_array()) return row;
    for (const json::value& gap : gaps->get_array()) {
        if (!gap.is_array() || gap.get_array().size() != 2) continue;
        const auto end = [&](size_t at) {
            const json::value& value = gap.get_array()[at];
            const auto time = value.is_string() ? audit::parse_time(value.get_string()) : std::nullopt;
            return time ? time->time_since_epoch().count() : 0;
        };
        row.watching.gaps.push_back({.from = end(0), .to = end(1)});
    }
    return row;
}

}  // namespace redshank
