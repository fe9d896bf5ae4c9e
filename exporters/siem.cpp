#include "exporters/siem.h"

#include <algorithm>
#include <array>

#include "core/finding/finding_json.h"
#include "core/version.h"
#include "exporters/finding_text.h"

namespace redshank {

namespace json = boost::json;

namespace {

constexpr size_t kMostFindings = 20;  // of an incident, in one document

constexpr std::string_view kName = "redshank";
// event.severity: the numbers that Elastic gives low to critical.
constexpr std::array<int, 5> kRisks{1, 21, 47, 73, 99};

int64_t millis(audit::Time time) {
    return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// severity_id of OCSF: 1 Informational to 5 Critical.
int severity_id(Severity severity) {
    return 1 + static_cast<int>(severity);
}
std::string_view ocsf_severity(Severity severity) {
    constexpr std::array<std::string_view, 5> kWords{"Informational", "Low", "Medium", "High", "Critical"};
    return kWords[static_cast<size_t>(severity)];
}

// The address as SIEMs accept it in fields of type ip; "" for what is none.
std::string_view address(std::string_view text) {
    const bool is_plain = text.find_first_not_of("0123456789abcdefABCDEF.:") == text.npos;
    const bool has_separator = text.find_first_of(".:") != text.npos;
    return is_plain && has_separator && text.size() <= 45 ? text : std::string_view();
}

json::array words(const std::vector<std::string>& all) {
    json::array out;
    for (const std::string& word : all) out.emplace_back(word);
    return out;
}

void put(json::object& to, std::string_view key, std::string_view text) {
    if (!text.empty()) to[key] = text;
}

// --- OCSF ---

json::object ocsf_base(int class_uid, std::string_view class_name, bool is_over, Severity severity,
                       audit::Time time) {
    const int activity = is_over ? 3 : 1;
    const std::string_view activity_name = is_over ? "Close" : "Create";
    return {{"category_uid", 2},
            {"category_name", "Findings"},
            {"class_uid", class_uid},
            {"class_name", class_name},
            {"activity_id", activity},
            {"activity_name", activity_name},
            {"type_uid", class_uid * 100 + activity},
            {"type_name", std::string(class_name) + ": " + std::string(activity_name)},
            {"severity_id", severity_id(severity)},
            {"severity", ocsf_severity(severity)},
            {"time", millis(time)},
            {"metadata",
             {{"version", kOcsfVersion},
              {"product", {{"name", kName}, {"vendor_name", kName}, {"version", version()}}}}}};
}

json::object ocsf_user(const FindingActor& actor) {
    json::object user{{"name", actor.user.empty() ? "system:anonymous" : actor.user}};
    put(user, "uid", actor.uid);
    json::array groups;
    for (const std::string& group : actor.groups) groups.push_back(json::object{{"name", group}});
    if (!groups.empty()) user["groups"] = std::move(groups);
    return user;
}

json::object ocsf_of(const Finding& finding) {
    const bool is_over = finding.status == FindingStatus::Resolved;
    json::object out = ocsf_base(2004, "Detection Finding", is_over, finding.severity, finding.time);
    out["message"] = finding.summary;
    out["status_id"] = is_over ? 4 : 1;
    out["status"] = is_over ? "Resolved" : "New";
    out["count"] = finding.count;
    out["start_time"] = millis(finding.first_seen);
    out["end_time"] = millis(finding.last_seen);
    json::object analytic{{"name", finding.rule_id.empty() ? finding.kind : finding.rule_id},
                          {"type_id", finding.rule_id.empty() ? 2 : 1},
                          {"type", finding.rule_id.empty() ? "Behavioral" : "Rule"},
                          {"category", finding.detector}};
    json::object info{{"uid", finding.id},
                      {"title", finding.title},
                      {"desc", finding.summary},
                      {"types", json::array{json::value(finding.kind)}},
                      {"analytic", std::move(analytic)},
                      {"first_seen_time", millis(finding.first_seen)},
                      {"last_seen_time", millis(finding.last_seen)}};
    json::array attacks;
    for (const std::string& technique : finding.mitre)
        attacks.push_back(json::object{{"technique", {{"uid", technique}}}});
    if (!attacks.empty()) info["attacks"] = std::move(attacks);
    out["finding_info"] = std::move(info);

    if (finding.actor) {
        json::object evidence{{"actor", {{"user", ocsf_user(*finding.actor)}}}};
        if (const auto ip = address(finding.actor->source_ip); !ip.empty())
            evidence["src_endpoint"] = {{"ip", ip}};
        if (!finding.verb.empty()) {
            json::object api{{"operation", finding.verb}};
            if (finding.code != 0) api["response"] = {{"code", finding.code}};
            evidence["api"] = std::move(api);
        }
        out["evidences"] = json::array{std::move(evidence)};
    }
    if (finding.object) {
        json::object resource{{"type", resource_type(*finding.object)}};
        put(resource, "name", finding.object->name);
        put(resource, "namespace", finding.object->namespace_);
        put(resource, "version", finding.object->version);
        out["resources"] = json::array{std::move(resource)};
    }
    json::object unmapped{{"cluster", finding.cluster}};
    put(unmapped, "grant", finding.grant);
    json::array reasons;
    for (const Reason& reason : finding.reasons) reasons.emplace_back(reason.text);
    if (!reasons.empty()) unmapped["reasons"] = std::move(reasons);
    out["unmapped"] = std::move(unmapped);
    return out;
}

json::object ocsf_of(const Incident& incident) {
    const bool is_over = !incident.is_open();
    json::object out = ocsf_base(2005, "Incident Finding", is_over, incident.severity, incident.last);
    out["message"] = incident.summary;
    out["desc"] = incident.summary;
    out["status_id"] = is_over ? 4 : incident.acknowledged ? 2 : 1;
    out["status"] = is_over ? "Resolved" : incident.acknowledged ? "In Progress" : "New";
    out["start_time"] = millis(incident.opened);
    out["end_time"] = millis(incident.last);
    json::array infos;
    for (const IncidentPart& part : incident.findings) {
        if (infos.size() == kMostFindings) break;
        infos.push_back(json::object{
            {"uid", part.id}, {"title", part.kind}, {"types", json::array{json::value(part.kind)}}});
    }
    if (infos.empty()) {
        const std::string& uid = incident.lead.empty() ? incident.id : incident.lead;
        infos.push_back(json::object{{"uid", uid}, {"title", incident.title}});
    }
    out["finding_info_list"] = std::move(infos);
    // One of both must be there.
    if (incident.acknowledged) {
        out["assignee"] = {{"name", incident.acknowledged->by}};
    } else {
        out["assignee_group"] = {{"name", "unassigned"}};
    }
    out["unmapped"] = {{"incident", incident.id},
                       {"title", incident.title},
                       {"cluster", incident.cluster},
                       {"actors", words(incident.actors.names)},
                       {"objects", words(incident.objects.names)}};
    return out;
}

// --- ECS ---

json::object ecs_base(std::string_view id, std::string_view dataset, Severity severity, audit::Time time) {
    return {{"@timestamp", audit::format_time(time)},
            {"ecs", {{"version", kEcsVersion}}},
            {"event",
             {{"kind", "alert"},
              {"category", json::array{"intrusion_detection"}},
              {"type", json::array{"info"}},
              {"module", kName},
              {"dataset", dataset},
              {"provider", kName},
              {"id", id},
              {"severity", kRisks[static_cast<size_t>(severity)]}}},
            {"observer", {{"vendor", kName}, {"product", kName}, {"type", "ids"}, {"version", version()}}}};
}

json::object ecs_threat(const std::vector<std::string>& techniques) {
    return {{"framework", "MITRE ATT&CK"}, {"technique", {{"id", words(techniques)}}}};
}

json::object ecs_of(const Finding& finding) {
    json::object out = ecs_base(finding.id, "redshank.finding", finding.severity, finding.time);
    json::object& event = out["event"].as_object();
    event["start"] = audit::format_time(finding.first_seen);
    event["end"] = audit::format_time(finding.last_seen);
    put(event, "action", finding.verb);
    put(event, "reason", finding.grant);
    event["outcome"] = finding.code == 0 ? "unknown" : finding.code < 400 ? "success" : "failure";
    out["message"] = finding.summary;
    json::object rule{{"name", finding.rule_id.empty() ? finding.kind : finding.rule_id},
                      {"category", finding.detector},
                      {"description", finding.title}};
    put(rule, "id", finding.rule_id);
    out["rule"] = std::move(rule);
    out["labels"] = {{"severity", to_string(finding.severity)},
                     {"status", to_string(finding.status)},
                     {"kind", finding.kind}};
    if (finding.actor) {
        json::object user;
        put(user, "name", finding.actor->user);
        put(user, "id", finding.actor->uid);
        if (!finding.actor->impersonated.empty()) user["effective"] = {{"name", finding.actor->impersonated}};
        if (!finding.actor->groups.empty()) user["roles"] = words(finding.actor->groups);
        if (!user.empty()) out["user"] = std::move(user);
        if (const auto ip = address(finding.actor->source_ip); !ip.empty()) out["source"] = {{"ip", ip}};
        if (!finding.actor->user_agent.empty()) out["user_agent"] = {{"original", finding.actor->user_agent}};
    }
    json::object orchestrator{{"type", "kubernetes"}, {"cluster", {{"name", finding.cluster}}}};
    if (finding.object) {
        json::object resource{{"type", resource_type(*finding.object)}};
        put(resource, "name", finding.object->name);
        orchestrator["resource"] = std::move(resource);
        put(orchestrator, "namespace", finding.object->namespace_);
        put(orchestrator, "api_version", finding.object->version);
    }
    out["orchestrator"] = std::move(orchestrator);
    if (finding.code != 0) out["http"] = {{"response", {{"status_code", finding.code}}}};
    if (!finding.mitre.empty()) out["threat"] = ecs_threat(finding.mitre);
    return out;
}

json::object ecs_of(const Incident& incident) {
    json::object out = ecs_base(incident.id, "redshank.incident", incident.severity, incident.last);
    json::object& event = out["event"].as_object();
    event["start"] = audit::format_time(incident.opened);
    if (!incident.is_open()) event["end"] = audit::format_time(incident.closed.value_or(incident.last));
    event["outcome"] = "unknown";
    out["message"] = incident.summary;
    out["rule"] = {{"name", incident.lead_kind.empty() ? "incident" : incident.lead_kind},
                   {"description", incident.title}};
    out["labels"] = {{"severity", to_string(incident.severity)}, {"status", to_string(incident.state)}};
    out["orchestrator"] = {{"type", "kubernetes"}, {"cluster", {{"name", incident.cluster}}}};
    if (!incident.actors.names.empty()) out["related"] = {{"user", words(incident.actors.names)}};
    if (!incident.mitre.names.empty()) out["threat"] = ecs_threat(incident.mitre.names);
    return out;
}

}  // namespace

json::object siem_of(const Finding& finding, SiemFormat format) {
    if (format == SiemFormat::Ocsf) return ocsf_of(finding);
    return format == SiemFormat::Ecs ? ecs_of(finding) : json_of(finding);
}

json::object siem_of(const Incident& incident, SiemFormat format) {
    if (format == SiemFormat::Ocsf) return ocsf_of(incident);
    return format == SiemFormat::Ecs ? ecs_of(incident) : json_of(incident);
}

}  // namespace redshank
