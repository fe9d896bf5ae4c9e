#include "audit/envelope/envelope.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

#include "audit/envelope/cluster.h"
#include "audit/envelope/google.h"
#include "audit/envelope/items.h"
#include "audit/envelope/json_text.h"
#include "audit/envelope/packed.h"
#include "audit/event_parser.h"
#include "audit/space.h"

namespace redshank::audit {

namespace {

namespace od = simdjson::ondemand;
using Words = std::span<const std::string_view>;

// A text is what is written there; an object is the event itself, or the next envelope.
constexpr std::array<std::string_view, 12> kTexts{"log",          "message",       "@message",    "MESSAGE",
                                                  "line",         "_raw",          "textPayload", "log_s",
                                                  "full_message", "short_message", "event",       "result"};
constexpr std::array<std::string_view, 6> kHolders{"event",       "_source", "result",
                                                   "jsonPayload", "json",    "log_processed"};
constexpr std::array<std::string_view, 12> kLists{
    "records",      "Records",   "events",     "logEvents",        "hits",    "results",
    "resourceLogs", "scopeLogs", "logRecords", "receivedMessages", "streams", "values"};
constexpr std::array<std::string_view, 5> kTimes{"time", "timestamp", "@timestamp", "date", "Timestamp"};

// Members that are looked into for a few members of their own.
struct Inner {
    std::string_view key;
    std::string_view text, packed, holder, list;
};
constexpr std::array<Inner, 8> kInner{{
    {"properties", "log", "", "", ""},
    {"awslogs", "", "data", "", ""},
    {"kinesis", "", "data", "", ""},
    {"message", "", "data", "", ""},
    {"hits", "", "", "", "hits"},
    {"body", "stringValue", "", "", ""},
    {"kubernetes", "", "", "audit", ""},
    {"event", "original", "", "", ""},
}};

constexpr int kLevels = 4;  // of lists in records

bool is_one_of(std::string_view key, Words keys) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

Time time_in(std::string_view raw) {
    if (raw.starts_with('"')) return parse_exported_time(raw.substr(1, raw.rfind('"') - 1)).value_or(Time{});
    const std::string number(raw.substr(0, 32));
    const double count = std::strtod(number.c_str(), nullptr);
    if (!(count > 1e8 && count < 9e18)) return {};
    if (number.find('.') != number.npos && count < 1e11) return Time{Duration{std::llround(count * 1e6)}};
    return time_since_epoch(static_cast<int64_t>(count)).value_or(Time{});
}

class Opener {
  public:
    std::vector<Carried> texts;

    // An object that is an envelope, or a record of one.
    void visit(std::string_view raw, const Carried& from, int level) {
        od::object object;
        if (level == kLevels || !begin(raw, level, object)) return;
        Record record{.raw = raw, .from = from};
        const bool is_whole = each_member(
            object, [&](std::string_view key, od::value value) { return member(key, value, record); });
        if (!is_whole) return;
        record.from.record = ++records_;
        take(record, level);
    }

    void items(std::string_view list) {
        for (const std::string_view item : whole_items(list)) {
            Carried from;
            from.record = ++records_;
            carry(std::string(item), from);
        }
    }

  private:
    struct Record {
        std::string_view raw;
        Carried from;  // without its text
        std::vector<std::string> texts;
        std::vector<std::pair<std::string, std::string_view>> lists;
        std::string category;
        bool is_message = false, is_event = false, is_event_list = false, is_google = false,
             has_properties = false;
    };

    bool begin(std::string_view raw, int level, od::object& object) {
        const simdjson::padded_string_view padded(raw.data(), raw.size(), raw.size() + kPadding);
        auto& parser = parsers_[static_cast<size_t>(level)];
        return !parser.iterate(padded).get(documents_[static_cast<size_t>(level)]) &&
               !documents_[static_cast<size_t>(level)].get_object().get(object);
    }

    static std::string text_of(od::value& value) {
        std::string_view text;
        return value.get_string().get(text) ? std::string() : std::string(text);
    }

    static bool member(std::string_view name, od::value& value, Record& record) {
        const std::string key(name);
        od::json_type type{};
        if (value.type().get(type)) return false;
        if (key == "msg") record.is_message = true;
        if (key == "auditID") record.is_event = true;
        if (key == "protoPayload") record.is_google = true;
        if (key == "properties") record.has_properties = true;
        if (is_one_of(key, kTimes) && (type == od::json_type::string || type == od::json_type::number)) {
            const Time time = time_in(raw_json(value));
            if (time != Time{}) record.from.time = time;
            return true;
        }
        if (type == od::json_type::string) return text(key, value, record);
        const std::string_view raw = raw_json(value);
        if (raw.empty()) return false;
        if (type == od::json_type::array) {
            if (is_one_of(key, kLists)) record.lists.emplace_back(key, raw);
        } else if (type == od::json_type::object) {
            if (key == "resource") belongs_to(cluster_of_resource(raw), record);
            look_inside(key, raw, record);
        }
        return true;
    }

    static bool text(const std::string& key, od::value& value, Record& record) {
        if (key == "kind") record.is_event_list = text_of(value) == "EventList";
        if (key == "category") record.category = text_of(value);
        if (key == "logGroup") belongs_to(cluster_of_log_group(text_of(value)), record);
        if (key == "resourceId") belongs_to(cluster_of_resource_id(text_of(value)), record);
        if (is_one_of(key, kTexts)) record.texts.push_back(text_of(value));
        if (key == "data") unpack(text_of(value), record);
        if (key == "properties") look_inside(key, text_of(value), record);  // Azure, as text
        return true;
    }

