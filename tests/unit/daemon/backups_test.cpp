#include "daemon/sources/backups.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class Backups : public testing::Test {
  protected:
    // `age`: seconds since it was last written.
    void make(const std::string& name, int age = 0) {
        fs::create_directories((dir_.path() / name).parent_path());
        test::write_file(dir_.path() / name, "x\n");
        const timespec time{1'800'000'000 - age, 0};
        const timespec both[2] = {time, time};
        ::utimensat(AT_FDCWD, (dir_.path() / name).c_str(), both, 0);
    }

    std::vector<std::string> names(const std::string& log = "audit.log") const {
        std::vector<std::string> out;
        for (const Backup& backup : list_backups(dir_.file(log)))
            out.push_back(fs::relative(backup.path, dir_.path()).string());
        return out;
    }

    test::TempDir dir_;
};

TEST_F(Backups, OfTheServerAreInTheOrderOfTheTimesInTheirNames) {
    make("audit-2026-11-23T09-12-44.774.log", 50);
    make("audit-2026-11-23T09-12-40.457.log", 1);
    make("audit-2026-11-23T09-12-40.458.log.gz", 90);
    EXPECT_THAT(names(),
                ElementsAre("audit-2026-11-23T09-12-40.457.log", "audit-2026-11-23T09-12-40.458.log.gz",
                            "audit-2026-11-23T09-12-44.774.log"));
    const auto all = list_backups(dir_.file("audit.log"));
    EXPECT_TRUE(all[0].is_stamped);
    EXPECT_EQ(all[0].key, 1'795'425'160'457'000'000);
}

TEST_F(Backups, OfLogrotateAreInTheOrderOfTheirLastWriting) {
    make("audit.log.1", 10);
    make("audit.log.2.gz", 20);
    make("audit.log.10", 5);
    make("audit.log-20261123", 30);
    EXPECT_THAT(names(), ElementsAre("audit.log-20261123", "audit.log.2.gz", "audit.log.1", "audit.log.10"));
    EXPECT_FALSE(list_backups(dir_.file("audit.log"))[0].is_stamped);
}

TEST_F(Backups, WrittenAtTheSameTimeAreInTheOrderOfTheirNumbers) {
    for (const char* name :
         {"audit.log.1", "audit.log.3", "audit.log.2", "audit.log-20261123", "audit.log-20261122"})
        make(name);
    EXPECT_THAT(names(), ElementsAre("audit.log.3", "audit.log.2", "audit.log.1", "audit.log-20261122",
                                     "audit.log-20261123"));
}

TEST_F(Backups, OfTwoFormsThePlainOneCounts) {
    make("audit.log.1");
    make("audit.log.1.gz");
    make("audit-2026-11-23T09-12-40.457.log.gz");
    make("audit-2026-11-23T09-12-40.457.log");
    EXPECT_THAT(names(), ElementsAre("audit-2026-11-23T09-12-40.457.log", "audit.log.1"));
}

