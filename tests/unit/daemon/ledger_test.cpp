// What was counted can be counted again: rows do not depend on cuts, and every difference is found and
// placed.
#include <gmock/gmock.h>

#include <chrono>
#include <random>

#include "daemon/ledger/check.h"
#include "daemon/ledger/count.h"
#include "daemon/ledger/ledger.h"
#include "daemon/ledger/line_hash.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using What = HourDifference::What;

constexpr LedgerKey kKey{0x123456789abcdef, 0xfedcba987654321};

audit::Time at(std::chrono::minutes minutes) {
    return audit::Time{std::chrono::hours{490'000}} + minutes;
}

struct OneLine {
    std::string text;
    std::chrono::minutes time{};
    LineYield yield = {.events = 1, .time = at(time), .skipped = {}};
    uint64_t offset = 0;

    Line line() const { return {.text = text, .offset = offset}; }
};
using Log = std::vector<OneLine>;

Log with_offsets(Log log) {
    uint64_t offset = 0;
    for (OneLine& one : log) {
        one.offset = offset;
        offset += one.text.size() + 1;
    }
    return log;
}

// One line a minute.
Log minutes(size_t lines) {
    Log log;
    for (size_t i = 0; i < lines; ++i)
        log.push_back({"line " + std::to_string(i), std::chrono::minutes{static_cast<int>(i)}});
    return with_offsets(std::move(log));
}

// Unreadable lines, hours that come back, lines of all lengths.
Log random_log(uint32_t seed, size_t lines) {
    std::mt19937 random(seed);
    Log log;
    for (size_t i = 0; i < lines; ++i) {
        OneLine one{std::string(random() % 200, static_cast<char>('a' + random() % 26)),
                    std::chrono::minutes{static_cast<int>(i * 3 + random() % 40)}};
        if (random() % 5 == 0) one.yield = {.events = 0, .time = {}, .skipped = "bad_json"};
        if (random() % 7 == 0) one.yield.skipped = "torn";
        log.push_back(std::move(one));
    }
    return with_offsets(std::move(log));
}

// --- LineHash ---

constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;

uint64_t times(uint64_t a, uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>(static_cast<Wide>(a) * b % kPrime);
}

// The definition, term by term.
uint64_t slow_hash(std::string_view line, uint64_t key) {
    uint64_t sum = 0;
    for (size_t at = 0; at < line.size(); at += 7) {
        uint64_t word = 0;
        for (size_t i = std::min(at + 7, line.size()); i-- > at;)
            word = word << 8 | static_cast<unsigned char>(line[i]);
        sum = times((sum + word) % kPrime, key);
    }
    return times((sum + line.size()) % kPrime, key);
}

TEST(LineHash, IsThePolynomialForEveryLength) {
    std::mt19937 random(1);
    std::string line;
    for (size_t size = 0; size < 300; ++size) {
        for (const uint64_t key : {kKey.line, uint64_t{1}, kPrime - 1})
            ASSERT_EQ(LineHash({key, 1}).of(line), slow_hash(line, key)) << size;
        line += static_cast<char>(random());
    }
    const std::string ones(1000, '\xff');
    EXPECT_EQ(LineHash({kPrime - 1, 1}).of(ones), slow_hash(ones, kPrime - 1));
}

TEST(LineHash, TellsBitsLengthsKeysAndOrder) {
    const LineHash hash(kKey);
    std::set<uint64_t> all{hash.of(std::string(120, '\0')), hash.of(std::string(119, '\0'))};
    for (size_t bit = 0; bit < 120 * 8; ++bit) {
        std::string line(120, '\0');
        line[bit / 8] = static_cast<char>(1 << bit % 8);
        all.insert(hash.of(line));
    }
    EXPECT_EQ(all.size(), 2u + 120 * 8);
    EXPECT_NE(LineHash({kKey.line + 1, kKey.chain}).of("a line"), hash.of("a line"));
    EXPECT_NE(hash.chain(hash.chain(0, "a"), "b"), hash.chain(hash.chain(0, "b"), "a"));
    EXPECT_NE(LineHash({kKey.line, kKey.chain + 1}).chain(1, "a"), hash.chain(1, "a"));
}

TEST(LineHash, KeysAreDrawnAnewAndInRange) {
    const LedgerKey one = random_key(), other = random_key();
    EXPECT_NE(one.line, other.line);
    EXPECT_NE(one.line, one.chain);
    for (const uint64_t key : {one.line, one.chain, other.line, other.chain}) {
        EXPECT_GE(key, 1u);
        EXPECT_LT(key, kPrime);
    }
}

// --- GenerationCount ---

GenerationCount& count_all(GenerationCount& count, const Log& log) {
    const LineHash hash(kKey);
    for (const OneLine& one : log) count.add(hash, one.line(), one.yield);
    return count;
}

TEST(GenerationCount, CountsLinesBytesEventsReasonsAndTimes) {
    GenerationCount count{GenerationRow{}};
    Log log{{"{}", 59min},
            {"abc", 0min, {.events = 0, .time = {}, .skipped = "bad_json"}},
            {"{}{}", 60min, {.events = 2, .time = at(60min), .skipped = "torn"}},
            {"{ }", 58min}};
    for (OneLine& one : log) one.offset = 7;
    count_all(count, log);
    ASSERT_EQ(count.hours().size(), 2u);
    const HourRow& first = count.hours().begin()->second;
    EXPECT_EQ(count.hours().begin()->first, 490'000);
    EXPECT_EQ(first.lines, 3u);
    EXPECT_EQ(first.bytes, 8u);
    EXPECT_EQ(first.events, 2u);
    EXPECT_EQ(first.skipped, (std::map<std::string, uint64_t>{{"bad_json", 1}}));
    EXPECT_EQ(first.first, at(58min));
    EXPECT_EQ(first.last, at(59min));
    const HourRow& second = count.hours().rbegin()->second;
    EXPECT_EQ(second.events, 2u);
    EXPECT_EQ(second.skipped, (std::map<std::string, uint64_t>{{"torn", 1}}));
    EXPECT_EQ(count.row().from, 7u);
    EXPECT_EQ(count.row().hours, 2u);
    EXPECT_EQ(count.hour(), 490'000);
    count.pass_over({.reason = "nul", .bytes = 3});
    count.pass_over({.reason = "nul", .bytes = 4});
    EXPECT_EQ(count.row().passed_over.at("nul"), 7u);
}

TEST(GenerationCount, OversizeLinesAreCountedAsSuch) {
    const Line line{.text = "x", .part = Line::Part::WithoutBodies};
    EXPECT_EQ(yield_of(line, {.events = 1}, at(1min)).skipped, "oversize");
    const Line whole{.text = "x"};
    EXPECT_EQ(yield_of(whole, {.events = 1}, at(1min)).skipped, "");
    EXPECT_EQ(yield_of(whole, {.events = 1, .skipped = 2}, at(1min)).skipped, "torn");
    EXPECT_EQ(yield_of(whole, {.error = audit::ParseError::BadJson, .skipped = 2}, {}).skipped, "bad_json");
}

TEST(GenerationCount, MarksAreBoundedAndStandAtMultiplesOfTheirStride) {
    const LineHash hash(kKey);
    GenerationCount count{GenerationRow{}};
    std::vector<uint64_t> chain;
    for (int i = 0; i < 1000; ++i) {
        const std::string text = std::to_string(i);
        const HourRow& row = count.add(hash, {.text = text}, {.events = 1, .time = at(1min), .skipped = {}});
        chain.push_back(row.chain);
        ASSERT_LT(row.marks.size(), HourRow::kMarks);
        ASSERT_EQ(row.marks.size(), row.lines / row.stride);
        for (size_t mark = 0; mark < row.marks.size(); ++mark)
            ASSERT_EQ(row.marks[mark], chain[(mark + 1) * row.stride - 1]);
    }
    EXPECT_EQ(count.hours().begin()->second.stride, 32u);
}

TEST(GenerationCount, TooManyHoursAreCountedWithTheLineBefore) {
    const LineHash hash(kKey);
    GenerationRow row;
    row.hours = GenerationCount::kMostHours - 1;
    GenerationCount count(row);
    const auto add = [&](LedgerHour hour) {
        count.add(hash, {.text = "x"}, {.events = 1, .time = begin_of(hour), .skipped = {}});
    };
    for (const LedgerHour hour : {5, 6, 7, 5}) add(hour);
    EXPECT_EQ(count.hours().size(), 1u);
    EXPECT_EQ(count.hours().at(5).lines, 4u);
}

// --- Ledger ---

// Counts the log in batches that end at these places, where the rows are saved; if the place is marked, a
// new ledger goes on from them.
void count_in(test::MemoryState& state, const Log& log, const std::map<size_t, bool>& cuts) {
    auto ledger = std::make_unique<Ledger>();
    ledger->load(state);
    Batch batch;
    batch.file = "audit.log";
    batch.generation = {.number = 1, .head = "3:abc"};
    for (size_t i = 0; i < log.size(); ++i) {
        if (const auto cut = cuts.find(i); cut != cuts.end()) {
            ledger->save(state);
            if (cut->second) {
                ledger = std::make_unique<Ledger>();
                ledger->load(state);
            }
        }
        ledger->of("s", batch).add(ledger->hash(), log[i].line(), log[i].yield);
    }
    ledger->save(state);
}

test::MemoryState state_with_key() {
    test::MemoryState state;
    state.put(kLedgerKey, "", R"({"line":12345678901234,"chain":98765432109876})");
    return state;
}

TEST(Ledger, RowsAreTheSameHoweverTheLogIsCut) {
    for (uint32_t seed = 1; seed <= 20; ++seed) {
        const Log log = random_log(seed, 300);
        test::MemoryState whole = state_with_key();
        count_in(whole, log, {});
        ASSERT_GT(whole.tables["ledger.hours"].size(), 10u);
        std::mt19937 random(seed);
        std::map<size_t, bool> cuts;
        for (int i = 0; i < 30; ++i) cuts[random() % log.size()] = random() % 2 == 0;
        test::MemoryState cut = state_with_key();
        count_in(cut, log, cuts);
        EXPECT_EQ(cut.tables, whole.tables) << "seed " << seed;
    }
}

TEST(Ledger, MakesAKeyOnceAndKeepsIt) {
    test::MemoryState state;
    EXPECT_FALSE(ledger_key(state));
    count_in(state, minutes(1), {});
    const auto key = ledger_key(state);
    ASSERT_TRUE(key);
    count_in(state, minutes(1), {});
    EXPECT_EQ(ledger_key(state)->line, key->line);
    EXPECT_EQ(ledger_key(state)->chain, key->chain);
}

// Hours by generation.
std::map<uint64_t, std::vector<LedgerHour>> kept(const test::MemoryState& state) {
    std::map<uint64_t, std::vector<LedgerHour>> out;
    state.scan(kLedgerHours, "", [&](std::string_view key, std::string_view) {
        const auto parsed = parse_hour_key(key);
        out[parsed->number].push_back(parsed->hour - 490'000);
    });
    return out;
}

void add_hours(Ledger& ledger, uint64_t generation, const std::vector<int>& hours) {
    Batch batch;
    batch.generation.number = generation;
    for (const int hour : hours)
        ledger.of("s", batch)
            .add(ledger.hash(), {.text = "x"},
                 {.events = 1, .time = at(std::chrono::hours{hour}), .skipped = {}});
}

TEST(Ledger, ForgetsTheOldestHoursAndThenTheirGeneration) {
    test::MemoryState state = state_with_key();
    Ledger ledger(3);
    ledger.load(state);
    add_hours(ledger, 1, {0, 1});
    add_hours(ledger, 2, {1});
    ledger.save(state);
    EXPECT_THAT(kept(state),
                ElementsAre(testing::Pair(1, ElementsAre(0, 1)), testing::Pair(2, ElementsAre(1))));
    EXPECT_EQ(state.tables["ledger.forgotten"].size(), 0u);
    add_hours(ledger, 2, {2});
    ledger.save(state);
    EXPECT_THAT(kept(state),
                ElementsAre(testing::Pair(1, ElementsAre(1)), testing::Pair(2, ElementsAre(1, 2))));
    EXPECT_NE(state.tables["ledger.generations"][generation_key("s", 1)].find("\"forgotten\":490001"),
              std::string::npos);
    add_hours(ledger, 2, {3});
    ledger.save(state);
    EXPECT_THAT(kept(state), ElementsAre(testing::Pair(2, ElementsAre(1, 2, 3))));
    EXPECT_EQ(state.tables["ledger.generations"].size(), 1u);
    EXPECT_EQ(state.tables["ledger.forgotten"]["s"], R"({"rows":2})");

    Ledger restarted(2);
    restarted.load(state);
    add_hours(restarted, 2, {3});
    restarted.save(state);
    EXPECT_THAT(kept(state), ElementsAre(testing::Pair(2, ElementsAre(2, 3))));
    EXPECT_EQ(state.tables["ledger.forgotten"]["s"], R"({"rows":3})");
}

TEST(Ledger, GoesOnWithGenerationsThatLeftMemory) {
    test::MemoryState state = state_with_key();
    Ledger ledger;
    ledger.load(state);
    for (int round = 0; round < 3; ++round) {
        for (uint64_t number = 1; number <= 2 * Ledger::kInMemory; ++number) {
            add_hours(ledger, number, {0});
            ledger.save(state);
        }
    }
    for (uint64_t number = 1; number <= 2 * Ledger::kInMemory; ++number) {
        std::map<LedgerHour, HourRow> hours;
        load_hours(state, "s", number, hours);
        ASSERT_EQ(hours.size(), 1u);
        EXPECT_EQ(hours.begin()->second.lines, 3u) << number;
    }
    EXPECT_EQ(newest_generation(state, "s"), 2 * Ledger::kInMemory);
    EXPECT_EQ(newest_generation(state, "other"), 0u);
}

// --- GenerationCheck ---

struct Checked {
    std::vector<HourDifference> differences;
    uint64_t uncounted = 0;
};

Checked check(const Log& counted, Log there, bool is_open = false, bool is_torn = false,
              LedgerHour forgotten = 0) {
    GenerationCount count{GenerationRow{}};
    count_all(count, counted);
    GenerationRow row = count.row();
    std::map<LedgerHour, HourRow> hours = count.hours();
    if (forgotten != 0) {
        row.forgotten = forgotten;
        hours.erase(hours.begin(), hours.lower_bound(forgotten));
    }
    GenerationCheck check(row, hours, is_open);
    const LineHash hash(kKey);
    there = with_offsets(std::move(there));
    for (size_t i = 0; i < there.size(); ++i)
        check.add(hash, there[i].line(), there[i].yield, is_torn && i + 1 == there.size());
    return {check.differences(), check.uncounted()};
}

TEST(GenerationCheck, ProvesWhatIsThere) {
    for (uint32_t seed = 1; seed <= 5; ++seed) {
        const Log log = random_log(seed, 400);
        EXPECT_THAT(check(log, log).differences, IsEmpty());
    }
}

TEST(GenerationCheck, PlacesAChangedLine) {
    const Log log = minutes(600);
    for (const size_t changed : {0u, 1u, 59u, 60u, 100u, 359u, 599u}) {
        Log other = log;
        other[changed].text.back() ^= 1;
        const auto found = check(log, other).differences;
        ASSERT_EQ(found.size(), 1u) << changed;
        EXPECT_EQ(found[0].what, What::Changed);
        EXPECT_EQ(found[0].hour, 490'000 + static_cast<LedgerHour>(changed / 60));
        EXPECT_LE(found[0].line, changed + 1);
        EXPECT_GE(found[0].until_line, changed + 1);
        EXPECT_LT(found[0].until_line - found[0].line, 4u) << changed;
        EXPECT_EQ(found[0].byte, log[found[0].line - 1].offset);
    }
}

TEST(GenerationCheck, FindsALineThatIsMissing) {
    const Log log = minutes(120);
    for (const size_t missing : {0u, 30u, 60u, 118u}) {
        Log other = log;
        other.erase(other.begin() + static_cast<std::ptrdiff_t>(missing));
        const auto found = check(log, other).differences;
        ASSERT_EQ(found.size(), 1u) << missing;
        EXPECT_EQ(found[0].what, What::Missing);
        EXPECT_EQ(found[0].lines, 1u);
        EXPECT_EQ(found[0].hour, 490'000 + static_cast<LedgerHour>(missing / 60));
        EXPECT_LE(found[0].line, missing + 1);
    }
}

TEST(GenerationCheck, FindsTheEndThatIsMissing) {
    const Log log = minutes(180);
    const auto found = check(log, Log(log.begin(), log.begin() + 90)).differences;
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].lines, 30u);
    EXPECT_EQ(found[0].line, 91u);
    EXPECT_EQ(found[0].byte, log[90].offset);
    EXPECT_EQ(found[1].lines, 60u);
    EXPECT_EQ(found[1].line, 0u);
}

TEST(GenerationCheck, LinesThatCameLaterAreMoreUnlessTheyMayCome) {
    Log log = minutes(90);
    const Log more = minutes(130);
    const auto found = check(log, more).differences;
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].what, What::More);
    EXPECT_EQ(found[0].lines, 30u);
    EXPECT_EQ(found[0].line, 91u);
    EXPECT_EQ(found[0].byte, more[90].offset);
    EXPECT_EQ(found[1].lines, 10u);
    EXPECT_EQ(found[1].line, 121u);
    const Checked open = check(log, more, true);
    EXPECT_THAT(open.differences, IsEmpty());
    EXPECT_EQ(open.uncounted, 40u);
    EXPECT_EQ(check(log, more).uncounted, 0u);

    Log changed = more;
    changed[3].text = "another";
    ASSERT_EQ(check(log, changed, true).differences.size(), 1u);
    EXPECT_EQ(check(log, changed, true).differences[0].what, What::Changed);
}

TEST(GenerationCheck, ALineThatIsInsertedIsAChange) {
    const Log log = minutes(50);
    Log other = log;
    other.insert(other.begin() + 20, {"inserted", 20min});
    const auto found = check(log, other).differences;
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].what, What::Changed);
    EXPECT_LE(found[0].line, 21u);
    EXPECT_GE(found[0].until_line, 21u);
}

TEST(GenerationCheck, ATornLastLineCountsOnlyIfItWasCounted) {
    const Log log = minutes(10);
    Log longer = log;
    longer.push_back({"half", 10min});
    EXPECT_THAT(check(log, longer, false, true).differences, IsEmpty());
    EXPECT_THAT(check(longer, longer, false, true).differences, IsEmpty());
    EXPECT_EQ(check(log, longer, false, false).differences.size(), 1u);
}

TEST(GenerationCheck, KnowsNothingOfForgottenHoursAndOfLinesBeforeItsBeginning) {
    Log log = minutes(180);
    Log other = log;
    other[5].text = "another";
    EXPECT_EQ(check(log, other).differences.size(), 1u);
    EXPECT_THAT(check(log, other, false, false, 490'001).differences, IsEmpty());
    EXPECT_EQ(check(log, log, true, false, 490'001).uncounted, 0u);
    other[65].text = "another";
    EXPECT_EQ(check(log, other, false, false, 490'001).differences.size(), 1u);

    const Log late(log.begin() + 10, log.end());  // reading began there
    EXPECT_THAT(check(late, log).differences, IsEmpty());
    EXPECT_THAT(check(late, other).differences.size(), 1u);
}

}  // namespace
}  // namespace redshank
