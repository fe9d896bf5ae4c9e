// The recorded sets of rotated files, written again as the server wrote them: same names, sizes and order.
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "audit/salvage.h"
#include "tests/fault/follower.h"
#include "tests/support/corpus.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using test::Follower;
using testing::IsEmpty;

// The files of a rotated-set.tar.zst, decompressed, in the order in which they were written.
std::vector<std::pair<std::string, std::string>> files_of(const fs::path& archive) {
    const test::Log tar(archive);
    std::vector<std::pair<std::string, std::string>> files;
    std::string_view rest = tar.text();
    while (rest.size() >= 512 &&
           rest[0] != '\0') {  // ustar: a block of 512 with name and size, then the file
        const std::string name(rest.substr(0, 100).data());
        const size_t size = std::stoul(std::string(rest.substr(124, 11)), nullptr, 8);
        test::TempDir dir;
        test::write_file(dir.path() / "f", std::string(rest.substr(512, size)));
        files.emplace_back(name.substr(name.find_last_of('/') + 1), test::Log(dir.path() / "f").text());
        rest.remove_prefix(512 + (size + 511) / 512 * 512);
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
        return (a.first == "audit.log") != (b.first == "audit.log") ? b.first == "audit.log"
                                                                    : a.first < b.first;
    });
    return files;
}

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
        if (audit::parse_line(parser, text, event).error == audit::ParseError::None) ++counted.events;
    }
    return counted;
}

// Plays the set: each file grows as audit.log in pieces that end anywhere, is renamed when it is whole, and
// compressed if it was. `kill_every` pieces the follower dies with a batch uncommitted.
void play(const std::string& corpus, int kill_every) {
    const fs::path folder = test::shared_dir() / "corpus" / corpus;
    test::TempDir dir;
    const fs::path log = dir.path() / "audit.log";
    Follower follower({.path = log.string()});
    const auto files = files_of(folder / "rotated-set.tar.zst");
    ASSERT_GT(files.size(), 3u);
    size_t bytes = 0, events = 0;
    int pieces = 0;
    for (const auto& [name, text] : files) {
        bytes += text.size();
        events += static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
        for (size_t at = 0; at < text.size(); at += 77'777) {
            test::append_file(log, text.substr(at, 77'777));
            if (++pieces % 3 == 0) follower.step();
            if (kill_every > 0 && pieces % kill_every == 0) follower.die_after(1);
        }
        if (name == "audit.log") continue;
        const bool is_packed = name.ends_with(".gz");
        fs::rename(log, dir.path() / (is_packed ? name.substr(0, name.size() - 3) : name));
        test::write_file(log, "");
        if (!is_packed) continue;
        test::write_file(dir.path() / name, test::gzip(text));
        fs::remove(dir.path() / name.substr(0, name.size() - 3));
    }
    follower.drain();
    const Counted counted = count(follower.lines());
    EXPECT_EQ(counted.events, events);
    EXPECT_EQ(counted.bytes, bytes);
    EXPECT_THAT(follower.notices(), IsEmpty());

    // counts.json counts what the recorder could read in the end: all plain files.
    size_t plain_bytes = 0;
    for (const auto& [name, text] : files) {
        if (!name.ends_with(".gz")) plain_bytes += text.size();
    }
    std::ifstream in(folder / "counts.json");
    const json::value counts = json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    EXPECT_EQ(plain_bytes, counts.at("raw_bytes").to_number<size_t>());
    if (plain_bytes == bytes) {
        EXPECT_EQ(counted.events, counts.at("events").to_number<size_t>());
    }
}

class RotationCorpus : public testing::TestWithParam<const char*> {};

TEST_P(RotationCorpus, TotalsAreThoseOfTheServer) {
    NEEDS_SHARED(std::string("corpus/") + GetParam());
    play(GetParam(), 0);
}

TEST_P(RotationCorpus, TotalsAreTheSameWhenTheFollowerDiesNowAndThen) {
    NEEDS_SHARED(std::string("corpus/") + GetParam());
    play(GetParam(), 7);
}

INSTANTIATE_TEST_SUITE_P(All, RotationCorpus,
                         testing::Values("rotation-keepall", "rotation-backup3", "rotation-compress"),
                         [](const auto& set) {
                             std::string name = set.param;
                             std::erase(name, '-');
                             return name;
                         });

// What a file of the corpus says, as the live log, read while it grows in pieces.
void follow(Follower& follower, const fs::path& log, const std::string& text) {
    for (size_t at = 0; at < text.size(); at += 50'000) {
        test::append_file(log, text.substr(at, 50'000));
        follower.drain();
    }
}

std::string text_of(const std::string& file) {
    return std::string(test::Log(test::shared_dir() / "corpus/lifecycle" / file).text());
}

TEST(LifecycleCorpus, RestartOfTheServerAppendsToTheSameFile) {
    NEEDS_SHARED("corpus/lifecycle");
    test::TempDir dir;
    const std::string before = text_of("restart/audit.after-sigkill.log.zst"),
                      all = text_of("restart/audit.log.zst");
    ASSERT_TRUE(all.starts_with(before));
    const fs::path log = dir.path() / "audit.log";
    Follower follower({.path = log.string()});
    follow(follower, log, before);
    follower.restart();
    test::append_file(log, all.substr(before.size()));
    follower.drain();
    EXPECT_EQ(count(follower.lines()).bytes, all.size());
    EXPECT_EQ(count(follower.lines()).events, static_cast<size_t>(std::count(all.begin(), all.end(), '\n')));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST(LifecycleCorpus, HoleAfterTruncationIsSkippedAndEveryLineBehindItRead) {
    NEEDS_SHARED("corpus/lifecycle");
    test::TempDir dir;
    const fs::path log = dir.path() / "audit.log";
    Follower follower({.path = log.string()});
    const std::string text = text_of("trunc-after-rotation/audit.log.zst");
    follow(follower, log, text);
    EXPECT_EQ(count(follower.lines()).events,
              static_cast<size_t>(std::count(text.begin(), text.end(), '\n')));
    EXPECT_EQ(follower.skipped().at("nul"), 175'412u);
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
