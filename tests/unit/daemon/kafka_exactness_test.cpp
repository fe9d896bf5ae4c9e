// What comes through topics, with kills, commits, repeated records, slow partitions, faults of brokers and
// partitions that come and go at random, makes the findings that `replay` of the logs makes, and people are
// told the same, byte for byte but for the place of the evidence.
#include <gmock/gmock.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <random>

#include "core/finding/finding_json.h"
#include "daemon/fleet/hears_of_copies.h"
#include "daemon/fleet/moving_state.h"
#include "daemon/pipeline.h"
#include "daemon/sources/kafka_source.h"
#include "daemon/sources/line_time.h"
#include "daemon/sources/replay_source.h"
#include "daemon/store/store.h"
#include "tests/support/corpus.h"
#include "tests/support/eager.h"
#include "tests/support/fake_state_log.h"
#include "tests/support/fake_topics.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using namespace std::chrono_literals;

audit::Time later() {
    return *audit::parse_time("2030-01-01T00:00:00Z");
}

// The parts of a daemon, from its state on. Destroying it is killing it: what was not committed is gone.
struct Life : PipelineListener {
    // `told`: a commit after so many pieces of news, also within a batch.
    Life(const std::string& state, std::vector<std::unique_ptr<Source>> from, Pipeline::HostClock clock,
         size_t told = PipelineLimits{}.told)
        : store(Store::open(state, Store::Mode::ReadWrite)),
          sources(std::move(from)),
          pipeline(engine, incidents, sources, store.get(), *this, 1, clock,
                   {.ledger_rows = 0, .told = told}) {}

    std::unique_ptr<Store> store;
    Engine engine{test::eager()};
    IncidentBook incidents{IncidentSettings{}};
    std::vector<std::unique_ptr<Source>> sources;
    Pipeline pipeline;
};