    static void belongs_to(std::string cluster, Record& record) {
        if (!cluster.empty()) record.from.cluster = std::move(cluster);
    }

    static void unpack(const std::string& data, Record& record) {
        if (auto text = unpacked(data)) record.texts.push_back(std::move(*text));
    }

    static void look_inside(const std::string& key, std::string_view raw, Record& record) {
        for (const Inner& inner : kInner) {
            if (inner.key != key) continue;
            od::parser parser;
            od::document document;
            od::object object;
            const simdjson::padded_string copy(raw);
            if (parser.iterate(copy).get(document) || document.get_object().get(object)) return;
            each_member(object, [&](std::string_view name, od::value value) {
                const std::string own(name);
                if (own == inner.text) record.texts.push_back(text_of(value));
                if (own == inner.packed) unpack(text_of(value), record);
                if (own == inner.holder) record.texts.emplace_back(raw_json(value));
                if (own == inner.list) {
                    const std::string_view list = raw_json(value);
                    if (!list.empty())
                        record.lists.emplace_back(
                            own, raw.substr(static_cast<size_t>(list.data() - copy.data()), list.size()));
                }
                return true;
            });
        }
        if (is_one_of(key, kHolders)) record.texts.emplace_back(raw);
    }

    void take(Record& record, int level) {
        if (record.is_message || record.is_event_list) return;  // the items of a list are taken before
        const bool is_other_log =
            record.has_properties && !record.category.empty() && !record.category.starts_with("kube-audit");
        if (is_other_log) return;
        if (record.is_event && level > 0) carry(std::string(record.raw), record.from);
        if (record.is_google) {
            if (std::string event = google_event(record.raw); !event.empty())
                carry(std::move(event), record.from);
        }
        for (std::string& text : record.texts) carry(std::move(text), record.from);
        for (const auto& [key, list] : record.lists) records_of(key, list, record.from, level);
    }

    void records_of(const std::string& key, std::string_view list, const Carried& from, int level) {
        if (key == "values") return values(list, from);
        for (const std::string_view item : whole_items(list)) {
            if (item.starts_with('[')) {
                fields(item, from);
            } else {
                visit(item, from, level + 1);
            }
        }
    }

    // Loki: ["1767607200000000000", "LINE"].
    void values(std::string_view list, const Carried& from) {
        for (const std::string_view pair : whole_items(list)) {
            size_t at = 0;
            each_text(pair, [&](std::string text) {
                if (++at != 2) return;
                Carried own = from;
                own.record = ++records_;
                carry(std::move(text), own);
            });
        }
    }

    // CloudWatch Insights: [{"field":"@message","value":"LINE"}, …].
    void fields(std::string_view list, const Carried& from) {
        for (const std::string_view item : whole_items(list)) {
            od::object object;
            std::string field, value_text;
            if (!begin(item, kLevels, object)) continue;
            each_member(object, [&](std::string_view name, od::value value) {
                const std::string key(name);
                if (key == "field") field = text_of(value);
                if (key == "value") value_text = text_of(value);
                return true;
            });
            Carried own = from;
            own.record = ++records_;
            if (field == "@message") carry(std::move(value_text), own);
        }
    }

    template <class Handle>
    void each_text(std::string_view list, Handle handle) {
        const simdjson::padded_string_view padded(list.data(), list.size(), list.size() + kPadding);
        od::array array;
        if (parsers_[kLevels].iterate(padded).get(documents_[kLevels]) ||
            documents_[kLevels].get_array().get(array))
            return;
        for (auto result : array) {
            od::value value;
            if (std::move(result).get(value)) return;
            handle(text_of(value));
        }
    }

    void carry(std::string text, Carried from) {
        if (text.find('{') == text.npos) return;
        text.append(kPadding, '\0');
        from.text = std::move(text);
        texts.push_back(std::move(from));
    }

    std::array<od::parser, kLevels + 1> parsers_;
    std::array<od::document, kLevels + 1> documents_;
    size_t records_ = 0;
};

// A member that can carry an event (`"message": "…",`) as an object; "" for another line.
std::string as_object(std::string_view line) {
    while (!line.empty() && (is_space(line.back()) || line.back() == ',')) line.remove_suffix(1);
    if (!line.starts_with('"')) return {};
    const std::string_view key = line.substr(1, line.find('"', 1) - 1);
    return is_one_of(key, kTexts) ? "{" + std::string(line) + "}" : std::string();
}

}  // namespace

std::string_view Carried::view() const {
    return std::string_view(text).substr(0, text.size() - kPadding);
}

bool is_list_of_records(std::string_view key) {
    return key != "values" && is_one_of(key, kLists);
}

std::vector<Carried> open_envelope(std::string_view line) {
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    Opener opener;
    if (line.starts_with('[')) {
        opener.items(line);
    } else if (const size_t list = items_of_event_list(line); list != line.npos) {
        opener.items(line.substr(list));
    } else if (std::string object = as_object(line); !object.empty()) {
        const size_t size = object.size();
        object.append(kPadding, '\0');
        opener.visit(std::string_view(object).substr(0, size), {}, 0);
    } else {
        opener.visit(line, {}, 0);
    }
    return std::move(opener.texts);
}

}  // namespace redshank::audit
