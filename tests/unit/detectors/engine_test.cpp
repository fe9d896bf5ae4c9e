// Clusters of one daemon share nothing: each is judged as it would be by a daemon of its own.
#include "detectors/engine.h"

#include <gmock/gmock.h>

#include "core/finding/finding_json.h"
#include "detectors/access/config.h"
#include "tests/support/events.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using test::EventSpec;
using test::MemoryState;
using namespace std::chrono_literals;

struct Shown {
    std::string cluster, json;
};

// For eight days alice reads a Pod each quarter of an hour; then she lists all Secrets once.
std::vector<Shown> life(const std::string& cluster, audit::Time begin) {
    std::vector<Shown> shown;
    for (int i = 0; i < 8 * 96; ++i) {
        const std::string time = audit::format_time(begin + i * 15min);
        shown.push_back(
            {cluster, EventSpec{.audit_id = std::to_string(i), .received = time, .time = time}.json()});
    }
    const std::string time = audit::format_time(begin + std::chrono::days{8});
    shown.push_back({cluster, EventSpec{.audit_id = "last",
                                        .verb = "list",
                                        .uri = "/api/v1/secrets",
                                        .object = R"({"resource":"secrets","apiVersion":"v1"})",
                                        .received = time,
                                        .time = time}
                                  .json()});
    return shown;
}

DetectorConfig config() {
    DetectorConfig config;
    config.of<access::Config>().learning_candidates = 0;
    return config;
}

struct Result {
    std::vector<std::string> findings;  // in their last form, sorted
    MemoryState state;
};

// The engine is saved, destroyed and loaded after every `restart_every` events; 0: never.
Result find(const std::vector<Shown>& shown, size_t restart_every = 0) {
    Result result;
    auto engine = std::make_unique<Engine>(config());
    std::map<std::string, std::string> last;
    const auto keep = [&](const std::vector<Finding>& findings) {
        for (const Finding& finding : findings) last[finding.id] = to_json(finding);
    };
    size_t count = 0;
    for (const Shown& one : shown) {
        const test::ParsedEvent event(one.json);
        engine->observe(*event, {.cluster = one.cluster, .source = "audit.log", .offset = 0});
        keep(engine->drain());
        if (restart_every == 0 || ++count % restart_every != 0) continue;
        engine->save(result.state);
        engine = std::make_unique<Engine>(config());
        engine->load(result.state);
    }
    keep(engine->drain(true));
    engine->save(result.state);
    for (const auto& [id, json] : last) result.findings.push_back(json);
    return result;
}

// Interleaves two lives; the times of `second` are always months ahead of `first`.
std::vector<Shown> interleaved(const std::vector<Shown>& first, const std::vector<Shown>& second) {
    std::vector<Shown> both;
    for (size_t i = 0; i < first.size(); ++i) {
        both.push_back(first[i]);
        both.push_back(second[i]);
    }
    return both;
}

const audit::Time kJanuary = *audit::parse_time("2026-01-05T00:00:00Z");
const audit::Time kMay = *audit::parse_time("2026-05-05T00:00:00Z");

TEST(Engine, ClustersMonthsApartAreJudgedAsByTwoDaemons) {
    const auto prod = life("prod", kJanuary), edge = life("edge", kMay);
    std::vector<std::string> apart = find(prod).findings;
    EXPECT_THAT(apart, testing::Contains(testing::HasSubstr("unusual-access")));
    for (const std::string& finding : find(edge).findings) apart.push_back(finding);
    EXPECT_THAT(find(interleaved(prod, edge)).findings, testing::UnorderedElementsAreArray(apart));
    EXPECT_THAT(find(interleaved(edge, prod)).findings, testing::UnorderedElementsAreArray(apart));
}

TEST(Engine, AStopDoesNotShowInAnyCluster) {
    const auto both = interleaved(life("prod", kJanuary), life("edge", kMay));
    EXPECT_EQ(find(both, 97).findings, find(both).findings);
}

TEST(Engine, CommandsSeeTheRowsOfAllClusters) {
    const auto both = interleaved(life("prod", kJanuary), life("edge", kMay));
    const Result result = find(both);
    std::vector<std::string> clocks;
    detectors_state(result.state)
        .scan("engine.clock", "now", [&](std::string_view key, std::string_view value) {
            clocks.push_back(std::string(key) + " " + std::string(value));
        });
    ASSERT_EQ(clocks.size(), 2u);
    EXPECT_NE(clocks[0], clocks[1]);
    EXPECT_EQ(detectors_state(result.state).get("engine.clock", "now").value_or(""), clocks[0].substr(4));
}

TEST(Engine, ADamagedNumberOfAClusterStopsNothing) {
    for (const char* row : {R"({"number":0})", R"({"number":-1})", R"({"number":10000})", R"({})", "x"}) {
        MemoryState state = find(life("prod", kJanuary)).state;
        state.put("engine.clusters", "zombie", row);
        Engine engine(config());
        engine.load(state);
        const test::ParsedEvent event(EventSpec{}.json());
        engine.observe(*event, {.cluster = "zombie", .source = "audit.log", .offset = 0});
        engine.save(state);
        EXPECT_EQ(state.get("engine.clusters", "zombie"), R"({"number":1})") << row;
    }
}

}  // namespace
}  // namespace redshank