// Each finding in its last form, and what people are told, without the places of the evidence.
std::vector<std::string> found(const Store& store) {
    static const RE2 place(R"(,"source":"[^"]*","offset":\d+(,"generation":"[^"]*")?)");
    std::vector<std::string> all;
    store.findings({}, [&](const Finding& finding) { all.push_back(to_json(finding)); });
    for (const OutboxItem& item : store.outbox(100'000)) all.push_back("told " + to_json(item.news));
    for (std::string& text : all) RE2::GlobalReplace(&text, place, "");
    std::sort(all.begin(), all.end());
    return all;
}

// Lines in the order of time.
std::vector<std::string> sorted_lines(const test::Log& log) {
    std::vector<std::pair<audit::Time, std::string>> timed;
    log.each_line(
        [&](std::string_view line, uint64_t) { timed.emplace_back(time_of_line(line), std::string(line)); });
    std::stable_sort(timed.begin(), timed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> lines;
    for (auto& [time, line] : timed) lines.push_back(std::move(line));
    return lines;
}

using Lines = std::vector<std::string>;

// As a server writes it whose clock is ahead.
std::string ahead(std::string line, audit::Duration by) {
    static const RE2 stamp(R"re("(?:requestReceived|stage)Timestamp":"([^"]+)")re");
    re2::StringPiece rest(line), time;
    while (RE2::FindAndConsume(&rest, stamp, &time)) {
        const std::string moved = audit::format_time(*audit::parse_time(time.as_string()) + by);
        EXPECT_EQ(moved.size(), time.size());
        std::copy(moved.begin(), moved.end(), line.begin() + (time.data() - line.data()));
    }
    return line;
}

// How far the clocks of three API servers of one cluster are ahead.
constexpr std::array<audit::Duration, 3> kServers{0us, 400'003us, -600'007us};

Lines replayed(const Lines& lines, const std::string& cluster) {
    const test::TempDir folder;
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    test::write_file(folder.file("audit.log"), text);
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(make_replay_source({folder.file("audit.log")}, cluster, kDefaultLineLimit));
    Life life(folder.file("redshank.db"), std::move(sources), nullptr);
    life.pipeline.begin();
    while (life.pipeline.step() != Source::Read::Ended) {
    }
    life.pipeline.end();
    life.pipeline.tell_rest();
    return found(*life.store);
}

// Where two texts part.
std::string difference(const std::string& a, const std::string& b) {
    const auto at =
        static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
    const size_t from = at < 80 ? 0 : at - 80;
    return "..." + a.substr(from, 200) + "\n..." + b.substr(from, 200);
}

void expect_equal(const Lines& wanted, const Lines& got) {
    const auto [a, b] = std::mismatch(wanted.begin(), wanted.end(), got.begin(), got.end());
    ASSERT_EQ(a == wanted.end() ? "" : *a, b == got.end() ? "" : *b)
        << difference(a == wanted.end() ? "" : *a, b == got.end() ? "" : *b);
    ASSERT_EQ(got.size(), wanted.size());
}

struct Shape {
    size_t workers = 1;  // several: each has partitions of its own, also while it is away
    int32_t partitions = 3;
    bool is_spread = false;  // the lines of a cluster are spread over the partitions
    int most_lives = 8;      // a worker is killed until this is its last one
    bool has_faults = true;
    bool moves = false;        // states are copied to a topic, and a worker that is killed may lose its disk
    bool has_servers = false;  // each log is that of a server, which has a clock and a partition of its own
};

// The log of one cluster: of one server, if those have partitions of their own.
struct ClusterLog {
    std::string cluster;
    Lines lines;
};

// One process, killed and started again with its disk.
class Worker {
  public:
    Worker(test::FakeTopics& brokers, const KafkaSourceConfig& config, size_t place, unsigned seed)
        : brokers_(brokers), config_(config), place_(place), topic_(seed) {
        topic_.fails_one_in = 8;
    }

    bool is_alive() const { return life_ != nullptr; }
    int lives() const { return lives_; }
    void start() {
        std::vector<std::unique_ptr<Source>> sources;
        sources.push_back(make_kafka_source(config_, [this](const KafkaSourceConfig&) {
            auto client = brokers_.join(place_);
            member_ = dynamic_cast<test::FakeTopics::Member*>(client.get());
            return client;
        }));
        const std::string disk = folder_.file(disk_);
        std::filesystem::create_directories(disk);
        const std::string file = disk + "/redshank.db";
        const TakenState taken = moves() ? take_over(file, log_) : TakenState{};
        life_ = std::make_unique<Life>(file, std::move(sources), later, 2);
        if (moves()) moving_.emplace(file, log_, taken, config_.now);
        life_->pipeline.begin();
        ++lives_;
    }
    // The group has known nothing of its end.
    void kill() {
        member_->is_dead = true;
        moving_.reset();
        life_.reset();
    }
    // It goes on on another host: without a disk, or with one that it had before.
    void move(bool is_empty) {
        disk_ = disk_ == "first" ? "second" : "first";
        if (is_empty) std::filesystem::remove_all(folder_.file(disk_));
    }
    bool moves() const { return !config_.state_topic.empty(); }
    void publish() {
        if (moving_->publish()) dynamic_cast<HearsOfCopies&>(*life_->sources.front()).copied();
    }
    Source::Read step() { return life_->pipeline.step(); }
    void commit() { life_->pipeline.end(); }
    void reload() { life_->sources.front()->reload(); }
    test::FakeTopics::Member& member() { return *member_; }

    Lines end() {
        life_->pipeline.end();
        life_->pipeline.tell_rest();
        return found(*life_->store);
    }

  private:
    test::FakeTopics& brokers_;
    const KafkaSourceConfig& config_;
    const size_t place_;
    const test::TempDir folder_;
    std::string disk_ = "first";
    test::FakeStateTopic topic_;
    test::FakeStateLog log_{topic_};
    std::unique_ptr<Life> life_;
    std::optional<MovingState> moving_;
    test::FakeTopics::Member* member_ = nullptr;
    int lives_ = 0;
};

// Workers that read the logs of clusters from one topic, and everything that happens to them.
class Fleet {
  public:
    Fleet(const std::vector<ClusterLog>& logs, unsigned seed, const Shape& shape)
        : random_(seed), brokers_(seed), shape_(shape) {
        brokers_.add("audit", shape.partitions);
        brokers_.places = shape.workers > 1 ? shape.workers : 0;
        config_.topics = {"audit"};
        config_.cluster = "nobody";
        if (shape.has_servers) {  // so that all partitions are waited for from the first record on
            config_.cluster = logs.front().cluster;
            config_.cluster_from = KafkaSourceConfig::ClusterFrom::Fixed;
        }
        if (shape.moves) config_.state_topic = "states";
        config_.now = [this] { return now_; };
        for (const ClusterLog& log : logs) logs_.push_back({log.cluster, log.lines});
        for (size_t i = 0; i < shape.workers; ++i)
            workers_.push_back(std::make_unique<Worker>(brokers_, config_, brokers_.places > 0 ? i + 1 : 0,
                                                        seed + static_cast<unsigned>(i)));
    }

    // What all workers together have found.
    Lines consume() {
        for (int idle = 0; idle < 5;) {
            produce();
            bool is_idle = true;
            for (const auto& worker : workers_) is_idle &= turn(*worker);
            idle = is_idle && is_written() ? idle + 1 : 0;
            if (is_idle && (!shape_.has_servers || is_written())) now_ += 600ms;
        }
        Lines all;
        for (const auto& worker : workers_) {
            for (std::string& text : worker->end()) all.push_back(std::move(text));
        }
        std::sort(all.begin(), all.end());
        return all;
    }
    int lives() const {
        int sum = 0;
        for (const auto& worker : workers_) sum += worker->lives();
        return sum;
    }

  private:
    struct Written {
        std::string cluster;
        const Lines& lines;
        size_t next = 0;
        int32_t partition = 0;
        audit::Time time{};
    };

    bool one_in(unsigned times) { return random_() % times == 0; }
    bool is_written() const {
        return std::all_of(logs_.begin(), logs_.end(),
                           [](const Written& log) { return log.next == log.lines.size(); });
    }

    // Clusters that are spread over partitions write side by side: of a partition in which a cluster was
    // never seen, the times of the others say how far it has come.
    void produce() {
        if (shape_.has_servers) {
            for (size_t count = random_() % 180; count > 0; --count) write_as_it_happens();
            return;
        }
        if (shape_.is_spread) {
            for (size_t count = random_() % 60; count > 0; --count) {
                for (Written& log : logs_) write_line(log, static_cast<int32_t>(random_() % 1000));
            }
            return;
        }
        int32_t number = 0;
        for (Written& log : logs_) {
            for (size_t count = random_() % 60; count > 0; --count) write_line(log, number);
            ++number;
        }
    }

    // What of all servers was done next, whatever their clocks say.
    void write_as_it_happens() {
        size_t next = logs_.size();
        audit::Time earliest = audit::Time::max();
        for (size_t server = 0; server < logs_.size(); ++server) {
            const Written& log = logs_[server];
            if (log.next == log.lines.size()) continue;
            const audit::Time time = time_of_line(log.lines[log.next]) - kServers[server];
            if (time < earliest) next = server;
            earliest = std::min(earliest, time);
        }
        if (next < logs_.size()) write_line(logs_[next], static_cast<int32_t>(next));
    }

    // Lines of one time go to one partition: between partitions, nothing else says which was first.
    void write_line(Written& log, int32_t partition) {
        if (log.next == log.lines.size()) return;
        const std::string& line = log.lines[log.next++];
        const audit::Time time = time_of_line(line);
        if (time != log.time) log.partition = partition % shape_.partitions;
        log.time = time;
        brokers_.put({"audit", log.partition}, line, log.cluster);
    }

    // True when it had nothing to do.
    bool turn(Worker& worker) {
        if (!worker.is_alive()) {
            if (is_written() || one_in(5)) worker.start();
            return false;
        }
        if (shape_.has_faults) fail(worker.member());
        const Source::Read read = worker.step();
        if (one_in(20)) worker.commit();
        if (worker.moves() && one_in(10)) worker.publish();
        if (shape_.has_faults && one_in(60)) worker.reload();
        if (worker.lives() < shape_.most_lives && one_in(40)) {
            worker.kill();
            if (worker.moves() && one_in(2)) worker.move(one_in(2));
            return false;
        }
        return read == Source::Read::Idle && worker.member().problem.empty() && guest_ == nullptr;
    }

    // Brokers are away for a while, the group forgets its offsets, or another member, which reads nothing,
    // comes and has some of the partitions for a while: whole clusters.
    void fail(test::FakeTopics::Member& member) {
        if (one_in(10)) {
            member.problem.clear();
        } else if (one_in(40)) {
            member.problem = "no broker can be reached";
        }
        if (one_in(100)) brokers_.noted.clear();
        if (shape_.workers > 1 || shape_.is_spread) return;
        member.loses = one_in(2);
        if (guest_ != nullptr && one_in(8)) {
            guest_.reset();
        } else if (guest_ == nullptr && one_in(40) && !is_written()) {
            guest_ = brokers_.join();
        }
    }

    std::mt19937 random_;
    test::FakeTopics brokers_;
    const Shape shape_;
    KafkaSourceConfig config_;
    KafkaSourceConfig::Clock::time_point now_{};
    std::vector<Written> logs_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::unique_ptr<TopicClient> guest_;
};

const Lines& sample() {
    static const Lines lines =
        sorted_lines(test::Log(std::filesystem::path(REDSHANK_SOURCE_DIR) / "samples/audit.log"));
    return lines;
}

// A part of the sample, from this line on.
struct Part {
    size_t from = 0, count = SIZE_MAX;
};

// The logs of these clusters, each of which is another of the parts, and what `replay` finds in them.
class Expected {
  public:
    explicit Expected(std::vector<Part> parts) : parts_(std::move(parts)) {
        for (const Part& part : parts_) {
            const Lines& all = sample();
            const size_t count = std::min(part.count, all.size() - part.from);
            const auto from = all.begin() + static_cast<std::ptrdiff_t>(part.from);
            lines_.emplace_back(from, from + static_cast<std::ptrdiff_t>(count));
        }
    }
    const Lines& lines(size_t part) const { return lines_[part % lines_.size()]; }
    const Lines& findings(size_t part, const std::string& cluster) {
        Lines& known = findings_[{part % lines_.size(), cluster}];
        if (known.empty()) known = replayed(lines(part), cluster);
        return known;
    }

  private:
    const std::vector<Part> parts_;
    std::vector<Lines> lines_;
    std::map<std::pair<size_t, std::string>, Lines> findings_;
};

unsigned number_of(const char* variable, unsigned otherwise) {
    const char* text = std::getenv(variable);
    return text ? static_cast<unsigned>(std::atoi(text)) : otherwise;
}

void expect_same(Expected& expected, size_t clusters, const Shape& shape, unsigned seeds,
                 unsigned first = 1) {
    int lives = 0;
    size_t findings = 0;
    for (unsigned seed = first; seed < first + seeds; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::vector<ClusterLog> logs;
        Lines wanted;
        for (size_t i = 0; i < clusters; ++i) {
            const std::string cluster = "c" + std::to_string(i);
            const size_t part = shape.is_spread ? seed : seed + i;
            logs.push_back({cluster, expected.lines(part)});
            const Lines& some = expected.findings(part, cluster);
            wanted.insert(wanted.end(), some.begin(), some.end());
        }
        std::sort(wanted.begin(), wanted.end());
        findings += wanted.size();
        Fleet fleet(logs, seed, shape);
        const Lines got = fleet.consume();
        lives += fleet.lives();
        ASSERT_NO_FATAL_FAILURE(expect_equal(wanted, got));
    }
    EXPECT_GT(findings, 10u * clusters * seeds);
    if (shape.most_lives > 1 && seeds > 1) {
        EXPECT_GT(lives, static_cast<int>(seeds * shape.workers));
    }
}

// The same with parts of the sample in which something is found, small enough for many seeds: REDSHANK_SEEDS
// of them, from REDSHANK_FIRST_SEED on.
void expect_same_in_parts(size_t clusters, const Shape& shape, unsigned seeds) {
    std::vector<Part> parts;
    for (size_t from = 0; from + 240 <= sample().size(); from += 200) parts.push_back({from, 240});
    Expected expected(std::move(parts));
    expect_same(expected, clusters, shape, number_of("REDSHANK_SEEDS", seeds),
                number_of("REDSHANK_FIRST_SEED", 1));
}

TEST(KafkaExactness, PartitionsDoNotShow) {
    Expected whole({Part{}});
    expect_same(whole, 2, {.is_spread = true, .most_lives = 1, .has_faults = false}, 1);
}

// Requests at random over three API servers, whose clocks are up to a second apart, and each of which writes
// to a partition of its own: what is found is what one log finds that is in the order of their stamps.
TEST(KafkaExactness, ServersWhoseClocksDifferDoNotShow) {
    for (unsigned seed = 1; seed <= number_of("REDSHANK_SEEDS", 3); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        std::vector<ClusterLog> servers(kServers.size(), {.cluster = "c", .lines = {}});
        std::vector<std::pair<audit::Time, std::string>> all;
        const size_t from = seed * 200 % 3000;
        for (size_t i = from; i < from + 600; ++i) {
            const size_t server = random() % servers.size();
            const std::string& line =
                servers[server].lines.emplace_back(ahead(sample()[i], kServers[server]));
            all.emplace_back(time_of_line(line), line);
        }
        std::stable_sort(all.begin(), all.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        Lines one;
        for (auto& [time, line] : all) one.push_back(std::move(line));
        const Lines wanted = replayed(one, "c");
        Fleet fleet(servers, seed, {.most_lives = 4, .has_servers = true});
        const Lines got = fleet.consume();
        EXPECT_GT(wanted.size(), 20U);
        ASSERT_NO_FATAL_FAILURE(expect_equal(wanted, got));
        EXPECT_GT(fleet.lives(), 1);
    }
}

TEST(KafkaExactness, WhatHappensToAWorkerDoesNotShow) {
    Expected whole({Part{}});
    expect_same(whole, 2, {.is_spread = true}, 1);
    expect_same_in_parts(2, {.is_spread = true}, 3);
}

TEST(KafkaExactness, PartitionsThatComeAndGoDoNotShow) {
    expect_same_in_parts(3, {}, 5);
}

TEST(KafkaExactness, WhatHappensToTwoWorkersDoesNotShow) {
    expect_same_in_parts(4, {.workers = 2, .partitions = 4}, 3);
}

TEST(KafkaExactness, WhatHappensToEightWorkersDoesNotShow) {
    expect_same_in_parts(8, {.workers = 8, .partitions = 8, .most_lives = 3}, 1);
}

TEST(KafkaExactness, AWorkerThatLosesItsDiskGoesOn) {
    expect_same_in_parts(2, {.is_spread = true, .moves = true}, 3);
}

TEST(KafkaExactness, TwoWorkersThatLoseTheirDisksGoOn) {
    expect_same_in_parts(4, {.workers = 2, .partitions = 4, .moves = true}, 2);
}

TEST(KafkaExactness, EightWorkersThatLoseTheirDisksGoOn) {
    expect_same_in_parts(8, {.workers = 8, .partitions = 8, .most_lives = 3, .moves = true}, 1);
}

}  // namespace
}  // namespace redshank
