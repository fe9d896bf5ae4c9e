// Replays recordings of rotation, restarts, full disks and truncation beside a follower.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "audit/event_parser.h"
#include "tests/fault/follower.h"
#include "tests/fault/recorded_rotation.h"
#include "tests/support/corpus.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using test::Follower;
using test::RecordedRotation;
using test::RecordedRow;
using testing::IsEmpty;

struct Counted {
    size_t events = 0, bytes = 0;
};

Counted count(const std::vector<std::string>& lines) {
    Counted counted;
    audit::EventParser parser;
    audit::Event event;
    for (std::string line : lines) {
        counted.bytes += line.size() + 1;
        line.append(audit::kPadding, '\0');
        const std::string_view text(line.data(), line.size() - audit::kPadding);
        if (parser.parse(text, event) == audit::ParseError::None) ++counted.events;
    }
    return counted;
}

size_t count_bytes(const Follower& follower) {
    size_t bytes = 0;
    for (const std::string& line : follower.lines()) bytes += line.size() + 1;
    return bytes;
}

// The expected lines: the whole lines of each generation, up to the given number of bytes.
Counted expected(const RecordedRotation& rotation, const std::vector<size_t>& bytes) {
    Counted all;
    for (size_t i = 0; i < bytes.size(); ++i) {
        all.bytes += bytes[i];
        if (!rotation.is_recorded(i)) continue;
        const std::string& text = rotation.text(i);
        all.events += static_cast<size_t>(
            std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bytes[i]), '\n'));
    }
    return all;
}

class RotationCorpus : public testing::TestWithParam<const char*> {
  protected:
    fs::path corpus() const { return test::shared_dir() / "corpus" / GetParam(); }
    static FileSourceConfig config(const RecordedRotation& rotation) {
        return {.path = rotation.log().string()};
    }

    test::TempDir dir_;
};

TEST_P(RotationCorpus, EveryRowOfTheListingIsAStepAfterWhichAllIsRead) {
    NEEDS_SHARED(std::string("corpus/") + GetParam());
    RecordedRotation rotation(corpus(), dir_.path());
    ASSERT_GT(rotation.rows().size(), 7u);
    Follower follower(config(rotation));
    size_t rotations = 0;
    double time = rotation.rows().front().time;
    for (const RecordedRow& row : rotation.rows()) {
        follower.pass(std::chrono::seconds(std::lround(row.time - std::exchange(time, row.time))));
        rotation.play(row, [&] { follower.step(); });
        ASSERT_EQ(rotation.compare(row), "");
        follower.drain();
        EXPECT_EQ(count_bytes(follower), expected(rotation, rotation.whole_bytes()).bytes)
            << "at " << row.time;
        EXPECT_THAT(follower.notices(), IsEmpty());
        if (row.files.size() > 2) ++rotations;  // beside audit.log and audit-policy.yaml
    }
    EXPECT_GE(follower.status().rotations, 4u);
    EXPECT_LE(follower.status().rotations, rotations);
    rotation.play_rest();
    follower.drain();
    const Counted all = count(follower.lines());
    EXPECT_EQ(all.bytes, expected(rotation, rotation.whole_bytes()).bytes);
    EXPECT_EQ(all.events, expected(rotation, rotation.whole_bytes()).events);
    EXPECT_THAT(follower.notices(), IsEmpty());
    EXPECT_EQ(follower.status().gaps, 0u);
}

TEST_P(RotationCorpus, KilledWithinEveryRowItReadsTheSame) {
    NEEDS_SHARED(std::string("corpus/") + GetParam());
    for (const int seed : {1, 2, 3}) {
        test::TempDir dir;
        RecordedRotation rotation(corpus(), dir.path());
        Follower follower(config(rotation));
        std::mt19937 random(static_cast<unsigned>(seed));
        for (const RecordedRow& row : rotation.rows()) {
            rotation.play(row, [&] {
                if (random() % 2) follower.step();
                if (random() % 2) follower.die_after(static_cast<int>(random() % 3));
            });
            follower.drain();
            EXPECT_EQ(count_bytes(follower), expected(rotation, rotation.whole_bytes()).bytes)
                << "seed " << seed;
        }
        rotation.play_rest();
        follower.drain();
        EXPECT_EQ(count(follower.lines()).events, expected(rotation, rotation.whole_bytes()).events);
        EXPECT_THAT(follower.notices(), IsEmpty());
    }
}

