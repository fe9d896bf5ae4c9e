// An identity provider gives everybody a new name. One new name alone is somebody new.
#include "detectors/renames.h"

#include <gmock/gmock.h>

#include "tests/unit/detectors/access/acts.h"

namespace redshank::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr int kDays = 14;
constexpr auto kHome = "10.0.0.7", kClient = "kubectl/v1.32.0", kAbroad = "203.0.113.9";

class RenamesTest : public ::testing::Test {
  protected:
    // Two weeks of four people.
    RenamesTest() {
        for (int hour = 8; hour < kDays * 24; hour += 5) {
            for (const char* name : {"anna", "bert", "cora", "dora"})
                come(std::string(name) + "@corp.example", hour);
        }
    }

    // Returns who that was before, "" when nobody.
    std::string come(const std::string& name, int hour, const char* ip = kHome, const char* agent = kClient,
                     const std::string& impersonated = "") {
        const audit::Time time = start_ + std::chrono::hours{hour};
        EventSpec spec{.user = person(name), .impersonated = impersonated};
        spec.source_ip = ip, spec.agent = agent;
        spec.received = spec.time = audit::format_time(time);
        const ParsedEvent event = spec.parsed();
        const Origin origin{.cluster = "c", .source = "audit.log", .offset = ++events_};
        const Request request = symbols_.understand(*event);
        const Observation seen{
            .event = *event, .request = request, .origin = origin, .answers = true, .now = time};
        renames_.observe(seen);
        const NamesRow::One* former = renames_.former(seen);
        return former == nullptr ? "" : stored(former->name);
    }

    const audit::Time start_ = *audit::parse_time("2026-01-05T00:00:00Z");
    uint64_t events_ = 0;
    Symbols symbols_;
    Renames renames_{"test"};
};

constexpr int kThenHour = kDays * 24 + 8;

TEST_F(RenamesTest, ThreePeopleAreACrowdAndColleaguesFollow) {
    EXPECT_EQ(come("oidc:anna", kThenHour), "");
    EXPECT_EQ(come("oidc:bert", kThenHour), "");
    EXPECT_EQ(come("oidc:cora", kThenHour), "cora@corp.example");
    EXPECT_EQ(come("oidc:anna", kThenHour + 1), "anna@corp.example");
    EXPECT_EQ(come("oidc:dora", kThenHour + 5 * 24), "dora@corp.example");
    EXPECT_EQ(come("oidc:emil", kThenHour + 1), "") << "nobody before";
    EXPECT_EQ(come("anna@corp.example", kThenHour), "");
}

TEST_F(RenamesTest, StrangersAreNobodyOfOld) {
    come("oidc:anna", kThenHour);
    EXPECT_EQ(come("oidc:anna", kThenHour + 2), "") << "one alone";
    come("oidc:bert", kThenHour + 2);
    EXPECT_EQ(come("oidc:dora", kThenHour + 2, kAbroad), "") << "from elsewhere";
    EXPECT_EQ(come("oidc:cora", kThenHour + 2, kHome, "curl/8.5.0"), "") << "another client";
    EXPECT_EQ(come("sso:cora", kThenHour + 2), "") << "another way";
    EXPECT_EQ(come("system:cora", kThenHour + 2), "") << "a reserved name";
    EXPECT_EQ(come("gate", kThenHour + 2, kHome, kClient, R"({"username":"oidc:cora"})"), "") << "a proxy";
    EXPECT_EQ(come("oidc:anna", kThenHour + 3), "") << "still two";
}

TEST_F(RenamesTest, OverDaysNobodyIsACrowd) {
    for (int day = 0; const char* name : {"anna", "bert", "cora"})
        EXPECT_EQ(come(std::string("oidc:") + name, kThenHour + 25 * day++), "");
}

TEST_F(RenamesTest, WhoStillUsesTheOldNameHasNoNewOne) {
    for (const char* name : {"anna", "bert", "cora", "dora"}) come(std::string("oidc:") + name, kThenHour);
    come("dora@corp.example", kThenHour + 3);
    EXPECT_EQ(come("oidc:dora", kThenHour + 4), "");
    EXPECT_EQ(come("oidc:anna", kThenHour + 4), "anna@corp.example") << "the others have";
    come("anna@corp.example", kThenHour + 5);
    EXPECT_EQ(come("oidc:bert", kThenHour + 6), "") << "two are no crowd";
}

TEST_F(RenamesTest, AreKept) {
    for (const char* name : {"anna", "bert", "cora"}) come(std::string("oidc:") + name, kThenHour);
    Rows rows;
    renames_.save(rows);
    renames_ = Renames("test");
    renames_.load(rows);
    EXPECT_EQ(come("oidc:anna", kThenHour + 1), "anna@corp.example");
}

// What the people of old did is no news under their new names; what they never did is.
TEST(RenamedPeople, AreOneEventOfTheCluster) {
    const std::string all = R"(RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "ops" to Group "o")";
    const auto reads = [&](const std::string& name) {
        Deed deed = of_secret("list", "kube-system", "");
        deed.user = person(name, name.find(':') == std::string::npos ? "ops" : "oidc:ops");
        deed.reason = all;
        return deed;
    };
    Cluster cluster({}, {reads("dora"), reads("emil"), reads("fred")});
    for (const char* name : {"oidc:dora", "oidc:emil", "oidc:fred"}) {
        Deed deed = reads(name);
        deed.verb = "get", deed.resource = "pods", deed.ns = "shop", deed.name = "web";
        cluster.diary.at(kThen, deed);
    }
    for (const char* name : {"oidc:dora", "oidc:emil", "oidc:fred"}) cluster.diary.at(kThen + 1, reads(name));
    const std::vector<Finding> told = cluster.diary.told();
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].severity, Severity::Low);
    EXPECT_THAT(told[0].summary, HasSubstr("3 logins changed their names in the same way"));
    EXPECT_FALSE(told[0].actor) << "it is about all of them";
    EXPECT_FALSE(told[0].object);
    EXPECT_EQ(told[0].verb, "");
    EXPECT_EQ(told[0].count, 3U);
    EXPECT_THAT(told[0].evidence, SizeIs(3));
    Deed more = reads("oidc:dora");
    more.ns = "", more.agent = "curl/8.5.0";
    cluster.diary.at(kThen + 2, more);
    ASSERT_THAT(cluster.pages(), SizeIs(1));
    EXPECT_EQ(cluster.pages()[0].who().user, "oidc:dora");
    EXPECT_THAT(cluster.pages()[0].summary, HasSubstr("in 13 days"));
}

}  // namespace
}  // namespace redshank::test
