// What the schemas ask for, by hand from
//   OCSF 1.3.0: events/base_event.json, events/findings/{finding,detection_finding,incident_finding}.json,
//     objects/{metadata,product,finding_info,analytic}.json of github.com/ocsf/ocsf-schema
//   ECS 8.11.0: event.kind, event.category, event.type, event.outcome, threat.framework of
//     www.elastic.co/guide/en/ecs/8.11
#include "exporters/siem.h"

#include <gtest/gtest.h>

#include <set>

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
    finding.actor->source_ip = "2001:db8::1";
    EXPECT_TRUE(siem_of(finding, SiemFormat::Ecs).contains("source"));
}

}  // namespace
}  // namespace redshank