// The follower is down from each row until the end. Everything that a file still contains must be read; the
// rest must be reported as a gap.
TEST_P(RotationCorpus, AfterDowntimeOnlyWhatIsInNoFileIsMissingAndReported) {
    NEEDS_SHARED(std::string("corpus/") + GetParam());
    const size_t rows = RecordedRotation(corpus(), dir_.path()).rows().size();
    for (size_t down = 2; down < rows; ++down) {
        test::TempDir dir;
        RecordedRotation rotation(corpus(), dir.path());
        Follower follower(config(rotation));
        std::vector<size_t> read;
        for (size_t i = 0; i < rows; ++i) {
            rotation.play(rotation.rows()[i], [] {});
            if (i > down) continue;
            follower.drain();
            read = rotation.whole_bytes();
        }
        rotation.play_rest();
        follower.restart();
        follower.drain();
        std::vector<size_t> bytes = rotation.whole_bytes();
        const std::vector<bool> readable = rotation.readable();
        bool is_lost = false;
        for (size_t i = 0; i < bytes.size(); ++i) {
            if (readable[i] || bytes[i] == read[i]) continue;
            bytes[i] = read[i];
            is_lost = true;
        }
        EXPECT_EQ(count_bytes(follower), expected(rotation, bytes).bytes) << "down after row " << down;
        EXPECT_EQ(count(follower.lines()).events, expected(rotation, bytes).events);
        EXPECT_EQ(follower.notices(), is_lost ? std::vector<std::string>{"audit-gap/generation-lost"}
                                              : std::vector<std::string>{})
            << "down after row " << down;
    }
}

// counts.json has what the recorder could read at the end: the plain files.
TEST_P(RotationCorpus, TotalsAreThoseOfTheRecorder) {
    NEEDS_SHARED(std::string("corpus/") + GetParam());
    RecordedRotation rotation(corpus(), dir_.path());
    for (const RecordedRow& row : rotation.rows()) rotation.play(row, [] {});
    rotation.play_rest();
    FileSourceConfig from_oldest = config(rotation);
    from_oldest.start = FileSourceConfig::Start::Oldest;
    Follower follower(from_oldest);
    follower.drain();
    std::ifstream in(corpus() / "counts.json");
    const json::value counts = json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    const size_t packed = rotation.packed_events();
    EXPECT_EQ(count(follower.lines()).events - packed, counts.at("events").to_number<size_t>());
    if (packed == 0) {
        EXPECT_EQ(count_bytes(follower), counts.at("raw_bytes").to_number<size_t>());
    }
}

INSTANTIATE_TEST_SUITE_P(All, RotationCorpus,
                         testing::Values("rotation-keepall", "rotation-backup3", "rotation-compress"),
                         [](const auto& set) {
                             std::string name = set.param;
                             std::erase(name, '-');
                             return name;
                         });

