// A person's login that is used in two networks at once.
#include <gmock/gmock.h>

#include "tests/unit/detectors/access/diary.h"

using namespace redshank;
using namespace redshank::test;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

constexpr double kThen = 14 * 24 + 10, kMinute = 1.0 / 60;

access::Config only_named() {
    access::Config config = Diary::short_learning();
    config.disable = {"unusual-access", "off-hours"};
    return config;
}

Deed at_work(const std::string& name, const std::string& ip,
             const std::string& credential = "X509SHA256=aa") {
    Deed deed{.verb = "list", .name = "", .ip = ip};
    deed.user = R"({"username":")" + name + R"(","groups":["dev","system:authenticated"])";
    if (!credential.empty())
        deed.user += R"(,"extra":{"authentication.kubernetes.io/credential-id":[")" + credential + R"("]})";
    deed.user += "}";
    return deed;
}

// Two weeks of a person in the office.
Diary two_weeks(const std::string& credential = "X509SHA256=aa") {
    Diary diary(only_named());
    for (int day = 0; day < 14; ++day)
        diary.through(day * 24 + 8, day * 24 + 17, 1, at_work("rosa", "10.20.0.4", credential));
    return diary;
}

struct Use {
    double minute;
    const char* ip;
};

TEST(TwoNetworks, InTurnWithinAnHourIsTold) {
    const struct {
        const char* what;
        std::vector<Use> uses;
        size_t told;
    } kCases[] = {
        {"one network", {{0, "10.20.0.4"}, {5, "10.20.0.9"}, {9, "10.20.0.4"}}, 0},
        {"left for another", {{0, "10.20.0.4"}, {5, "198.51.100.7"}, {9, "198.51.100.7"}}, 0},
        {"and back in the afternoon", {{0, "10.20.0.4"}, {5, "198.51.100.7"}, {66, "10.20.0.4"}}, 0},
        {"there and back", {{0, "10.20.0.4"}, {5, "198.51.100.7"}, {64, "10.20.0.4"}}, 0},
        {"in turn", {{0, "10.20.0.4"}, {5, "198.51.100.7"}, {9, "10.20.0.4"}, {12, "198.51.100.7"}}, 1},
        {"home was left long ago", {{-190, "10.20.0.4"}, {5, "198.51.100.7"}, {9, "10.20.0.4"}}, 0},
        {"both families", {{0, "10.20.0.4"}, {5, "2001:db8::7"}, {9, "10.20.0.4"}, {12, "2001:db8::7"}}, 0},
        {"mapped",
         {{0, "10.20.0.4"}, {5, "::ffff:10.20.0.4"}, {9, "10.20.0.4"}, {12, "::ffff:10.20.0.4"}},
         0},
    };
    for (const auto& one : kCases) {
        for (const bool has_id : {true, false}) {
            for (const bool restarts : {false, true}) {
                SCOPED_TRACE(one.what + std::string(has_id ? ", one certificate" : ", no id"));
                const std::string id = has_id ? "X509SHA256=aa" : "";
                Diary diary = two_weeks(id);
                for (const Use& use : one.uses) {
                    diary.at(kThen + use.minute * kMinute, at_work("rosa", use.ip, id));
                    if (restarts) diary.restart();
                }
                const auto told = diary.told();
                ASSERT_THAT(told, SizeIs(one.told));
                if (told.empty()) continue;
                EXPECT_EQ(told[0].kind, "token-used-elsewhere");
                EXPECT_EQ(told[0].severity, Severity::Low);
                EXPECT_EQ(told[0].who().source_ip, "198.51.100.7");
                EXPECT_THAT(told[0].summary, HasSubstr("used at 198.51.100.7 and at 10.20.0.4 in turn"));
            }
        }
    }
}

// Two logins of one person (a laptop, a jump host) are no copy.
TEST(TwoNetworks, AnotherCertificateIsNoCopy) {
    Diary diary = two_weeks();
    diary.at(kThen, at_work("rosa", "10.20.0.4"));
    diary.at(kThen + 5 * kMinute, at_work("rosa", "198.51.100.7", "X509SHA256=bb"));
    diary.at(kThen + 9 * kMinute, at_work("rosa", "10.20.0.4"));
    diary.at(kThen + 12 * kMinute, at_work("rosa", "198.51.100.7", "X509SHA256=bb"));
    EXPECT_THAT(diary.told(), IsEmpty());
}

TEST(TwoNetworks, IsToldOnceOfAPersonAndOfThreePeopleAtMost) {
    Diary diary(only_named());
    const std::vector<std::string> names{"ada", "ben", "cleo", "dan"};
    for (int day = 0; day < 14; ++day) {
        for (const std::string& name : names)
            diary.through(day * 24 + 8, day * 24 + 12, 1, at_work(name, "10.20.0.4", name));
    }
    for (int day = 14; day < 16; ++day) {
        double hour = day * 24 + 8;
        for (const std::string& name : names) {
            for (const char* ip : {"10.20.0.4", "198.51.100.7", "10.20.0.4", "198.51.100.7"})
                diary.at(hour += kMinute, at_work(name, ip, name));
        }
    }
    EXPECT_THAT(diary.told(), SizeIs(3));
}

