#include "daemon/store/store.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "core/finding/finding_json.h"
#include "daemon/store/database_file.h"
#include "daemon/store/pending.h"
#include "daemon/store/schema.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Mode = Store::Mode;

Finding finding(const std::string& id, const std::string& time = "2026-01-05T10:00:00Z",
                Severity severity = Severity::High, const std::string& detector = "secret_exposure",
                uint64_t count = 1) {
    Finding out{
        .id = id, .time = *audit::parse_time(time), .detector = detector, .kind = "k", .severity = severity};
    out.summary = "somebody did \"something\"";
    out.count = count;
    return out;
}

std::vector<std::string> ids(const Store& store, const Store::FindingQuery& query = {}) {
    std::vector<std::string> out;
    store.findings(query, [&](const Finding& row) { out.push_back(row.id); });
    return out;
}

std::vector<std::string> keys(const Store& store, std::string_view table, std::string_view prefix = "") {
    std::vector<std::string> out;
    store.state().scan(table, prefix, [&](std::string_view key, std::string_view) { out.emplace_back(key); });
    return out;
}

std::string failure_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

class StoreTest : public ::testing::Test {
  protected:
    std::unique_ptr<Store> open(Mode mode = Mode::ReadWrite, StoreLimits limits = {}) {
        return Store::open(path_, mode, limits);
    }
    sqlite::Connection sql() { return {path_, SQLITE_OPEN_READWRITE}; }
    std::vector<std::string> set_aside() {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder_.path())) {
            const std::string name = entry.path().filename();
            if (name.starts_with("state.db.damaged-")) names.push_back(name);
        }
        return names;
    }

    TempDir folder_;
    const std::string path_ = folder_.file("state.db");
};

TEST_F(StoreTest, KeepsEverythingOfATransaction) {
    {
        const auto store = open();
        EXPECT_EQ(store->damage(), "");
        EXPECT_EQ(store->position("file:a"), std::nullopt);
        store->begin();
        store->writer().put("d.rows", "k1", R"({"a":1})");
        store->writer().put("d.rows", std::string("k\0\x1f", 3), "odd");
        store->writer().put("d.rows", "gone", "1");
        store->writer().erase("d.rows", "gone");
        store->set_position("file:a", R"({"offset":7})");
        store->upsert_finding(finding("f_1"));
        store->enqueue(News{.finding = finding("f_1")});
        EXPECT_TRUE(store->commit());
        EXPECT_EQ(store->problem(), "");
    }
    const auto store = open();
    EXPECT_EQ(store->state().get("d.rows", "k1"), R"({"a":1})");
    EXPECT_EQ(store->state().get("d.rows", "gone"), std::nullopt);
    EXPECT_THAT(keys(*store, "d.rows"), ElementsAre(std::string("k\0\x1f", 3), "k1"));
    EXPECT_EQ(store->position("file:a"), R"({"offset":7})");
    EXPECT_THAT(ids(*store), ElementsAre("f_1"));
    const auto items = store->outbox(10);
    ASSERT_EQ(items.size(), 1u);
    EXPECT_EQ(to_json(*items[0].news.finding), to_json(finding("f_1")));
}

TEST_F(StoreTest, KeepsNothingOfATransactionThatWasNotCommitted) {
    {
        const auto store = open();
        store->begin();
        store->writer().put("t", "k", "v");
        store->set_position("s", "p");
    }
    const auto store = open();
    EXPECT_EQ(store->state().get("t", "k"), std::nullopt);
    EXPECT_EQ(store->position("s"), std::nullopt);
}

