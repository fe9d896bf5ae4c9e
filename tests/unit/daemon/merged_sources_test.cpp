#include "daemon/sources/merged_sources.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <random>

#include "audit/event_parser.h"
#include "daemon/sources/file_source.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// A line of a log that says its name; at `millis` of a minute.
std::string line(const std::string& name, int millis) {
    return fmt::format(R"({{"name":"{}","stageTimestamp":"2026-01-05T10:00:{:02}.{:03}000Z"}})", name,
                       millis / 1000, millis % 1000);
}

std::string name_of(std::string_view text) {
    constexpr std::string_view kKey = R"("name":")";
    const size_t at = text.find(kKey);
    if (at == text.npos) return std::string(text);
    text.remove_prefix(at + kKey.size());
    return std::string(text.substr(0, text.find('"')));
}

// A log that has what the test puts into `batches`, each as the lines of one read().
struct Log : Source {
    explicit Log(std::string name, std::string cluster = "c")
        : name_(std::move(name)), cluster_(std::move(cluster)) {}
    const std::string& name() const override { return name_; }
    const std::string& cluster() const override { return cluster_; }
    std::string start(const std::optional<std::string>&) override { return {}; }
    bool can_wait() const override { return waits; }
    SourceStatus status() const override { return {.up = is_up, .lag_bytes = batches.empty() ? lag : 1}; }
    std::string position_after(const Line& line) override { return "after " + name_of(line.text); }

    Read read(Batch& batch) override {
        batch.clear();
        ++reads;
        if (batches.empty()) return ended ? Read::Ended : Read::Idle;
        text_.clear();
        for (const std::string& line : batches.front()) text_ += line + "\n";
        batches.pop_front();
        const std::string_view all = text_;
        text_.append(audit::kPadding, '\0');
        for (size_t at = 0; at < all.size();) {
            const size_t end = text_.find('\n', at);
            batch.lines.push_back({std::string_view(text_).substr(at, end - at), at});
            at = end + 1;
        }
        batch.file = name_ + ".log";
        batch.position = name_ + " to its end";
        batch.can_be_cut = can_be_cut;
        batch.notices = std::exchange(notices, {});
        batch.skips = std::exchange(skips, {});
        return Read::Lines;
    }

    std::deque<std::vector<std::string>> batches;
    std::vector<SourceNotice> notices;
    std::vector<SourceSkip> skips;
    bool waits = true, is_up = true, ended = false, can_be_cut = true;
    uint64_t lag = 0;
    int reads = 0;
    bool hears = true;
    bool hears_all() const override { return hears; }

  private:
    std::string name_, cluster_, text_;
};

class MergedSourcesTest : public testing::Test {
  protected:
    // The names of all lines that come now.
    std::vector<std::string> now_come() {
        std::vector<std::string> names;
        while (merged_.read(batch_) == Source::Read::Lines) {
            for (const Line& one : batch_.lines) names.push_back(name_of(one.text));
        }
        return names;
    }
    std::vector<std::string> after(std::chrono::milliseconds time) {
        now_ += time;
        return now_come();
    }
    std::map<std::string, std::string> positions() const {
        std::map<std::string, std::string> all;
        merged_.positions(all);
        return all;
    }

    MergedSources::Clock::time_point now_{1h};
    Log a_{"a"}, b_{"b"};
    Batch batch_;
    MergedSources merged_{{&a_, &b_}, [this] { return now_; }};
};

TEST_F(MergedSourcesTest, HearsAllWhenEachSourceDoes) {
    EXPECT_TRUE(merged_.hears_all());
    b_.hears = false;
    EXPECT_FALSE(merged_.hears_all());
    a_.hears = false;
    b_.hears = true;
    EXPECT_FALSE(merged_.hears_all());
}

TEST_F(MergedSourcesTest, LinesComeInTheOrderOfTheirTimes) {
    a_.batches = {{line("a1", 10), line("a2", 30), line("a3", 31)}, {line("a4", 50)}};
    b_.batches = {{line("b1", 20)}, {line("b2", 40), line("b3", 60)}};
    a_.ended = b_.ended = true;
    EXPECT_THAT(now_come(), ElementsAre("a1", "b1", "a2", "a3", "b2", "a4", "b3"));
    EXPECT_EQ(merged_.read(batch_), Source::Read::Ended);
}