TEST_F(Backups, OtherFilesAreNone) {
    for (const char* name : {"audit.log",
                             "audit.log.gz",
                             "audit.log.",
                             "audit.log.1.bak",
                             "audit.log.1.gz.tmp",
                             "audit.log-x",
                             "audit.log~",
                             "audit.log.",
                             "audit.log-",
                             "audit.log.older",
                             "audit.log.1.lz4",
                             "audit-2.log",
                             "audit-12345.log",
                             "audit-policy.log",
                             "audit.log12345",
                             "audit.log.1+x",
                             "xaudit.log.1",
                             "audit.log.12345678901234567890123456789012345678901",
                             "audit.logs.1",
                             "other-2026-11-23T09-12-40.457.log",
                             "audit-2026-11-23T09-12-40.457.logs.1"})
        make(name);
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(Backups, AreKnownByAnyNameThatARotatorGives) {
    int age = 100;
    std::vector<std::string> all;
    for (const char* name : {"audit-20261123.log",
                             "audit.1.log",
                             "audit.log.2026-11-23",
                             "audit.log-2026-11-23_07",
                             "audit.log.2.zst",
                             "audit.log-20261122.gz",
                             "audit-2026-11-22T09:12:40Z.log",
                             "audit.log_20261121",
                             "audit.log.old",
                             "audit.log.bak",
                             "audit.log-prev",
                             "audit-123456.log",
                             "audit.log.3.bz2",
                             "audit.log.4.xz",
                             "audit.log-20261123-1795425160",
                             "audit.log-20261123T07:00:00+0100.gz",
                             "audit.log-20261123070000-0500-1795425160",
                             "audit.log20261123",
                             "audit20261123.log",
                             "audit.log-2026-W48",
                             "audit-2026112307-1795425160.log.xz",
                             "audit.log.0"}) {
        make(name, age--);
        all.emplace_back(name);
    }
    EXPECT_EQ(names(), all);
}

TEST_F(Backups, OfTheServerThatLogrotateTookOnKeepTheirTimes) {
    make("audit-2026-11-23T09-12-44.774.log.1", 90);
    make("audit-2026-11-23T09-12-40.457.log.1.gz", 1);
    make("audit-2026-11-23T09-12-40.457.log.2", 1);
    make("audit-2026-11-23T09-12-42.000-20261124.log.xz", 2);
    make("audit-2026-11-23T09-12-43.000.1.log", 99);
    make("audit-2026-11-23T09-12-44.000.log-20261124-1795500000.bz2", 3);
    EXPECT_THAT(
        names(),
        ElementsAre("audit-2026-11-23T09-12-40.457.log.2", "audit-2026-11-23T09-12-40.457.log.1.gz",
                    "audit-2026-11-23T09-12-42.000-20261124.log.xz", "audit-2026-11-23T09-12-43.000.1.log",
                    "audit-2026-11-23T09-12-44.000.log-20261124-1795500000.bz2",
                    "audit-2026-11-23T09-12-44.774.log.1"));
    for (const Backup& backup : list_backups(dir_.file("audit.log"))) EXPECT_TRUE(backup.is_stamped);
}

TEST_F(Backups, NamedByAClockThatWasWrongCountByTheirLastWriting) {
    make("audit-2237-01-01T00-00-00.000.log", 50);
    make("audit.log.1", 40);
    const auto all = list_backups(dir_.file("audit.log"));
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].key, 1'799'999'950'000'000'000);
    EXPECT_FALSE(all[0].is_stamped);
}

TEST_F(Backups, OfALogWithoutExtensionOrWithSeveral) {
    make("audit-2026-11-23T09-12-40.457");
    EXPECT_THAT(names("audit"), ElementsAre("audit-2026-11-23T09-12-40.457"));
    make("kube.audit-2026-11-23T09-12-40.457.json");
    EXPECT_THAT(names("kube.audit.json"), ElementsAre("kube.audit-2026-11-23T09-12-40.457.json"));
}

TEST_F(Backups, BesideTheTargetOfALinkCountToo) {
    make("real/audit.log");
    make("real/audit.log.1", 10);
    make("audit.log.1", 20);
    fs::create_symlink(dir_.path() / "real/audit.log", dir_.path() / "audit.log");
    EXPECT_THAT(names(), ElementsAre("audit.log.1", "real/audit.log.1"));
}

TEST_F(Backups, OfALogInAFolderThatIsNotThereAreNone) {
    EXPECT_THAT(list_backups(dir_.file("nowhere/audit.log")), IsEmpty());
}

TEST(StampOf, IsTheTimeInNanoseconds) {
    EXPECT_EQ(stamp_of("audit-1970-01-01T00-00-01.002.log", "audit.log"), 1'002'000'000);
    for (const char* name :
         {"audit-1970-01-01T00-00-01.02.log", "audit-1970-01-01T00-00-01.002.txt",
          "audit_1970-01-01T00-00-01.002.log", "audit-1970-02-30T00-00-01.002.log", "", "audit.log"}) {
        EXPECT_EQ(stamp_of(name, "audit.log"), 0) << name;
    }
}

}  // namespace
}  // namespace redshank
