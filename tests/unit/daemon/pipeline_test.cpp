#include "daemon/pipeline.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "core/finding/finding_json.h"
#include "daemon/ledger/rows.h"
#include "daemon/source_problem.h"
#include "daemon/sources/file_source.h"
#include "daemon/store/failed_starts.h"
#include "daemon/store/sqlite.h"
#include "detectors/access/config.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"
#include "tests/support/memory_state.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using test::EventSpec;

// A source that yields one batch for each text; an empty text: nothing just now.
class FakeSource : public Source {
  public:
    explicit FakeSource(std::deque<std::string> batches) : batches_(std::move(batches)) {}
    const std::string& name() const override { return name_; }
    const std::string& cluster() const override { return name_; }
    std::string start(const std::optional<std::string>&) override { return {}; }
    SourceStatus status() const override { return {}; }

    Read read(Batch& batch) override {
        batch.clear();
        if (batches_.empty()) return Read::Ended;
        text_ = batches_.front();
        batches_.pop_front();
        if (text_.empty()) return Read::Idle;
        text_.append(audit::kPadding, '\0');
        const std::string_view all = std::string_view(text_).substr(0, text_.size() - audit::kPadding);
        for (size_t at = 0; at < all.size();) {
            const size_t end = std::min(all.find('\n', at), all.size());
            batch.lines.push_back({all.substr(at, end - at), at});
            at = end + 1;
        }
        batch.file = "audit.log";
        batch.position = "{}";
        batch.can_be_cut = can_be_cut;
        return Read::Lines;
    }

    void load(const StateReader&) override {
        if (load_state) load_state();
    }
    void committed() override { ++told; }
    std::string position_after(const Line& line) override { return std::to_string(line.offset); }
    bool hears_all() const override { return hears; }
    std::chrono::steady_clock::time_point due() const override { return due_at; }
    std::function<void()> load_state;
    std::chrono::steady_clock::time_point due_at = std::chrono::steady_clock::time_point::max();
    bool hears = false;
    int told = 0;
    bool can_be_cut = false;

  private:
    std::string name_ = "fake";
    std::deque<std::string> batches_;
    std::string text_;
};

class EventClockTest : public ::testing::Test {
  protected:
    // The times of an event after the clock has seen it.
    std::string shown(const std::string& time, const std::string& received = "") {
        test::ParsedEvent event(
            EventSpec{.received = received.empty() ? time : received, .time = time}.json());
        auto& mine = const_cast<audit::Event&>(*event);
        is_far_ = clock_.bound(mine, *audit::parse_time("2026-01-05T10:00:00Z"));
        return audit::format_time(mine.received) + " " + audit::format_time(mine.stage_time);
    }
    static std::string twice(const std::string& time) { return time + " " + time; }
    EventClock clock_;
    bool is_far_ = false;
};

TEST_F(EventClockTest, AnOutlierComesWithTheEventsBeforeIt) {
    const std::string usual = "2026-01-05T09:59:00.000000Z";
    EXPECT_EQ(shown(usual), twice(usual));
    EXPECT_FALSE(is_far_);
    EXPECT_EQ(shown("2038-01-19T03:13:20.000000Z"), twice(usual));
    EXPECT_TRUE(is_far_);
    EXPECT_EQ(shown(usual, "2038-01-19T03:13:20.000000Z"), twice(usual));
    EXPECT_TRUE(is_far_);
    EXPECT_EQ(shown("2026-01-06T10:00:00.000001Z"), twice(usual));  // a day ahead of the host, and of the log
    EXPECT_TRUE(is_far_);
    EXPECT_EQ(shown("2026-01-06T10:00:00.000000Z"), twice("2026-01-06T10:00:00.000000Z"));
    EXPECT_FALSE(is_far_);
}

TEST_F(EventClockTest, AnOutlierAtTheBeginningComesAtTheHostsTime) {
    const std::string host = "2026-01-05T10:00:00.000000Z", usual = "2026-01-05T09:59:00.000000Z";
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(shown("2038-01-19T03:13:20.000000Z"), twice(host));
        EXPECT_TRUE(is_far_);
    }
    EXPECT_EQ(shown("9999-12-31T23:59:59.000000Z"), twice(host));
    EXPECT_EQ(shown(usual), twice(usual)) << "an outlier moves no clock";
    EXPECT_FALSE(is_far_);
    EXPECT_EQ(shown("2038-01-19T03:13:20.000000Z"), twice(usual));
    EXPECT_TRUE(is_far_);
}

