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

TEST(Time, EveryPartHasItsBounds) {
    const std::pair<const char*, const char*> kGood[] = {
        {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z"},
        {"2026-12-31T23:59:59Z", "2026-12-31T23:59:59.000000Z"},
        {"2026-01-01T00:00:60Z", "2026-01-01T00:01:00.000000Z"},  // a leap second
        {"2026-01-05t10:00:00z", "2026-01-05T10:00:00.000000Z"},
        {"2026-01-05T10:00:00.1Z", "2026-01-05T10:00:00.100000Z"},
        {"2026-01-05T10:00:00.02Z", "2026-01-05T10:00:00.020000Z"},
        {"2026-01-05T10:00:00.000003Z", "2026-01-05T10:00:00.000003Z"},
        {"2026-01-05T10:00:00.0000009Z", "2026-01-05T10:00:00.000000Z"},
        {"2026-01-05T10:00:00.999999999Z", "2026-01-05T10:00:00.999999Z"},
        {"2026-01-05T10:00:00-05:30", "2026-01-05T15:30:00.000000Z"},
        {"2026-01-05T10:00:00+23:59", "2026-01-04T10:01:00.000000Z"},
        {"2026-01-05T10:00:00-23:59", "2026-01-06T09:59:00.000000Z"},
        {"2026-01-05T10:00:00.5+00:00", "2026-01-05T10:00:00.500000Z"},
    };
    for (const auto& [text, same] : kGood) {
        const auto time = parse_time(text);
        ASSERT_TRUE(time) << text;
        EXPECT_EQ(format_time(*time), same);
    }
    for (const char* text :
         {"2026-00-05T10:00:00Z",      "2026-13-05T10:00:00Z",       "2026-01-00T10:00:00Z",
          "2026-01-32T10:00:00Z",      "2026-01-05T24:00:00Z",       "2026-01-05T10:60:00Z",
          "2026-01-05T10:00:61Z",      "2025-02-29T10:00:00Z",       "2026x01-05T10:00:00Z",
          "2026-01x05T10:00:00Z",      "2026-01-05x10:00:00Z",       "2026-01-05T10x00:00Z",
          "2026-01-05T10:00x00Z",      "x026-01-05T10:00:00Z",       "202x-01-05T10:00:00Z",
          "2026-x1-05T10:00:00Z",      "2026-01-0xT10:00:00Z",       "2026-01-05Tx0:00:00Z",
          "2026-01-05T10:0x:00Z",      "2026-01-05T10:00:0xZ",       "2026-01-05T10:00:00.1234567890Z",
          "2026-01-05T10:00:00+24:00", "2026-01-05T10:00:00+00:60",  "2026-01-05T10:00:00+1:000",
          "2026-01-05T10:00:00+01-00", "2026-01-05T10:00:00 01:00",  "2026-01-05T10:00:00+01:0x",
          "2026-01-05T10:00:00+x1:00", "2026-01-05T10:00:00+01:000", "2026-01-05T10:00:00ZZ",
          "2026-01-05T10:00:00.5",     "2026-01-05T10:00:00Z "})
        EXPECT_FALSE(parse_time(text)) << text;
}

TEST(Time, ExportersLeaveOutTheZoneOrTheT) {
    const Time time = *parse_time("2026-01-05T10:00:00Z");
    for (const char* text : {"2026-01-05T10:00:00Z", "2026-01-05T10:00:00", "2026-01-05 10:00:00",
                             "2026-01-05 10:00:00Z", "2026-01-05 12:00:00+02:00"})
        EXPECT_EQ(parse_exported_time(text), time) << text;
    EXPECT_EQ(parse_exported_time("2026-01-05 12:00:00.123456789+02:00"),
              time + std::chrono::microseconds{123'456});
    for (const char* text : {"", "2026-01-05 10:00:0", "2026-01-05_10:00:00", "2026-01-05 10:00:00ZZ"})
        EXPECT_FALSE(parse_exported_time(text)) << text;
    EXPECT_FALSE(parse_exported_time("2026-01-05 10:00:00" + std::string(30, ' ')));
}

// Seconds up to the year 5138, and the same times in milliseconds, microseconds and nanoseconds.
TEST(Time, TheUnitOfANumberFollowsFromItsSize) {
    const std::pair<int64_t, int64_t> kCases[] = {
        {100'000'000, 100'000'000'000'000},
        {99'999'999'999, 99'999'999'999'000'000},
        {100'000'000'000, 100'000'000'000'000},
        {99'999'999'999'999, 99'999'999'999'999'000},
        {100'000'000'000'000, 100'000'000'000'000},
        {99'999'999'999'999'999, 99'999'999'999'999'999},
        {100'000'000'000'000'000, 100'000'000'000'000},
        {1'767'607'200'123'456'789, 1'767'607'200'123'456},
    };
    for (const auto& [count, micros] : kCases)
        EXPECT_EQ(time_since_epoch(count), Time{std::chrono::microseconds{micros}}) << count;
    for (const int64_t none : {int64_t{99'999'999}, int64_t{0}, int64_t{-1}})
        EXPECT_FALSE(time_since_epoch(none));
}

TEST(Duration, EachUnitFromItsFirstToItsLast) {
    using namespace std::chrono_literals;
    const std::pair<Duration, const char*> kCases[] = {
        {0s, "0ms"},       {999ms, "999ms"},     {999'999us, "999ms"}, {1s, "1s"},      {59s, "59s"},
        {60s, "1m"},       {61s, "1m 1s"},       {3'599s, "59m 59s"},  {3'600s, "1h"},  {3'601s, "1h"},
        {3'660s, "1h 1m"}, {86'399s, "23h 59m"}, {86'400s, "1d"},      {86'460s, "1d"}, {90'000s, "1d 1h"},
        {1'999ms, "1s"},   {365 * 24h, "365d"},
    };
    for (const auto& [duration, text] : kCases) EXPECT_EQ(format_duration(duration), text);
    EXPECT_EQ(parse_duration("999999999s"), Duration{999'999'999s});
    EXPECT_FALSE(parse_duration("1000000000s"));
    EXPECT_EQ(parse_duration("1d1h1m1s1ms"), Duration{90'061s + 1ms});
    EXPECT_EQ(parse_duration("0s"), Duration{0});
    EXPECT_EQ(parse_duration("1m1m"), Duration{2min});
    for (const char* text : {"1h ", " 1h", "1h1", "h1", "1.5h", "1h-1m"})
        EXPECT_FALSE(parse_duration(text)) << text;
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
