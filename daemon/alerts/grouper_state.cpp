// Groups as rows of the table alerts.groups: "RECEIVER␟KEY" → JSON. docs/state.md.
#include <boost/json.hpp>

#include "core/finding/finding_json.h"
#include "daemon/alerts/grouper.h"

namespace redshank {

namespace json = boost::json;

namespace {

constexpr std::string_view kTable = "alerts.groups";

json::object tallies_json(const std::map<std::string, uint64_t>& tallies) {
    json::object out;
    for (const auto& [value, count] : tallies) out[value] = count;
    return out;
}

std::map<std::string, uint64_t> tallies(const json::value& from) {
    std::map<std::string, uint64_t> out;
    for (const auto& [value, count] : from.as_object()) out[value] = count.to_number<uint64_t>();
    return out;
}

int64_t micros(audit::Time time) {
    return time.time_since_epoch().count();
}

audit::Time time(const json::value& from) {
    return audit::Time{audit::Duration{from.to_number<int64_t>()}};
}

}  // namespace

void Grouper::save(StateWriter& state) {
    for (const std::string& key : changed_) {
        const std::string row = receiver_ + '\x1f' + key;
        const auto at = groups_.find(key);
        if (at == groups_.end()) {
            state.erase(kTable, row);
            continue;
        }
        const Group& group = at->second;
        json::object known;
        for (const auto& [id, what] : group.known) {
            known[id] =
                json::array{to_string(what.status), to_string(what.severity), what.count, what.untold};
        }
        const json::object out{{"id", group.id},
                               {"known", std::move(known)},
                               {"leader", to_json(group.leader)},
                               {"untold", group.untold},
                               {"kinds", tallies_json(group.kinds)},
                               {"actors", tallies_json(group.actors)},
                               {"objects", tallies_json(group.objects)},
                               {"told", group.told},
                               {"told_severity", to_string(group.told_severity)},
                               {"told_status", to_string(group.told_status)},
                               {"last_sent", micros(group.last_sent)},
                               {"last_new", micros(group.last_new)},
                               {"interval_began", micros(group.interval_began)},
                               {"sent_in_interval", group.sent_in_interval},
                               {"due", micros(group.due)}};
        state.put(kTable, row, json::serialize(out));
    }
    changed_.clear();
}

void Grouper::load(const StateReader& state) {
    const auto status_of = [](const json::value& word) {
        return word.as_string() == "resolved" ? FindingStatus::Resolved : FindingStatus::Firing;
    };
    state.scan(kTable, receiver_ + '\x1f', [&](std::string_view row, std::string_view text) {
        const std::string key(row.substr(receiver_.size() + 1));
        try {
            const json::value from = json::parse(text);
            std::optional<Finding> leader = finding_from_json(std::string(from.at("leader").as_string()));
            if (!leader || groups_.size() >= kMaxGroups) return;
            Group group{.id = std::string(from.at("id").as_string()), .leader = std::move(*leader)};
            for (const auto& [id, what] : from.at("known").as_object()) {
                Known known{.status = status_of(what.at(0)),
                            .count = what.at(2).to_number<uint64_t>(),
                            .untold = what.at(3).as_bool()};
                parse_severity(std::string(what.at(1).as_string()), known.severity);
                group.known.emplace(id, known);
            }
            group.untold = from.at("untold").to_number<uint64_t>();
            group.kinds = tallies(from.at("kinds"));
            group.actors = tallies(from.at("actors"));
            group.objects = tallies(from.at("objects"));
            group.told = from.at("told").as_bool();
            parse_severity(std::string(from.at("told_severity").as_string()), group.told_severity);
            group.told_status = status_of(from.at("told_status"));
            group.last_sent = time(from.at("last_sent"));
            group.last_new = time(from.at("last_new"));
            group.interval_began = time(from.at("interval_began"));
            group.sent_in_interval = from.at("sent_in_interval").to_number<size_t>();
            group.due = time(from.at("due"));
            by_due_.insert({group.due, key});
            groups_.insert_or_assign(key, std::move(group));
        } catch (const std::exception&) {
            state.unusable(kTable, row);
            changed_.insert(key);  // not ours, or damaged: the next save() takes it away
        }
    });
}

}  // namespace redshank
