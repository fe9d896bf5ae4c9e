#include "daemon/delivery/queue_rows.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cstdio>
#include <map>

#include "core/state/json_fields.h"
#include "exporters/finding_text.h"

namespace redshank {

namespace json = boost::json;

std::string queue_key(const std::string& receiver) {
    return receiver + '\x1f';
}

std::string queue_key(const std::string& receiver, uint64_t sequence) {
    char digits[24];
    std::snprintf(digits, sizeof digits, "%016llu", static_cast<unsigned long long>(sequence));
    return queue_key(receiver) + digits;
}

uint64_t sequence_of(std::string_view key) {
    const std::string_view digits = key.substr(key.rfind('\x1f') + 1);
    uint64_t sequence = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
    return sequence;
}

std::string queue_row(const QueuedAlert& item) {
    return json::serialize(json::object{{"alert", to_json(item.alert)},
                                        {"attempts", item.attempts},
                                        {"not_before", item.not_before.time_since_epoch().count()},
                                        {"alone", item.alone}});
}

std::string dead_row(const Alert& alert, const std::string& reason, audit::Time now) {
    return json::serialize(
        json::object{{"time", audit::format_time(now)}, {"reason", reason}, {"alert", to_json(alert)}});
}

std::optional<StoredRow> read_queue_row(std::string_view key, std::string_view value) {
    const size_t mark = key.rfind('\x1f');
    if (mark == std::string_view::npos) return std::nullopt;
    StoredRow out{.receiver = std::string(key.substr(0, mark)), .item = {.sequence = sequence_of(key)}};
    try {
        const json::value from = json::parse(value);
        std::optional<Alert> alert = alert_from_json(std::string(from.at("alert").as_string()));
        if (!alert || out.item.sequence == 0) return std::nullopt;
        out.item.alert = std::move(*alert);
        out.item.attempts = from.at("attempts").to_number<uint32_t>();
        out.item.not_before = audit::Time{audit::Duration{from.at("not_before").to_number<int64_t>()}};
        out.item.alone = from.at("alone").as_bool();
    } catch (const std::exception&) {
        return std::nullopt;
    }
    return out;
}

std::optional<DeadLetter> read_dead_row(std::string_view key, std::string_view value) {
    const size_t mark = key.rfind('\x1f');
    boost::system::error_code error;
    const json::value parsed = json::parse(value, error);
    if (mark == std::string_view::npos || error || !parsed.is_object()) return std::nullopt;
    const json::object& from = parsed.as_object();
    std::optional<Alert> alert = alert_from_json(json_text(from, "alert"));
    if (!alert) return std::nullopt;
    return DeadLetter{.receiver = std::string(key.substr(0, mark)),
                      .time = json_time(from, "time"),
                      .reason = json_text(from, "reason"),
                      .alert = std::move(*alert)};
}

Alert summary_of(const std::vector<QueuedAlert>& items, audit::Time now) {
    const auto worst = std::max_element(items.begin(), items.end(), [](const auto& a, const auto& b) {
        return a.alert.severity < b.alert.severity;
    });
    Alert out = worst->alert;
    out.status = out.finding.status = FindingStatus::Firing;
    out.findings = out.muted = 0;
    std::map<std::string, uint64_t> kinds, actors, objects;
    std::string ids;
    for (const QueuedAlert& item : items) {
        const Alert& alert = item.alert;
        ids += alert.notification;
        out.findings += alert.findings;
        out.muted += alert.muted;
        out.created = std::min(out.created, alert.created);
        kinds[alert.finding.kind] += alert.findings;
        actors[actor_name(alert.finding)] += alert.findings;
        objects[object_name(alert.finding)] += alert.findings;
    }
    out.id = finding_id({"summary", ids});
    out.notification = finding_id({"notification", out.id, audit::format_time(now)});
    const auto top = [](const std::map<std::string, uint64_t>& counts) {
        std::vector<Tally> list;
        for (const auto& [value, count] : counts) {
            if (!value.empty()) list.push_back({value, count});
        }
        std::stable_sort(list.begin(), list.end(),
                         [](const Tally& a, const Tally& b) { return a.count > b.count; });
        if (list.size() > 5) list.resize(5);
        return list;
    };
    out.kinds = top(kinds);
    out.actors = top(actors);
    out.objects = top(objects);
    return out;
}

}  // namespace redshank