TEST_F(EventClockTest, ALogThatIsAheadAsAWholeIsBelieved) {
    for (int i = 0; i < EventClock::kMany; ++i) {
        EXPECT_EQ(shown("2027-01-01T00:00:00.000000Z"), twice("2026-01-05T10:00:00.000000Z"));
        EXPECT_TRUE(is_far_);
    }
    EXPECT_EQ(shown("2027-01-01T00:00:00.000000Z"), twice("2027-01-01T00:00:00.000000Z"));
    EXPECT_EQ(shown("2027-01-01T12:00:00.000000Z"), twice("2027-01-01T12:00:00.000000Z"));
    EXPECT_EQ(shown("2027-01-02T12:00:00.000001Z"), twice("2027-01-01T12:00:00.000000Z"));
    EXPECT_TRUE(is_far_);
}

TEST_F(EventClockTest, ThePastIsNoOutlier) {
    EXPECT_EQ(shown("2026-01-05T09:00:00.000000Z"), twice("2026-01-05T09:00:00.000000Z"));
    EXPECT_EQ(shown("2020-01-05T09:00:00.000000Z"), twice("2020-01-05T09:00:00.000000Z"));
    EXPECT_FALSE(is_far_);
}

// A store that keeps nothing and whose commits can be made to fail.
class FakeStore : public Store {
  public:
    const std::string& damage() const override { return nothing_; }
    const StateReader& state() const override { return state_; }
    std::optional<std::string> position(std::string_view) const override { return std::nullopt; }
    bool may_have_changed() override { return true; }
    void begin() override {}
    StateWriter& writer() override { return state_; }
    void set_position(std::string_view, std::string_view) override {}
    void upsert_finding(const Finding&) override {}
    void enqueue(const News&) override {}
    bool commit() override {
        ++commits;
        return !is_full;
    }
    const std::string& problem() const override { return nothing_; }
    std::vector<OutboxItem> outbox(size_t, int64_t) const override { return {}; }
    bool remove_from_outbox(int64_t) override { return true; }
    const StoreCounts& counts() const override { return counts_; }
    void findings(const FindingQuery&, const std::function<void(const Finding&)>&) const override {}

    bool is_full = false;
    int commits = 0;

  private:
    const std::string nothing_;
    test::MemoryState state_;
    StoreCounts counts_;
};

class Listener : public PipelineListener {
  public:
    void told(const News& news) override { lines.push_back(to_json(news)); }
    std::vector<std::string> lines;
};

struct Result {
    PipelineCounts counts;
    std::vector<std::string> told;
};

Result run(std::deque<std::string> batches, unsigned jobs = 1, const DetectorConfig& config = {}) {
    Engine engine(config);
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<FakeSource>(std::move(batches)));
    Listener listener;
    IncidentBook incidents;
    Pipeline pipeline(engine, incidents, sources, nullptr, listener, jobs);
    pipeline.run(StopSignal{});
    pipeline.tell_rest();
    return {pipeline.counts(), listener.lines};
}

TEST(Pipeline, WaitsLongerForSlowCommitsButNotTooLong) {
    using std::chrono::milliseconds;
    EXPECT_EQ(commit_wait(milliseconds{0}), milliseconds{20});
    EXPECT_EQ(commit_wait(milliseconds{5}), milliseconds{20});
    EXPECT_EQ(commit_wait(milliseconds{10}), milliseconds{40});
    EXPECT_EQ(commit_wait(milliseconds{50}), milliseconds{200});
    EXPECT_EQ(commit_wait(milliseconds{49}), milliseconds{196});
    EXPECT_EQ(commit_wait(milliseconds{1000}), milliseconds{200});
}

