// Reads and writes described rows: literal rows, one table for each question.
#include "core/state/row.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <set>

#include "core/finding/finding_json.h"
#include "core/state/checked_state.h"
#include "detectors/access/habit.h"
#include "detectors/access/story.h"
#include "detectors/crd/changes.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

enum class Colour : uint8_t { Red, Green };
std::span<const std::string_view> words_of(Colour) {
    static constexpr std::string_view kWords[] = {"red", "green"};
    return kWords;
}

struct Part {
    int64_t from = 0, to = 0;
    bool operator==(const Part&) const = default;
};
template <class V>
void describe(V& v, Part& row) {
    v.as_array();
    v.must("from", row.from);
    v("to", row.to);
}

struct Everything {
    std::string name;
    bool flag = false;
    uint8_t small = 7;
    uint64_t large = 0;
    audit::Time time{}, early{};
    audit::Duration took{};
    Colour colour = Colour::Green;
    std::optional<Part> part;
    std::vector<Part> parts;
    std::set<std::string> words;
    std::map<Colour, uint64_t> counts;
    double share = 0;
    std::string rare;
};
template <class V>
void describe(V& v, Everything& row) {
    v.must("name", row.name);
    v("flag", row.flag);
    v("small", row.small);
    v("large", row.large);
    v("time", row.time);
    v("early", micros(row.early));
    v("took", row.took);
    v("colour", row.colour);
    v("part", row.part);
    v("parts", row.parts);
    v("words", row.words);
    v("counts", row.counts);
    v("share", exact(row.share));
    v.sparse("rare", row.rare);
}

TEST(Row, IsWrittenAndReadAgain) {
    Everything row{.name = "a\"\x1f", .flag = true, .small = 255, .large = UINT64_MAX};
    row.time = *audit::parse_time("2026-01-05T10:00:00.000001Z");
    row.early = audit::Time{audit::Duration{-5}};
    row.took = audit::Duration{9};
    row.colour = Colour::Red;
    row.part = Part{1, 2};
    row.parts = {{3, 4}, {5, 6}};
    row.words = {"x", "y"};
    row.counts = {{Colour::Red, 1}, {Colour::Green, 2}};
    row.share = 0.1;
    const std::string text = write_row(row);
    EXPECT_EQ(text, R"({"name":"a\"\u001f","flag":true,"small":255,"large":18446744073709551615,)"
                    R"("time":"2026-01-05T10:00:00.000001Z","early":-5,"took":9,"colour":"red","part":[1,2],)"
                    R"("parts":[[3,4],[5,6]],"words":["x","y"],"counts":{"red":1,"green":2},)"
                    R"("share":"0x1.999999999999ap-4"})");
    const auto again = read_row<Everything>(text);
    ASSERT_TRUE(again);
    EXPECT_EQ(write_row(*again), text);
    EXPECT_EQ(again->share, 0.1);
}

TEST(Row, KeepsDefaultsForWhatIsMissingAndPassesOverWhatIsUnknown) {
    const auto row = read_row<Everything>(R"({"name":"a","newer":{"x":[1]},"counts":{"blue":1,"red":2}})");
    ASSERT_TRUE(row);
    EXPECT_EQ(row->small, 7);
    EXPECT_EQ(row->colour, Colour::Green);
    EXPECT_FALSE(row->part);
    EXPECT_EQ(row->counts, (std::map<Colour, uint64_t>{{Colour::Red, 2}}));
}

TEST(Row, ReadsWhatOlderVersionsWrote) {
    const auto row = read_row<Everything>(
        R"({"name":"a","large":"17","time":1000000,"colour":0,"part":{"from":1},"share":0.5})");
    ASSERT_TRUE(row);
    EXPECT_EQ(row->large, 17u);
    EXPECT_EQ(row->time, audit::Time{std::chrono::seconds{1}});
    EXPECT_EQ(row->colour, Colour::Red);
    EXPECT_EQ(row->part, (Part{1, 0}));
    EXPECT_EQ(row->share, 0.5);
    EXPECT_TRUE(read_row<Everything>(R"(["a",true])")->flag);
}

