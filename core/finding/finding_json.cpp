#include "core/finding/finding_json.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstring>
#include <utility>

#include "audit/utf8.h"
#include "core/state/json_fields.h"
#include "core/state/row.h"

namespace redshank {

namespace json = boost::json;

namespace {

bool is_ascii(std::string_view text) {
    uint64_t all = 0;
    for (; text.size() >= sizeof all; text.remove_prefix(sizeof all)) {
        uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        all |= word;
    }
    for (const char c : text) all |= static_cast<unsigned char>(c);
    return (all & 0x8080808080808080) == 0;
}

// Writes objects and arrays as text, without a tree: a finding is written with every commit in which it
// grows, which took a quarter of all instructions of `run` with boost::json's tree.
class Writer {
  public:
    Writer() { out_.reserve(1024); }
    // One of our own words.
    void key(std::string_view name) {
        separate();
        (out_ += '"').append(name).append("\":");
        is_first_ = true;
    }
    void text(std::string_view value) { separate(), quote(value); }
    void text(std::string_view name, std::string_view value) { key(name), text(value); }
    void number(std::string_view name, auto value) { key(name), separate(), out_ += std::to_string(value); }
    // Most findings have few different times.
    void time(std::string_view name, audit::Time value) {
        if (time_text_.empty() || value != time_) time_text_ = audit::format_time(value);
        time_ = value;
        key(name), separate();
        (out_ += '"').append(time_text_) += '"';
    }
    void texts(std::string_view name, const std::vector<std::string>& values) {
        key(name), begin('[');
        for (const std::string& value : values) text(value);
        end(']');
    }
    void begin(char bracket) { separate(), out_ += bracket, is_first_ = true; }
    void end(char bracket) { out_ += bracket, is_first_ = false; }

    std::string take() { return std::move(out_); }

  private:
    void separate() {
        if (!std::exchange(is_first_, false)) out_ += ',';
    }
    void quote(std::string_view raw) {
        row_detail::write_text(out_, is_ascii(raw) ? raw : audit::valid_utf8(std::string(raw)));
    }