TEST(Pipeline, CountsGarbageByReasonAndLosesNothingAroundIt) {
    const std::string good = EventSpec{}.json() + "\n";
    const std::string text = good + "\n" + good + "{\"kind\":\n" + good + "\xff\xfe{}\n" + good +
                             std::string(100'000, '[') + "\n" + good + R"({"a":1})" + "\n" +
                             EventSpec{}.json().substr(0, 200) + good;
    const Result result = run({text});
    EXPECT_EQ(result.counts.events, 6u);
    EXPECT_EQ(result.counts.lines_skipped.at("empty"), 1u);
    EXPECT_EQ(result.counts.lines_skipped.at("bad_json"), 2u);
    EXPECT_EQ(result.counts.lines_skipped.at("bad_utf8"), 1u);
    EXPECT_EQ(result.counts.lines_skipped.at("not_an_event"), 1u);
    EXPECT_EQ(result.counts.lines_skipped.at("torn"), 1u);
    EXPECT_EQ(result.counts.bytes_skipped.at("torn"), 200u);
}

// For every detector and rule, and so in every finding.
TEST(Pipeline, WhoStandsBehindATrustedProxySentTheRequest) {
    std::string line =
        EventSpec{.verb = "list",
                  .uri = "/api/v1/secrets",
                  .user = R"({"username":"system:anonymous","groups":["system:unauthenticated"]})",
                  .object = R"({"resource":"secrets","apiVersion":"v1"})"}
            .json();
    const std::string alone = R"("sourceIPs":["10.0.0.7"])";
    const size_t at = line.find(alone);
    ASSERT_NE(at, line.npos);
    line.replace(at, alone.size(), R"("sourceIPs":["1.2.3.4","198.51.100.9","10.0.0.7"])");
    DetectorConfig trusting;
    trusting.of<access::Config>().trusted_proxies = {"10.0.0.0/24"};
    for (const auto& [config, address] :
         {std::pair{DetectorConfig{}, "10.0.0.7"}, std::pair{trusting, "198.51.100.9"}}) {
        const Result result = run({line + "\n"}, 1, config);
        ASSERT_THAT(result.told, testing::Not(testing::IsEmpty()));
        for (const std::string& finding : result.told)
            EXPECT_THAT(finding, testing::HasSubstr(std::string(R"("source_ip":")") + address + '"'));
    }
}

TEST(Pipeline, FindsTheSameForAnyNumberOfJobsAndAnyBatches) {
    NEEDS_SHARED("corpus/attacks-dev");
    const test::Log log(test::shared_dir() / "corpus/attacks-dev/audit.log.zst");
    const std::string all(log.text());
    const Result once = run({all});
    EXPECT_EQ(once.counts.events, 22492u);
    for (const unsigned jobs : {2U, 3U}) EXPECT_EQ(run({all}, jobs).told, once.told);

    std::deque<std::string> pieces;
    for (size_t at = 0; at < all.size();) {
        const size_t end = std::min(all.find('\n', std::min(at + 70'000, all.size() - 1)), all.size() - 1);
        pieces.push_back(all.substr(at, end + 1 - at));
        at = end + 1;
    }
    EXPECT_GT(pieces.size(), 100u);
    EXPECT_EQ(run(pieces, 2).counts.events, once.counts.events);
}

// Stretches end at lines that are no event, and at events that are found in torn lines.
TEST(Pipeline, FindsTheSameForAnyNumberOfJobsBetweenLinesThatAreNoEvents) {
    std::string all;
    for (int i = 0; i < 2000; ++i) {
        const std::string line = EventSpec{.verb = i % 3 == 0 ? "get" : "list",
                                           .uri = "/api/v1/secrets",
                                           .user = R"({"username":"user-)" + std::to_string(i % 7) +
                                                   R"(","groups":["system:authenticated"]})",
                                           .object = R"({"resource":"secrets","namespace":"n)" +
                                                     std::to_string(i % 11) + R"(","apiVersion":"v1"})"}
                                     .json();
        if (i % 97 == 0) all += "garbage\n";
        if (i % 331 == 0) all += line.substr(0, 200);
        all += line + "\n";
    }
    all += "garbage\n";
    const Result once = run({all});
    EXPECT_EQ(once.counts.events, 2000u);
    EXPECT_EQ(once.counts.salvaged, 7u);
    EXPECT_THAT(once.told, testing::SizeIs(testing::Gt(20u)));
    for (const unsigned jobs : {2U, 3U, 8U}) {
        const Result again = run({all}, jobs);
        EXPECT_EQ(again.told, once.told) << jobs;
        EXPECT_EQ(again.counts.lines_skipped, once.counts.lines_skipped) << jobs;
        EXPECT_EQ(again.counts.bytes, once.counts.bytes) << jobs;
    }
}

// A look a second, or every two where inotify tells of all that comes.
TEST(Pipeline, WaitsForWhoDoesNotWakeIt) {
    using std::chrono_literals::operator""s;
    Engine engine(DetectorConfig{});
    std::vector<std::unique_ptr<Source>> sources;
    std::vector<FakeSource*> fakes;
    for (int i = 0; i < 2; ++i) {
        auto source = std::make_unique<FakeSource>(std::deque<std::string>{"", ""});
        fakes.push_back(source.get());
        sources.push_back(std::move(source));
    }
    Listener listener;
    IncidentBook incidents;
    Pipeline pipeline(engine, incidents, sources, nullptr, listener);
    pipeline.begin();
    EXPECT_EQ(pipeline.step(), Source::Read::Idle);
    EXPECT_EQ(pipeline.pause(), 1s);
    fakes[0]->hears = true;
    EXPECT_EQ(pipeline.pause(), 1s);
    fakes[1]->hears = true;
    EXPECT_EQ(pipeline.pause(), 2s);
    fakes[0]->hears = false;
    EXPECT_EQ(pipeline.pause(), 1s);
    fakes[1]->due_at = {};
    EXPECT_EQ(pipeline.pause(), 0s) << "long ago";
}

TEST(Pipeline, TellsASourceThatItsBatchIsDurableOnlyWhenItIs) {
    Engine engine(DetectorConfig{});
    auto busy = std::make_unique<FakeSource>(std::deque<std::string>{EventSpec{}.json() + "\n", "garbage\n"});
    auto silent = std::make_unique<FakeSource>(std::deque<std::string>{});
    const FakeSource &first = *busy, &second = *silent;
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::move(busy));
    sources.push_back(std::move(silent));
    FakeStore store;
    store.is_full = true;
    Listener listener;
    IncidentBook incidents;
    Pipeline pipeline(engine, incidents, sources, &store, listener);
    pipeline.run(StopSignal{});
    EXPECT_EQ(pipeline.counts().events, 1u);
    EXPECT_EQ(first.told, 0);  // the finding is still uncommitted

    store.is_full = false;
    pipeline.tell_rest();
    EXPECT_EQ(first.told, 1);  // the waiting findings are committed now
    pipeline.tell_rest();
    EXPECT_EQ(first.told, 1);  // nothing new
    EXPECT_EQ(second.told, 0);
}

// What the store is told, in order.
class RecordingStore : public FakeStore {
  public:
    void begin() override { calls.emplace_back("begin"); }
    void set_position(std::string_view source, std::string_view) override {
        calls.push_back("position of " + std::string(source));
    }
    void upsert_finding(const Finding& finding) override { calls.push_back("finding " + finding.kind); }
    void enqueue(const News& news) override {
        calls.push_back(news.finding ? "news of " + news.finding->kind : "news");
    }
    bool commit() override {
        calls.emplace_back("commit");
        return FakeStore::commit();
    }
    std::vector<std::string> calls;
};

std::string anonymous_list() {
    return EventSpec{.verb = "list",
                     .uri = "/api/v1/secrets",
                     .user = R"({"username":"system:anonymous","groups":["system:unauthenticated"]})",
                     .object = R"({"resource":"secrets","apiVersion":"v1"})"}
        .json();
}

TEST(Pipeline, PositionFindingAndNewsAreOfOneCommit) {
    Engine engine(DetectorConfig{});
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<FakeSource>(std::deque<std::string>{anonymous_list() + "\n"}));
    RecordingStore store;
    Listener listener;
    IncidentBook incidents;
    Pipeline pipeline(engine, incidents, sources, &store, listener);
    pipeline.run(StopSignal{});
    pipeline.tell_rest();
    ASSERT_GT(store.calls.size(), 5u);
    EXPECT_EQ(store.calls[0], "begin");
    EXPECT_EQ(store.calls[1], "position of fake");
    EXPECT_THAT(store.calls[2], testing::StartsWith("finding "));
    size_t news = 0;
    bool is_open = false;
    std::string before;
    for (const std::string& call : store.calls) {
        if (call == "begin") {
            EXPECT_FALSE(is_open);
            is_open = true;
        }
        EXPECT_TRUE(is_open) << call;
        if (call == "commit") is_open = false;
        if (call.starts_with("news")) ++news;
        // What people are told is in the table of findings by then.
        EXPECT_FALSE(call.starts_with("finding ") && before.starts_with("news")) << call;
        before = call;
    }
    EXPECT_GT(news, 0u);
    EXPECT_EQ(news, listener.lines.size());
}

