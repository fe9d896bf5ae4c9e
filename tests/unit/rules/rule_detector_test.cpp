#include "detectors/by_rule/detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "detectors/access/config.h"
#include "detectors/crd/config.h"
#include "detectors/engine.h"
#include "detectors/secrets/config.h"
#include "tests/support/events.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using test::EventSpec;

class MemoryState : public StateReader, public StateWriter {
  public:
    void put(std::string_view table, std::string_view key, std::string_view value) override {
        rows_[{std::string(table), std::string(key)}] = value;
    }
    void erase(std::string_view table, std::string_view key) override {
        rows_.erase({std::string(table), std::string(key)});
    }
    std::optional<std::string> get(std::string_view table, std::string_view key) const override {
        const auto found = rows_.find({std::string(table), std::string(key)});
        return found == rows_.end() ? std::nullopt : std::optional(found->second);
    }
    void scan(std::string_view table, std::string_view prefix,
              const std::function<void(std::string_view, std::string_view)>& row) const override {
        for (const auto& [key, value] : rows_) {
            if (key.first == table && key.second.starts_with(prefix)) row(key.second, value);
        }
    }
    // The number of stored windows.
    size_t size() const {
        return static_cast<size_t>(std::count_if(
            rows_.begin(), rows_.end(), [](const auto& row) { return row.first.first == "rule.windows"; }));
    }
    // The first stored window.
    std::string row() const { return rows_.lower_bound({"rule.windows", ""})->second; }

  private:
    std::map<std::pair<std::string, std::string>, std::string> rows_;
};

std::shared_ptr<const rules::RuleSet> rule_set(const std::string& text) {
    return std::make_shared<const rules::RuleSet>(rules::load_native(text, "r.toml"));
}

// Runs events, at whole seconds after ten o'clock.
class Runner {
  public:
    explicit Runner(const std::string& rules) : detector(rule_set(rules)) {}

    void see(int second, const std::string& user, const std::string& verb, const std::string& resource,
             const std::string& name = "x") {
        EventSpec spec;
        char time[40];
        std::snprintf(time, sizeof time, "2026-01-%02dT%02d:%02d:%02d.000000Z", 5 + second / 86400,
                      (10 + second / 3600) % 24, second / 60 % 60, second % 60);
        spec.time = spec.received = time;
        spec.audit_id = "a" + std::to_string(++offset_);
        spec.user = user.starts_with('{') ? user : "{\"username\":\"" + user + "\"}";
        spec.verb = verb;
        spec.stage = stage;
        spec.object = "{\"resource\":\"" + resource + "\",\"namespace\":\"shop\",\"name\":\"" + name + "\"}";
        const test::ParsedEvent event = spec.parsed();
        const Origin origin{.cluster = cluster, .source = "log", .offset = offset_};
        detector.advance(event->stage_time, book);
        const Request request = symbols.understand(*event);
        detector.observe({.event = *event,
                          .request = request,
                          .origin = origin,
                          .answers = true,
                          .now = event->stage_time},
                         book);
    }
    std::vector<Finding> found() { return book.drain(true); }

    by_rule::RuleDetector detector;
    FindingBook book;
    Symbols symbols;
    std::string cluster = "c", stage = "ResponseComplete";

  private:
    uint64_t offset_ = 0;
};

constexpr const char* kReads = R"(
[[rule]]
id = "reads"
title = "Many"
condition = 'verb = "get" and objectRef.resource = "secrets"'
[rule.threshold]
count = 3
distinct = ["objectRef.name"]
by = ["user.username"]
within = "60s"
)";