// Writes a file of the corpus as the live log, in pieces, and reads it meanwhile.
void follow(Follower& follower, const fs::path& log, const std::string& text) {
    for (size_t at = 0; at < text.size(); at += 50'000) {
        test::append_file(log, text.substr(at, 50'000));
        follower.drain();
    }
}

std::string text_of(const std::string& file) {
    return std::string(test::Log(test::shared_dir() / "corpus/lifecycle" / file).text());
}

// observations.txt has the sizes at which the server was stopped, killed and started, and the number of
// lines.
TEST(LifecycleCorpus, RestartsOfTheServerAppendToTheSameFile) {
    NEEDS_SHARED("corpus/lifecycle");
    test::TempDir dir;
    const std::string killed = text_of("restart/audit.after-sigkill.log.zst"),
                      all = text_of("restart/audit.log.zst");
    ASSERT_TRUE(all.starts_with(killed));
    const fs::path log = dir.path() / "audit.log";
    Follower follower({.path = log.string()});
    size_t at = 0;
    for (const auto& [size, lines] :
         {std::pair<size_t, size_t>{779'867, 959}, {1'552'907, 1947}, {1'891'430, 2379}, {1'919'109, 2411}}) {
        follow(follower, log, all.substr(at, size - at));
        EXPECT_EQ(follower.lines().size(), lines) << "at " << size;
        follower.restart();
        at = size;
    }
    EXPECT_EQ(at, all.size());
    EXPECT_EQ(count(follower.lines()).events, 2411u);
    EXPECT_EQ(count(follower.lines()).bytes, all.size());
    EXPECT_THAT(follower.notices(), IsEmpty());
}

// The event that exceeds maxsize is in neither file; rotation continues around it.
TEST(LifecycleCorpus, EventTooLongForTheServerIsNoGap) {
    NEEDS_SHARED("corpus/lifecycle");
    test::TempDir dir;
    const fs::path log = dir.path() / "audit.log";
    const std::string backup = "audit-2026-11-23T09-28-32.256.log";
    Follower follower({.path = log.string()});
    follow(follower, log, text_of("toolong/" + backup + ".zst"));
    fs::rename(log, dir.path() / backup);
    test::write_file(log, "");
    follow(follower, log, text_of("toolong/audit.log.zst"));
    EXPECT_EQ(count(follower.lines()).events, 438u + 74u);
    EXPECT_EQ(count(follower.lines()).bytes, 831'133u + 889'269u);
    EXPECT_EQ(follower.status().rotations, 1u);
    EXPECT_THAT(follower.notices(), IsEmpty());
}

// After a rotation the writer has no O_APPEND: when its file is truncated, its next write leaves a hole
// before it.
TEST(LifecycleCorpus, TruncationAfterARotationLosesNoLineBehindTheHole) {
    NEEDS_SHARED("corpus/lifecycle");
    test::TempDir dir;
    const fs::path log = dir.path() / "audit.log";
    const std::string backup = "audit-2026-11-23T09-37-17.617.log";
    Follower follower({.path = log.string()});
    follow(follower, log, text_of("trunc-after-rotation/" + backup + ".zst"));
    fs::rename(log, dir.path() / backup);
    const std::string after = text_of("trunc-after-rotation/audit.log.zst");
    const size_t hole = after.find_first_not_of('\0');
    ASSERT_EQ(hole, 175'412u);
    // The text before the hole was not recorded.
    test::write_file(log, "{\"ours\":\"" + std::string(hole - 12, 'x') + "\"}\n");
    follower.drain();
    const int fd = ::open(log.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    ASSERT_EQ(::pwrite(fd, after.data() + hole, after.size() - hole, static_cast<off_t>(hole)),
              static_cast<ptrdiff_t>(after.size() - hole));
    ::close(fd);
    follower.drain();
    EXPECT_EQ(count(follower.lines()).events, 1278u + 40u);
    EXPECT_EQ(follower.skipped().at("nul"), hole);
    EXPECT_THAT(follower.notices(), testing::ElementsAre("audit-log-tampered/truncated"));
}

// A file that the server opened with O_APPEND is truncated to nothing.
TEST(LifecycleCorpus, CopytruncateOfAFileThatIsAppendedTo) {
    NEEDS_SHARED("corpus/lifecycle");
    test::TempDir dir;
    const fs::path log = dir.path() / "audit.log";
    const std::string copied = text_of("blocking/audit.copy.log.zst"), later = text_of("batch/audit.log.zst");
    Follower follower({.path = log.string()});
    test::append_file(log, copied.substr(0, 200'000));
    follower.drain();
    test::append_file(log, copied.substr(200'000));
    fs::copy_file(log, dir.path() / "audit.log.1");
    fs::resize_file(log, 0);
    test::append_file(log, later);
    follower.drain();
    EXPECT_EQ(count(follower.lines()).events, 464u + 1104u);
    EXPECT_EQ(count(follower.lines()).bytes, copied.size() + later.size());
    EXPECT_THAT(follower.notices(), testing::ElementsAre("audit-log-tampered/truncated"));
}

TEST(LifecycleCorpus, OddRequestsAndPanicsAreEventsToo) {
    NEEDS_SHARED("corpus/lifecycle");
    for (const auto& [file, events] :
         {std::pair{"odd/audit.log.zst", 690u}, {"panic/audit.log.zst", 2173u}}) {
        test::TempDir dir;
        const fs::path log = dir.path() / "audit.log";
        Follower follower({.path = log.string()});
        follow(follower, log, text_of(file));
        EXPECT_EQ(count(follower.lines()).events, events) << file;
    }
}

TEST(LifecycleCorpus, FullDiskLeavesHalfALineThatIsWaitedForAndThenGluedToTheNext) {
    NEEDS_SHARED("corpus/lifecycle");
    test::TempDir dir;
    const std::string full = text_of("fulldisk.log.zst"), after = text_of("fulldisk-after.log.zst");
    ASSERT_TRUE(after.starts_with(full));
    const fs::path log = dir.path() / "audit.log";
    Follower follower({.path = log.string()});
    follow(follower, log, full);
    EXPECT_EQ(follower.lines().size(), 1256u);
    test::append_file(log, after.substr(full.size()));
    follower.drain();
    EXPECT_EQ(follower.lines().size(), static_cast<size_t>(std::count(after.begin(), after.end(), '\n')));
    EXPECT_EQ(follower.lines()[1256].size(), 1029u);
    EXPECT_EQ(count(follower.lines()).events, follower.lines().size() - 1);
}

}  // namespace
}  // namespace redshank
