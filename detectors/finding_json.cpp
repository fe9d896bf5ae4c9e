#include "detectors/finding_json.h"

#include <boost/json.hpp>

namespace redshank {

namespace json = boost::json;

namespace {

json::object actor_json(const FindingActor& actor) {
    json::object out;
    out["user"] = actor.user;
    if (!actor.uid.empty()) out["uid"] = actor.uid;
    out["groups"] = json::array(actor.groups.begin(), actor.groups.end());
    if (!actor.impersonated.empty()) out["impersonated"] = actor.impersonated;
    out["source_ip"] = actor.source_ip;
    out["user_agent"] = actor.user_agent;
    return out;
}

json::object object_json(const FindingObject& object) {
    return {{"group", object.group},          {"version", object.version},
            {"resource", object.resource},    {"subresource", object.subresource},
            {"namespace", object.namespace_}, {"name", object.name}};
}

json::array reasons_json(const std::vector<Reason>& reasons) {
    json::array out;
    for (const Reason& reason : reasons) {
        out.push_back({{"name", reason.name}, {"text", reason.text}, {"value", reason.value}});
    }
    return out;
}

json::array evidence_json(const std::vector<Evidence>& evidence) {
    json::array out;
    for (const Evidence& event : evidence) {
        out.push_back({{"audit_id", event.audit_id},
                       {"time", audit::format_time(event.time)},
                       {"source", event.source},
                       {"offset", event.offset}});
    }
    return out;
}

// Reading: what is missing or of another type gives the default.
std::string text(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value && value->is_string() ? std::string(value->as_string()) : std::string{};
}

uint64_t number(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    boost::system::error_code error;
    const uint64_t out = value ? value->to_number<uint64_t>(error) : 0;
    return error ? 0 : out;
}

audit::Time time(const json::object& from, std::string_view key) {
    return audit::parse_time(text(from, key)).value_or(audit::Time{});
}

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

std::string to_json(const Finding& finding) {
    json::object out;
    out["id"] = finding.id;
    out["time"] = audit::format_time(finding.time);
    out["detector"] = finding.detector;
    out["kind"] = finding.kind;
    out["severity"] = to_string(finding.severity);
    out["status"] = to_string(finding.status);
    out["title"] = finding.title;
    out["summary"] = finding.summary;
    out["cluster"] = finding.cluster;
    if (finding.has_actor) out["actor"] = actor_json(finding.actor);
    if (finding.has_object) out["object"] = object_json(finding.object);
    if (!finding.verb.empty()) out["verb"] = finding.verb;
    if (finding.code != 0) out["code"] = finding.code;
    if (!finding.grant.empty()) out["grant"] = finding.grant;
    out["count"] = finding.count;
    out["first_seen"] = audit::format_time(finding.first_seen);
    out["last_seen"] = audit::format_time(finding.last_seen);
    out["reasons"] = reasons_json(finding.reasons);
    out["mitre"] = json::array(finding.mitre.begin(), finding.mitre.end());
    if (!finding.rule_id.empty()) out["rule"] = {{"id", finding.rule_id}, {"source", finding.rule_source}};
    out["evidence"] = evidence_json(finding.evidence);
    return json::serialize(out);
}

std::optional<Finding> finding_from_json(std::string_view line) {
    boost::system::error_code error;
    const json::value parsed = json::parse(line, error);
    if (error || !parsed.is_object()) return std::nullopt;
    const json::object& from = parsed.as_object();

    Finding finding;
    finding.id = text(from, "id");
    if (finding.id.empty() || !parse_severity(text(from, "severity"), finding.severity)) return std::nullopt;
    finding.time = time(from, "time");
    finding.detector = text(from, "detector");
    finding.kind = text(from, "kind");
    finding.status = text(from, "status") == "resolved" ? FindingStatus::Resolved : FindingStatus::Firing;
    finding.title = text(from, "title");
    finding.summary = text(from, "summary");
    finding.cluster = text(from, "cluster");
    if (const json::object* actor = object(from, "actor")) {
        finding.has_actor = true;
        finding.actor = {text(*actor, "user"),         text(*actor, "uid"),       texts(*actor, "groups"),
                         text(*actor, "impersonated"), text(*actor, "source_ip"), text(*actor, "user_agent")};
    }
    if (const json::object* about = object(from, "object")) {
        finding.has_object = true;
        finding.object = {text(*about, "group"),       text(*about, "version"),   text(*about, "resource"),
                          text(*about, "subresource"), text(*about, "namespace"), text(*about, "name")};
    }
    finding.verb = text(from, "verb");
    finding.code = static_cast<int>(number(from, "code"));
    finding.grant = text(from, "grant");
    finding.count = number(from, "count");
    finding.first_seen = time(from, "first_seen");
    finding.last_seen = time(from, "last_seen");
    each(from, "reasons", [&](const json::value& item) {
        if (const json::object* reason = item.if_object()) {
            finding.reasons.push_back({text(*reason, "name"), text(*reason, "text"), text(*reason, "value")});
        }
    });
    finding.mitre = texts(from, "mitre");
    if (const json::object* rule = object(from, "rule")) {
        finding.rule_id = text(*rule, "id");
        finding.rule_source = text(*rule, "source");
    }
    each(from, "evidence", [&](const json::value& item) {
        if (const json::object* event = item.if_object()) {
            finding.evidence.push_back({text(*event, "audit_id"), time(*event, "time"),
                                        text(*event, "source"), number(*event, "offset")});
        }
    });
    return finding;
}

}  // namespace redshank
