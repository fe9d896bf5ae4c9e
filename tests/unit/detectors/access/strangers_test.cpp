// Anonymous callers share one user name: each is the address that it comes from, and nobody hides behind
// another.
#include "detectors/strangers.h"

#include <gmock/gmock.h>

#include "tests/unit/detectors/access/diary.h"

using namespace redshank;
using namespace redshank::test;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

namespace {

const std::string kNobody = R"({"username":"system:anonymous","groups":["system:unauthenticated"]})";

std::string address(int n) {
    return "198." + std::to_string(51 + n / 65536) + "." + std::to_string(n / 256 % 256) + "." +
           std::to_string(n % 256);
}

Deed refused(const std::string& ip, int path) {
    return {.user = kNobody,
            .verb = "list",
            .resource = "r" + std::to_string(path),
            .ip = ip,
            .code = 403,
            .decision = "forbid",
            .uri = "/api/v1/r" + std::to_string(path)};
}

Deed discovers(const std::string& ip) {
    return {.user = kNobody, .ip = ip, .uri = "/apis", .has_object = false};
}

Deed lists_secrets(const std::string& ip) {
    return {.user = kNobody, .verb = "list", .resource = "secrets", .ns = "", .name = "", .ip = ip};
}

std::vector<std::string> critical(Diary& diary) {
    std::vector<std::string> out;
    for (const Finding& finding : diary.told()) {
        if (finding.severity == Severity::Critical) out.push_back(finding.actor->source_ip);
    }
    return out;
}

// The adversary: thousands of scanners first, then one who gets in.
TEST(Strangers, AnIntruderDoesNotHideBehindScanners) {
    Diary diary;
    for (int n = 0; n < 3'000; ++n) {
        const double hour = 1 + n / 1'000.0;
        for (int path = 0; path < (n % 10 == 0 ? 12 : 1); ++path) diary.at(hour, refused(address(n), path));
        diary.at(hour, discovers(address(n)));
    }
    EXPECT_THAT(diary.kinds(), UnorderedElementsAre("anonymous-success", "refusal-burst"));
    diary.at(4.1, lists_secrets("203.0.113.9"));
    EXPECT_THAT(critical(diary), ElementsAre("203.0.113.9"));
    diary.at(4.2, {.user = kNobody, .verb = "create", .ip = "203.0.113.10"});
    EXPECT_THAT(critical(diary), ElementsAre("203.0.113.9", "203.0.113.10"));
    // A scanner who gets in is one of his own, too, and what he finds out then is his.
    diary.at(4.3, lists_secrets(address(0)));
    diary.at(4.4, discovers(address(0)));
    const std::vector<Finding> told = diary.told();
    ASSERT_EQ(told.size(), 5U);
    EXPECT_EQ(told.back().actor->source_ip, address(0));
    EXPECT_EQ(told.back().count, 2U);
}

TEST(Strangers, APrivateAddressIsNoScannerOfTheInternet) {
    Diary diary;
    for (const char* ip : {"10.0.0.8", "10.0.0.9"}) {
        for (int path = 0; path < 12; ++path) diary.at(1, refused(ip, path));
    }
    EXPECT_THAT(diary.kinds(), ElementsAre("refusal-burst", "refusal-burst"));
}

// Of Secrets, too: one finding of medium weight about the server. From inside, it is somebody in a pod or on
// a node who has no credentials yet.
TEST(Strangers, ARefusedScanReachesNothing) {
    for (const auto& [ip, worst] :
         {std::pair{"203.0.113.9", Severity::Medium}, std::pair{"10.0.0.8", Severity::High}}) {
        Diary diary;
        diary.at(0, {});
        for (int i = 0; i < 12; ++i) {
            Deed deed = refused(ip, i);
            deed.resource = i % 2 == 0 ? "secrets" : "clusterroles";
            if (i % 2 != 0) deed.group = "rbac.authorization.k8s.io";
            deed.ns = "ns" + std::to_string(i);
            diary.at(15 * 24 + i / 600.0, deed);
        }
        ASSERT_EQ(diary.told().size(), 1U);
        EXPECT_EQ(diary.told()[0].severity, worst) << ip;
    }
}

TEST(Strangers, AnIpv6HostIsOneCaller) {
    Diary diary;
    diary.at(1, lists_secrets("2001:db8:1:2::1"));
    diary.at(1, lists_secrets("2001:db8:1:2::2"));
    EXPECT_EQ(diary.told().size(), 1U);
    diary.at(1, lists_secrets("2001:db8:1:3::1"));
    EXPECT_EQ(diary.told().size(), 2U);
}

// A flood of callers who all get in: the crowd is one finding for each action, which a new action is not in.
TEST(Strangers, ACrowdThatGetsInIsBounded) {
    Diary diary;
    for (int n = 0; n < 500; ++n) diary.at(1 + n / 1'000.0, lists_secrets(address(n)));
    const size_t places = Strangers::kPlaces;
    ASSERT_EQ(diary.told().size(), places + 1);
    const Finding crowd = diary.told().back();
    EXPECT_EQ(crowd.title, "Anonymous callers at many addresses do the same");
    EXPECT_EQ(crowd.count, 500 - places);
    diary.at(2, {.user = kNobody, .verb = "create", .subresource = "exec", .ip = "203.0.113.9", .code = 101});
    ASSERT_EQ(diary.told().size(), places + 2);
    EXPECT_EQ(diary.told().back().actor->source_ip, "203.0.113.9");
}

TEST(Strangers, APlaceIsFreeAfterAQuietDay) {
    Strangers strangers("t");
    const audit::Time start = *audit::parse_time("2026-01-05T00:00:00Z");
    const auto at = [&](int hours) { return start + std::chrono::hours{hours}; };
    for (int n = 0; n < static_cast<int>(Strangers::kPlaces); ++n)
        EXPECT_EQ(strangers.place("c", address(n), at(0)), address(n));
    EXPECT_EQ(strangers.place("c", "203.0.113.9", at(1)), Strangers::kMany);
    EXPECT_EQ(strangers.place("d", "203.0.113.9", at(1)), "203.0.113.9") << "another cluster";
    EXPECT_EQ(strangers.place("c", address(3), at(20)), address(3));
    EXPECT_EQ(strangers.find("c", "203.0.113.9", at(23)), Strangers::kMany);
    EXPECT_EQ(strangers.place("c", "203.0.113.9", at(24)), "203.0.113.9");
    Rows rows;
    strangers.save(rows);
    EXPECT_EQ(
        rows.get("t", "c\x1f"),
        R"({"all":[["198.51.0.3",1767643200000000],["203.0.113.9",1767657600000000]],"last":1767657600000000})");
}

}  // namespace