// Lines of equal length, each of which is told.
std::string bindings_to_everybody(size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) {
        const std::string name = fmt::format("b{:04}", i);
        text += EventSpec{.level = "Request",
                          .verb = "create",
                          .uri = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                          .object = R"({"resource":"clusterrolebindings","name":")" + name +
                                    R"(","apiGroup":"rbac.authorization.k8s.io","apiVersion":"v1"})",
                          .status = R"({"metadata":{},"code":201})",
                          .request_object = R"({"metadata":{"name":")" + name +
                                            R"("},"roleRef":{"kind":"ClusterRole","name":"edit"},)"
                                            R"("subjects":[{"kind":"Group","name":"system:authenticated"}]})"}
                    .json() +
                "\n";
    }
    return text;
}

// The positions of the commits of a batch of bindings to everybody, each told; and the news in the largest.
std::pair<std::vector<std::string>, size_t> commits_of_many(bool can_be_cut, size_t count) {
    class Store : public FakeStore {
      public:
        void set_position(std::string_view, std::string_view position) override {
            positions.emplace_back(position);
        }
        void enqueue(const News&) override { ++news; }
        bool commit() override {
            most = std::max(most, std::exchange(news, 0));
            return FakeStore::commit();
        }
        std::vector<std::string> positions;
        size_t news = 0, most = 0;
    };
    const std::string text = bindings_to_everybody(count);
    const size_t line = text.size() / count;
    Engine engine(DetectorConfig{});
    std::vector<std::unique_ptr<Source>> sources;
    auto source = std::make_unique<FakeSource>(std::deque<std::string>{text});
    source->can_be_cut = can_be_cut;
    sources.push_back(std::move(source));
    Store store;
    Listener listener;
    IncidentBook incidents;
    // A slow machine ends no turn.
    Pipeline(engine, incidents, sources, &store, listener, 1, nullptr,
             {.told = 100, .turn = std::chrono::hours{1}})
        .run(StopSignal{});
    for (size_t i = 0; i + 1 < store.positions.size(); ++i)
        EXPECT_EQ(std::stoul(store.positions[i]) % line, 0u) << "after a whole line";
    return {store.positions, store.most};
}

