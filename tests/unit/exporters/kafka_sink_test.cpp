// The receiver of type "kafka" against librdkafka's mock cluster: real sockets.
#include "exporters/kafka_sink.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <map>

#include "core/finding/finding_json.h"
#include "daemon/config/config.h"
#include "daemon/delivery/transport.h"
#include "exporters/registry.h"
#include "tests/support/mock_kafka.h"
#include "tests/unit/exporters/sample_alerts.h"

namespace redshank {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class KafkaSinkTest : public testing::Test {
  protected:
    KafkaSinkTest() { kafka_.make_topic("findings", 1); }

    std::unique_ptr<AlertSink> sink(SiemFormat format = SiemFormat::Own,
                                    audit::Duration timeout = 30s) const {
        ReceiverConfig receiver{.name = "r", .type = "kafka"};
        receiver.http.timeout = timeout;
        receiver.own = KafkaSinkConfig{
            .connection = {.brokers = {kafka_.address()}}, .topic = "findings", .format = format};
        return std::move(make_sinks(receiver).at(0).sink);
    }
    // Sends an alert by each sink at once; the answers by token, from 1 on.
    static std::map<uint64_t, HttpAnswer> send(const AlertSink& sink, const std::vector<Alert>& alerts) {
        const auto transport = make_transport();
        uint64_t token = 0;
        for (const Alert& alert : alerts)
            transport->send(++token, sink.render({&alert, 1}, test::kAlertTime), {});
        std::map<uint64_t, HttpAnswer> answers;
        while (answers.size() < alerts.size()) {
            for (auto& [of, answer] : transport->poll(1s)) EXPECT_TRUE(answers.emplace(of, answer).second);
        }
        return answers;
    }

    test::MockKafka kafka_;
};

Alert of_finding() {
    Alert alert = test::incident_alert();
    alert.incident.reset();
    return alert;
}

TEST_F(KafkaSinkTest, FindingsAndEndsOfIncidentsAreRecordsWithTheirIdAsKey) {
    const Alert finding = of_finding(), part = test::incident_alert(), end = test::closed_incident_alert();
    const auto own = sink();
    for (const auto& [token, answer] : send(*own, {finding, part, end})) {
        EXPECT_EQ(answer.status, 200) << token << " " << answer.detail;
        EXPECT_EQ(own->judge(answer).kind, Verdict::Kind::Delivered);
    }
    const auto records = kafka_.read("findings", 0, 3);
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0].key, finding.finding.id);
    EXPECT_EQ(records[0].value, to_json(finding.finding));
    EXPECT_THAT(records[0].headers, ElementsAre(Pair("redshank-notification", finding.notification),
                                                Pair("redshank-type", "finding")));
    EXPECT_EQ(records[1].key, part.finding.id);
    EXPECT_EQ(records[1].headers.at("redshank-incident"), part.incident->id);
    EXPECT_EQ(records[2].key, end.incident->id);
    EXPECT_EQ(records[2].headers.at("redshank-type"), "incident");
    EXPECT_EQ(boost::json::parse(records[2].value).at("state").as_string(), "closed");
}

TEST_F(KafkaSinkTest, SpeaksTheWordsOfSiems) {
    send(*sink(SiemFormat::Ocsf), {of_finding()});
    send(*sink(SiemFormat::Ecs), {test::closed_incident_alert()});
    Alert test = of_finding();
    test.test = true;
    send(*sink(), {test});
    const auto records = kafka_.read("findings", 0, 3);
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(boost::json::parse(records[0].value).at("class_uid").to_number<int>(), 2004);
    EXPECT_EQ(boost::json::parse(records[1].value).at_pointer("/event/kind").as_string(), "alert");
    EXPECT_EQ(records[2].headers.at("redshank-test"), "true");
}

TEST_F(KafkaSinkTest, WhatBrokersRefuseIsAnswered) {
    const auto own = sink(SiemFormat::Own, 2s);
    constexpr int16_t kProduce = 0;
    kafka_.fail(kProduce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    const HttpAnswer too_long = send(*own, {of_finding()}).at(1);
    EXPECT_EQ(too_long.status, 413);
    EXPECT_EQ(own->judge(too_long).kind, Verdict::Kind::Dead);

    // librdkafka tries again by itself what may pass.
    kafka_.fail(kProduce,
                {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
    EXPECT_EQ(send(*own, {of_finding()}).at(1).status, 200);

    kafka_.set_up(1, false);
    const HttpAnswer away = send(*sink(SiemFormat::Own, 1s), {of_finding()}).at(1);
    EXPECT_EQ(away.status, 0);
    EXPECT_EQ(away.problem, "timeout");
    EXPECT_EQ(own->judge(away).kind, Verdict::Kind::Retry);
}

std::string problem_of(const std::string& keys) {
    try {
        parse_config("[[receiver]]\nname = 'r'\ntype = 'kafka'\n" + keys, "x.toml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(KafkaSinkConfig, NeedsBrokersAndATopic) {
    EXPECT_EQ(problem_of("brokers = ['kafka-0:9092']\ntopic = 'redshank.findings'\nformat = 'ocsf'\n"), "");
    EXPECT_THAT(problem_of("topic = 'a'\n"), HasSubstr("brokers"));
    EXPECT_THAT(problem_of("brokers = ['k:1']\n"), HasSubstr("topic"));
    EXPECT_THAT(problem_of("brokers = ['k:1']\ntopic = 'audit-*'\n"), HasSubstr("x.toml:5:"));
    EXPECT_THAT(problem_of("brokers = ['k:1']\ntopic = 'a'\nformat = 'cef'\n"), HasSubstr("ocsf"));
    EXPECT_THAT(problem_of("brokers = ['k:1']\ntopic = 'a'\nproxy = 'http://p:1'\n"), HasSubstr("directly"));
    EXPECT_THAT(problem_of("brokers = ['k:1']\ntopic = 'a'\nallow_private_addresses = false\n"),
                HasSubstr("x.toml:6:"));
}

}  // namespace
}  // namespace redshank
