#include "core/request/request_tracker.h"

#include <gtest/gtest.h>

#include "tests/support/events.h"

namespace redshank {
namespace {

using test::EventSpec;

bool answers(RequestTracker& tracker, const EventSpec& spec) {
    return tracker.answers(*spec.parsed());
}

TEST(RequestTracker, CountsEachRequestOnce) {
    RequestTracker tracker;
    EXPECT_FALSE(answers(tracker, {.stage = "RequestReceived"}));
    EXPECT_TRUE(answers(tracker, {.stage = "ResponseComplete"}));

    // A watch answers at its start, and not again at its end.
    EXPECT_TRUE(answers(tracker, {.stage = "ResponseStarted", .verb = "watch"}));
    EXPECT_FALSE(answers(tracker, {.stage = "ResponseComplete", .verb = "watch"}));
    // If the policy omits ResponseStarted, it answers at its end.
    EXPECT_TRUE(answers(tracker, {.stage = "ResponseComplete", .verb = "watch"}));

    EXPECT_TRUE(answers(tracker, {.stage = "ResponseStarted", .status = R"({"code":401})"}));
    EXPECT_TRUE(answers(tracker, {.stage = "Panic"}));
}

TEST(RequestTracker, IsNotFooledByAnAuditIdThatTheClientChose) {
    RequestTracker tracker;
    const EventSpec mine{.stage = "ResponseStarted", .audit_id = "same", .verb = "watch"};
    EXPECT_TRUE(answers(tracker, mine));
    EventSpec other = mine;
    other.user = R"({"username":"mallory"})";
    EXPECT_TRUE(answers(tracker, other));
    other = mine;
    other.received = "2026-01-05T10:00:00.000001Z";
    EXPECT_TRUE(answers(tracker, other));
    other = mine;
    other.uri += "?x=1";
    EXPECT_TRUE(answers(tracker, other));
}

// Also of requests that were received at the same time, or at times that are remembered in one place.
TEST(RequestTracker, FindsEachOfManyThatAreOpen) {
    RequestTracker tracker;
    audit::Event event;
    const auto see = [&](audit::Stage stage, size_t i, size_t apart) {
        const std::string id = std::to_string(i);
        event.stage = stage;
        event.audit_id = id;
        event.received = audit::Time{audit::Duration{static_cast<int64_t>(i / 2 * apart)}};
        return tracker.answers(event);
    };
    for (const size_t apart : {size_t{0}, size_t{1}, size_t{1'000'000}}) {
        for (size_t i = 0; i < 10'000; ++i) ASSERT_TRUE(see(audit::Stage::ResponseStarted, i, apart));
        for (size_t i = 0; i < 20'000; ++i)
            ASSERT_EQ(see(audit::Stage::ResponseComplete, i, apart), i >= 10'000) << i;
        for (size_t i = 0; i < 10'000; ++i) ASSERT_TRUE(see(audit::Stage::ResponseComplete, i, apart)) << i;
    }
}

TEST(RequestTracker, IsBounded) {
    RequestTracker tracker;
    audit::Event event;
    event.stage = audit::Stage::ResponseStarted;
    for (size_t i = 0; i < RequestTracker::kMaxOpen + 10; ++i) {
        event.received = audit::Time{audit::Duration{static_cast<int64_t>(i)}};
        tracker.answers(event);
    }
    EXPECT_EQ(tracker.evictions(), RequestTracker::kMaxOpen / 10);
}

}  // namespace
}  // namespace redshank