TEST(Pipeline, ABatchThatMakesManyFindingsIsCommittedInParts) {
    const auto [positions, most] = commits_of_many(true, 150);
    ASSERT_GE(positions.size(), 2u);
    EXPECT_TRUE(std::is_sorted(positions.begin(), positions.end() - 1,
                               [](const auto& a, const auto& b) { return std::stoul(a) < std::stoul(b); }));
    EXPECT_EQ(positions.back(), "{}");
    EXPECT_GE(most, 100u);
    EXPECT_LE(most, 110u) << "what one line makes comes on top";
    const auto [whole, all] = commits_of_many(false, 150);
    EXPECT_EQ(whole, std::vector<std::string>{"{}"}) << "nobody knows where such a batch can be parted";
    EXPECT_GT(all, most);
    EXPECT_EQ(commits_of_many(true, 10).first, std::vector<std::string>{"{}"});
}

// The ledger of a log that is read by a daemon that stops at the `stop_at`-th place where its batch is
// parted, and by the next one to its end; with 0, by one daemon. The number is that of the stops.
std::pair<std::vector<std::string>, int> ledger_of(const std::string& log, size_t stop_at) {
    struct Stopper : PipelineListener {
        void turned(Turn turn) override {
            const bool is_stop = turn == Turn::WithinBatch && --left == 0;
            stops += is_stop;
            if (is_stop || (turn == Turn::Whole && source->status().caught_up)) stop.request();
        }
        size_t left = 0;
        int stops = 0;
        const Source* source = nullptr;
        StopSignal stop;
    };
    const test::TempDir folder;
    std::vector<std::string> rows;
    int stops = 0;
    for (const size_t left : {stop_at, size_t{0}}) {
        Engine engine(DetectorConfig{});
        std::vector<std::unique_ptr<Source>> sources;
        FileSourceConfig config;
        config.path = log;
        config.inotify = false;
        config.line_limit = size_t{64} << 10;
        sources.push_back(make_file_source(config));
        const auto store = Store::open(folder.file("state.db"), Store::Mode::ReadWrite);
        Stopper listener;
        listener.left = left;
        listener.source = sources[0].get();
        IncidentBook incidents;
        Pipeline(engine, incidents, sources, store.get(), listener, 1, nullptr,
                 {.told = 1, .turn = std::chrono::hours{1}})
            .run(listener.stop);
        stops += listener.stops;
        rows.clear();
        for (const std::string_view table : {kLedgerGenerations, kLedgerHours}) {
            store->state().scan(table, "", [&](std::string_view key, std::string_view row) {
                // The chain of hashes has another key in each database.
                rows.push_back(fmt::format("{} {}", key, row.substr(0, row.find("\"chain\""))));
            });
        }
    }
    return {rows, stops};
}

