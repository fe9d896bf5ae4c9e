// A restart must not show: an engine that is stopped at any event and continues from the database finds, byte
// for byte, what an uninterrupted engine finds.
#include <gmock/gmock.h>
#include <re2/re2.h>

#include <random>

#include "core/finding/finding_json.h"
#include "daemon/incidents/book.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/store.h"
#include "tests/support/corpus.h"
#include "tests/support/eager.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

// For each detector its reports in order, and each finding in its last form.
struct Found {
    std::map<std::string, std::vector<std::string>> told;
    std::map<std::string, std::map<std::string, std::string>> last;
    // The table `state`: commands read more of it than findings show.
    std::map<std::string, std::string> rows;

    std::vector<std::string> news;  // of incidents, in order

    void take(Engine& engine, IncidentBook& incidents, bool all = false) {
        for (const Finding& finding : engine.drain(all)) {
            told[finding.detector].push_back(to_json(finding));
            take(incidents.take(finding));
        }
    }
    void take(const std::vector<News>& some) {
        for (const News& one : some) {
            if (one.incident) news.push_back(to_json(one));
        }
    }
};

void save(Store& store, Engine& engine, IncidentBook& incidents) {
    store.begin();
    engine.save(store.writer());
    incidents.save(store.writer());
    for (const Finding& finding : engine.take_changed()) store.upsert_finding(finding);
    ASSERT_TRUE(store.commit()) << store.problem();
}

// `cuts` maps numbers of events, before which the engine is saved, to `ends`: if true, the engine is then
// destroyed and a new one loads the saved state.
Found find(const test::Log& log, const DetectorConfig& config, const std::map<size_t, bool>& cuts) {
    const test::TempDir folder;
    const std::string path = folder.file("redshank.db");
    auto store = Store::open(path, Store::Mode::ReadWrite);
    auto engine = std::make_unique<Engine>(config);
    // Over within minutes, so that ends are among what is compared.
    const IncidentSettings settings{.quiet = std::chrono::minutes{2}};
    auto incidents = std::make_unique<IncidentBook>(settings);
    Found found;
    size_t number = 0;
    log.each_event([&](const audit::Event& event, uint64_t offset) {
        if (const auto cut = cuts.find(number++); cut != cuts.end()) {
            save(*store, *engine, *incidents);
            if (cut->second) {
                store.reset();
                store = Store::open(path, Store::Mode::ReadWrite);
                engine = std::make_unique<Engine>(config);
                engine->load(store->state());
                incidents = std::make_unique<IncidentBook>(settings);
                incidents->load(store->state());
            }
        }
        std::vector<News> over;
        incidents->advance("test", event.stage_time, over);
        found.take(over);
        engine->observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
        found.take(*engine, *incidents);
    });
    found.take(*engine, *incidents, true);
    save(*store, *engine, *incidents);
    store->findings({}, [&](const Finding& row) { found.last[row.detector][row.id] = to_json(row); });
    const sqlite::Connection db(path, SQLITE_OPEN_READONLY);
    sqlite::Statement all(db, "SELECT tbl || ' ' || key, value FROM state");
    // "touched" only orders the rows; after a load its numbers continue from the highest that was kept.
    static const RE2 touched(R"("touched":\d+,)");
    while (all.next()) {
        std::string value(all.text(1));
        RE2::Replace(&value, touched, "");
        found.rows.emplace(all.text(0), value);
    }
    return found;
}

// A dozen random events, and three consecutive ones.
std::map<size_t, bool> random_cuts(size_t events, uint32_t seed) {
    std::mt19937 random(seed);
    std::map<size_t, bool> cuts;
    for (int i = 0; i < 18; ++i) cuts[random() % events] = i < 12;
    const size_t at = random() % events;
    for (size_t i = 0; i < 3; ++i) cuts[at + i] = true;
    return cuts;
}

void expect_same(const test::Log& log) {
    const DetectorConfig config = test::eager();
    const size_t events = [&] {
        size_t count = 0;
        log.each_event([&](const audit::Event&, uint64_t) { ++count; });
        return count;
    }();
    const Found whole = find(log, config, {});
    for (uint32_t seed = 1; seed <= 2; ++seed) {
        const Found cut = find(log, config, random_cuts(events, seed));
        for (const auto& [detector, told] : whole.told) {
            SCOPED_TRACE(detector + ", seed " + std::to_string(seed));
            const auto other = cut.told.find(detector);
            ASSERT_TRUE(other != cut.told.end());
            const auto [a, b] =
                std::mismatch(told.begin(), told.end(), other->second.begin(), other->second.end());
            EXPECT_EQ(a == told.end() ? "" : *a, b == other->second.end() ? "" : *b)
                << "told as number " << a - told.begin() << " of " << told.size();
        }
        EXPECT_EQ(cut.told.size(), whole.told.size());
        EXPECT_EQ(cut.news, whole.news) << "seed " << seed;
        EXPECT_EQ(cut.last, whole.last) << "seed " << seed;
        EXPECT_EQ(cut.rows.size(), whole.rows.size()) << "seed " << seed;
        for (const auto& [key, value] : whole.rows) {
            const auto other = cut.rows.find(key);
            ASSERT_TRUE(other != cut.rows.end()) << key;
            ASSERT_EQ(other->second, value) << key;
        }
    }
    EXPECT_GT(whole.rows.size(), 20u);
    size_t told = 0;
    for (const auto& [detector, list] : whole.told) told += list.size();
    EXPECT_GT(told, 0u);
}

TEST(Exactness, Sample) {
    expect_same(test::Log(std::filesystem::path(REDSHANK_SOURCE_DIR) / "samples/audit.log"));
}

class CorpusExactnessTest : public ::testing::TestWithParam<const char*> {};

TEST_P(CorpusExactnessTest, StopsDoNotShow) {
    const std::string path = std::string("corpus/") + GetParam() + "/audit.log.zst";
    NEEDS_SHARED(path);
    expect_same(test::Log(test::shared_dir() / path));
}

INSTANTIATE_TEST_SUITE_P(Logs, CorpusExactnessTest,
                         ::testing::Values("attacks-dev", "benign-allstages", "crd-failures", "fat-course",
                                           "secret-exposure-metadata",
                                           "secret-exposure-rbac-requestresponse"));

}  // namespace
}  // namespace redshank
