#include "core/finding/finding_json.h"

#include <boost/json.hpp>

#include "audit/utf8.h"
#include "core/state/json_fields.h"

namespace redshank {

namespace json = boost::json;

namespace {

json::string text(std::string_view raw) {
    return json::string(audit::valid_utf8(std::string(raw)));
}

json::array texts_json(const std::vector<std::string>& texts) {
    json::array out;
    for (const std::string& one : texts) out.push_back(text(one));
    return out;
}

json::object actor_json(const FindingActor& actor) {
    json::object out;
    out["user"] = text(actor.user);
    if (!actor.uid.empty()) out["uid"] = text(actor.uid);
    out["groups"] = texts_json(actor.groups);
    if (!actor.impersonated.empty()) out["impersonated"] = text(actor.impersonated);
    out["source_ip"] = text(actor.source_ip);
    out["user_agent"] = text(actor.user_agent);
    return out;
}

json::object object_json(const FindingObject& object) {
    return {{"group", text(object.group)},          {"version", text(object.version)},
            {"resource", text(object.resource)},    {"subresource", text(object.subresource)},
            {"namespace", text(object.namespace_)}, {"name", text(object.name)}};
}

json::array reasons_json(const std::vector<Reason>& reasons) {
    json::array out;
    for (const Reason& reason : reasons) {
        out.push_back(
            {{"name", text(reason.name)}, {"text", text(reason.text)}, {"value", text(reason.value)}});
    }
    return out;
}

json::array evidence_json(const std::vector<Evidence>& evidence) {
    json::array out;
    for (const Evidence& event : evidence) out.push_back(json_of(event));
    return out;
}

// Reading: a field that is missing or has another type gives the default.
const json::object* object(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value ? value->if_object() : nullptr;
}

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

json::object json_of(const Finding& finding) {
    json::object out;
    out["id"] = text(finding.id);
    out["time"] = audit::format_time(finding.time);
    out["detector"] = text(finding.detector);
    out["kind"] = text(finding.kind);
    out["severity"] = to_string(finding.severity);
    out["status"] = to_string(finding.status);
    out["title"] = text(finding.title);
    out["summary"] = text(finding.summary);
    out["cluster"] = text(finding.cluster);
    if (finding.actor) out["actor"] = actor_json(*finding.actor);
    if (!finding.also.empty()) out["also"] = texts_json(finding.also);
    if (finding.object) out["object"] = object_json(*finding.object);
    if (!finding.verb.empty()) out["verb"] = text(finding.verb);
    if (finding.code != 0) out["code"] = finding.code;
    if (!finding.grant.empty()) out["grant"] = text(finding.grant);
    out["count"] = finding.count;
    out["first_seen"] = audit::format_time(finding.first_seen);
    out["last_seen"] = audit::format_time(finding.last_seen);
    out["reasons"] = reasons_json(finding.reasons);
    out["mitre"] = texts_json(finding.mitre);
    if (!finding.rule_id.empty())
        out["rule"] = {{"id", text(finding.rule_id)}, {"source", text(finding.rule_source)}};
    out["evidence"] = evidence_json(finding.evidence);
    return out;
}

std::string to_json(const Finding& finding) {
    return json::serialize(json_of(finding));
}

json::object json_of(const Evidence& evidence) {
    return {{"audit_id", text(evidence.audit_id)},
            {"time", audit::format_time(evidence.time)},
            {"source", text(evidence.source)},
            {"offset", evidence.offset}};
}

Evidence evidence_of(const json::object& from) {
    const json::value* time = from.if_contains("time");
    return {.audit_id = json_text(from, "audit_id"),
            .time = time && time->is_number()
                        ? audit::Time{audit::Duration{static_cast<int64_t>(json_number(from, "time"))}}
                        : json_time(from, "time"),
            .source = json_text(from, "source"),
            .offset = json_number(from, "offset")};
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
    if (const json::object* actor = object(from, "actor")) {
        finding.actor = FindingActor{json_text(*actor, "user"),      json_text(*actor, "uid"),
                                     texts(*actor, "groups"),        json_text(*actor, "impersonated"),
                                     json_text(*actor, "source_ip"), json_text(*actor, "user_agent")};
    }
    finding.also = texts(from, "also");
    if (const json::object* about = object(from, "object")) {
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
    if (const json::object* rule = object(from, "rule")) {
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