TEST_F(MergedSourcesTest, OneThatIsSilentDelaysByTheBoundOnly) {
    a_.batches = {{line("a1", 10)}};
    EXPECT_THAT(now_come(), IsEmpty());
    EXPECT_EQ(merged_.due(), now_ + MergedSources::kHold);
    EXPECT_THAT(after(MergedSources::kHold - 1ms), IsEmpty());
    EXPECT_THAT(after(1ms), ElementsAre("a1"));
    EXPECT_EQ(merged_.due(), MergedSources::Clock::time_point::max());
}

TEST_F(MergedSourcesTest, WhatTheOtherToldMeanwhileComesFirst) {
    a_.batches = {{line("a1", 100)}};
    EXPECT_THAT(now_come(), IsEmpty());
    b_.batches = {{line("b1", 90)}};
    EXPECT_THAT(after(200ms), ElementsAre("b1"));
    EXPECT_THAT(after(299ms), IsEmpty());
    EXPECT_THAT(after(1ms), ElementsAre("a1")) << "its time began when it was read";
}

TEST_F(MergedSourcesTest, TheNextOfTheOtherEndsTheWait) {
    a_.batches = {{line("a1", 100)}};
    b_.batches = {{line("b1", 110)}};
    EXPECT_THAT(now_come(), ElementsAre("a1"));
    a_.batches = {{line("a2", 120)}};
    EXPECT_THAT(after(20ms), ElementsAre("b1"));
}

TEST_F(MergedSourcesTest, NobodyWaitsForOneThatCannotBeRead) {
    b_.is_up = false;
    a_.batches = {{line("a1", 10)}};
    EXPECT_THAT(now_come(), ElementsAre("a1"));
}

TEST_F(MergedSourcesTest, NorForOneThatHasEnded) {
    b_.ended = true;
    a_.batches = {{line("a1", 10)}};
    EXPECT_THAT(now_come(), ElementsAre("a1"));
}

TEST_F(MergedSourcesTest, NorWhileOneCatchesUpAndTheOtherHas) {
    for (int i = 0; i < 100; ++i) a_.batches.push_back({line("a" + std::to_string(i), i)});
    std::vector<std::string> all = now_come();
    EXPECT_EQ(all.size(), 99u);
    EXPECT_THAT(after(MergedSources::kHold), ElementsAre("a99")) << "the newest may be out of order";
}

