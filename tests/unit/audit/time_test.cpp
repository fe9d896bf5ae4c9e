#include "audit/time.h"

#include <gtest/gtest.h>

#include "audit/nearest.h"

namespace redshank::audit {
namespace {

TEST(Time, IsWrittenWithAllItsDigits) {
    using namespace std::chrono;
    const std::pair<int64_t, const char*> cases[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {1'767'607'509'000'042, "2026-01-05T10:05:09.000042Z"},
        {-62'135'596'800'000'000, "0001-01-01T00:00:00.000000Z"},
        {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"},
        {253'402'300'800'000'000, "10000-01-01T00:00:00.000000Z"},
        {-62'198'755'200'000'000, "-001-01-01T00:00:00.000000Z"},
    };
    for (const auto& [count, text] : cases) EXPECT_EQ(format_time(Time{microseconds{count}}), text);
}

TEST(Time, ReadsAndWritesRfc3339) {
    for (const char* text :
         {"2026-11-23T09:28:46.037912Z", "1970-01-01T00:00:00.000001Z", "2028-02-29T23:59:59.999999Z"}) {
        ASSERT_TRUE(parse_time(text)) << text;
        EXPECT_EQ(format_time(*parse_time(text)), text);
    }
    EXPECT_EQ(parse_time("2026-01-05T12:00:00+02:00"), parse_time("2026-01-05T10:00:00Z"));
    EXPECT_EQ(parse_time("2026-01-05T10:00:00.123456789Z"), parse_time("2026-01-05T10:00:00.123456Z"));
    for (const char* text :
         {"", "yesterday", "2026-13-05T10:00:00Z", "2026-02-30T10:00:00Z", "2026-01-05T25:00:00Z",
          "2026-01-05T10:00:00", "2026-01-05T10:00:00.Z", "2026-01-05 10:00:00Z"}) {
        EXPECT_FALSE(parse_time(text)) << text;
    }
}

TEST(Duration, ReadsWhatPeopleWrite) {
    using namespace std::chrono_literals;
    EXPECT_EQ(parse_duration("3d"), 72h);
    EXPECT_EQ(parse_duration("1h30m"), 90min);
    EXPECT_EQ(parse_duration("500ms"), 500ms);
    for (const char* text : {"", "3", "d", "3 d", "-3d", "3w", "99999999999d"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, IsACenturyAtMost) {
    for (const char* text : {"36500d", "36501d", "200000000d", "999999999d", "36500d1ms", "36000d999999999d"})
        EXPECT_EQ(parse_duration(text), std::chrono::days{36'500}) << text;
    EXPECT_EQ(parse_duration("36499d24h"), std::chrono::days{36'500});
    EXPECT_EQ(parse_duration("36499d"), std::chrono::days{36'499});
}

TEST(Duration, IsWrittenWithItsTwoLargestUnits) {
    using namespace std::chrono_literals;
    EXPECT_EQ(format_duration(26h + 3min), "1d 2h");
    EXPECT_EQ(format_duration(41s), "41s");
    EXPECT_EQ(format_duration(312ms), "312ms");
    EXPECT_EQ(format_duration(2h), "2h");
}

TEST(NearestName, FindsATypoAndNothingElse) {
    EXPECT_EQ(nearest_name("clustre", {"cluster", "state_dir"}), "cluster");
    EXPECT_EQ(nearest_name("banana", {"cluster", "state_dir"}), "");
}

}  // namespace
}  // namespace redshank::audit