TEST(Row, CannotBeUsedWithAValueOfAnotherTypeOrOutOfRange) {
    for (const char* text : {"",
                             "{",
                             "[]",
                             "{}",
                             "null",
                             "\"x\"",
                             "1",
                             R"({"v":1})",
                             R"({"name":1})",
                             R"({"name":"a","flag":1})",
                             R"({"name":"a","small":256})",
                             R"({"name":"a","small":-1})",
                             R"({"name":"a","small":1.5})",
                             R"({"name":"a","large":1e300})",
                             R"({"name":"a","large":"1x"})",
                             R"({"name":"a","time":"today"})",
                             R"({"name":"a","early":9223372036854775807})",
                             R"({"name":"a","took":"x"})",
                             R"({"name":"a","colour":"blue"})",
                             R"({"name":"a","colour":2})",
                             R"({"name":"a","part":[]})",
                             R"({"name":"a","part":["1x"]})",
                             R"({"name":"a","parts":[[1,2],3]})",
                             R"({"name":"a","words":["x",1]})",
                             R"({"name":"a","counts":{"red":"x"}})",
                             R"({"name":"a","share":"nan"})",
                             R"({"name":"a","rare":[]})"}) {
        Everything row{.name = "before"};
        EXPECT_FALSE(read_row(text, row)) << text;
        EXPECT_EQ(row.name, "before") << text;
    }
}

TEST(Row, NamesItsColumns) {
    EXPECT_EQ(columns_of<Part>(), "[from*: number, to: number]");
    EXPECT_EQ(columns_of<access::HabitCell>(), "[count*: number, last*: number]");
    EXPECT_EQ(columns_of<Everything>(),
              "{name*: text, flag: bool, small: number, large: number, time: time, "
              "early: microseconds since 1970, took: microseconds, colour: red|green, "
              "part: [from*: number, to: number], parts: [[from*: number, to: number], …], words: [text, …], "
              "counts: {red|green: number, …}, share: exact number, rare: text}");
}

// Literal rows of schema 1 in the form before rows were described.
TEST(Row, OfAnOlderVersionIsStillRead) {
    const auto story = read_row<access::StoryRow>(
        R"({"last":5,"is_sequence":true,"steps":[[2,"read secrets","T1552"]],"evidence":[["a-1",1000000,"f","42"]]})");
    ASSERT_TRUE(story);
    EXPECT_EQ(story->steps.at(0).tactic, access::Tactic::CredentialAccess);
    EXPECT_EQ(story->evidence.at(0).offset, 42u);
    EXPECT_EQ(story->evidence.at(0).time, audit::Time{std::chrono::seconds{1}});

    const auto change = read_row<crd::Change>(
        R"({"what":1,"time":7,"cluster":"c","user":"u","verb":"delete","resource":"r","namespace":"","name":"n"})");
    ASSERT_TRUE(change);
    EXPECT_EQ(change->what, crd::Change::What::Webhook);

    EXPECT_EQ(read_row<ClockRow>("1767607200000000")->time, *audit::parse_time("2026-01-05T10:00:00Z"));
    EXPECT_EQ(read_row<access::HabitCell>("[3,7]")->count, 3);

    Finding finding;
    finding.id = "f_1";
    const auto as_text = boost::json::serialize(boost::json::value(to_json(finding)));
    EXPECT_EQ(read_row<Finding>(as_text)->id, "f_1");
    EXPECT_EQ(read_row<Finding>(to_json(finding))->id, "f_1");
}

TEST(CheckedState, NamesATableOf64AndAKeyOf200Characters) {
    const test::MemoryState state;
    std::vector<std::string> said;
    const CheckedState checked(state, [&](const std::string& line) { said.push_back(line); });
    const std::string table(64, 't'), key(200, 'k');
    checked.unusable(table, key);
    checked.unusable(table + "x", key + "y");
    ASSERT_EQ(said.size(), 2u);
    EXPECT_TRUE(said[0].ends_with("table " + table + ", key \"" + key + "\"")) << said[0];
    EXPECT_EQ(said[1].find(table), std::string::npos);
    EXPECT_EQ(said[1].find(key), std::string::npos);
}

TEST(CheckedState, CountsEachRowOnceAndNamesTheFirstOnes) {
    const test::MemoryState state;
    std::vector<std::string> said;
    const CheckedState checked(state, [&](const std::string& line) { said.push_back(line); });
    for (int twice = 0; twice < 2; ++twice) {
        checked.unusable("a.b", std::string("x\x1f\x1b[31m\xe2\x80\xae"));
        checked.unusable("a.b", "y");
    }
    ASSERT_EQ(said.size(), 2u);
    EXPECT_NE(said[0].find("table a.b"), std::string::npos);
    EXPECT_EQ(said[0].find('\x1b'), std::string::npos);
    EXPECT_EQ(said[0].find("\xe2\x80\xae"), std::string::npos);
    EXPECT_EQ(checked.counts().at("a.b"), 2u);
    for (size_t i = 0; i < 2 * CheckedState::kNamed; ++i) checked.unusable("c.d", std::to_string(i));
    EXPECT_EQ(said.size(), CheckedState::kNamed);
    EXPECT_EQ(checked.counts().at("c.d"), 2 * CheckedState::kNamed);
}

}  // namespace
}  // namespace redshank