TEST_F(MergedSourcesTest, TheOneAheadWaitsAndHoldsOneBatch) {
    a_.batches = {{line("late", 50'000)}, {line("later", 50'001)}};
    for (int i = 0; i < 500; ++i) b_.batches.push_back({line("b", i)});
    b_.batches.push_back({line("last", 55'000)});
    std::vector<std::string> names;
    while (b_.batches.size() > 1) {
        now_ += MergedSources::kHold;  // however long it takes
        ASSERT_EQ(merged_.read(batch_), Source::Read::Lines);
        for (const Line& one : batch_.lines) names.push_back(name_of(one.text));
        ASSERT_EQ(a_.reads, 1);
    }
    EXPECT_EQ(std::count(names.begin(), names.end(), "b"), static_cast<ptrdiff_t>(names.size()));
    EXPECT_THAT(now_come(), ElementsAre("late", "later"));
}

TEST_F(MergedSourcesTest, PositionsAreOfWhatWasPassedOn) {
    a_.batches = {{line("a1", 10), line("a2", 30)}};
    b_.batches = {{line("b1", 20), line("b2", 40)}};
    EXPECT_THAT(positions(), IsEmpty());
    merged_.read(batch_);
    EXPECT_EQ(&merged_.source(), &a_);
    EXPECT_EQ(batch_.file, "a.log");
    EXPECT_EQ(batch_.position, "") << "a2 waits";
    EXPECT_THAT(positions(), ElementsAre(std::pair{"a", "after a1"}));
    merged_.read(batch_);
    EXPECT_THAT(positions(), ElementsAre(std::pair{"a", "after a1"}, std::pair{"b", "after b1"}));
    merged_.read(batch_);
    EXPECT_EQ(batch_.position, "a to its end");
    EXPECT_THAT(positions(), ElementsAre(std::pair{"b", "after b1"}));
}

TEST_F(MergedSourcesTest, WhatCannotBeCutComesWhole) {
    a_.can_be_cut = false;
    a_.batches = {{line("a1", 10), line("a2", 30)}};
    b_.batches = {{line("b1", 20)}};
    a_.ended = true;
    EXPECT_THAT(now_come(), ElementsAre("a1", "a2", "b1"));
}

TEST_F(MergedSourcesTest, NoticesComeWithTheFirstOfTheirLinesAndAloneAtOnce) {
    a_.batches = {{line("a1", 10), line("a2", 30)}};
    a_.notices = {{.kind = "audit-gap"}};
    b_.batches = {{line("b1", 20), line("b2", 21)}};
    merged_.read(batch_);
    EXPECT_EQ(batch_.notices.size(), 1u);
    EXPECT_EQ(batch_.lines.size(), 1u);
    EXPECT_THAT(now_come(), ElementsAre("b1", "b2"));
    b_.batches = {{}};
    b_.notices = {{.kind = "audit-log-stalled"}};
    now_ += 20ms;
    EXPECT_EQ(merged_.read(batch_), Source::Read::Lines);
    EXPECT_EQ(&merged_.source(), &b_);
    EXPECT_EQ(batch_.notices.size(), 1u);
    EXPECT_EQ(batch_.position, "b to its end");
}

TEST_F(MergedSourcesTest, WhatIsPassedOverComesWithTheLineBehindIt) {
    a_.batches = {{line("a1", 10), line("a2", 30), line("a3", 50)}};
    b_.batches = {{line("b1", 20), line("b2", 40), line("b3", 60)}};
    a_.ended = b_.ended = true;
    const uint64_t size = line("a1", 10).size() + 1;
    for (const uint64_t at : {uint64_t{0}, size - 1, size, size + 1, 2 * size + 1, 2 * size + 2})
        a_.skips.push_back({.reason = "nul", .offset = at, .bytes = 1});
    std::vector<std::string> come;
    while (merged_.read(batch_) == Source::Read::Lines) {
        std::string one = name_of(batch_.lines.front().text);
        for (const SourceSkip& skip : batch_.skips) one += " " + std::to_string(skip.offset);
        come.push_back(one);
    }
    EXPECT_THAT(come, ElementsAre("a1 0", "b1", fmt::format("a2 {} {}", size - 1, size), "b2",
                                  fmt::format("a3 {} {} {}", size + 1, 2 * size + 1, 2 * size + 2), "b3"));
}

TEST_F(MergedSourcesTest, WhatIsPassedOverWithoutALineComesAlone) {
    a_.batches = {{line("a1", 10)}};
    b_.batches = {{}};
    b_.skips = {{.reason = "oversize", .offset = 5, .bytes = 7, .lines = 1}};
    EXPECT_EQ(merged_.read(batch_), Source::Read::Lines);
    EXPECT_EQ(&merged_.source(), &b_);
    ASSERT_EQ(batch_.skips.size(), 1u);
    EXPECT_EQ(batch_.skips[0].bytes, 7u);
    EXPECT_EQ(batch_.position, "b to its end");
    EXPECT_THAT(after(MergedSources::kHold), ElementsAre("a1"));
}

TEST_F(MergedSourcesTest, LinesWithoutTimeStayWithTheirNeighbours) {
    a_.batches = {{line("a1", 10), "no event", line("a2", 30)}};
    b_.batches = {{line("b1", 20)}};
    a_.ended = b_.ended = true;
    EXPECT_THAT(now_come(), ElementsAre("a1", "no event", "b1", "a2"));
}

TEST(MergeTest, SourcesOfOneClusterThatCanWaitAreRead) {
    std::vector<std::unique_ptr<Source>> sources;
    for (const auto& [name, cluster] : {std::pair{"a1", "a"}, {"b1", "b"}, {"a2", "a"}, {"hook", "a"}})
        sources.push_back(std::make_unique<Log>(name, cluster));
    static_cast<Log&>(*sources.back()).waits = false;
    for (const auto& source : sources)
        static_cast<Log&>(*source).batches = {{line(source->name(), source->name() == "a1" ? 20 : 10)}};
    std::vector<MergedSources> merged = merge(sources);
    ASSERT_EQ(merged.size(), 3u);
    Batch batch;
    std::vector<std::string> first;
    for (MergedSources& one : merged) {
        EXPECT_EQ(one.read(batch), Source::Read::Lines);
        first.push_back(name_of(batch.lines.at(0).text));
    }
    EXPECT_THAT(first, ElementsAre("a2", "b1", "hook")) << "one that is alone is never held back";
}

// Real logs, cut at any moment: positions and what was passed on always agree.
class CutTest : public testing::Test {
  protected:
    // Three logs of one cluster, in files; `order` is how their lines come.
    void write_logs(uint32_t seed, bool has_holes) {
        std::mt19937 random(seed);
        passed_over_.clear();
        std::vector<std::pair<int, std::string>> all;
        for (int log = 0; log < 3; ++log) {
            std::string text;
            int time = static_cast<int>(random() % 1000);  // clocks that differ
            for (int i = 0; i < 40; ++i) {
                time += static_cast<int>(random() % 300) + 1;
                time += (log + 3 - time % 3) % 3;  // no two logs have a time in common
                std::string name = fmt::format("{}-{}", log, i);
                name += std::string(random() % 100, 'x');
                if (has_holes && random() % 4 == 0) {
                    const size_t nuls = 1 + random() % 50;
                    text += std::string(nuls, '\0');
                    passed_over_["nul"] += nuls;
                }
                if (has_holes && random() % 8 == 0) {
                    const std::string too_long(kLimit + 1 + random() % 100, 'x');
                    text += too_long + "\n";
                    passed_over_["oversize"] += too_long.size();
                }
                text +=
                    line(name, time) + (random() % 10 == 0 ? "\n" + std::string(random() % 3, '\n') : "\n");
                all.emplace_back(time, name);
            }
            test::write_file(dir_.path() / names_[log], text);
        }
        std::sort(all.begin(), all.end());
        order_.clear();
        for (const auto& [time, name] : all) order_.push_back(name);
    }

    // Reads `steps` pieces, or all, as a daemon that starts from `positions_`, and is then killed.
    bool read(size_t steps) {
        std::vector<std::unique_ptr<Source>> sources;
        for (const char* name : names_) {
            sources.push_back(make_file_source(
                {.path = dir_.file(name), .cluster = "c", .inotify = false, .line_limit = kLimit}));
            const auto at = positions_.find(sources.back()->name());
            sources.back()->start(at == positions_.end() ? std::nullopt : std::optional(at->second));
        }
        auto now = MergedSources::Clock::now();
        MergedSources merged({sources[0].get(), sources[1].get(), sources[2].get()}, [&] { return now; });
        Batch batch;
        bool is_waiting = false;
        for (size_t i = 0; i < steps; ++i) {
            now += MergedSources::kHold;
            if (merged.read(batch) == Source::Read::Lines) {
                is_waiting = false;
            } else if (std::exchange(is_waiting, true)) {
                return false;
            }
            for (const Line& one : batch.lines) {
                if (!one.text.empty()) passed_.push_back(name_of(one.text));
            }
            for (const SourceSkip& skip : batch.skips) counted_[skip.reason] += skip.bytes;
            if (!batch.position.empty()) positions_[merged.source().name()] = batch.position;
        }
        merged.positions(positions_);
        return true;
    }

    static constexpr size_t kLimit = 300;  // of a line

    const std::array<const char*, 3> names_{"a.log", "b.log", "c.log"};
    test::TempDir dir_;
    std::map<std::string, std::string> positions_;
    std::vector<std::string> passed_, order_;
    std::map<std::string, uint64_t> passed_over_, counted_;  // bytes, by reason
};

TEST_F(CutTest, EachLineComesOnceInOrderAndWhatIsPassedOverCountsOnce) {
    for (uint32_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        write_logs(seed, seed > 10);
        std::mt19937 random(seed);
        positions_.clear();
        passed_.clear();
        counted_.clear();
        while (read(2 + random() % 8)) {
        }
        const auto [a, b] = std::mismatch(passed_.begin(), passed_.end(), order_.begin(), order_.end());
        ASSERT_EQ(a - passed_.begin(), static_cast<ptrdiff_t>(order_.size()))
            << (a == passed_.end() ? "nothing" : *a) << " instead of "
            << (b == order_.end() ? "nothing" : *b);
        ASSERT_EQ(passed_.size(), order_.size());
        ASSERT_EQ(counted_, passed_over_);
    }
}

}  // namespace
}  // namespace redshank
