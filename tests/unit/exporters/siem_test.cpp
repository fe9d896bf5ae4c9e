// What the schemas ask for, by hand from
//   OCSF 1.3.0: events/base_event.json, events/findings/{finding,detection_finding,incident_finding}.json,
//     objects/{metadata,product,finding_info,analytic}.json of github.com/ocsf/ocsf-schema
//   ECS 8.11.0: event.kind, event.category, event.type, event.outcome, threat.framework of
//     www.elastic.co/guide/en/ecs/8.11
#include "exporters/siem.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/version.h"
#include "tests/unit/exporters/sample_alerts.h"

namespace redshank {
namespace {

namespace json = boost::json;

// The value at a path like "metadata.product.name" or "finding_info_list.0.uid"; null when there is none.
const json::value* at(const json::object& object, std::string path) {
    for (char& c : path) c = c == '.' ? '/' : c;
    boost::system::error_code error;
    static json::value kept;
    kept = object;
    return kept.find_pointer("/" + path, error);
}

struct Attribute {
    const char* path;
    json::kind kind;
    std::set<std::string> values{};  // serialized; none: any
};

void check(const json::object& document, const std::vector<Attribute>& wanted) {
    for (const Attribute& attribute : wanted) {
        SCOPED_TRACE(std::string(attribute.path) + " of " + json::serialize(document));
        const json::value* value = at(document, attribute.path);
        ASSERT_NE(value, nullptr);
        const bool is_number = value->is_number() && attribute.kind == json::kind::int64;
        EXPECT_TRUE(value->kind() == attribute.kind || is_number);
        const bool is_allowed =
            attribute.values.empty() || attribute.values.contains(json::serialize(*value));
        EXPECT_TRUE(is_allowed);
    }
}

const std::vector<Attribute> kOcsf{
    {"activity_id", json::kind::int64, {"0", "1", "2", "3", "99"}},
    {"category_uid", json::kind::int64, {"2"}},
    {"class_uid", json::kind::int64, {"2004", "2005"}},
    {"type_uid", json::kind::int64, {"200401", "200402", "200403", "200501", "200502", "200503"}},
    {"severity_id", json::kind::int64, {"0", "1", "2", "3", "4", "5", "6", "99"}},
    {"time", json::kind::int64},
    {"metadata.version", json::kind::string, {"\"1.3.0\""}},
    {"metadata.product.name", json::kind::string},
    {"metadata.product.vendor_name", json::kind::string},
    {"message", json::kind::string},
};

std::vector<Attribute> and_more(std::vector<Attribute> all, const std::vector<Attribute>& more) {
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

TEST(Ocsf, AFindingHasWhatTheClassAsksFor) {
    for (const Severity severity :
         {Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical}) {
        for (const FindingStatus status : {FindingStatus::Firing, FindingStatus::Resolved}) {
            Finding finding = test::secret_read();
            finding.severity = severity;
            finding.status = status;
            const json::object document = siem_of(finding, SiemFormat::Ocsf);
            const bool is_over = status == FindingStatus::Resolved;
            check(document,
                  and_more(kOcsf, {{"class_uid", json::kind::int64, {"2004"}},
                                   {"activity_id", json::kind::int64, {is_over ? "3" : "1"}},
                                   {"status_id", json::kind::int64, {is_over ? "4" : "1"}},
                                   {"finding_info.uid", json::kind::string, {"\"" + finding.id + "\""}},
                                   {"finding_info.title", json::kind::string},
                                   {"finding_info.analytic.type_id", json::kind::int64, {"1", "2"}},
                                   {"evidences.0.actor.user.name", json::kind::string},
                                   {"evidences.0.api.operation", json::kind::string},
                                   {"evidences.0.src_endpoint.ip", json::kind::string},
                                   {"resources.0.name", json::kind::string}}));
            EXPECT_EQ(document.at("type_uid").to_number<int>(), 200400 + (is_over ? 3 : 1));
            EXPECT_EQ(document.at("severity_id").to_number<int>(), 1 + static_cast<int>(severity));
        }
    }
}

TEST(Ocsf, AnIncidentHasWhatTheClassAsksFor) {
    for (const Alert& alert : {test::incident_alert(), test::closed_incident_alert()}) {
        const json::object document = siem_of(*alert.incident, SiemFormat::Ocsf);
        check(document, and_more(kOcsf, {{"class_uid", json::kind::int64, {"2005"}},
                                         {"status_id", json::kind::int64, {"1", "2", "4"}},
                                         {"finding_info_list.0.uid", json::kind::string},
                                         {"finding_info_list.0.title", json::kind::string}}));
        EXPECT_TRUE(document.contains("assignee") || document.contains("assignee_group"));
        EXPECT_EQ(document.at("activity_id").to_number<int>(), alert.incident->is_open() ? 1 : 3);
    }
}

const std::vector<Attribute> kEcs{
    {"@timestamp", json::kind::string},
    {"ecs.version", json::kind::string, {"\"8.11.0\""}},
    {"event.kind", json::kind::string, {"\"alert\""}},
    {"event.category.0", json::kind::string, {"\"intrusion_detection\""}},
    {"event.type.0", json::kind::string, {"\"allowed\"", "\"denied\"", "\"info\""}},  // of that category
    {"event.outcome", json::kind::string, {"\"failure\"", "\"success\"", "\"unknown\""}},
    {"event.severity", json::kind::int64},
    {"event.id", json::kind::string},
    {"message", json::kind::string},
    {"orchestrator.type", json::kind::string, {"\"kubernetes\""}},
    {"orchestrator.cluster.name", json::kind::string},
    {"rule.name", json::kind::string},
};

TEST(Ecs, DocumentsHaveTheFieldsAndValuesOfTheSchema) {
    Finding finding = test::secret_read();
    check(siem_of(finding, SiemFormat::Ecs),
          and_more(kEcs, {{"event.outcome", json::kind::string, {"\"success\""}},
                          {"user.name", json::kind::string},
                          {"source.ip", json::kind::string},
                          {"http.response.status_code", json::kind::int64},
                          {"threat.framework", json::kind::string, {"\"MITRE ATT&CK\""}},
                          {"threat.technique.id.0", json::kind::string}}));
    finding.code = 403;
    check(siem_of(finding, SiemFormat::Ecs), {{"event.outcome", json::kind::string, {"\"failure\""}}});
    for (const Alert& alert : {test::incident_alert(), test::closed_incident_alert()})
        check(siem_of(*alert.incident, SiemFormat::Ecs), kEcs);
}

// A field of type ip refuses the whole document when it holds something else.
TEST(Siem, WhatIsNoAddressIsLeftOut) {
    Finding finding = test::secret_read();
    for (const char* text : {"", "somewhere", "192.0.2.1:80 ", "<script>", "10"}) {
        finding.actor->source_ip = text;
        EXPECT_FALSE(siem_of(finding, SiemFormat::Ecs).contains("source")) << text;
        EXPECT_EQ(json::serialize(siem_of(finding, SiemFormat::Ocsf)).find("src_endpoint"), std::string::npos)
            << text;
    }
    // The longest is an IPv4 address in one of IPv6.
    const std::string longest = "ABCD:ABCD:ABCD:ABCD:ABCD:ABCD:192.168.158.190";
    ASSERT_EQ(longest.size(), 45U);
    finding.actor->source_ip = longest;
    EXPECT_TRUE(siem_of(finding, SiemFormat::Ecs).contains("source"));
    finding.actor->source_ip = longest + "1";
    EXPECT_FALSE(siem_of(finding, SiemFormat::Ecs).contains("source"));
    finding.actor->source_ip = "2001:db8::1";
    EXPECT_TRUE(siem_of(finding, SiemFormat::Ecs).contains("source"));
}

// Whole documents: what is not named here is not in them.
json::value document_of(std::string text) {
    for (size_t at = text.find("VERSION"); at != std::string::npos; at = text.find("VERSION"))
        text.replace(at, 7, version());
    return json::parse(text);
}

TEST(Siem, AFindingInOcsfIsThis) {
    EXPECT_EQ(json::value(siem_of(test::secret_read(), SiemFormat::Ocsf)), document_of(R"({
"category_uid":2,"category_name":"Findings","class_uid":2004,"class_name":"Detection Finding",
"activity_id":1,"activity_name":"Create","type_uid":200401,"type_name":"Detection Finding: Create",
"severity_id":5,"severity":"Critical","time":1767607203500,
"metadata":{"version":"1.3.0","product":{"name":"redshank","vendor_name":"redshank","version":"VERSION"}},
"message":"mallory read secret payments/db-main, which everyone may read since 09:58.",
"status_id":1,"status":"New","count":3,"start_time":1767607201000,"end_time":1767607203500,
"finding_info":{"uid":"f_abcdefghijklmnopqrstuvwxyz","title":"Secret read through a grant to everyone",
 "desc":"mallory read secret payments/db-main, which everyone may read since 09:58.",
 "types":["secret-read-unprotected"],
 "analytic":{"name":"secret-read-unprotected","type_id":2,"type":"Behavioral","category":"secret_exposure"},
 "first_seen_time":1767607201000,"last_seen_time":1767607203500,
 "attacks":[{"technique":{"uid":"T1552.007"}}]},
"evidences":[{"actor":{"user":{"name":"mallory","groups":[{"name":"dev"}]}},
 "src_endpoint":{"ip":"203.0.113.9"},"api":{"operation":"get","response":{"code":200}}}],
"resources":[{"type":"secrets","name":"db-main","namespace":"payments","version":"v1"}],
"unmapped":{"cluster":"prod-eu",
 "grant":"RoleBinding payments/tmp → ClusterRole edit → Group system:authenticated",
 "reasons":["the grant is to every authenticated user"]}})"));
}

TEST(Siem, AFindingInEcsIsThis) {
    EXPECT_EQ(json::value(siem_of(test::secret_read(), SiemFormat::Ecs)), document_of(R"({
"@timestamp":"2026-01-05T10:00:03.500000Z","ecs":{"version":"8.11.0"},
"event":{"kind":"alert","category":["intrusion_detection"],"type":["info"],"module":"redshank",
 "dataset":"redshank.finding","provider":"redshank","id":"f_abcdefghijklmnopqrstuvwxyz","severity":99,
 "start":"2026-01-05T10:00:01.000000Z","end":"2026-01-05T10:00:03.500000Z","action":"get",
 "reason":"RoleBinding payments/tmp → ClusterRole edit → Group system:authenticated","outcome":"success"},
"observer":{"vendor":"redshank","product":"redshank","type":"ids","version":"VERSION"},
"message":"mallory read secret payments/db-main, which everyone may read since 09:58.",
"rule":{"name":"secret-read-unprotected","category":"secret_exposure",
 "description":"Secret read through a grant to everyone"},
"labels":{"severity":"critical","status":"firing","kind":"secret-read-unprotected"},
"user":{"name":"mallory","roles":["dev"]},"source":{"ip":"203.0.113.9"},
"user_agent":{"original":"curl/8.0"},
"orchestrator":{"type":"kubernetes","cluster":{"name":"prod-eu"},
 "resource":{"type":"secrets","name":"db-main"},"namespace":"payments","api_version":"v1"},
"http":{"response":{"status_code":200}},
"threat":{"framework":"MITRE ATT&CK","technique":{"id":["T1552.007"]}}})"));
}

// Each severity and state in the words and numbers of both.
TEST(Siem, SeveritiesAndEnds) {
    const struct {
        Severity severity;
        int risk, id;
        const char* word;
    } cases[] = {{Severity::Info, 1, 1, "Informational"},
                 {Severity::Low, 21, 2, "Low"},
                 {Severity::Medium, 47, 3, "Medium"},
                 {Severity::High, 73, 4, "High"},
                 {Severity::Critical, 99, 5, "Critical"}};
    for (const auto& c : cases) {
        Finding finding = test::secret_read();
        finding.severity = c.severity;
        EXPECT_EQ(siem_of(finding, SiemFormat::Ecs).at("event").at("severity"), c.risk);
        const json::object ocsf = siem_of(finding, SiemFormat::Ocsf);
        EXPECT_EQ(ocsf.at("severity_id"), c.id);
        EXPECT_EQ(ocsf.at("severity"), c.word);
    }
    Finding over = test::secret_read();
    over.status = FindingStatus::Resolved;
    const json::object ocsf = siem_of(over, SiemFormat::Ocsf);
    EXPECT_EQ(ocsf.at("status"), "Resolved");
    EXPECT_EQ(ocsf.at("status_id"), 4);
    EXPECT_EQ(ocsf.at("activity_name"), "Close");
    EXPECT_EQ(ocsf.at("type_name"), "Detection Finding: Close");
    const std::pair<int, const char*> outcomes[] = {{0, "unknown"},   {101, "success"}, {201, "success"},
                                                    {399, "success"}, {400, "failure"}, {500, "failure"}};
    for (const auto& [code, outcome] : outcomes) {
        over.code = code;
        const json::object ecs = siem_of(over, SiemFormat::Ecs);
        EXPECT_EQ(ecs.at("event").at("outcome"), outcome) << code;
        EXPECT_EQ(ecs.contains("http"), code != 0) << code;
    }
}

TEST(Siem, OfARuleItIsTheRule) {
    Finding finding = test::secret_read();
    finding.rule_id = "own-rule";
    finding.actor->impersonated = "root";
    const json::object ecs = siem_of(finding, SiemFormat::Ecs), ocsf = siem_of(finding, SiemFormat::Ocsf);
    EXPECT_EQ(ecs.at("rule").at("name"), "own-rule");
    EXPECT_EQ(ecs.at("rule").at("id"), "own-rule");
    EXPECT_EQ(ecs.at("user").at("effective").at("name"), "root");
    const json::object& analytic = ocsf.at("finding_info").at("analytic").as_object();
    EXPECT_EQ(analytic.at("name"), "own-rule");
    EXPECT_EQ(analytic.at("type_id"), 1);
    EXPECT_EQ(analytic.at("type"), "Rule");
}

TEST(Siem, StatesOfAnIncident) {
    Incident incident = *test::incident_alert().incident;
    json::object ocsf = siem_of(incident, SiemFormat::Ocsf);
    EXPECT_EQ(ocsf.at("status_id"), 1);
    EXPECT_EQ(ocsf.at("status"), "New");
    EXPECT_EQ(ocsf.at("assignee_group").at("name"), "unassigned");
    EXPECT_EQ(ocsf.at("start_time"), 1767607201000);
    EXPECT_EQ(ocsf.at("end_time"), 1767607203500);
    EXPECT_EQ(ocsf.at("unmapped"), document_of(R"({"incident":"i_abcdefghijklmnopqrstuvwxyz",
"title":"Secret read through a grant to everyone","cluster":"prod-eu","actors":["mallory"],
"objects":["secrets payments/db-main"]})"));
    incident.acknowledged = {test::kAlertTime, "erin", ""};
    ocsf = siem_of(incident, SiemFormat::Ocsf);
    EXPECT_EQ(ocsf.at("status_id"), 2);
    EXPECT_EQ(ocsf.at("status"), "In Progress");
    EXPECT_EQ(ocsf.at("assignee").at("name"), "erin");
    EXPECT_FALSE(ocsf.contains("assignee_group"));
    EXPECT_FALSE(siem_of(incident, SiemFormat::Ecs).at("event").as_object().contains("end"));
    incident.state = IncidentState::Closed;
    incident.closed = test::kAlertTime;
    ocsf = siem_of(incident, SiemFormat::Ocsf);
    EXPECT_EQ(ocsf.at("status_id"), 4);
    EXPECT_EQ(ocsf.at("status"), "Resolved");
    const json::object ecs = siem_of(incident, SiemFormat::Ecs);
    EXPECT_EQ(ecs.at("event").at("end"), "2026-01-05T10:00:05.000000Z");
    EXPECT_EQ(ecs.at("event").at("start"), "2026-01-05T10:00:01.000000Z");
    EXPECT_EQ(ecs.at("event").at("outcome"), "unknown");
    EXPECT_EQ(ecs.at("rule").at("name"), "secret-read-unprotected");
    EXPECT_EQ(ecs.at("related").at("user"), document_of(R"(["mallory"])"));
    EXPECT_EQ(ecs.at("labels").at("status"), "closed");
}

// Twenty findings at most, and one when none is known.
TEST(Siem, FindingsOfAnIncident) {
    Incident incident = *test::incident_alert().incident;
    incident.findings.clear();
    const auto infos = [&] { return siem_of(incident, SiemFormat::Ocsf).at("finding_info_list").as_array(); };
    ASSERT_EQ(infos().size(), 1U);
    EXPECT_EQ(infos()[0].at("uid"), "f_abcdefghijklmnopqrstuvwxyz");
    incident.lead.clear();
    EXPECT_EQ(infos()[0].at("uid"), "i_abcdefghijklmnopqrstuvwxyz");
    for (int i = 0; i < 30; ++i) {
        IncidentPart part;
        part.id = "f_" + std::to_string(i);
        part.kind = "k";
        incident.findings.push_back(part);
        EXPECT_EQ(infos().size(), std::min<size_t>(incident.findings.size(), 20U));
    }
    ASSERT_EQ(infos().size(), 20U);
    EXPECT_EQ(infos()[0].at("uid"), "f_0");
    EXPECT_EQ(infos()[0].at("title"), "k");
}

}  // namespace
}  // namespace redshank
