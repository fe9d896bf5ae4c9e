// The findings of one person, among many of others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/questions/findings.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EachFindingTest : public ::testing::Test {
  protected:
    void add(const std::string& id, const std::string& user, const std::string& impersonated = "") {
        Finding finding{.id = id,
                        .time = *audit::parse_time("2026-01-05T10:00:00Z"),
                        .detector = "rule",
                        .kind = "k",
                        .severity = Severity::High};
        finding.actor = FindingActor{.user = user, .impersonated = impersonated};
        store_->begin();
        store_->upsert_finding(finding);
        ASSERT_TRUE(store_->commit());
    }
    std::vector<std::string> of(const std::string& user, size_t most = SIZE_MAX) {
        FindingsFilter filter;
        filter.user = user;
        filter.query.most = most;
        std::vector<std::string> out;
        each_finding(*store_, filter, [&](const Finding& finding) { out.push_back(finding.id); });
        return out;
    }
    test::TempDir dir_;
    const std::unique_ptr<Store> store_ = Store::open(dir_.file("redshank.db"), Store::Mode::ReadWrite);
};

TEST_F(EachFindingTest, OthersDoNotCount) {
    add("f_old", "alice");
    for (int i = 0; i < 20; ++i) add("f_" + std::to_string(i), "bob");
    add("f_longer", "malice");
    EXPECT_THAT(of("alice", 2), ElementsAre("f_old"));
    EXPECT_THAT(of("carol"), IsEmpty());
}

TEST_F(EachFindingTest, WhoIsActedAsCounts) {
    add("f_as", "bob", "alice");
    EXPECT_THAT(of("alice"), ElementsAre("f_as"));
    EXPECT_THAT(of("bob"), ElementsAre("f_as"));
}

TEST_F(EachFindingTest, NamesThatJsonWritesInAnotherWay) {
    const std::string names[] = {"\"alice\"", "a\\b/c", "\xe2\x98\x83", "o'neil \xe2\x98\x83 smith",
                                 "\n",        "x\ty"};
    for (const std::string& name : names) add("f_" + name, name);
    for (const std::string& name : names) EXPECT_THAT(of(name), ElementsAre("f_" + name)) << name;
}

}  // namespace
}  // namespace redshank
