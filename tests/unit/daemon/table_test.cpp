#include "daemon/print/table.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <sstream>

#include "daemon/print/console.h"
#include "daemon/print/width.h"

namespace redshank {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;
using Widths = std::vector<size_t>;

TEST(DisplayWidth, CountsColumnsNotBytes) {
    for (const auto& [text, width] : std::vector<std::pair<const char*, size_t>>{{"", 0},
                                                                                 {"abc", 3},
                                                                                 {"grüße", 5},
                                                                                 {"日本", 4},
                                                                                 {"🦊", 2},
                                                                                 {"e\u0301", 1},
                                                                                 {"…", 1},
                                                                                 {"한글", 4}}) {
        EXPECT_EQ(display_width(text), width) << text;
    }
}

TEST(TerminalWidth, IsColumnsOrAHundred) {
    for (const auto& [columns, width] : std::vector<std::pair<const char*, size_t>>{
             {"80", 80}, {"40", 40}, {"39", 40}, {"1000", 1000}, {"1001", 1000}, {"0", 100}, {"wide", 100}}) {
        setenv("COLUMNS", columns, 1);
        EXPECT_EQ(terminal_width(), width) << columns;  // standard output of a test is no terminal
    }
    unsetenv("COLUMNS");
}

TEST(Wrap, BreaksAtSpacesThenBehindSignsThenAnywhere) {
    EXPECT_THAT(wrap("", 5), ElementsAre(""));
    EXPECT_THAT(wrap("one two three", 13), ElementsAre("one two three"));
    EXPECT_THAT(wrap("one two three", 12), ElementsAre("one two", "three"));
    EXPECT_THAT(wrap("one two three", 7), ElementsAre("one two", "three"));
    EXPECT_THAT(wrap("one   two", 4), ElementsAre("one", "two"));
    EXPECT_THAT(wrap("system:serviceaccount:ci", 10), ElementsAre("system:", "serviceacc", "ount:ci"));
    EXPECT_THAT(wrap("a system:node", 9), ElementsAre("a", "system:", "node"));
    EXPECT_THAT(wrap("日本語", 5), ElementsAre("日本", "語"));
    EXPECT_THAT(wrap("日本", 1), ElementsAre("日", "本"));  // a character that is wider than the line is kept
    EXPECT_THAT(wrap("ae\u0301b", 2), ElementsAre("ae\u0301", "b"));
}

TEST(FitColumns, GivesTheRoomByWeight) {
    const std::vector<ColumnStyle> three{{"A"}, {"B", 1, 5}, {"C", 3, 5}};
    EXPECT_THAT(fit_columns(three, {10, 20, 30}, 64), Optional(Widths{10, 20, 30}));
    EXPECT_THAT(fit_columns(three, {10, 20, 30}, 100), Optional(Widths{10, 20, 30}));
    EXPECT_THAT(fit_columns(three, {10, 20, 30}, 63), Optional(Widths{10, 19, 30}));
    EXPECT_THAT(fit_columns(three, {10, 20, 30}, 40), Optional(Widths{10, 9, 17}));
    EXPECT_THAT(fit_columns(three, {10, 20, 30}, 24), Optional(Widths{10, 5, 5}));
    EXPECT_EQ(fit_columns(three, {10, 20, 30}, 23), std::nullopt);
    // Narrower than its minimum.
    EXPECT_THAT(fit_columns(three, {10, 3, 30}, 40), Optional(Widths{10, 3, 23}));
}

using Rows = std::vector<std::vector<std::string>>;

std::string printed(size_t width, const Rows& rows, Table::Layout layout = Table::Layout::Table) {
    std::string out;
    Table table(
        {{"TIME"}, {.header = "N", .right = true}, {"WHO", 1, 12}, {"WHAT", 2, 16}}, width,
        [&](std::string_view line) { out += std::string(line) + "\n"; }, layout);
    for (const auto& row : rows) table.add(row);
    table.finish();
    EXPECT_EQ(table.empty(), rows.empty());
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
    return out;
}

const Rows kRows{
    {"10:00:00", "7", "system:serviceaccount:ci:deployer", "listed Secrets in 日本 and in payments"},
    {"10:00:01", "12345", "日本語の名前", "x"}};

TEST(TableTest, FitsTheWidth) {
    EXPECT_EQ(printed(200, kRows),
              "TIME          N  WHO                                WHAT\n"
              "10:00:00      7  system:serviceaccount:ci:deployer  listed Secrets in 日本 and in payments\n"
              "10:00:01  12345  日本語の名前                       x\n");
    EXPECT_EQ(printed(100, kRows), printed(200, kRows));
    EXPECT_EQ(printed(80, kRows),
              "TIME          N  WHO                      WHAT\n"
              "10:00:00      7  system:serviceaccount:   listed Secrets in 日本 and in payments\n"
              "                 ci:deployer\n"
              "10:00:01  12345  日本語の名前             x\n");
    EXPECT_EQ(printed(47, kRows),
              "TIME          N  WHO           WHAT\n"
              "10:00:00      7  system:       listed Secrets\n"
              "                 serviceaccou  in 日本 and in\n"
              "                 nt:ci:        payments\n"
              "                 deployer\n"
              "10:00:01  12345  日本語の名前  x\n");
}

TEST(TableTest, IsBlocksWhereColumnsDoNotFit) {
    const std::string blocks =
        "TIME  10:00:00\n"
        "N     7\n"
        "WHO   system:serviceaccount:ci:deployer\n"
        "WHAT  listed Secrets in 日本 and in\n"
        "      payments\n"
        "\n"
        "TIME  10:00:01\n"
        "N     12345\n"
        "WHO   日本語の名前\n"
        "WHAT  x\n";
    EXPECT_EQ(printed(40, kRows), blocks);
    EXPECT_EQ(printed(100, {{"t", "", "", "x"}}, Table::Layout::Blocks), "TIME  t\nWHAT  x\n");
}

TEST(TableTest, WithoutRowsIsNothing) {
    EXPECT_EQ(printed(100, {}), "");
}

TEST(TableTest, MakesCellsSafeAndSaysWhatItLeavesOut) {
    EXPECT_EQ(printed(100, {{"t", "1", "a\x1b[2J\u202e", "b\nc"}}),
              "TIME  N  WHO               WHAT\n"
              "t     1  a\\u001b[2J\\u202e  b\\nc\n");
    const std::string cut = printed(1000, {{"t", "1", "a", std::string(Table::kLongestCell + 1, 'x')}});
    EXPECT_THAT(cut, ::testing::HasSubstr("x… (33 more)"));
    EXPECT_EQ(std::count(cut.begin(), cut.end(), 'x'), Table::kLongestCell - 32);
}

TEST(TableTest, MeasuresTheFirstRowsAndWritesTheRestAsTheyCome) {
    size_t written = 0;
    std::string last;
    Table table({{"A"}, {"B", 1, 4}}, 80, [&](std::string_view line) { ++written, last = line; });
    for (size_t i = 1; i < Table::kMeasured; ++i) table.add({"a", "short"});
    EXPECT_EQ(written, 0U);
    table.add({"a", "short"});
    EXPECT_EQ(written, Table::kMeasured + 1);  // with the header
    table.add({"a", "much longer"});
    EXPECT_EQ(last, "   r");  // the first rows fixed the width
    table.finish();
}

TEST(Console, WrapsWithTheIndentOfTheLineAndColoursTheSeverity) {
    EXPECT_EQ(for_terminal("2026 HIGH x\n    alice did one two three\n", 20),
              "2026 \033[31mHIGH\033[0m x\n    alice did one\n      two three\n");
    for (const auto& [line, expected] : std::vector<std::pair<std::string, std::string>>{
             {"CRITICAL a", "\033[1;31mCRITICAL\033[0m a"},
             {"a MEDIUM", "a \033[33mMEDIUM\033[0m"},
             {"LOW", "\033[36mLOW\033[0m"},
             {"RESOLVED x", "\033[32mRESOLVED\033[0m x"},
             {"INFO x", "INFO x"},
             {"BELOW x", "BELOW x"},  // no word of its own
             {"LOWER x", "LOWER x"},
             {"  HIGH x", "  HIGH x"},  // indented: what others wrote
             {"", ""}}) {
        EXPECT_EQ(for_terminal(line + "\n", 40), expected + "\n") << line;
    }
    // What fits stays as it was laid out.
    EXPECT_EQ(for_terminal("    who     alice, bob\n", 22), "    who     alice, bob\n");
    EXPECT_EQ(for_terminal("    who     alice, bob\n", 21), "    who     alice,\n      bob\n");
    EXPECT_EQ(for_terminal("a\n\nb", 40), "a\n\nb\n");
    EXPECT_EQ(for_terminal("", 40), "");
    // Every line fits, whatever the indent.
    std::istringstream lines(for_terminal(std::string(60, ' ') + std::string(200, 'x') + "\n", 40));
    size_t seen = 0;
    for (std::string line; std::getline(lines, line); ++seen) EXPECT_LE(line.size(), 40U);
    EXPECT_GT(seen, 5U);
}

}  // namespace
}  // namespace redshank
