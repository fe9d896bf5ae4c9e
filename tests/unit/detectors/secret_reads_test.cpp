// The table behind `redshank secrets`, asked directly: which reads count for which question.
#include <gmock/gmock.h>

#include "detectors/secrets/reads.h"
#include "tests/support/events.h"
#include "tests/support/memory_state.h"

namespace redshank::secrets {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kTmp = "RoleBinding shop/tmp → ClusterRole edit → Group dev";
const std::string kOps = "ClusterRoleBinding ops → ClusterRole cluster-admin → User alice";
const SecretScope kDb{"shop", "db", {}}, kWeb{"shop", "web", {}};

audit::Grant grant_of(const std::string& binding, const std::string& subject) {
    return {.authorizer = "RBAC",
            .binding_kind = "RoleBinding",
            .binding_namespace = "shop",
            .binding_name = binding,
            .role_kind = "ClusterRole",
            .role_name = "edit",
            .subject_kind = "Group",
            .subject_name = subject};
}

test::ParsedEvent read_at(int second, const std::string& user = "alice", const std::string& as = "") {
    test::EventSpec spec;
    spec.user = R"({"username":")" + user + R"("})";
    if (!as.empty()) spec.impersonated = R"({"username":")" + as + R"("})";
    spec.time = "2026-01-05T10:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + "Z";
    return spec.parsed();
}

audit::Time at(int second) {
    return *audit::parse_time("2026-01-05T10:00:00Z") + std::chrono::seconds{second};
}

class SecretReadsTest : public testing::Test {
  protected:
    void add(int second, const SecretScope& scope, const std::string& grant, const char* verdict,
             const std::string& user = "alice", const std::string& as = "") {
        reads_.add(*read_at(second, user, as), scope, grant, 0, verdict);
    }
    std::vector<std::string> only_through(const std::string& binding, int since) const {
        std::vector<std::string> out;
        for (const Reads::Row& row : reads_.only_through(binding, at(since)))
            out.push_back(stored(row.user) + " " + stored(row.secret));
        return out;
    }
    std::vector<Reads::Row> rows() {
        test::MemoryState state;
        reads_.save(state, "");
        Reads again("c");
        again.load(state, "");
        std::vector<Reads::Row> out = again.only_through("RoleBinding shop/tmp", audit::Time{});
        EXPECT_EQ(again.size(), reads_.size());
        return out;
    }

    Reads reads_{"c"};
};

// Each verdict, and what the read counts for.
TEST_F(SecretReadsTest, WhatEachVerdictCountsFor) {
    const struct {
        const char* verdict;
        bool is_read, is_own_right, is_used, is_harmless;
    } cases[] = {{"in-order", true, true, true, true},
                 {"not-judged", true, true, true, true},
                 {"exposed", true, false, false, false},
                 {"refused", false, false, false, false}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.verdict);
        Reads reads("c");
        const test::ParsedEvent event = read_at(1);
        reads.add(*event, kDb, kTmp, 0, c.verdict);
        EXPECT_EQ(reads.has_read(*event, kDb), c.is_read);
        EXPECT_FALSE(reads.has_read(*event, kWeb));
        EXPECT_EQ(reads.knows_caller(*event), c.is_read);
        EXPECT_EQ(reads.knows_grant(kTmp), c.is_read);
        EXPECT_FALSE(reads.knows_grant(kOps));
        EXPECT_EQ(reads.knows_binding(grant_of("tmp", "others")), c.is_read) << "whatever subject it was";
        EXPECT_FALSE(reads.knows_binding(grant_of("tm", "dev")));
        EXPECT_FALSE(reads.knows_binding(grant_of("tmp2", "dev")));
        EXPECT_EQ(reads.has_own_right(*event, kDb, kOps), c.is_own_right);
        EXPECT_FALSE(reads.has_own_right(*event, kDb, kTmp)) << "that is the grant in question";
        EXPECT_EQ(reads.has_used("alice", grant_of("tmp", "others")), c.is_used);
        EXPECT_EQ(reads.only_through("RoleBinding shop/tmp", at(0)).size(), c.is_harmless ? 1U : 0U);
    }
}

// A refused attempt before the read, or after it, changes nothing of what the read counts for.
TEST_F(SecretReadsTest, RefusalsHideNoRead) {
    for (const bool is_first : {true, false}) {
        Reads reads("c");
        const test::ParsedEvent event = read_at(1);
        for (const bool is_refusal : {is_first, !is_first})
            reads.add(*event, kDb, is_refusal ? "" : kTmp, 0, is_refusal ? "refused" : "in-order");
        EXPECT_TRUE(reads.has_read(*event, kDb));
        EXPECT_TRUE(reads.has_own_right(*event, kDb, kOps));
        EXPECT_TRUE(reads.has_used("alice", grant_of("tmp", "dev")));
    }
}

