#include "detectors/secrets/admins.h"

#include <gtest/gtest.h>

#include "tests/support/events.h"

namespace redshank::secrets {
namespace {

using std::chrono::minutes;
using test::EventSpec;

constexpr auto kDay = minutes{24 * 60};

// The requests of one cluster, by people with all rights.
class SecretAdmins : public testing::Test {
  protected:
    test::ParsedEvent by(const std::string& user, minutes at) const {
        const std::string time = audit::format_time(start_ + at);
        return EventSpec{.user = R"({"username":")" + user + R"(","groups":["ops"]})",
                         .received = time,
                         .time = time,
                         .reason =
                             R"(RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "cluster-admin" )"
                             R"(to Group "ops")"}
            .parsed();
    }
    void see(const std::string& user, minutes at) {
        const test::ParsedEvent event = by(user, at);
        admins_.observe(symbols_.understand(*event));
    }
    bool is_old(const std::string& user, minutes at) {
        const test::ParsedEvent event = by(user, at);
        return admins_.is_old(symbols_.understand(*event));
    }

    const audit::Time start_ = *audit::parse_time("2026-01-05T10:00:00Z");
    Symbols symbols_;
    Admins admins_;
};

TEST_F(SecretAdmins, AreOldAfterADay) {
    see("root", minutes{0});
    EXPECT_FALSE(is_old("root", kDay - minutes{1}));
    EXPECT_TRUE(is_old("root", kDay));
    EXPECT_FALSE(is_old("rosa", kDay));
}

// Whose row went is somebody new, also when he came a moment ago.
TEST_F(SecretAdmins, WhoIsForgottenBeginsAnew) {
    see("root", minutes{0});
    for (size_t i = 0; i < Admins::kMax; ++i) see("u" + std::to_string(i), minutes{5});
    ASSERT_GT(admins_.evictions(), 0U);
    EXPECT_FALSE(is_old("root", kDay));
    see("root", minutes{10});
    EXPECT_FALSE(is_old("root", kDay + minutes{9}));
    EXPECT_TRUE(is_old("root", kDay + minutes{10}));
}

// In a full table the one who was last seen longest ago goes: who is still there is noted once an hour.
TEST_F(SecretAdmins, WhoIsStillThereStays) {
    see("gone", minutes{0});
    see("root", minutes{1});
    see("root", minutes{60});
    for (const int at : {61, 100}) see("root", minutes{at});
    for (size_t i = 0; i < Admins::kMax - 2; ++i) see("u" + std::to_string(i), minutes{30});
    see("one more", minutes{101});
    EXPECT_FALSE(is_old("gone", kDay)) << "the least recent tenth went";
    EXPECT_TRUE(is_old("root", kDay + minutes{1})) << "seen an hour after the first time";
}

}  // namespace
}  // namespace redshank::secrets