// Who worked so while the cluster was learnt.
TEST(TwoNetworks, TellsNothingOfWhoWasInTwoBefore) {
    Diary diary(only_named());
    for (int day = 0; day < 3; ++day) {
        for (int hour = day * 24 + 8; hour < day * 24 + 17; ++hour) {
            diary.at(hour, at_work("rosa", "10.20.0.4"));
            if (day == 2) diary.at(hour + 0.3, at_work("rosa", "10.99.0.4"));
            diary.at(hour + 0.6, at_work("rosa", "10.20.0.4"));
        }
    }
    for (const char* ip : {"10.20.0.4", "198.51.100.7", "10.20.0.4", "198.51.100.7"})
        diary.at(kThen, at_work("rosa", ip));
    EXPECT_THAT(diary.told(), IsEmpty());
}

// More than what she always does there, with her client, is no tunnel.
TEST(TwoNetworks, WhatIsUnusualInTheOtherIsMedium) {
    constexpr const char *kHome = "10.20.0.4", *kOther = "198.51.100.7";
    struct Step {
        double minute;
        const char* ip;
        const char *resource, *agent;
    };
    constexpr const char *kPods = "pods", *kSecrets = "secrets", *kOwn = "kubectl/v1.32.0",
                         *kCurl = "curl/8.5.0";
    const struct {
        const char* what;
        std::vector<Step> steps;
        Severity severity;
    } kCases[] = {
        {"her work",
         {{0, kHome, kPods, kOwn},
          {5, kOther, kPods, kOwn},
          {9, kHome, kPods, kOwn},
          {12, kOther, kPods, kOwn}},
         Severity::Low},
        {"another client",
         {{0, kHome, kPods, kOwn},
          {5, kOther, kPods, kCurl},
          {9, kHome, kPods, kOwn},
          {12, kOther, kPods, kOwn}},
         Severity::Medium},
        {"at last another client",
         {{0, kHome, kPods, kOwn},
          {5, kOther, kPods, kOwn},
          {9, kHome, kPods, kOwn},
          {12, kOther, kPods, kCurl}},
         Severity::Medium},
        {"Secrets, at first",
         {{0, kHome, kPods, kOwn},
          {5, kOther, kSecrets, kOwn},
          {9, kHome, kPods, kOwn},
          {12, kOther, kPods, kOwn}},
         Severity::Medium},
        {"Secrets at home",
         {{0, kHome, kPods, kOwn},
          {5, kOther, kPods, kOwn},
          {9, kHome, kSecrets, kOwn},
          {12, kOther, kPods, kOwn}},
         Severity::Low},
        {"Secrets, after it was told",
         {{0, kHome, kPods, kOwn},
          {5, kOther, kPods, kOwn},
          {9, kHome, kPods, kOwn},
          {12, kOther, kPods, kOwn},
          {40, kOther, kSecrets, kOwn}},
         Severity::Medium},
        {"Secrets, in a third",
         {{0, kHome, kPods, kOwn},
          {5, kOther, kPods, kOwn},
          {9, kHome, kPods, kOwn},
          {12, kOther, kPods, kOwn},
          {40, "203.0.113.9", kSecrets, kOwn}},
         Severity::Low},
        {"Secrets, after an hour",
         {{0, kHome, kPods, kOwn},
          {5, kOther, kPods, kOwn},
          {9, kHome, kPods, kOwn},
          {12, kOther, kPods, kOwn},
          {72.1, kOther, kSecrets, kOwn}},
         Severity::Low},
        {"Secrets long before, from another visit",
         {{-150, kHome, kPods, kOwn},
          {-145, kOther, kSecrets, kOwn},
          {0, kHome, kPods, kOwn},
          {5, kOther, kPods, kOwn},
          {9, kHome, kPods, kOwn},
          {12, kOther, kPods, kOwn}},
         Severity::Low},
    };
    for (const auto& one : kCases) {
        for (const bool restarts : {false, true}) {
            SCOPED_TRACE(one.what);
            Diary diary = two_weeks();
            for (const Step& step : one.steps) {
                Deed deed = at_work("rosa", step.ip);
                deed.resource = step.resource, deed.agent = step.agent;
                diary.at(kThen + step.minute * kMinute, deed);
                if (restarts) diary.restart();
            }
            const auto told = diary.told();
            ASSERT_THAT(told, SizeIs(1));
            EXPECT_EQ(told[0].severity, one.severity);
        }
    }
}

}  // namespace