TEST_F(SecretReadsTest, ACallerIsWhoAskedAndAsWhom) {
    add(1, kDb, kTmp, "in-order", "alice", "bob");
    EXPECT_TRUE(reads_.knows_caller(*read_at(1, "alice", "bob")));
    EXPECT_FALSE(reads_.knows_caller(*read_at(1, "alice")));
    EXPECT_FALSE(reads_.knows_caller(*read_at(1, "bob")));
    EXPECT_FALSE(reads_.has_read(*read_at(1, "alice"), kDb));
    EXPECT_FALSE(reads_.has_used("alice", grant_of("tmp", "dev"))) << "it was bob's right";
    EXPECT_FALSE(reads_.has_used("bob", grant_of("tmp", "dev")));
    EXPECT_FALSE(reads_.has_used("alice", std::nullopt));
}

TEST_F(SecretReadsTest, OnlyThroughABindingSinceItsMoment) {
    add(5, kDb, kTmp, "in-order");
    EXPECT_THAT(only_through("RoleBinding shop/tmp", 4), ElementsAre("alice shop/db"));
    EXPECT_THAT(only_through("RoleBinding shop/tmp", 5), ElementsAre("alice shop/db")) << "at that moment";
    EXPECT_THAT(only_through("RoleBinding shop/tmp", 6), IsEmpty());
    EXPECT_THAT(only_through("RoleBinding shop/tm", 4), IsEmpty()) << "the name of another begins so";
    EXPECT_THAT(only_through("ClusterRole edit", 4), IsEmpty());
}

TEST_F(SecretReadsTest, WhoHadReadItBeforeThroughAnotherNeededNoBinding) {
    add(5, kDb, kTmp, "in-order");
    add(5, kDb, kOps, "in-order");
    EXPECT_THAT(only_through("RoleBinding shop/tmp", 0), ElementsAre("alice shop/db")) << "not before it";
    add(4, kDb, kOps, "exposed");
    EXPECT_THAT(only_through("RoleBinding shop/tmp", 0), ElementsAre("alice shop/db")) << "in no order";
    add(4, kWeb, kOps, "in-order");
    EXPECT_THAT(only_through("RoleBinding shop/tmp", 0), ElementsAre("alice shop/db")) << "another Secret";
    add(4, kDb, kOps, "in-order", "bob");
    EXPECT_THAT(only_through("RoleBinding shop/tmp", 0), ElementsAre("alice shop/db")) << "somebody else";
    add(4, kDb, kOps, "in-order");
    EXPECT_THAT(only_through("RoleBinding shop/tmp", 0), IsEmpty());
}

// Lines of one log may come out of order.
TEST_F(SecretReadsTest, ARowSaysWhenFirstAndLastHowOftenAndWithWhichVerbs) {
    for (const int second : {7, 3, 5}) add(second, kDb, kTmp, "in-order");
    const std::vector<Reads::Row> all = rows();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].first, at(3));
    EXPECT_EQ(all[0].last, at(7));
    EXPECT_EQ(all[0].count, 3U);
    EXPECT_EQ(all[0].source_ip.get(), "10.0.0.7");
    EXPECT_EQ(all[0].cluster.get(), "c");
    EXPECT_THAT(all[0].verbs.all(), ElementsAre("get"));
    for (int verb = 0; verb < 20; ++verb) {
        test::EventSpec spec{.verb = "v" + std::to_string(verb), .user = R"({"username":"alice"})"};
        reads_.add(*spec.parsed(), kDb, kTmp, 0, "in-order");
    }
    EXPECT_EQ(rows().at(0).verbs.all().size(), 8U);
}

TEST(SecretReadVerbs, AreKeptInTheirOrderAndReadBack) {
    Reads::Row row{.secret = "shop/db", .user = "ann", .verdict = "in-order"};
    EXPECT_THAT(row.verbs.all(), IsEmpty());
    for (const char* verb : {"list", "get", "list", "get"}) row.verbs.add(verb);
    EXPECT_THAT(row.verbs.all(), ElementsAre("get", "list"));
    const std::string text = write_row(row);
    EXPECT_THAT(text, testing::HasSubstr(R"("verbs":["get","list"])"));
    EXPECT_EQ(write_row(*read_row<Reads::Row>(text)), text);
    row.verbs.add("watch");
    EXPECT_THAT(row.verbs.all(), ElementsAre("get", "list", "watch"));
    row.verbs.add("");  // nothing that a server writes, and no reason to lose it
    EXPECT_THAT(row.verbs.all(), ElementsAre("", "get", "list", "watch"));
    EXPECT_EQ(write_row(*read_row<Reads::Row>(write_row(row))), write_row(row));
}

// What is evicted is known no more, and the number of rows is bounded.
TEST_F(SecretReadsTest, TheOldestGoWithWhatTheyWereKnownFor) {
    add(1, kDb, kOps, "in-order", "old");
    for (size_t i = 0; i < Reads::kMax; ++i)
        add(2, {"shop", std::to_string(i), {}}, kTmp, "in-order", "user-" + std::to_string(i % 7));
    EXPECT_LE(reads_.size(), Reads::kMax);
    EXPECT_GT(reads_.evictions(), 0U);
    EXPECT_FALSE(reads_.knows_grant(kOps));
    EXPECT_FALSE(reads_.knows_caller(*read_at(1, "old")));
    EXPECT_TRUE(reads_.knows_grant(kTmp));
    EXPECT_TRUE(reads_.knows_caller(*read_at(1, "user-1")));
}

}  // namespace
}  // namespace redshank::secrets
