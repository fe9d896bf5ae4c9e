#include "daemon/sources/file_position.h"

#include <algorithm>
#include <boost/json.hpp>

namespace redshank {

namespace json = boost::json;

namespace {

constexpr int kVersion = 1;

json::value to_value(const FilePlace& place) {
    return {{"device", place.device},
            {"inode", place.inode},
            {"born", place.born},
            {"offset", place.offset},
            {"head_size", place.head_size},
            {"head", place.head},
            {"first", place.first},
            {"before_size", place.before_size},
            {"before", place.before},
            {"mode", place.mode},
            {"owner", place.owner},
            {"group", place.group},
            {"generation", place.generation}};
}

FilePlace to_place(const json::value& row) {
    const auto number = [&](const char* key) { return row.at(key).to_number<uint64_t>(); };
    const auto text = [&](const char* key) { return json::value_to<std::string>(row.at(key)); };
    return {.device = number("device"),
            .inode = number("inode"),
            .born = row.at("born").to_number<int64_t>(),
            .offset = number("offset"),
            .head_size = number("head_size"),
            .head = text("head"),
            // Older versions did not know it.
            .first = row.as_object().contains("first") ? text("first") : "",
            .before_size = number("before_size"),
            .before = text("before"),
            .mode = static_cast<uint32_t>(number("mode")),
            .owner = static_cast<uint32_t>(number("owner")),
            .group = static_cast<uint32_t>(number("group")),
            // Older versions did not number files.
            .generation = row.as_object().contains("generation") ? number("generation") : 0};
}

// The key alone, as long as nothing of it was read.
json::value to_value(const OwedBackup& backup) {
    if (!backup.at) return backup.key;
    return {{"key", backup.key}, {"at", to_value(*backup.at)}};
}

OwedBackup to_owed(const json::value& row) {
    const json::object* const read = row.if_object();
    if (!read) return {.key = row.to_number<int64_t>(), .at = {}};
    return {.key = read->at("key").to_number<int64_t>(), .at = to_place(read->at("at"))};
}

}  // namespace

uint64_t FilePosition::newest_generation() const {
    uint64_t newest = std::max(at ? at->generation : 0, suspended ? suspended->generation : 0);
    for (const FilePlace& place : left) newest = std::max(newest, place.generation);
    for (const OwedBackup& backup : owed) newest = std::max(newest, backup.at ? backup.at->generation : 0);
    return newest;
}

std::string FilePosition::to_json() const {
    json::object row{{"version", kVersion},
                     {"after", after},
                     {"last_event", last_event.time_since_epoch().count()},
                     {"longest_silence", longest_silence}};
    if (at) row["at"] = to_value(*at);
    if (suspended) row["suspended"] = to_value(*suspended);
    if (!left.empty()) {
        json::array& all = row["left"].emplace_array();
        for (const FilePlace& place : left) all.push_back(to_value(place));
    }
    if (holds_nameless) row["holds_nameless"] = true;
    row["certain"] = certain;
    if (!done.empty()) {
        json::array marks, keys;
        for (const DoneBackup& backup : done) {
            marks.emplace_back(backup.mark);
            keys.emplace_back(backup.key);
        }
        row["done"] = std::move(marks);
        row["done_keys"] = std::move(keys);
    }
    if (!folders.empty()) row["folders"] = json::value_from(folders);
    if (!owed.empty()) {
        json::array& all = row["owed"].emplace_array();
        for (const OwedBackup& backup : owed) all.push_back(to_value(backup));
    }
    return json::serialize(row);
}

std::optional<FilePosition> FilePosition::from_json(std::string_view text) {
    try {
        const json::value row = json::parse(json::string_view(text.data(), text.size()));
        if (row.at("version").to_number<int>() != kVersion) return std::nullopt;
        FilePosition position;
        position.after = row.at("after").to_number<int64_t>();
        position.last_event = audit::Time{audit::Duration{row.at("last_event").to_number<int64_t>()}};
        position.longest_silence = row.at("longest_silence").to_number<int64_t>();
        const json::object& all = row.as_object();
        if (const json::value* at = all.if_contains("at")) position.at = to_place(*at);
        if (const json::value* place = all.if_contains("suspended")) position.suspended = to_place(*place);
        if (const json::value* left = all.if_contains("left")) {
            for (const json::value& place : left->as_array()) position.left.push_back(to_place(place));
        }
        position.holds_nameless = all.contains("holds_nameless");
        // Older versions took everything up to `after` as read, and kept no keys.
        const json::value* const certain = all.if_contains("certain");
        position.certain = certain ? certain->to_number<int64_t>() : position.after;
        if (const json::value* done = all.if_contains("done")) {
            const json::value* const keys = all.if_contains("done_keys");
            for (size_t i = 0; i < done->as_array().size(); ++i)
                position.done.push_back({.mark = json::value_to<std::string>(done->at(i)),
                                         .key = keys ? keys->at(i).to_number<int64_t>() : position.after});
        }
        if (const json::value* folders = all.if_contains("folders"))
            position.folders = json::value_to<std::vector<std::string>>(*folders);
        if (const json::value* owed = all.if_contains("owed")) {
            for (const json::value& backup : owed->as_array()) position.owed.push_back(to_owed(backup));
        }
        return position;
    } catch (const std::exception&) {  // start-up only: a position that another version wrote
        return std::nullopt;
    }
}

}  // namespace redshank
