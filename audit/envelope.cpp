#include "audit/envelope.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <span>

namespace redshank::audit {

namespace {

namespace dom = simdjson::dom;

constexpr std::array<std::string_view, 11> kCarriers{"log",        "message", "MESSAGE",    "@message",
                                                     "properties", "line",    "_raw",       "event",
                                                     "_source",    "result",  "jsonPayload"};
// Of these an object is the event itself, or the next envelope.
constexpr std::array<std::string_view, 4> kHolders{"event", "_source", "result", "jsonPayload"};
constexpr std::array<std::string_view, 3> kLists{"records", "events", "logEvents"};

bool is_one_of(std::string_view key, std::span<const std::string_view> keys) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// Appends the texts of one record. Azure writes `properties` either as an object or as its JSON.
void open_record(dom::object record, std::vector<std::string>& texts) {
    if (record["msg"].error() == simdjson::SUCCESS) return;
    for (const auto& [key, value] : record) {
        if (!is_one_of(key, kCarriers)) continue;
        if (std::string_view text; value.get(text) == simdjson::SUCCESS) texts.emplace_back(text);
        if (dom::object inner; value.get(inner) == simdjson::SUCCESS) {
            if (is_one_of(key, kHolders)) {
                texts.push_back(simdjson::to_string(inner));
                continue;
            }
            std::string_view text;
            if (inner["log"].get(text) == simdjson::SUCCESS) texts.emplace_back(text);
        }
    }
}

void open_items(dom::array items, std::vector<std::string>& texts) {
    for (const dom::element item : items) texts.push_back(simdjson::to_string(item));
}

// Loki: {"streams": [{"stream": {…}, "values": [["1767607200000000000", "LINE"], …]}, …]}.
void open_streams(dom::array streams, std::vector<std::string>& texts) {
    for (const dom::element stream : streams) {
        dom::array values;
        if (stream["values"].get(values) != simdjson::SUCCESS) continue;
        for (const dom::element value : values) {
            std::string_view line;
            if (value.at(1).get(line) == simdjson::SUCCESS) texts.emplace_back(line);
        }
    }
}

void open_object(dom::object object, std::vector<std::string>& texts) {
    std::string_view kind;
    if (object["kind"].get(kind) == simdjson::SUCCESS && kind == "EventList") {
        if (dom::array items; object["items"].get(items) == simdjson::SUCCESS) open_items(items, texts);
        return;
    }
    open_record(object, texts);
    if (dom::array streams; object["streams"].get(streams) == simdjson::SUCCESS) open_streams(streams, texts);
    for (const std::string_view key : kLists) {
        dom::array records;
        if (object[key].get(records) != simdjson::SUCCESS) continue;
        for (const dom::element element : records) {
            dom::object record;
            if (element.get(record) == simdjson::SUCCESS) open_record(record, texts);
        }
    }
}

// Returns the line itself; or, for a member that can carry an event (`"message": "…",`), the object
// `{"message": "…"}`.
std::string as_object(std::string_view line) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    std::string_view member = line;
    while (!member.empty() && is_space(member.front())) member.remove_prefix(1);
    while (!member.empty() && (is_space(member.back()) || member.back() == ',')) member.remove_suffix(1);
    const bool is_member =
        member.starts_with('"') && is_one_of(member.substr(1, member.find('"', 1) - 1), kCarriers);
    return is_member ? "{" + std::string(member) + "}" : std::string(line);
}

}  // namespace

std::vector<std::string> open_envelope(std::string_view line) {
    std::vector<std::string> texts;
    dom::parser parser;
    dom::element root;
    if (parser.parse(as_object(line)).get(root) != simdjson::SUCCESS) return texts;
    if (dom::object object; root.get(object) == simdjson::SUCCESS) open_object(object, texts);
    if (dom::array items; root.get(items) == simdjson::SUCCESS) open_items(items, texts);
    std::erase_if(texts, [](const std::string& text) { return text.find('{') == text.npos; });
    return texts;
}

}  // namespace redshank::audit