    std::string out_, time_text_;
    audit::Time time_{};
    bool is_first_ = true;
};

void write(Writer& out, const FindingActor& actor) {
    out.begin('{');
    out.text("user", actor.user);
    if (!actor.uid.empty()) out.text("uid", actor.uid);
    out.texts("groups", actor.groups);
    if (!actor.impersonated.empty()) out.text("impersonated", actor.impersonated);
    out.text("source_ip", actor.source_ip);
    out.text("user_agent", actor.user_agent);
    out.end('}');
}

void write(Writer& out, const FindingObject& object) {
    out.begin('{');
    out.text("group", object.group);
    out.text("version", object.version);
    out.text("resource", object.resource);
    out.text("subresource", object.subresource);
    out.text("namespace", object.namespace_);
    out.text("name", object.name);
    out.end('}');
}

void write(Writer& out, const Reason& reason) {
    out.begin('{');
    out.text("name", reason.name);
    out.text("text", reason.text);
    out.text("value", reason.value);
    out.end('}');
}

void write(Writer& out, const Evidence& evidence) {
    out.begin('{');
    out.text("audit_id", evidence.audit_id);
    out.time("time", evidence.time);
    out.text("source", evidence.source);
    out.number("offset", evidence.offset);
    if (!evidence.generation.empty()) out.text("generation", evidence.generation);
    out.end('}');
}

template <class Part>
void write_all(Writer& out, std::string_view name, const std::vector<Part>& parts) {
    out.key(name);
    out.begin('[');
    for (const Part& part : parts) write(out, part);
    out.end(']');
}

void write(Writer& out, const Finding& finding) {
    out.begin('{');
    out.text("id", finding.id);
    out.time("time", finding.time);
    out.text("detector", finding.detector);
    out.text("kind", finding.kind);
    out.text("severity", to_string(finding.severity));
    out.text("status", to_string(finding.status));
    out.text("title", finding.title);
    out.text("summary", finding.summary);
    out.text("cluster", finding.cluster);
    if (finding.actor) out.key("actor"), write(out, *finding.actor);
    if (!finding.also.empty()) out.texts("also", finding.also);
    if (finding.object) out.key("object"), write(out, *finding.object);
    if (!finding.verb.empty()) out.text("verb", finding.verb);
    if (finding.code != 0) out.number("code", finding.code);
    if (!finding.grant.empty()) out.text("grant", finding.grant);
    out.number("count", finding.count);
    out.time("first_seen", finding.first_seen);
    out.time("last_seen", finding.last_seen);
    write_all(out, "reasons", finding.reasons);
    out.texts("mitre", finding.mitre);
    if (!finding.rule_id.empty()) {
        out.key("rule");
        out.begin('{');
        out.text("id", finding.rule_id);
        out.text("source", finding.rule_source);
        out.end('}');
    }
    write_all(out, "evidence", finding.evidence);
    out.end('}');
}

template <class Part>
std::string text_of(const Part& part) {
    Writer out;
    write(out, part);
    return out.take();
}

// Reading: a field that is missing or has another type gives the default.
template <typename Handle>
void each(const json::object& from, std::string_view key, Handle handle) {
    const json::value* value = from.if_contains(key);
    if (!value || !value->is_array()) return;
    for (const json::value& item : value->as_array()) handle(item);
}

std::vector<std::string> texts(const json::object& from, std::string_view key) {
    std::vector<std::string> out;
    each(from, key, [&](const json::value& item) {
        if (item.is_string()) out.emplace_back(item.as_string());
    });
    return out;
}

}  // namespace

std::string to_json(const Finding& finding) {
    return text_of(finding);
}

json::object json_of(const Finding& finding) {
    return json::parse(text_of(finding)).get_object();
}

json::object json_of(const Evidence& evidence) {
    return json::parse(text_of(evidence)).get_object();
}

Evidence evidence_of(const json::object& from) {
    const json::value* time = from.if_contains("time");
    return {.audit_id = json_text(from, "audit_id"),
            .time = time && time->is_number()
                        ? audit::Time{audit::Duration{static_cast<int64_t>(json_number(from, "time"))}}
                        : json_time(from, "time"),
            .source = json_text(from, "source"),
            .offset = json_number(from, "offset"),
            .generation = json_text(from, "generation")};
}

std::optional<Finding> finding_from_json(std::string_view line) {
    boost::system::error_code error;
    const json::value parsed = json::parse(line, error);
    if (error) return std::nullopt;
    return finding_of(parsed);
}

std::optional<Finding> finding_of(const json::value& parsed) {
    if (!parsed.is_object()) return std::nullopt;
    const json::object& from = parsed.get_object();

    Finding finding;
    finding.id = json_text(from, "id");
    if (finding.id.empty() || !parse_severity(json_text(from, "severity"), finding.severity))
        return std::nullopt;
    finding.time = json_time(from, "time");
    finding.detector = json_text(from, "detector");
    finding.kind = json_text(from, "kind");
    finding.status =
        json_text(from, "status") == "resolved" ? FindingStatus::Resolved : FindingStatus::Firing;
    finding.title = json_text(from, "title");
    finding.summary = json_text(from, "summary");
    finding.cluster = json_text(from, "cluster");
    if (const json::object* actor = json_object(from, "actor")) {
        finding.actor = FindingActor{json_text(*actor, "user"),      json_text(*actor, "uid"),
                                     texts(*actor, "groups"),        json_text(*actor, "impersonated"),
                                     json_text(*actor, "source_ip"), json_text(*actor, "user_agent")};
    }
    finding.also = texts(from, "also");
    if (const json::object* about = json_object(from, "object")) {
        finding.object = FindingObject{json_text(*about, "group"),     json_text(*about, "version"),
                                       json_text(*about, "resource"),  json_text(*about, "subresource"),
                                       json_text(*about, "namespace"), json_text(*about, "name")};
    }
    finding.verb = json_text(from, "verb");
    finding.code = static_cast<int>(json_number(from, "code"));
    finding.grant = json_text(from, "grant");
    finding.count = json_number(from, "count");
    finding.first_seen = json_time(from, "first_seen");
    finding.last_seen = json_time(from, "last_seen");
    each(from, "reasons", [&](const json::value& item) {
        if (const json::object* reason = item.if_object()) {
            finding.reasons.push_back(
                {json_text(*reason, "name"), json_text(*reason, "text"), json_text(*reason, "value")});
        }
    });
    finding.mitre = texts(from, "mitre");
    if (const json::object* rule = json_object(from, "rule")) {
        finding.rule_id = json_text(*rule, "id");
        finding.rule_source = json_text(*rule, "source");
    }
    each(from, "evidence", [&](const json::value& item) {
        if (const json::object* event = item.if_object()) finding.evidence.push_back(evidence_of(*event));
    });
    return finding;
}

RawJson stored(const Finding& finding) {
    return {to_json(finding)};
}

bool restore(Finding& finding, const RawJson& json) {
    auto read = finding_from_json(json.text);
    if (read) finding = std::move(*read);
    return read.has_value();
}

}  // namespace redshank
