// Loads every table of the engine with unusable rows: it counts them, goes on and saves again. All rows that
// the sample log produces are usable; test_exactness checks that they read back the same.
#include <gmock/gmock.h>

#include "core/state/checked_state.h"
#include "core/state/row.h"
#include "daemon/delivery/dispatcher.h"
#include "daemon/incidents/book.h"
#include "daemon/incidents/said.h"
#include "daemon/ledger/ledger.h"
#include "daemon/sources/known_bodies.h"
#include "daemon/sources/topic_intake.h"
#include "detectors/engine.h"
#include "tests/support/corpus.h"
#include "tests/support/eager.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

void replay(Engine& engine, size_t events) {
    size_t number = 0;
    const test::Log log(std::filesystem::path(REDSHANK_SOURCE_DIR) / "samples/audit.log");
    log.each_event([&](const audit::Event& event, uint64_t offset) {
        if (number++ >= events) return;
        engine.observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
        engine.drain();
    });
}

const test::MemoryState& sample_state() {
    static const test::MemoryState kState = [] {
        test::MemoryState state;
        Engine engine(test::eager());
        replay(engine, SIZE_MAX);
        engine.save(state);
        return state;
    }();
    return kState;
}

// This table has keys only; its rows' texts are not read.
bool has_no_rows(std::string_view table) {
    return table == "secret_exposure.clusters";
}

// Exceptions: the seed's name may be any text, and the list of changes may be empty.
bool is_fine(std::string_view table, std::string_view row) {
    return (table == "secret_exposure.started" && row == "\"x\"") ||
           (table == "crd_health.changes" && row == "[]");
}

// The row with its first number, text or list replaced by a value of another type.
std::string with_wrong_element(const std::string& text) {
    boost::json::value row = boost::json::parse(text);
    boost::json::value* at = &row;
    while (at->is_object() || at->is_array()) {
        if (at->is_object()) {
            if (at->get_object().empty()) break;
            at = &at->get_object().begin()->value();
        } else {
            if (at->get_array().empty()) break;
            at = &at->get_array().front();
        }
    }
    if (at->is_string()) {
        *at = boost::json::array{1, 2};
    } else {
        *at = "no such thing";
    }
    return boost::json::serialize(row);
}

TEST(UnusableRows, StopNothingAndAreCounted) {
    size_t tables = 0;
    for (const auto& [table, rows] : sample_state().tables) {
        if (rows.empty() || has_no_rows(table)) continue;
        ++tables;
        const std::string& good = rows.begin()->second;
        for (const std::string& bad :
             {std::string(R"({"v":1})"), std::string("[]"), std::string("\"x\""), std::string(),
              good.substr(0, good.size() / 2) + "{", with_wrong_element(good)}) {
            if (is_fine(table, bad)) continue;
            SCOPED_TRACE(table + ": " + bad.substr(0, 200));
            test::MemoryState state = sample_state();
            state.put(table, rows.begin()->first, bad);
            std::vector<std::string> said;
            const CheckedState checked(state, [&](const std::string& line) { said.push_back(line); });
            Engine engine(test::eager());
            engine.load(checked);
            EXPECT_EQ(checked.counts().size(), 1u);
            EXPECT_TRUE(checked.counts().contains(table));
            EXPECT_EQ(said.size(), 1u);
            replay(engine, 50);
            engine.save(state);
        }
    }
    EXPECT_GE(tables, 12u);
}

TEST(UnusableRows, NoneIsAmongThoseThatWereWritten) {
    test::MemoryState state = sample_state();
    const CheckedState checked(state, [](const std::string& line) { ADD_FAILURE() << line; });
    Engine engine(test::eager());
    engine.load(checked);
}

// A StateReader that records which tables are read, and their columns.
class Columns final : public StateReader {
  public:
    explicit Columns(const StateReader& state) : state_(state) {}
    std::optional<std::string> get(std::string_view table, std::string_view key) const override {
        return state_.get(table, key);
    }
    void scan(std::string_view table, std::string_view prefix,
              const std::function<void(std::string_view, std::string_view)>& row) const override {
        state_.scan(table, prefix, row);
    }
    void reads(std::string_view table, std::string (*columns)()) const override {
        // Some tables have rows of several forms, told apart by key.
        std::string& text = tables[std::string(table)];
        const std::string fields = columns();
        if (text.find(fields) == text.npos) text += (text.empty() ? "" : " or ") + fields;
    }
    mutable std::map<std::string, std::string> tables;

  private:
    const StateReader& state_;
};

TEST(StateDocument, NamesTheFieldsOfEveryTable) {
    const Columns columns(sample_state());
    Engine engine(test::eager());
    engine.load(columns);
    Metrics metrics;
    const auto transport = make_transport();
    Dispatcher delivery(Dispatcher::prepare({{}, {{.name = "r", .type = "stdout"}}, "c"}), *transport,
                        metrics);
    delivery.load(columns, {});
    read_silences(columns);
    KnownBodies().load(columns, "");
    Ledger().load(columns);
    newest_generation(columns, "");
    TopicIntake("", "", {}).load(columns);
    columns.reads(kTopicClusters, &columns_of<TopicClusterRow>);
    IncidentBook incidents;
    incidents.load(columns);
    each_said(columns, [](std::string_view, SaidOfIncident) {});
    std::string wanted;
    for (const auto& [table, fields] : columns.tables) wanted += table + ": " + fields + "\n";
    const test::Log document(std::filesystem::path(REDSHANK_SOURCE_DIR) / "docs/state.md");
    const std::string_view text = document.text();
    constexpr std::string_view kBegin = "<!-- columns -->\n```\n", kEnd = "```\n<!-- end of columns -->";
    const size_t begin = text.find(kBegin), end = text.find(kEnd);
    ASSERT_TRUE(begin != text.npos && end != text.npos);
    EXPECT_EQ(std::string(text.substr(begin + kBegin.size(), end - begin - kBegin.size())), wanted)
        << "docs/state.md does not say what the rows are. The text between its two marks must be:\n"
        << wanted;
}

}  // namespace
}  // namespace redshank