TEST(Threshold, CountsDifferentValuesPerKeyInTheWindow) {
    Runner run(kReads);
    run.see(0, "eve", "get", "secrets", "a");
    run.see(1, "eve", "get", "secrets", "a");
    run.see(2, "eve", "get", "secrets", "b");
    run.see(3, "bob", "get", "secrets", "c");
    EXPECT_TRUE(run.found().empty());
    run.see(4, "eve", "get", "secrets", "c");
    const auto found = run.found();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].kind, "reads");
    EXPECT_EQ(found[0].who().user, "eve");
    EXPECT_EQ(found[0].count, 3u);
    EXPECT_EQ(found[0].evidence.size(), 3u);
    EXPECT_EQ(found[0].rule_source, "r.toml:2");
}

TEST(Threshold, ForgetsWhatIsOlderThanTheWindow) {
    Runner run(kReads);
    run.see(0, "eve", "get", "secrets", "a");
    run.see(50, "eve", "get", "secrets", "b");
    run.see(61, "eve", "get", "secrets", "c");
    EXPECT_TRUE(run.found().empty());
    run.see(62, "eve", "get", "secrets", "d");
    EXPECT_EQ(run.found().size(), 1u);
}

TEST(Threshold, StateSurvivesARestartAndAReload) {
    MemoryState state;
    {
        Runner run(kReads);
        run.see(0, "eve", "get", "secrets", "a");
        run.see(1, "eve", "get", "secrets", "b");
        run.detector.save(state);
    }
    Runner run(kReads);
    run.detector.load(state);
    run.detector.replace(
        rule_set(std::string(kReads) + "[[rule]]\nid='other'\ntitle='o'\ncondition='succeeded'\n"));
    run.see(2, "eve", "get", "secrets", "c");
    const auto found = run.found();
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].count, 3u);
}

// On SIGHUP, a file that cannot be used changes nothing and its error is reported; unchanged rules keep their
// counts.
TEST(Reload, ABadFileKeepsTheOldRulesAndSaysWhy) {
    const test::TempDir folder;
    test::write_file(folder.path() / "a.toml", kReads);
    DetectorConfig config;
    config.of<by_rule::Config>().sources = {.packs = {}, .files = {folder.file("*.toml")}, .disable = {}};
    config.of<secrets::Config>().enabled = config.of<access::Config>().enabled =
        config.of<crd::Config>().enabled = false;
    Engine engine(config);
    int seen = 0;
    const auto read = [&](const char* name) {
        EventSpec spec;
        spec.verb = "get";
        spec.audit_id = "a" + std::to_string(++seen);
        spec.time = spec.received = "2026-01-05T10:00:0" + std::to_string(seen) + ".000000Z";
        spec.object = std::string(R"({"resource":"secrets","namespace":"shop","name":")") + name + "\"}";
        const test::ParsedEvent event = spec.parsed();
        engine.observe(*event, {.cluster = "c", .source = "log", .offset = static_cast<uint64_t>(seen)});
    };
    read("a");
    read("b");

    test::write_file(folder.path() / "b.toml",
                     "[[rule]]\nid = 'b'\ntitle = 'B'\ncondition = 'verbb = \"x\"'\n");
    try {
        engine.reload(config);
        ADD_FAILURE() << "no error";
    } catch (const rules::RuleError& error) {
        EXPECT_NE(std::string(error.what()).find("b.toml:4:14: unknown field verbb (did you mean verb?)"),
                  std::string::npos)
            << error.what();
    }
    EXPECT_TRUE(engine.drain(true).empty());

    test::write_file(folder.path() / "b.toml", "[[rule]]\nid = 'b'\ntitle = 'B'\ncondition = 'succeeded'\n");
    engine.reload(config);
    read("c");  // the third Secret; the first two were read before the reloads
    const auto found = engine.drain(true);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].kind, "reads");
    EXPECT_EQ(found[0].count, 3u);
    EXPECT_EQ(found[1].kind, "b");

    config.of<by_rule::Config>().sources.disable = {"reads"};
    engine.reload(config);
    read("d");
    for (const Finding& finding : engine.drain(true)) EXPECT_EQ(finding.kind, "b");
}