TEST(Pipeline, ABatchThatIsPartedCountsWhatIsPassedOverOnce) {
    const test::TempDir folder;
    const std::string log = folder.file("audit.log"), told = bindings_to_everybody(4);
    const std::string long_line = EventSpec{.uri = "/" + std::string(100'000, 'a')}.json() + "\n";
    const std::string nuls(300, '\0');
    test::write_file(log, told + long_line + told + nuls + told + "torn" + nuls + told);
    const auto whole = ledger_of(log, 0).first;
    EXPECT_THAT(whole, testing::Contains(testing::HasSubstr("\"nul\":600")));
    for (const size_t at : {3, 5, 10, 14}) EXPECT_EQ(ledger_of(log, at).first, whole) << at;

    test::write_file(log, told + told);
    const auto clean = ledger_of(log, 0).first;
    const auto [rows, stops] = ledger_of(log, 5);
    EXPECT_EQ(rows, clean);
    EXPECT_EQ(stops, 1) << "where nothing is passed over a batch is parted";
}

TEST(Pipeline, WithoutAStoreNoFindingWaitsForACommit) {
    Engine engine(DetectorConfig{});
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<FakeSource>(std::deque<std::string>{anonymous_list() + "\n"}));
    Listener listener;
    IncidentBook incidents;
    Pipeline(engine, incidents, sources, nullptr, listener).run(StopSignal{});
    EXPECT_FALSE(listener.lines.empty());
    EXPECT_THAT(engine.take_changed(), testing::IsEmpty());
    test::MemoryState state;
    engine.save(state);
    incidents.save(state);
    EXPECT_FALSE(state.tables.contains("unusual_access.failed_authentication"))
        << "nor a list of changed rows";
    EXPECT_FALSE(state.tables.contains("findings.open"));
    EXPECT_FALSE(state.tables.contains("incidents.incidents"));
}

TEST(Pipeline, KeepsALedgerUnlessItHasNoRows) {
    for (const size_t rows : {0, 1, 5}) {
        Engine engine(DetectorConfig{});
        std::vector<std::unique_ptr<Source>> sources;
        sources.push_back(std::make_unique<FakeSource>(std::deque<std::string>{EventSpec{}.json() + "\n"}));
        FakeStore store;
        Listener listener;
        IncidentBook incidents;
        Pipeline(engine, incidents, sources, &store, listener, 1, nullptr, {.ledger_rows = rows})
            .run(StopSignal{});
        size_t kept = 0;
        store.state().scan(kLedgerHours, "", [&](std::string_view, std::string_view) { ++kept; });
        EXPECT_EQ(kept > 0, rows > 0) << rows;
    }
}

TEST(Pipeline, ALogThatBecomesAnotherOneIsSaid) {
    const std::string good = EventSpec{}.json() + "\n";
    std::string bad;
    for (uint64_t i = 0; i < SourceCounts::kManyRefused; ++i) bad += "{\"a\":1}\n";
    const auto problem = [](const std::string& text) {
        const SourceCounts counts = run({text}).counts.sources.at("fake");
        return source_problem("s", {.up = true}, counts);
    };
    EXPECT_EQ(problem(good + bad.substr(8)), "");
    EXPECT_THAT(problem(good + bad),
                testing::AllOf(testing::StartsWith("source s: no line is an audit event any more; "
                                                   "audit.log at byte " +
                                                   std::to_string(good.size()) + " "),
                               testing::HasSubstr("a")));
    EXPECT_EQ(problem(good + bad + good), "");
    EXPECT_EQ(problem(good + bad.substr(8) + good + bad.substr(8)), "");
    EXPECT_THAT(problem(bad),
                testing::StartsWith("source s: no line is an audit event; audit.log at byte 0 "));
}

TEST(Pipeline, QuotesTheFirstLineThatIsNoEventAndCountsTheRest) {
    const std::string torn = EventSpec{}.json().substr(0, 200) + EventSpec{}.json();
    const PipelineCounts counts = run({"\n{\"kind\":\"Pod\"}\n\nkind: Policy\n" + torn + "\n"}).counts;
    const SourceCounts& source = counts.sources.at("fake");
    EXPECT_EQ(source.parse_errors, 2u);
    EXPECT_EQ(source.torn, 1u);
    EXPECT_EQ(source.events, 1u);
    EXPECT_EQ(counts.salvaged, 1u);
    EXPECT_THAT(source.first_refused, testing::StartsWith("audit.log at byte 1 looks like another kind"));
    EXPECT_FALSE(source.gave_nothing());
    EXPECT_EQ(counts.bytes, 14 + 12 + torn.size());
    EXPECT_TRUE(run({"kind: Policy\n"}).counts.sources.at("fake").gave_nothing());
    EXPECT_FALSE(run({"\n\n"}).counts.sources.at("fake").gave_nothing());
}

TEST(Pipeline, CountsTimesThatAreNotBelieved) {
    const auto event = [](const char* time) {
        return EventSpec{.received = time, .time = time}.json() + "\n";
    };
    const auto counts = [&](Pipeline::HostClock clock) {
        Engine engine(DetectorConfig{});
        std::vector<std::unique_ptr<Source>> sources;
        sources.push_back(std::make_unique<FakeSource>(std::deque<std::string>{
            event("2026-01-05T09:00:00.000000Z") + event("2038-01-05T09:00:00.000000Z") +
            event("2038-01-05T09:00:00.000000Z") + event("2026-01-05T08:00:00.000000Z")}));
        Listener listener;
        IncidentBook incidents;
        Pipeline pipeline(engine, incidents, sources, nullptr, listener, 1, clock);
        pipeline.run(StopSignal{});
        const SourceCounts& source = pipeline.counts().sources.at("fake");
        return std::pair(source.far_ahead, audit::format_time(source.last_event));
    };
    EXPECT_EQ(counts([] { return *audit::parse_time("2026-01-05T10:00:00Z"); }),
              std::pair(uint64_t{2}, std::string("2026-01-05T09:00:00.000000Z")));
    EXPECT_EQ(counts(nullptr), std::pair(uint64_t{0}, std::string("2038-01-05T09:00:00.000000Z")));
}

// How often the store commits.
int commits_of(std::deque<std::string> batches, Pipeline::HostClock clock) {
    Engine engine{DetectorConfig{}};
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<FakeSource>(std::move(batches)));
    FakeStore store;
    Listener listener;
    IncidentBook incidents;
    Pipeline(engine, incidents, sources, &store, listener, 1, clock).run(StopSignal{});
    return store.commits;
}

