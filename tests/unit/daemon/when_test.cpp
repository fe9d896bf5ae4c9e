#include "daemon/print/when.h"

#include <gtest/gtest.h>

namespace redshank {
namespace {

TEST(When, SaysHowLongAgoBesideTheTime) {
    const audit::Time now = *audit::parse_time("2026-01-05T10:00:00Z");
    const struct {
        const char *time, *ago;
    } cases[] = {
        {"2026-01-05T10:00:00Z", "now"},        {"2026-01-05T09:59:59.5Z", "now"},
        {"2026-01-05T09:59:59Z", "1 s ago"},    {"2026-01-05T09:58:01Z", "119 s ago"},
        {"2026-01-05T09:56:00Z", "4 min ago"},  {"2026-01-05T08:00:00Z", "2 h ago"},
        {"2026-01-01T10:00:00Z", "4 days ago"}, {"2025-01-05T10:00:00Z", "365 days ago"},
        {"2026-01-05T10:00:00.9Z", "now"},      {"2026-01-05T10:00:01Z", "in 1 s"},
        {"2026-01-05T13:30:00Z", "in 3 h"},
    };
    for (const auto& c : cases) EXPECT_EQ(ago_words(*audit::parse_time(c.time), now), c.ago) << c.time;
    EXPECT_EQ(when(*audit::parse_time("2026-01-05T09:56:00.25Z"), now), "2026-01-05T09:56:00Z (3 min ago)");
}

}  // namespace
}  // namespace redshank