// A Sigma correlation: fewer than three in a minute.
TEST(WindowCount, IsToldWhenTheWindowIsOver) {
    auto rule = std::make_shared<rules::Rule>(*rule_set(kReads)->rules().front());
    rule->limits = {{rules::CountLimit::Op::Less, 3}};
    rule->fingerprint = "fewer";
    const auto set = std::make_shared<const rules::RuleSet>(rules::Rules{rule});
    MemoryState state;
    {
        Runner run(kReads);
        run.detector.replace(set);
        run.see(0, "eve", "get", "secrets", "a");
        run.see(1, "eve", "get", "secrets", "b");
        run.see(2, "bob", "get", "secrets", "a");
        run.see(3, "bob", "get", "secrets", "b");
        run.detector.save(state);
        EXPECT_TRUE(run.found().empty());
    }
    Runner run(kReads);
    run.detector.replace(set);
    run.detector.load(state);
    run.see(4, "bob", "get", "secrets", "c");
    run.see(70, "joe", "list", "pods");
    const auto found = run.found();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].who().user, "eve");
    EXPECT_EQ(found[0].evidence.size(), 2u);
}

// kReads with a limit that is checked at the end of the window.
std::shared_ptr<const rules::RuleSet> counted(rules::CountLimit limit) {
    auto rule = std::make_shared<rules::Rule>(*rule_set(kReads)->rules().front());
    rule->limits = {limit};
    rule->fingerprint = "counted";
    return std::make_shared<const rules::RuleSet>(rules::Rules{rule});
}

TEST(WindowCount, MoreThanTheLimitIsNotTheLimit) {
    for (const int names : {3, 4, 9}) {
        Runner run(kReads);
        run.detector.replace(counted({rules::CountLimit::Op::Equal, 3}));
        for (int i = 0; i < names; ++i) run.see(i, "eve", "get", "secrets", "n" + std::to_string(i));
        run.see(70, "joe", "list", "pods");
        EXPECT_EQ(run.found().size(), names == 3 ? 1u : 0u) << names;
    }
}

TEST(WindowCount, KeepsOnlyWhatTellsAndLongValuesAsAHash) {
    Runner run(kReads);
    run.detector.replace(counted({rules::CountLimit::Op::LessEqual, 2}));
    run.see(0, "eve", "get", "secrets", std::string(100, 'q'));
    for (int i = 0; i < 9; ++i) run.see(1, "eve", "get", "secrets", "name-" + std::to_string(i));
    MemoryState state;
    run.detector.save(state);
    const std::string values = state.row().substr(0, state.row().find("\"kept\""));
    EXPECT_EQ(values.find("qqqq"), std::string::npos) << values;
    EXPECT_NE(values.find("name-1"), std::string::npos) << values;
    EXPECT_EQ(values.find("name-2"), std::string::npos) << values;
}