TEST(Pipeline, CommitsInAPauseUnlessNobodyWaits) {
    const std::string event = EventSpec{}.json() + "\n";
    const auto live = [] { return *audit::parse_time("2026-01-05T10:00:00Z"); };
    EXPECT_EQ(commits_of({event, "", event}, live), 2);  // in the pause, and at the end
    EXPECT_EQ(commits_of({event, "", event}, nullptr), 1);
    const std::string long_line(33u << 20, ' ');
    EXPECT_EQ(commits_of({long_line + "\n", event}, nullptr), 2);  // what waits is bounded
}

// One start of a daemon with the store; what it told.
std::vector<std::string> kinds_told(Store& store, std::function<void()> load_state = {}) {
    struct Told : PipelineListener {
        void told(const News& news) override {
            if (news.finding) kinds.push_back(news.finding->kind);
        }
        std::vector<std::string> kinds;
    } listener;
    Engine engine{DetectorConfig{}};
    IncidentBook incidents{IncidentSettings{}};
    auto source = std::make_unique<FakeSource>(std::deque<std::string>{});
    source->load_state = std::move(load_state);
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::move(source));
    Pipeline pipeline(engine, incidents, sources, &store, listener, 1,
                      [] { return *audit::parse_time("2026-01-05T10:00:00Z"); });
    pipeline.run(StopSignal{});
    return listener.kinds;
}

