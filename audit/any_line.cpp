#include "audit/any_line.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "audit/cut.h"
#include "audit/space.h"

namespace redshank::audit {

namespace {

namespace od = simdjson::ondemand;

// The time of a count with a fraction, 1767607200.25: seconds since 1970, or, as time_since_epoch() tells
// them apart, a smaller unit.
std::optional<Time> time_of_fraction(double count) {
    constexpr double kLeast = 1e8, kMostSeconds = 1e11, kMost = 9e18;
    if (!(count >= kLeast && count < kMost)) return std::nullopt;
    if (count >= kMostSeconds) return time_since_epoch(static_cast<int64_t>(count));
    return Time{Duration{std::llround(count * 1e6)}};
}

// Reads the parts of one document into one event. Strings are taken as raw tokens, and only those with a
// backslash are unescaped, which is twice as fast as get_string() for each. On error, every function leaves
// the event partly filled.
class EventReader {
  public:
    explicit EventReader(Event& event) : event_(event) {}

    simdjson::error_code read(od::object root) {
        return each(root, [this](std::string_view key, od::value& value) { return top(key, value); });
    }

    bool is_foreign() const { return foreign_; }
    bool has_event_fields() const { return event_fields_ == 3; }

    // Fills in missing times; false when no time was readable. Times of 1970 and before come from clocks that
    // were not set and count as missing.
    bool settle_times() {
        for (Time* time : {&event_.received, &event_.stage_time}) *time = std::max(*time, Time{});
        if (event_.received == Time{}) event_.received = event_.stage_time;
        if (event_.received == Time{}) event_.received = other_time_;
        if (event_.stage_time == Time{}) event_.stage_time = event_.received;
        return event_.received > Time{};
    }

  private:
    template <typename Handle>
    simdjson::error_code each(od::object object, Handle handle) {
        for (auto result : object) {
            od::field field;
            if (auto error = std::move(result).get(field)) return error;
            std::string_view key;
            if (auto error = read_key(field, key)) return error;
            if (auto error = handle(key, field.value())) return error;
        }
        return simdjson::SUCCESS;
    }

    template <typename Handle>
    simdjson::error_code each_object(od::value& value, Handle handle) {
        od::object object;
        if (auto error = value.get_object().get(object)) return skip_other_type(error);
        return each(object, handle);
    }

    // Skips a field whose type differs from the API's, as unknown fields are skipped.
    static simdjson::error_code skip_other_type(simdjson::error_code error) {
        return error == simdjson::INCORRECT_TYPE ? simdjson::SUCCESS : error;
    }

    simdjson::error_code read_key(od::field& field, std::string_view& key) {
        const char* start = field.key().raw();
        const char* end = start;
        while (*end != '"' && *end != '\\') ++end;
        if (*end == '"') {
            key = {start, static_cast<size_t>(end - start)};
            return simdjson::SUCCESS;
        }
        if (auto error = field.unescaped_key().get(key)) return error;
        key = event_.unescaped.copy(key);
        return simdjson::SUCCESS;
    }