TEST(WindowCount, OfAllKeysIsBounded) {
    Runner run(kReads);
    run.detector.replace(counted({rules::CountLimit::Op::Equal, 10'000}));
    run.see(0, "eve", "get", "secrets", "a");
    MemoryState state;
    run.detector.save(state);
    std::string row = state.row(), many = "\"values\":[\"a\"";
    for (int i = 0; i < 9'999; ++i) many += ",\"" + std::to_string(i) + "\"";
    const size_t at = row.find("\"values\":[\"a\"");
    ASSERT_NE(at, std::string::npos) << row;
    row.replace(at, 13, many);
    for (int i = 0; i < 60; ++i)
        state.put("rule.windows",
                  "reads\x1f"
                  "c\x1fuser" +
                      std::to_string(i),
                  row);
    Runner next(kReads);
    next.detector.replace(counted({rules::CountLimit::Op::Equal, 10'000}));
    next.detector.load(state);
    next.see(1, "zoe", "get", "secrets", "a");
    next.detector.save(state);
    EXPECT_EQ(state.size(), by_rule::RuleMemory::kMaxHeld / 10'000);
}

TEST(RuleMemory, ClustersAreCountedApart) {
    Runner run(kReads);
    run.cluster = "a";
    run.see(0, "eve", "get", "secrets", "x");
    run.see(1, "eve", "get", "secrets", "y");
    run.cluster = "b";
    run.see(2, "eve", "get", "secrets", "z");
    EXPECT_TRUE(run.found().empty());
    run.cluster = "a";
    run.see(3, "eve", "get", "secrets", "z");
    const auto found = run.found();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].cluster, "a");
}

TEST(RuleMemory, AWindowClosesAsTheFindingOfItsCluster) {
    MemoryState state;
    {
        Runner run(kReads);
        run.detector.replace(counted({rules::CountLimit::Op::Equal, 1}));
        run.cluster = "a";
        run.see(0, "eve", "get", "secrets");
        run.detector.save(state);
    }
    Runner run(kReads);
    run.detector.replace(counted({rules::CountLimit::Op::Equal, 1}));
    run.detector.load(state);
    run.cluster = "b";
    run.see(1, "eve", "get", "secrets", "p");
    run.see(2, "eve", "get", "secrets", "q");
    run.see(70, "joe", "list", "pods");
    const auto found = run.found();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].cluster, "a");
}

// At most 512 bytes of a name are kept, cut between characters, so that the row can be read again.
TEST(RuleMemory, LongNamesSurviveARestart) {
    const std::string user = std::string(511, 'u') + "\u00e9";
    MemoryState state;
    {
        Runner run(kReads);
        run.see(0, user, "get", "secrets", "x");
        run.see(1, user, "get", "secrets", "y");
        run.detector.save(state);
    }
    Runner run(kReads);
    run.detector.load(state);
    run.see(2, user, "get", "secrets", "z");
    const auto found = run.found();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].count, 3u);
    run.detector.save(state);
    bool is_cut = false;
    state.scan("rule.windows", "reads", [&](std::string_view key, std::string_view) {
        is_cut = key.size() < 600 && key.starts_with(
                                         "reads\x1f"
                                         "c\x1f" +
                                         std::string(400, 'u'));
    });
    EXPECT_TRUE(is_cut);
}

// An event may bring bytes that are not UTF-8 into a row.
TEST(RuleMemory, BrokenTextSurvivesARestart) {
    MemoryState state;
    {
        Runner run(kReads);
        run.see(0, "eve", "get", "secrets", "x");
        run.see(1, "eve", "get", "secrets", "y");
        run.detector.save(state);
    }
    std::string row = state.row();
    row.replace(row.find("\"x\""), 3, "\"\xc3\"");
    state.put("rule.windows",
              "reads\x1f"
              "c\x1f"
              "eve",
              row);
    Runner run(kReads);
    run.detector.load(state);
    run.see(2, "eve", "get", "secrets", "z");
    EXPECT_EQ(run.found().size(), 1u);
}

TEST(Threshold, AChangedRuleBeginsAnew) {
    Runner run(kReads);
    run.see(0, "eve", "get", "secrets", "a");
    run.see(1, "eve", "get", "secrets", "b");
    std::string changed = kReads;
    changed.replace(changed.find("60s"), 3, "61s");
    run.detector.replace(rule_set(changed));
    run.see(2, "eve", "get", "secrets", "c");
    EXPECT_TRUE(run.found().empty());
}

constexpr const char* kChain = R"(
[[rule]]
id = "chain"
title = "A, no B, then C"
[rule.sequence]
within = "60s"
by = ["user.username"]
[[rule.sequence.step]]
condition = 'objectRef.resource = "a"'
[[rule.sequence.step]]
condition = 'objectRef.resource = "b"'
without = true
[[rule.sequence.step]]
condition = 'objectRef.resource = "c"'
)";

TEST(Sequence, NeedsTheOrderTheKeyAndTheWindow) {
    Runner run(kChain);
    run.see(0, "eve", "get", "c");
    run.see(1, "eve", "get", "a");
    run.see(2, "bob", "get", "c");
    run.see(90, "eve", "get", "c");
    EXPECT_TRUE(run.found().empty());
    run.see(91, "eve", "get", "a");
    run.see(92, "eve", "get", "c");
    const auto found = run.found();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].count, 2u);
    EXPECT_EQ(found[0].evidence.front().audit_id, "a5");
}

