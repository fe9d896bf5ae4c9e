#include "daemon/sources/file_position.h"

#include <gmock/gmock.h>

namespace redshank {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

FilePlace place() {
    return {.device = 1,
            .inode = 18'446'744'073'709'551'615u,  // all 64 bits are kept
            .born = -5,
            .offset = 1u << 31,
            .head_size = 1024,
            .head = "aa",
            .before_size = 64,
            .before = "bb",
            .mode = 0640,
            .owner = 7,
            .group = 4'294'967'294u};
}

bool same(const FilePlace& a, const FilePlace& b) {
    return a.device == b.device && a.inode == b.inode && a.born == b.born && a.offset == b.offset &&
           a.head_size == b.head_size && a.head == b.head && a.before_size == b.before_size &&
           a.before == b.before && a.mode == b.mode && a.owner == b.owner && a.group == b.group;
}

TEST(FilePosition, ComesBackAsItWasWritten) {
    FilePlace other = place();
    other.inode = 2;
    const FilePosition written{.at = place(),
                               .left = {other, place()},
                               .after = 1'795'425'160'457'000'000,
                               .certain = 1'795'425'100'000'000'000,
                               .done = {{"1024:aa", 5}, {"7:bb", 9}},
                               .folders = {"/var/log/old"},
                               .last_event = audit::Time{audit::Duration{1'795'425'160'457'123}},
                               .longest_silence = 3600};
    const auto read = FilePosition::from_json(written.to_json());
    ASSERT_TRUE(read);
    ASSERT_TRUE(read->at);
    EXPECT_TRUE(same(*read->at, place()));
    ASSERT_EQ(read->left.size(), 2u);
    EXPECT_TRUE(same(read->left[0], other));
    EXPECT_EQ(read->after, written.after);
    EXPECT_EQ(read->certain, written.certain);
    EXPECT_THAT(read->done,
                ElementsAre(AllOf(Field(&DoneBackup::mark, "1024:aa"), Field(&DoneBackup::key, 5)),
                            AllOf(Field(&DoneBackup::mark, "7:bb"), Field(&DoneBackup::key, 9))));
    EXPECT_THAT(read->folders, ElementsAre("/var/log/old"));
    EXPECT_EQ(read->last_event, written.last_event);
    EXPECT_EQ(read->longest_silence, 3600);
    EXPECT_EQ(read->to_json(), written.to_json());
}

TEST(FilePosition, OfAnOlderVersionTakesWhatWasReadByItsTime) {
    const auto read = FilePosition::from_json(
        R"({"version":1,"after":70,"last_event":1,"longest_silence":0,"done":["7:bb"]})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->certain, 70);
    EXPECT_THAT(read->done,
                ElementsAre(AllOf(Field(&DoneBackup::mark, "7:bb"), Field(&DoneBackup::key, 70))));
}

TEST(FilePosition, OfALogThatIsNotThereYetHasNoPlace) {
    const FilePosition nowhere;
    EXPECT_THAT(nowhere.to_json(), testing::Not(HasSubstr("\"at\"")));
    const auto read = FilePosition::from_json(nowhere.to_json());
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->at);
    EXPECT_TRUE(read->left.empty());
    EXPECT_TRUE(read->done.empty());
}

TEST(FilePosition, WhatAnotherVersionWroteOrNobodyIsRefused) {
    const std::string good = FilePosition{.at = place(), .left = {}, .done = {}}.to_json();
    ASSERT_TRUE(FilePosition::from_json(good));
    const auto with = [&](const std::string& what, const std::string& by) {
        std::string text = good;
        text.replace(text.find(what), what.size(), by);
        return text;
    };
    for (const std::string& bad :
         {std::string(), std::string("{}"), std::string("[]"), std::string("null"),
          std::string("{\"version\":1}"), std::string(64, '\0'), good.substr(0, good.size() / 2),
          with("\"version\":1", "\"version\":2"), with("\"version\":1", "\"version\":\"1\""),
          with("\"offset\":2147483648", "\"offset\":-1"), with("\"offset\":2147483648", "\"offset\":\"x\""),
          with("\"head\":\"aa\"", "\"head\":7"), with("\"inode\":", "\"node\":")}) {
        EXPECT_FALSE(FilePosition::from_json(bad)) << bad;
    }
}

TEST(FilePosition, UnknownKeysOfALaterPatchVersionAreNoReasonToBeginAnew) {
    std::string text = FilePosition{.at = place(), .left = {}, .done = {}}.to_json();
    text.insert(1, R"("more":{"a":1},)");
    EXPECT_TRUE(FilePosition::from_json(text));
}

}  // namespace
}  // namespace redshank