TEST(PipelineState, ThatCannotBeUsedIsAnErrorOfItsOwn) {
    const test::TempDir folder;
    const auto store = Store::open(folder.file("s.db"), Store::Mode::ReadWrite);
    EXPECT_THAT(kinds_told(*store), ::testing::IsEmpty());
    EXPECT_THROW(kinds_told(*store, [] { throw std::out_of_range("out of range"); }), StateError);
}

// Only damage counts towards the starts after which the state is set aside.
TEST(PipelineState, ThatCannotBeReadJustNowIsNoDamage) {
    const test::TempDir folder;
    const auto store = Store::open(folder.file("s.db"), Store::Mode::ReadWrite);
    for (const int code : {SQLITE_IOERR_READ, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_FULL, SQLITE_BUSY,
                           SQLITE_PERM, SQLITE_READONLY, SQLITE_IOERR_SHORT_READ}) {
        try {
            kinds_told(*store, [code] { throw sqlite::Error(code, "s.db: it says so"); });
            ADD_FAILURE() << code;
        } catch (const StateError&) {
            ADD_FAILURE() << code;
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "s.db: it says so");
        }
    }
    for (const int code : {SQLITE_CORRUPT, SQLITE_CORRUPT_INDEX, SQLITE_NOTADB}) {
        EXPECT_THROW(kinds_told(*store, [code] { throw sqlite::Error(code, "damage"); }), StateError) << code;
    }
}

TEST(PipelineState, ThatBeginsAnewIsToldOnce) {
    const test::TempDir folder;
    Store::open(folder.file("s.db"), Store::Mode::ReadWrite).reset();
    {
        const auto store = Store::open_anew(folder.file("s.db"), "3 starts ended");
        EXPECT_THAT(store->damage(), ::testing::StartsWith("3 starts ended; set aside as "));
        EXPECT_THAT(kinds_told(*store), ::testing::ElementsAre("state-set-aside"));
        size_t kept = 0;
        store->findings({}, [&](const Finding& finding) {
            ++kept;
            EXPECT_EQ(finding.severity, Severity::High);
            EXPECT_THAT(finding.mitre, ::testing::IsEmpty());
        });
        EXPECT_EQ(kept, 1u);
    }
    const auto store = Store::open(folder.file("s.db"), Store::Mode::ReadWrite);
    EXPECT_EQ(store->damage(), "");
    EXPECT_THAT(kinds_told(*store), ::testing::IsEmpty());
}

TEST(FailedStarts, AreCountedUntilOneWorks) {
    const test::TempDir folder;
    const FailedStarts failed(folder.file("s.db"));
    for (unsigned i = 0; i < FailedStarts::kMost; ++i) {
        EXPECT_EQ(failed.count(), i);
        EXPECT_FALSE(failed.are_too_many());
        failed.add();
    }
    EXPECT_TRUE(FailedStarts(folder.file("s.db")).are_too_many());
    failed.forget();
    EXPECT_EQ(failed.count(), 0u);
    test::write_file(folder.file("s.db.failed-starts"), "nonsense");
    EXPECT_FALSE(failed.are_too_many());
}

}  // namespace
}  // namespace redshank