TEST(Sequence, WhatMustNotHappenBreaksIt) {
    Runner run(kChain);
    run.see(1, "eve", "get", "a");
    run.see(2, "eve", "get", "b");
    run.see(3, "eve", "get", "c");
    EXPECT_TRUE(run.found().empty());
}

// A request that nothing waits for is not looked at again until something has begun.
TEST(Sequence, WakesWhenSomethingBegins) {
    Runner run(kChain);
    for (int second = 0; second < 5; ++second) run.see(second, "eve", "get", "c");
    run.see(5, "bob", "get", "a");
    for (int second = 6; second < 9; ++second) run.see(second, "eve", "get", "c");
    EXPECT_TRUE(run.found().empty());
    run.see(9, "eve", "get", "a");
    run.see(10, "eve", "get", "c");
    EXPECT_EQ(run.found().size(), 1U);

    MemoryState state;
    run.detector.save(state);
    Runner again(kChain);
    for (int second = 11; second < 15; ++second) again.see(second, "eve", "get", "c");
    EXPECT_TRUE(again.found().empty());
    again.detector.load(state);
    again.see(15, "eve", "get", "c");
    EXPECT_EQ(again.found().size(), 1U);
}

// A step in the middle counts once for a beginning, and again for the next one.
TEST(Sequence, WakesWhenItBeginsAgain) {
    constexpr std::string_view kWithout = "without = true\n";
    std::string chain = kChain;
    chain.erase(chain.find(kWithout), kWithout.size());
    Runner run(chain);
    int second = 0;
    for (const char* resource : {"a", "b", "b", "b", "b", "a", "b", "b", "c"})
        run.see(second++, "eve", "get", resource);
    const auto found = run.found();
    ASSERT_EQ(found.size(), 1U);
    ASSERT_EQ(found[0].evidence.size(), 3U);
    EXPECT_EQ(found[0].evidence[0].audit_id, "a6");
    EXPECT_EQ(found[0].evidence[1].audit_id, "a7");
    EXPECT_EQ(found[0].evidence[2].audit_id, "a9");
}

TEST(Sequence, MayEndWithWhatDoesNotHappen) {
    const std::string rule = R"(
[[rule]]
id = "left"
title = "Made and not removed"
[rule.sequence]
within = "60s"
by = ["objectRef.name"]
[[rule.sequence.step]]
condition = 'verb = "create"'
[[rule.sequence.step]]
condition = 'verb = "delete"'
without = true
)";
    Runner run(rule);
    run.see(0, "eve", "create", "pods", "kept");
    run.see(1, "eve", "create", "pods", "removed");
    run.see(30, "eve", "delete", "pods", "removed");
    MemoryState state;
    run.detector.save(state);
    Runner again(rule);
    again.detector.load(state);
    again.see(70, "bob", "get", "nodes");
    const auto found = again.found();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].what().name, "kept");
    EXPECT_EQ(found[0].who().user, "eve");
    EXPECT_EQ(found[0].count, 1u);
}

TEST(Sequence, InAnyOrderAllHappenWithinTheTime) {
    Runner run(R"(
[[rule]]
id = "both"
title = "Made and removed"
[rule.sequence]
within = "60s"
by = ["user.username"]
ordered = false
[[rule.sequence.step]]
condition = 'verb = "create"'
[[rule.sequence.step]]
condition = 'verb = "delete"'
)");
    run.see(0, "eve", "create", "pods");
    run.see(61, "eve", "delete", "pods");
    run.see(100, "bob", "delete", "pods");
    run.see(160, "bob", "create", "pods");
    run.see(300, "dan", "create", "pods");
    run.see(239, "dan", "delete", "pods");  // another API server's clock
    const auto found = run.found();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].who().user, "bob");
}