    simdjson::error_code text(od::value& value, std::string_view& out) {
        const std::string_view token = trim_end(value.raw_json_token());
        if (token.size() < 2 || token.front() != '"' || token.back() != '"' ||
            std::memchr(token.data(), '\\', token.size())) {
            std::string_view unescaped;
            if (auto error = value.get_string().get(unescaped)) return skip_other_type(error);
            out = event_.unescaped.copy(unescaped);
        } else {
            out = token.substr(1, token.size() - 2);
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code number(od::value& value, int& out) {
        int64_t wide = 0;
        if (auto error = value.get_int64().get(wide)) {
            return error == simdjson::NUMBER_ERROR ? simdjson::SUCCESS : skip_other_type(error);
        }
        if (wide >= 0 && wide <= 1'000'000) out = static_cast<int>(wide);
        return simdjson::SUCCESS;
    }

    simdjson::error_code time(od::value& value, Time& out) {
        od::json_type type{};
        if (auto error = value.type().get(type)) return error;
        if (type == od::json_type::number) {
            int64_t count = 0;
            double exact = 0;
            if (value.get_int64().get(count) == simdjson::SUCCESS)
                out = time_since_epoch(count).value_or(Time{});
            else if (value.get_double().get(exact) == simdjson::SUCCESS)
                out = time_of_fraction(exact).value_or(Time{});
            return simdjson::SUCCESS;
        }
        std::string_view written;
        if (auto error = text(value, written)) return error;
        out = parse_exported_time(written).value_or(Time{});
        return simdjson::SUCCESS;
    }

    simdjson::error_code texts(od::value& value, std::vector<std::string_view>& out) {
        od::array array;
        if (auto error = value.get_array().get(array)) return skip_other_type(error);
        for (auto result : array) {
            od::value item;
            if (auto error = std::move(result).get(item)) return error;
            std::string_view one;
            if (auto error = text(item, one)) return error;
            out.push_back(one);
        }
        return simdjson::SUCCESS;
    }

    // Takes the value, of any type, as it is written in the line.
    simdjson::error_code raw(od::value& value, std::string_view& out) {
        od::json_type type{};
        if (auto error = value.type().get(type)) return error;
        if (type == od::json_type::object) {
            od::object object;
            if (auto error = value.get_object().get(object)) return error;
            if (auto error = object.raw_json().get(out)) return error;
        } else if (type == od::json_type::array) {
            od::array array;
            if (auto error = value.get_array().get(array)) return error;
            if (auto error = array.raw_json().get(out)) return error;
        } else {
            out = value.raw_json_token();
        }
        out = trim_end(out);
        return simdjson::SUCCESS;
    }

    simdjson::error_code top(std::string_view key, od::value& value) {
        if (key == "kind") return must_be(value, [](std::string_view kind) { return kind == "Event"; });
        if (key == "apiVersion") {
            return must_be(value,
                           [](std::string_view version) { return version.starts_with("audit.k8s.io/"); });
        }
        if (key == "level") return level(value);
        if (key == "auditID") return counted(text(value, event_.audit_id));
        if (key == "stage") return stage(value);
        if (key == "requestURI") return counted(text(value, event_.request_uri));
        if (key == "verb") return text(value, event_.verb);
        if (key == "user") return user(value, event_.user);
        if (key == "impersonatedUser") {
            event_.is_impersonated = true;
            return user(value, event_.impersonated_user);
        }
        if (key == "sourceIPs") return texts(value, event_.source_ips.own());
        if (key == "userAgent") return text(value, event_.user_agent);
        if (key == "objectRef") return object_ref(value);
        if (key == "responseStatus") return response(value);
        if (key == "requestObject") return raw(value, event_.request_object);
        if (key == "responseObject") return raw(value, event_.response_object);
        if (key == "requestReceivedTimestamp") return time(value, event_.received);
        if (key == "stageTimestamp") return time(value, event_.stage_time);
        if (key == "annotations") return annotations(value);
        if (key == "timestamp") return time(value, other_time_);
        if (key == "metadata") {
            return each_object(value, [&](std::string_view name, od::value& part) {
                return name == "creationTimestamp" ? time(part, other_time_) : simdjson::SUCCESS;
            });
        }
        return simdjson::SUCCESS;
    }

    // Counts the fields that every event has: a JSON object that has them all is taken for an event.
    simdjson::error_code counted(simdjson::error_code error) {
        ++event_fields_;
        return error;
    }

    template <typename Accepts>
    simdjson::error_code must_be(od::value& value, Accepts accepts) {
        std::string_view written;
        if (auto error = text(value, written)) return error;
        if (!accepts(written)) foreign_ = true;
        return simdjson::SUCCESS;
    }

    simdjson::error_code level(od::value& value) {
        std::string_view name;
        if (auto error = text(value, name)) return error;
        for (const Level level : {Level::Metadata, Level::Request, Level::RequestResponse, Level::None}) {
            if (to_string(level) == name) event_.level = level;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code stage(od::value& value) {
        std::string_view name;
        if (auto error = counted(text(value, name))) return error;
        for (const Stage stage :
             {Stage::ResponseComplete, Stage::RequestReceived, Stage::ResponseStarted, Stage::Panic}) {
            if (to_string(stage) == name) event_.stage = stage;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code user(od::value& value, User& out) {
        return each_object(value, [&](std::string_view key, od::value& part) {
            if (key == "username") return text(part, out.username);
            if (key == "uid") return text(part, out.uid);
            if (key == "groups") return texts(part, out.groups.own());
            if (key == "extra") {
                return each_object(part, [&](std::string_view name, od::value& values) {
                    ExtraEntry& entry = out.extra.own().emplace_back();
                    entry.key = name;
                    return texts(values, entry.values);
                });
            }
            return simdjson::SUCCESS;
        });
    }

    simdjson::error_code object_ref(od::value& value) {
        ObjectRef& object = event_.object;
        object.present = true;
        const simdjson::error_code error = each_object(value, [&](std::string_view key, od::value& part) {
            if (key == "resource") return text(part, object.resource);
            if (key == "namespace") return text(part, object.namespace_);
            if (key == "name") return text(part, object.name);
            if (key == "uid") return text(part, object.uid);
            if (key == "apiGroup") return text(part, object.api_group);
            if (key == "apiVersion") return text(part, object.api_version);
            if (key == "resourceVersion") return text(part, object.resource_version);
            if (key == "subresource") return text(part, object.subresource);
            return simdjson::SUCCESS;
        });
        split_group();
        return error;
    }

    // v1alpha1 has no apiGroup: its apiVersion is GROUP/VERSION.
    void split_group() {
        ObjectRef& object = event_.object;
        const size_t slash = object.api_version.rfind('/');
        if (!object.api_group.empty() || slash == std::string_view::npos) return;
        object.api_group = object.api_version.substr(0, slash);
        object.api_version.remove_prefix(slash + 1);
    }

    simdjson::error_code response(od::value& value) {
        ResponseStatus& response = event_.response;
        response.present = true;
        return each_object(value, [&](std::string_view key, od::value& part) {
            if (key == "code") return number(part, response.code);
            if (key == "status") return text(part, response.status);
            if (key == "message") return text(part, response.message);
            if (key == "reason") return text(part, response.reason);
            if (key == "details") return details(part);
            return simdjson::SUCCESS;
        });
    }

    simdjson::error_code details(od::value& value) {
        ResponseStatus& response = event_.response;
        return each_object(value, [&](std::string_view key, od::value& part) {
            if (key == "name") return text(part, response.details_name);
            if (key == "group") return text(part, response.details_group);
            if (key == "kind") return text(part, response.details_kind);
            if (key == "uid") return text(part, response.details_uid);
            if (key == "retryAfterSeconds") return number(part, response.retry_after_seconds);
            if (key == "causes") return causes(part);
            return simdjson::SUCCESS;
        });
    }

    simdjson::error_code causes(od::value& value) {
        od::array array;
        if (auto error = value.get_array().get(array)) return skip_other_type(error);
        for (auto result : array) {
            od::value item;
            if (auto error = std::move(result).get(item)) return error;
            StatusCause& cause = event_.response.causes.emplace_back();
            auto error = each_object(item, [&](std::string_view key, od::value& part) {
                if (key == "reason") return text(part, cause.reason);
                if (key == "message") return text(part, cause.message);
                if (key == "field") return text(part, cause.field);
                return simdjson::SUCCESS;
            });
            if (error) return error;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code annotations(od::value& value) {
        return each_object(value, [&](std::string_view key, od::value& part) {
            std::string_view written;
            if (auto error = text(part, written)) return error;
            event_.annotations.push_back({key, written});
            // Elastic writes no dots in the names of fields.
            if (key == "authorization.k8s.io/decision" || key == "authorization_k8s_io/decision")
                event_.decision = written;
            if (key == "authorization.k8s.io/reason" || key == "authorization_k8s_io/reason")
                event_.reason = written;
            return simdjson::SUCCESS;
        });
    }

    Event& event_;
    int event_fields_ = 0;  // how many of auditID, stage, requestURI were seen
    Time other_time_{};     // from `timestamp` or `creationTimestamp` of alpha versions
    bool foreign_ = false;  // kind or apiVersion is that of another type
};

// Recognises `2016-09-07T13:03:57Z AUDIT: id="…"`, the text format that Kubernetes calls legacy.
bool looks_legacy(std::string_view text) {
    return text.substr(0, 64).find(" AUDIT: id=") != std::string_view::npos;
}

}  // namespace

struct AnyLine::Impl {
    od::parser parser;
};

AnyLine::AnyLine() : impl_(std::make_unique<Impl>()) {}
AnyLine::~AnyLine() = default;

ParseError AnyLine::read(std::string_view text, Event& event) {
    if (std::all_of(text.begin(), text.end(), is_space)) return ParseError::Empty;
    if (looks_legacy(text)) return ParseError::LegacyFormat;

    od::document document;
    const simdjson::padded_string_view padded(text.data(), text.size(), text.size() + kPadding);
    if (auto error = impl_->parser.iterate(padded).get(document)) {
        return error == simdjson::UTF8_ERROR ? ParseError::BadUtf8 : ParseError::BadJson;
    }
    od::object root;
    if (document.get_object().get(root)) return ParseError::BadJson;
    EventReader reader(event);
    if (reader.read(root)) return ParseError::BadJson;
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
        return ParseError::BadJson;  // more text after the object
    if (reader.is_foreign() || !reader.has_event_fields()) return ParseError::NotAnEvent;
    if (!reader.settle_times()) return ParseError::BadTime;
    cut_long_texts(event);
    return ParseError::None;
}

}  // namespace redshank::audit