TEST_F(StoreTest, ScansInOrderOfBytesByPrefixAcrossPortions) {
    const auto store = open();
    store->begin();
    const std::string big(5000, 'x');
    for (int i = 0; i < 2500; ++i)
        store->writer().put("t", "p" + std::to_string(10'000 + i), i < 600 ? big : "v");
    for (const char* key : {"o", "q", "\xff"}) store->writer().put("t", key, "v");
    store->writer().put("t2", "p1", "other table");
    ASSERT_TRUE(store->commit());
    const auto rows = keys(*store, "t", "p");
    EXPECT_EQ(rows.size(), 2500u);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    EXPECT_EQ(keys(*store, "t").size(), 2503u);
    EXPECT_THAT(keys(*store, "t", "r"), IsEmpty());
    EXPECT_THAT(keys(*store, "t", "\xff"), ElementsAre("\xff"));
}

TEST_F(StoreTest, OutboxHoldsEachTellingOnceInOrder) {
    const auto store = open();
    for (int round = 0; round < 2; ++round) {
        store->begin();
        store->enqueue(News{.finding = finding("f_1")});
        store->enqueue(News{.finding = finding("f_2")});
        store->enqueue(News{.finding = finding("f_1", "2026-01-05T10:00:01Z", Severity::High, "d", 2)});
        ASSERT_TRUE(store->commit());
    }
    auto items = store->outbox(10);
    ASSERT_EQ(items.size(), 3u);
    EXPECT_EQ(items[0].news.finding->id, "f_1");
    EXPECT_EQ(items[1].news.finding->id, "f_2");
    EXPECT_EQ(items[2].news.finding->count, 2u);
    EXPECT_EQ(store->outbox(1).size(), 1u);
    const auto later = store->outbox(10, items[0].sequence);
    ASSERT_EQ(later.size(), items.size() - 1);
    EXPECT_EQ(later[0].sequence, items[1].sequence);

    EXPECT_TRUE(store->remove_from_outbox(items[1].sequence));
    items = store->outbox(10);
    ASSERT_EQ(items.size(), 1u);
    EXPECT_EQ(items[0].news.finding->count, 2u);
}

TEST_F(StoreTest, SequenceNumbersAreNeverUsedAgain) {
    int64_t last = 0;
    for (int round = 0; round < 3; ++round) {
        const auto store = open();
        store->begin();
        store->enqueue(News{.finding = finding("f_1")});
        ASSERT_TRUE(store->commit());
        ASSERT_EQ(store->outbox(10).size(), 1u);
        EXPECT_GT(store->outbox(10)[0].sequence, last);
        last = store->outbox(10)[0].sequence;
        store->remove_from_outbox(last);
    }
}

TEST_F(StoreTest, TakingOverFromTheOutboxIsOneTransactionWithTheRest) {
    const auto owner = open();
    owner->begin();
    owner->enqueue(News{.finding = finding("f_1")});
    ASSERT_TRUE(owner->commit());

    const auto delivery = open(Mode::Attached);
    delivery->begin();
    delivery->writer().put("delivery.queue", "f_1", "{}");
    EXPECT_TRUE(delivery->remove_from_outbox(delivery->outbox(1).at(0).sequence));
    EXPECT_EQ(owner->outbox(10).size(), 1u);
    EXPECT_TRUE(delivery->commit());
    EXPECT_EQ(owner->outbox(10).size(), 0u);
    EXPECT_EQ(owner->state().get("delivery.queue", "f_1"), "{}");
}

TEST_F(StoreTest, FindingsAreFilteredAndComeNewestFirstInTheirLastForm) {
    const auto store = open();
    store->begin();
    store->upsert_finding(finding("f_old", "2026-01-04T10:00:00Z", Severity::Critical));
    store->upsert_finding(finding("f_low", "2026-01-05T10:00:00Z", Severity::Low));
    store->upsert_finding(finding("f_rule", "2026-01-05T11:00:00Z", Severity::High, "rule"));
    ASSERT_TRUE(store->commit());
    store->begin();
    store->upsert_finding(finding("f_old", "2026-01-06T10:00:00Z", Severity::Critical, "secret_exposure", 9));
    ASSERT_TRUE(store->commit());

    EXPECT_THAT(ids(*store), ElementsAre("f_old", "f_rule", "f_low"));
    EXPECT_THAT(ids(*store, {.since = audit::parse_time("2026-01-05T11:00:00Z")}),
                ElementsAre("f_old", "f_rule"));
    EXPECT_THAT(ids(*store, {.since = {}, .detector = "rule"}), ElementsAre("f_rule"));
    EXPECT_THAT(ids(*store, {.since = {}, .detector = "", .min_severity = Severity::Critical}),
                ElementsAre("f_old"));
    store->findings({}, [](const Finding& row) { EXPECT_EQ(row.count, row.id == "f_old" ? 9u : 1u); });
}

TEST_F(StoreTest, IsBoundedAndCountsWhatItEvicts) {
    const auto store = open(Mode::ReadWrite, {.findings = 3, .outbox = 2});
    for (int i = 0; i < 3; ++i) {
        store->begin();
        for (int j = 0; j < 2; ++j) {
            const std::string n = std::to_string(2 * i + j);
            store->upsert_finding(finding("f_" + n, "2026-01-05T10:00:0" + n + "Z"));
            store->enqueue(News{.finding = finding("f_" + n)});
        }
        ASSERT_TRUE(store->commit());
    }
    EXPECT_THAT(ids(*store), ElementsAre("f_5", "f_4", "f_3"));
    EXPECT_EQ(store->outbox(10).size(), 2u);
    EXPECT_EQ(store->counts().findings_evicted, 3u);
    EXPECT_EQ(store->counts().outbox_evicted, 4u);
    EXPECT_EQ(store->counts().commits, 3u);
}

// Makes every write to a file fail (RLIMIT_FSIZE 0), as a full disk does. Print nothing during its life.
class FullDisk {
  public:
    FullDisk() {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit none{0, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &none);
    }
    ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

  private:
    rlimit before_{};
};

TEST_F(StoreTest, WhatAFullDiskRefusesGoesWithTheNextCommit) {
    const auto store = open();
    store->begin();
    store->writer().put("t", "old", "1");
    ASSERT_TRUE(store->commit());
    bool done[2] = {};
    {
        const FullDisk full;
        for (bool& one : done) {
            store->begin();
            store->set_position("s", &one == done ? "1" : "2");
            store->writer().put("t", &one == done ? "first" : "second", "v");
            store->writer().erase("t", "old");
            store->enqueue(News{.finding = finding(&one == done ? "f_1" : "f_2")});
            one = store->commit();
        }
    }
    EXPECT_FALSE(done[0] || done[1]);
    EXPECT_NE(store->problem(), "");
    EXPECT_EQ(store->position("s"), std::nullopt);
    store->begin();
    EXPECT_TRUE(store->commit());
    EXPECT_EQ(store->problem(), "");
    EXPECT_EQ(store->position("s"), "2");
    EXPECT_THAT(keys(*store, "t"), ElementsAre("first", "second"));
    EXPECT_EQ(store->outbox(10).size(), 2u);
    EXPECT_EQ(store->counts().failed_commits, 2u);
}

TEST(Pending, StaysBoundedWhileNothingCanBeCommitted) {
    Pending pending(100);
    pending.put("t", "stored", std::nullopt);
    for (int round = 0; round < 50; ++round) {
        for (int i = 0; i < 1000; ++i) {
            const std::string key = std::to_string(round * 1000 + i);
            pending.put("t", key, "v");
            pending.put("t", key, std::nullopt);
            pending.enqueue(News{.finding = finding("f_" + key)});
            pending.upsert_finding(finding("f_" + key));
        }
        pending.forget_erased([](std::string_view, std::string_view key) { return key == "stored"; });
    }
    EXPECT_LE(pending.erased(), 10'000u);
    EXPECT_TRUE(pending.state().at("t").contains("stored"));
    EXPECT_LE(pending.outbox().size(), 100u);
    EXPECT_LE(pending.findings().size(), 100u);
    EXPECT_EQ(pending.findings().back().id, "f_49999");
    EXPECT_EQ(pending.dropped() + pending.outbox().size() + pending.findings().size(), 100'000u);
}

TEST_F(StoreTest, CommandsReadWhileTheDaemonWrites) {
    const auto writer = open();
    writer->begin();
    writer->upsert_finding(finding("f_1"));
    ASSERT_TRUE(writer->commit());
    const auto reader = open(Mode::ReadOnly);
    EXPECT_THAT(ids(*reader), ElementsAre("f_1"));
    size_t seen = 0;
    reader->findings({}, [&](const Finding&) {
        ++seen;
        writer->begin();
        writer->upsert_finding(finding("f_2"));
        EXPECT_TRUE(writer->commit()) << writer->problem();
    });
    EXPECT_EQ(seen, 1u);
    EXPECT_THAT(ids(*reader), ElementsAre("f_2", "f_1"));
    EXPECT_EQ(sql().number("PRAGMA wal_checkpoint(TRUNCATE)"), 0) << "a reader holds the log";
}

// While a file grows, each sync takes longer.
TEST_F(StoreTest, TheLogHasItsLengthFromTheStartAndKeepsIt) {
    const auto store = open();
    const uintmax_t log = fs::file_size(path_ + "-wal"), database = fs::file_size(path_);
    EXPECT_GE(log, 5u << 20);
    EXPECT_LT(log, 6u << 20);
    EXPECT_LT(database, 1u << 20);
    for (int i = 0; i < 300; ++i) {
        store->begin();
        store->writer().put("t", std::to_string(i % 7), std::string(15'000, 'x'));
        ASSERT_TRUE(store->commit()) << store->problem();
    }
    EXPECT_EQ(fs::file_size(path_ + "-wal"), log);
    EXPECT_EQ(open(Mode::ReadOnly)->state().get("t", "6"), std::string(15'000, 'x'));
}

// A process that was killed leaves its log.
TEST_F(StoreTest, ALogThatIsLongerThanWhatIsInItIsReadAsFarAsItGoes) {
    const std::string copy = folder_.file("copy.db");
    for (const int commits : {0, 1}) {
        const auto store = open();
        for (int i = 0; i < commits; ++i) {
            store->begin();
            store->set_position("s", "1");
            ASSERT_TRUE(store->commit());
        }
        for (const char* suffix : {"", "-wal"})
            fs::copy_file(path_ + suffix, copy + suffix, fs::copy_options::overwrite_existing);
        const uintmax_t log = fs::file_size(copy + "-wal");
        const auto again = Store::open(copy, Mode::ReadWrite);
        EXPECT_EQ(again->damage(), "");
        EXPECT_EQ(again->position("s"), commits == 0 ? std::nullopt : std::optional<std::string>("1"));
        EXPECT_EQ(fs::file_size(copy + "-wal"), log);
    }
}

// The owner's commits are waited for by what is to be sent, delivery's are not.
TEST_F(StoreTest, WhoWritesBesideTheOwnerCarriesTheLogOverFirst) {
    const auto owner = open(), beside = open(Mode::Attached);
    int rows = 0;
    const auto commit = [&](Store& store, size_t bytes) {
        store.begin();
        store.writer().put("t", std::to_string(++rows), std::string(bytes, 'x'));
        ASSERT_TRUE(store.commit()) << store.problem();
    };
    const auto pages = [&] { return fs::file_size(path_) / 4096; };
    commit(*owner, 300 * 4096);
    commit(*beside, 10);
    EXPECT_LT(pages(), 100u);
    commit(*owner, 300 * 4096);
    EXPECT_LT(pages(), 100u);
    commit(*beside, 10);
    EXPECT_GT(pages(), 600u);
    commit(*owner, 300 * 4096);
    commit(*owner, 300 * 4096);
    commit(*owner, 300 * 4096);
    EXPECT_LT(pages(), 700u);
    commit(*owner, 300 * 4096);
    EXPECT_GT(pages(), 1600u);
}

TEST_F(StoreTest, KnowsWhenOthersHaveCommitted) {
    const auto one = open(), other = open(Mode::Attached);
    const auto commit = [](Store& store) {
        store.begin();
        store.writer().put("t", "k", "v");
        ASSERT_TRUE(store.commit());
    };
    EXPECT_TRUE(one->may_have_changed()) << "nothing is known yet";
    EXPECT_FALSE(one->may_have_changed());
    commit(*one);
    EXPECT_FALSE(one->may_have_changed());
    commit(*other);
    commit(*one);
    EXPECT_TRUE(one->may_have_changed());
    EXPECT_FALSE(one->may_have_changed());
}

TEST_F(StoreTest, HasOneOwner) {
    const auto owner = open();
    EXPECT_THAT(failure_of([&] { open(); }), HasSubstr("in use by another redshank"));
    open(Mode::Attached);
}

TEST_F(StoreTest, ACommandWithoutADatabaseSaysSo) {
    EXPECT_THAT(failure_of([&] { open(Mode::ReadOnly); }), HasSubstr("no database here"));
    EXPECT_FALSE(fs::exists(path_));
}

// What a command and the daemon say of what cannot be a database: what, where, why, and what to do.
TEST_F(StoreTest, WhatIsNoFileIsNamedWithTheFix) {
    const auto both = [&](const std::string& said) {
        EXPECT_THAT(failure_of([&] { open(); }), HasSubstr(path_ + ": " + said));
        EXPECT_THAT(failure_of([&] { open(Mode::ReadOnly); }), HasSubstr(path_ + ": " + said));
        EXPECT_THAT(set_aside(), IsEmpty());
        fs::remove_all(path_);
    };
    fs::create_directory(path_);
    both(
        "is a folder, and redshank keeps a file there; move it away, or name another place (state_dir, "
        "--state)");
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    both("is a pipe, socket or device and no file; move it away, or name another place");
    test::write_file(path_, "\xfd\x37zXZ");
    EXPECT_THAT(
        failure_of([&] { open(); }),
        HasSubstr(path_ +
                  ": a log or packed file, not a database; name the state with --state or state_dir"));
    fs::remove(path_);
    if (::geteuid() == 0) return;  // whom no mode keeps out
    open();
    fs::permissions(path_, fs::perms::none);
    both("cannot be read: Permission denied (mode 0000, owner uid ");
}

// A command of another process, while the daemon reads beside its own connection, as its pages do.
TEST_F(StoreTest, AReaderInTheOwnersProcessLeavesItsLocks) {
    const auto owner = open();
    owner->begin();
    owner->set_position("s", "1");
    ASSERT_TRUE(owner->commit());
    open(Mode::ReadOnly);
    // The last to close a database removes its log.
    ASSERT_EQ(std::system(("sqlite3 " + path_ + " 'SELECT count(*) FROM positions' >/dev/null").c_str()), 0);
    EXPECT_TRUE(fs::exists(path_ + "-wal"));
    owner->begin();
    owner->set_position("s", "2");
    EXPECT_TRUE(owner->commit()) << owner->problem();
}

TEST_F(StoreTest, ACommandSaysWhatTheDaemonDoesWithDamage) {
    test::write_file(path_, "");
    EXPECT_THAT(
        failure_of([&] { open(Mode::ReadOnly); }),
        HasSubstr(path_ +
                  ": is empty, and was never a database; the daemon sets it aside at its next start"));
    {
        sqlite::Connection other(path_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        other.execute("CREATE TABLE invoices(x)");
    }
    EXPECT_THAT(
        failure_of([&] { open(Mode::ReadOnly); }),
        HasSubstr(path_ + ": the database of another program (its table 'invoices' is none of redshank's)"));
    test::write_file(path_, "no database at all\n");
    EXPECT_THAT(failure_of([&] { open(Mode::ReadOnly); }),
                HasSubstr(path_ + ": is damaged, or no database: "));
    EXPECT_THAT(set_aside(), IsEmpty());
    open();  // the daemon
    EXPECT_EQ(set_aside().size(), 1u);
}

TEST_F(StoreTest, IsClosedToOthers) {
    const std::string path = folder_.file("new/folder/state.db");
    const auto store = Store::open(path, Mode::ReadWrite);
    store->begin();
    store->set_position("s", "p");
    ASSERT_TRUE(store->commit());
    const auto mode_of = [](const std::string& name) {
        struct stat status {};
        return ::stat(name.c_str(), &status) == 0 ? status.st_mode & 07777u : 0u;
    };
    EXPECT_EQ(mode_of(folder_.file("new/folder")), 0700u);
    for (const char* suffix : {"", "-wal", "-shm", ".lock"})
        EXPECT_EQ(mode_of(path + suffix), 0600u) << suffix;
}

TEST_F(StoreTest, MigratesStepByStepOrNotAtAll) {
    open();
    const std::string_view first = migrations()[0];
    auto db = sql();
    const std::vector<std::string_view> good{first, "CREATE TABLE second(x);", "CREATE TABLE third(x);"};
    migrate(db, good);
    EXPECT_EQ(schema_version(db), 3);
    EXPECT_EQ(db.number("SELECT count(*) FROM second"), 0);

    const std::vector<std::string_view> bad{first, good[1], good[2], "CREATE TABLE fourth(x);", "nonsense"};
    EXPECT_THROW(migrate(db, bad), sqlite::Error);
    EXPECT_EQ(schema_version(db), 3);
    EXPECT_THROW(db.number("SELECT count(*) FROM fourth"), sqlite::Error);
}

TEST_F(StoreTest, LeavesANewerDatabaseAlone) {
    open();
    sql().execute("PRAGMA user_version = 99");
    EXPECT_THAT(failure_of([&] { open(); }), HasSubstr("schema version 99 is newer"));
    EXPECT_THAT(failure_of([&] { open(); }), HasSubstr(path_));
    EXPECT_THAT(failure_of([&] { open(Mode::ReadOnly); }),
                HasSubstr("schema version 99, not 1; a later redshank wrote it"));
    sql().execute("PRAGMA user_version = 0");
    EXPECT_THAT(failure_of([&] { open(Mode::ReadOnly); }),
                HasSubstr("schema version 0, not 1; the daemon of this version brings it up to date"));
    EXPECT_THAT(set_aside(), IsEmpty());
}

TEST_F(StoreTest, ALogGivenAsDatabaseIsNotTouched) {
    test::write_file(path_, R"({"kind":"Event","apiVersion":"audit.k8s.io/v1"})");
    EXPECT_THAT(failure_of([&] { open(); }), HasSubstr("not a database"));
    EXPECT_THAT(set_aside(), IsEmpty());
    EXPECT_EQ(fs::file_size(path_), 47u);
}

// A kind of damage that is done to a database with content.
struct Damage {
    const char* name;
    std::function<void(const std::string& path)> make;
};

void overwrite(const std::string& path, size_t at, size_t size, char byte) {
    std::FILE* file = std::fopen(path.c_str(), "r+b");
    std::fseek(file, static_cast<long>(at), SEEK_SET);
    for (size_t i = 0; i < size; ++i) std::fputc(byte, file);
    std::fclose(file);
}

const Damage kDamages[] = {
    {"Empty", [](const std::string& path) { fs::resize_file(path, 0); }},
    {"Garbage", [](const std::string& path) { test::write_file(path, std::string(9000, 'G')); }},
    {"AWord", [](const std::string& path) { test::write_file(path, "corrupt\n"); }},
    {"Nuls", [](const std::string& path) { test::write_file(path, std::string(40960, '\0')); }},
    {"Truncated", [](const std::string& path) { fs::resize_file(path, fs::file_size(path) / 2); }},
    {"TornHeader", [](const std::string& path) { fs::resize_file(path, 50); }},
    {"NulTail",
     [](const std::string& path) {
         const size_t size = fs::file_size(path);
         overwrite(path, size / 2, size - size / 2, '\0');
     }},
    {"GarbledPage",
     [](const std::string& path) { overwrite(path, fs::file_size(path) - 8192, 4096, '\xa5'); }},
    {"GarbledSchema", [](const std::string& path) { overwrite(path, 100, 400, '\x5a'); }},
    {"OtherProgram",
     [](const std::string& path) {
         fs::remove(path);
         sqlite::Connection(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).execute("CREATE TABLE t(x)");
     }},
    {"MissingTable",
     [](const std::string& path) {
         sqlite::Connection(path, SQLITE_OPEN_READWRITE).execute("DROP TABLE outbox");
     }},
    {"MissingColumn",
     [](const std::string& path) {
         sqlite::Connection(path, SQLITE_OPEN_READWRITE)
             .execute("ALTER TABLE state RENAME COLUMN tbl TO other");
     }},
};

TEST_F(StoreTest, AFileThatIsGoneIsNoSuccess) {
    const auto store = open();
    const auto commit = [&](const std::string& position) {
        store->begin();
        store->set_position("s", position);
        return store->commit();
    };
    ASSERT_TRUE(commit("1"));
    const std::string elsewhere = path_ + ".elsewhere";
    fs::rename(path_, elsewhere);
    fs::remove(path_ + ".lock");
    EXPECT_FALSE(commit("2"));
    EXPECT_THAT(store->problem(), HasSubstr(path_ + ": somebody has removed it while redshank runs"));
    EXPECT_EQ(store->counts().failed_commits, 1u);
    EXPECT_THAT(failure_of([&] { open(); }), HasSubstr("in use by another redshank"));
    std::ofstream(path_) << "x";
    EXPECT_FALSE(commit("3"));
    EXPECT_THAT(store->problem(), HasSubstr("somebody has put another in its place"));
    fs::rename(elsewhere, path_);
    EXPECT_TRUE(commit("4")) << store->problem();
    EXPECT_EQ(store->position("s"), "4");
    EXPECT_EQ(store->problem(), "");
}

TEST_F(StoreTest, AWriteAheadLogThatIsGoneTakesNoCommitWithIt) {
    auto store = open();
    const auto commit = [&](const std::string& position) {
        store->begin();
        store->set_position("s", position);
        return store->commit();
    };
    ASSERT_TRUE(commit("1"));
    ASSERT_TRUE(commit("2"));
    fs::remove(path_ + "-wal");
    fs::remove(path_ + "-shm");
    EXPECT_FALSE(commit("3"));
    EXPECT_THAT(store->problem(), HasSubstr(path_ + "-wal: somebody has removed it while redshank runs; what "
                                                    "redshank knows waits in memory: restart redshank"));
    EXPECT_FALSE(commit("4"));
    EXPECT_EQ(store->counts().failed_commits, 2u);
    fs::copy_file(path_, path_ + ".copy");
    EXPECT_EQ(Store::open(path_ + ".copy", Mode::ReadWrite)->position("s"), "2") << "as after kill -9";
    std::ofstream(path_ + "-wal") << "x";
    EXPECT_FALSE(commit("5"));
    EXPECT_THAT(store->problem(), HasSubstr("-wal: somebody has put another in its place"));
}

TEST_F(StoreTest, ALockThatIsRemovedIsTakenAgain) {
    const auto store = open();
    fs::remove(path_ + ".lock");
    store->begin();
    store->set_position("s", "1");
    EXPECT_TRUE(store->commit());
    EXPECT_TRUE(fs::exists(path_ + ".lock"));
    EXPECT_THAT(failure_of([&] { open(); }), HasSubstr("in use by another redshank"));
}

TEST_F(StoreTest, AStateThatAnotherOwnsIsNotWritten) {
    const auto store = open();
    fs::remove(path_ + ".lock");
    const OwnerLock another(path_);
    store->begin();
    store->set_position("s", "1");
    EXPECT_FALSE(store->commit());
    EXPECT_EQ(store->problem(), path_ +
                                    ": another process owns the state by now; what redshank knows waits in "
                                    "memory: restart redshank");
}

TEST_F(StoreTest, ALockThatAnotherHasTakenMeanwhileIsSaid) {
    const auto store = open();
    fs::remove(path_ + ".lock");
    fs::rename(path_, path_ + ".elsewhere");
    const auto other = open();
    store->begin();
    store->set_position("s", "1");
    EXPECT_FALSE(store->commit());
    EXPECT_THAT(store->problem(), HasSubstr("another process owns the state by now"));
}

class DamagedStoreTest : public StoreTest, public ::testing::WithParamInterface<Damage> {};

TEST_P(DamagedStoreTest, IsSetAsideAndAFreshOneStarts) {
    {
        const auto store = open();
        store->begin();
        for (int i = 0; i < 2000; ++i) store->writer().put("t", std::to_string(i), std::string(100, 'v'));
        for (int i = 0; i < 200; ++i) store->upsert_finding(finding("f_" + std::to_string(i)));
        ASSERT_TRUE(store->commit());
    }
    GetParam().make(path_);
    {
        const auto store = open();
        EXPECT_THAT(store->damage(), HasSubstr("set aside as " + path_ + ".damaged-"));
        EXPECT_THAT(keys(*store, "t"), IsEmpty());
        store->begin();
        store->set_position("s", "p");
        EXPECT_TRUE(store->commit()) << store->problem();
    }
    EXPECT_EQ(set_aside().size(), 1u);
    const auto store = open();
    EXPECT_EQ(store->damage(), "");
    EXPECT_EQ(store->position("s"), "p");
}

INSTANTIATE_TEST_SUITE_P(Kinds, DamagedStoreTest, ::testing::ValuesIn(kDamages),
                         [](const auto& damage) { return damage.param.name; });

TEST_F(StoreTest, LeftoversOfADatabaseThatIsGoneDoNotReachTheNewOne) {
    {
        const auto store = open();
        store->begin();
        store->set_position("s", "old");
        ASSERT_TRUE(store->commit());
        fs::copy_file(path_ + "-wal", path_ + "-kept");
    }
    fs::remove(path_);
    fs::rename(path_ + "-kept", path_ + "-wal");
    test::write_file(path_ + ".new", "half made");
    EXPECT_EQ(open()->position("s"), std::nullopt);
}

}  // namespace
}  // namespace redshank