TEST(NewValue, IsToldOnlyOfWhatIsKnownForAWhile) {
    Runner run(R"(
[[rule]]
id = "new"
title = "New resource"
condition = 'succeeded'
[rule.new]
value = ["objectRef.resource"]
by = ["user.username"]
learn = "1h"
memory = "2d"
)");
    run.see(0, "eve", "get", "pods");
    run.see(10, "eve", "get", "nodes");   // still learning
    run.see(4000, "bob", "get", "pods");  // bob himself is new
    EXPECT_TRUE(run.found().empty());
    run.see(4001, "eve", "get", "pods");
    EXPECT_TRUE(run.found().empty());
    run.see(4002, "eve", "get", "secrets");
    EXPECT_EQ(run.found().size(), 1u);
    run.see(2 * 86400 + 4001, "eve", "get", "pods");
    EXPECT_TRUE(run.found().empty());
    run.see(2 * 86400 + 4003, "eve", "get", "nodes");  // not seen during the last two days
    EXPECT_EQ(run.found().size(), 1u);
}

TEST(Exceptions, EndAtTheirDate) {
    const std::string rule = R"(
[[rule]]
id = "r"
title = "R"
condition = 'verb = "get"'
[[rule.exception]]
condition = 'user.username = "eve"'
until = 2026-01-06
)";
    Runner run(rule);
    run.see(0, "eve", "get", "pods");
    EXPECT_TRUE(run.found().empty());
    run.see(86400, "eve", "get", "pods");
    EXPECT_EQ(run.found().size(), 1u);
}

TEST(RuleMemory, IsBounded) {
    Runner run(kReads);
    for (size_t i = 0; i < by_rule::RuleMemory::kMaxKeys + 10; ++i) {
        run.see(0, "user" + std::to_string(i), "get", "secrets", "a");
    }
    MemoryState state;
    run.detector.save(state);
    EXPECT_LE(state.size(), by_rule::RuleMemory::kMaxKeys + 1);
}

TEST(RuleSetIndex, FindsTheRulesThatAnEventMayConcern) {
    std::string text;
    for (int i = 0; i < 50; ++i) {
        text += "[[rule]]\nid='r" + std::to_string(i) + "'\ntitle='t'\ncondition='objectRef.name = \"n" +
                std::to_string(i) + "\" and verb = \"get\"'\n";
    }
    text += "[[rule]]\nid='all'\ntitle='t'\ncondition='userAgent contains \"kube\"'\n";
    const auto rules = rule_set(text);
    EventSpec spec;
    spec.object = R"({"resource":"pods","name":"n7"})";
    spec.agent = "curl/8";
    const test::ParsedEvent event = spec.parsed();
    const test::Understood understood(*event);
    rules::Candidates candidates(*rules);
    const auto found = [&] {
        std::vector<uint32_t> indexes;
        for (const rules::Candidate& candidate : candidates.of(understood, true))
            indexes.push_back(candidate.rule);
        return indexes;
    };
    EXPECT_EQ(found(), (std::vector<uint32_t>{7, 50})) << "by the index alone";
    EXPECT_EQ(found(), (std::vector<uint32_t>{7})) << "and by its kind";
    EXPECT_TRUE(candidates.of(understood, false).empty());
}

constexpr const char* kEndless = R"(
[[rule]]
id = "endless"
title = "Its end is not in the log"
severity = "high"
[rule.sequence]
within = "5m"
by = ["auditID"]
[[rule.sequence.step]]
condition = 'stage = "RequestReceived" and verb in ("create", "update")'
[[rule.sequence.step]]
without = true
condition = 'stage = "ResponseComplete" and verb in ("create", "update")'
)";

// A log with a read in each second from `from` to `to`.
void live(Runner& run, int from, int to) {
    run.stage = "ResponseComplete";
    for (int second = from; second <= to; ++second) run.see(second, "prometheus", "list", "pods");
}
void ask(Runner& run, int second, const std::string& user, const std::string& name) {
    run.stage = "RequestReceived";
    run.see(second, user, "create", "pods", name);
}

TEST(Sequence, AWriteWithoutAnEndIsHighAndOneThatTheServerBrokeOffIsNot) {
    const std::string server = R"({"username":"system:apiserver","groups":["system:masters"]})";
    const struct {
        const char* what;
        std::vector<const char*> writers;
        int silence;         // seconds after the write
        const char* lister;  // who lists five kinds then
        int lists;
        bool is_about_server;
    } kCases[] = {
        {"one alone", {"eve"}, 0, "", 0, false},
        {"the server starts again", {"eve"}, 25, server.c_str(), 5, true},
        {"its client looks twice", {"eve"}, 25, server.c_str(), 2, false},
        {"somebody of its name lists", {"eve"}, 25, "system:apiserver", 5, false},
        {"a gap", {"eve"}, 200, "", 0, true},
        {"a short silence", {"eve"}, 40, "", 0, false},
        {"three callers", {"eve", "bob", "dora"}, 0, "", 0, true},
        {"one caller three times", {"eve", "eve", "eve"}, 0, "", 0, false},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Runner run(kEndless);
        live(run, 0, 100);
        for (size_t i = 0; i < one.writers.size(); ++i)
            ask(run, 101 + static_cast<int>(i), one.writers[i], "r" + std::to_string(i));
        run.stage = "ResponseComplete";
        const int back = 104 + one.silence;
        for (int i = 0; i < one.lists; ++i) run.see(back, one.lister, "list", "kind" + std::to_string(i));
        live(run, back, 600);
        std::map<std::string, Finding> found;
        for (const Finding& finding : run.found()) found[finding.id] = finding;
        ASSERT_FALSE(found.empty());
        for (const auto& [id, finding] : found) {
            EXPECT_EQ(finding.severity, one.is_about_server ? Severity::Low : Severity::High);
            EXPECT_NE(finding.summary.find("eve asked to create Pod shop/r"), std::string::npos)
                << finding.summary;
            EXPECT_EQ(finding.summary.find("eve created"), std::string::npos);
            EXPECT_EQ(finding.summary.find("The API server stopped") == 0, one.is_about_server);
        }
        EXPECT_EQ(found.size(), one.is_about_server ? 1U : found.size());
    }
}

// The server's start explains what it had in its hands, and nothing of minutes before.
TEST(Sequence, ALaterStopOfTheServerExplainsNoEarlierWrite) {
    Runner run(kEndless);
    live(run, 0, 100);
    ask(run, 101, "eve", "r0");
    live(run, 102, 250);
    for (int i = 0; i < 5; ++i)
        run.see(260, R"({"username":"system:apiserver","groups":["system:masters"]})", "list",
                "kind" + std::to_string(i));
    live(run, 261, 600);
    const auto found = run.found();
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.back().severity, Severity::High);
}

TEST(RuleDetector, TakesRulesThatWereReadAlreadyWithoutTheirFiles) {
    DetectorConfig config;
    config.of<by_rule::Config>().sources = {.packs = {}, .files = {"/absent/rules.toml"}, .disable = {}};
    EXPECT_THROW(by_rule::make_detector(config.of<by_rule::Config>()), rules::RuleError);
    config.of<by_rule::Config>().loaded = std::make_shared<const rules::RuleSet>(rules::Rules{});
    by_rule::make_detector(config.of<by_rule::Config>())->reload(config);
}

}  // namespace
}  // namespace redshank
