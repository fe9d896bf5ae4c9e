#include "tests/simulation/world.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "tests/simulation/disk.h"
#include "tests/simulation/system.h"

namespace redshank::sim {

namespace {

constexpr int64_t kSecond = 1'000'000'000;
// A critical finding that shares nothing with others is told within this time, of a receiver that works: the
// longest pause of a queue, and what polling and committing take.
constexpr int64_t kBound = 20 * kSecond;
// Critical incidents that came before go before it, each in one message: at the pace of chat, and an answer.
constexpr int64_t kPace = 1500 * kSecond / 1000;
// After trouble, what has waited longest waits on for at most this.
constexpr int64_t kCalm = 6 * 60 * kSecond;

constexpr const char *kLog = "log/audit.log", *kOtherLog = "log/other/audit.log";
constexpr uint64_t kOtherNumbers = 1'000'000;  // requests of the other log are numbered from here

constexpr const char* kRules = R"(
[[rule]]
id = "sim-critical"
title = "Simulated, critical"
severity = "critical"
condition = 'stage = "ResponseComplete" and objectRef.name glob "critical-*"'
summary = "{who} made {object}"
about = ["user.username", "objectRef.name"]
[[rule]]
id = "sim-medium"
title = "Simulated, medium"
severity = "medium"
condition = 'stage = "ResponseComplete" and objectRef.name glob "medium-*"'
summary = "{who} made {object}"
about = ["user.username", "objectRef.name"]
)";

Config config_of(uint64_t seed) {
    std::filesystem::create_directories("log");
    test::write_file("rules.toml", kRules);
    test::write_file("chat", "http://chat.sim/hook\n");
    std::string other;
    if (seed % 3 != 0)
        other = fmt::format("[[source]]\npath = \"{}\"\nstart = \"oldest\"\ncluster = \"{}\"\n", kOtherLog,
                            seed % 3 == 1 ? "sim" : "other");
    return parse_config(fmt::format(R"(
cluster = "sim"
state_dir = "state"
[[source]]
path = "{0}"
start = "oldest"
inotify = {1}
{2}[rules]
packs = []
files = ["rules.toml"]
[[receiver]]
name = "hook"
type = "webhook"
url = "http://hook.sim/"
group_by = []
group_wait = "0s"
group_interval = "0s"
queue_limit = 100000
[[receiver]]
name = "journal"
type = "journald"
queue_limit = 100000
[[receiver]]
name = "chat"
type = "slack"
url_file = "chat"
)",
                                    kLog, seed % 2 == 0, other),
                        "simulation.toml");
}

}  // namespace

World::World(uint64_t seed, std::set<std::string> without)
    : without_(std::move(without)), random_(seed), receivers_(seed + 2) {
    host() = Host{};
    servers_.emplace_back(kLog, seed + 1, 0);
    if (seed % 3 != 0) servers_.emplace_back(kOtherLog, seed + 5, kOtherNumbers);
    Disk::instance().reset(seed + 3);
    host().random.seed(seed + 4);
    forget_files();
    config_ = config_of(seed);
    host().folder = "log";
    well_since_ = host().steady;
}

void World::note(const std::string& what) {
    const std::string line = fmt::format("{:9.3f} {}\n", static_cast<double>(host().steady) / 1e9, what);
    history_ += line;
    digest_.add(line);
}

void World::fail(const std::string& what) {
    if (result_.failure.empty()) result_.failure = what;
}

Result World::run(unsigned steps) {
    start();
    for (unsigned i = 0; i < steps && result_.failure.empty(); ++i) step();
    if (result_.failure.empty()) end();
    for (const Server& one : servers_) result_.lines += one.written();
    result_.failed_calls = host().failed;
    for (size_t who = 0; who < static_cast<size_t>(Who::kEnd); ++who) {
        for (const Message& message : receivers_.taken(static_cast<Who>(who))) {
            digest_.add(std::to_string(message.at));
            digest_.add(message.text);
            digest_.add(message.notification);
        }
        result_.messages += receivers_.taken(static_cast<Who>(who)).size();
    }
    if (!result_.failure.empty()) result_.failure += "\n" + history_;
    works_.reset();
    host().folder.clear();
    for (const char* file : {"state/redshank.db", "state/redshank.db-wal"}) {
        std::ifstream in(file, std::ios::binary);
        digest_.add(std::string{std::istreambuf_iterator<char>(in), {}});
    }
    result_.digest = digest_.value();
    return result_;
}

void World::step() {
    host().pass(static_cast<int64_t>(any(10) == 0 ? any(5000) : any(300)) * 1'000'000);
    switch (any(16)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
            server_acts();
            break;
        case 6:
        case 7:
            operator_acts();
            break;
        case 8:
            receivers_change();
            break;
        case 9:
            trouble();
            break;
        case 10:
            clock_steps();
            break;
        case 11:
            kill();
            break;
        case 12:
            if (any(3) == 0) settle();
            break;
        case 13:
            if (any(4) == 0) lone_critical();
            break;
        default:
            pass_time(static_cast<int64_t>(any(5) == 0 ? any(120) : any(4)));
            break;
    }
    if (!works_ && any(3) == 0) has("log-errors") && any(4) == 0 ? start_locked_out() : start();
    work(static_cast<unsigned>(any(4)));
}

void World::server_acts() {
    switch (any(8)) {
        case 0:
            return note(server().write_half());
        case 1:
            if (has("hostile")) note(server().write_hostile());
            return;
        case 2:
            return note(server().write_noise(1 + any(any(5) == 0 ? 100 : 5)));
        default:
            return note(server().write(1 + any(any(10) == 0 ? 60 : 5)));
    }
}

void World::operator_acts() {
    switch (any(10)) {
        case 0:
        case 1:
        case 2:
            return note(server().rotate());
        case 3:
            return note(server().rotate_alike());
        case 4:
            return note(server().compress());
        case 5:
            if (has("copytruncate")) note(server().copytruncate());
            return;
        case 6:
            // A redshank that never read a log does not know what it missed of it.
            if (!has("retention") || !was_settled_) return;
            if (!works_) return note(server().remove_unread());
            return note(server().remove_oldest());
        case 7:
            // A file that came and went before a place in it was committed leaves no trace.
            if (any(4) != 0 || !has("removal") || !works_ || !is_well()) return;
            read();
            return note(server().remove_log());
        case 8:
            if (works_ && any(2) == 0) lock_out();
            return;
        default:
            return note(server().restart());
    }
}

void World::receivers_change() {
    if (!has("moods")) return;
    if (any(3) == 0) {
        receivers_.heal();
        return note("receivers are well");
    }
    const auto who = static_cast<Who>(any(static_cast<uint64_t>(Who::kEnd)));
    const auto mood = static_cast<Mood>(any(static_cast<uint64_t>(Mood::kEnd)));
    receivers_.set(who, mood);
    note(fmt::format("receiver {} is {}", static_cast<int>(who), static_cast<int>(mood)));
}

// Nothing of the log can be read, or nothing of the state be written: /readyz says so, and is green again
// after.
void World::blind() {
    heal();
    const bool is_log = any(2) == 0;
    if (!has(is_log ? "log-errors" : "write-errors")) return;
    note(is_log ? "the log cannot be read" : "the state cannot be written");
    well_since_ = INT64_MAX;
    host().error = EIO;
    host().one_in = is_log ? 1 : 0;
    if (is_log && any(2) == 0) host().only = "preadv";  // it is open, and its bytes do not come
    Disk::instance().fail(is_log ? 0 : 1, 0);
    note(server().write(1));
    pass_time(10);
    const HttpReply ready = works_->health().readyz();
    if (ready.status == 200 || ready.body.find(is_log ? "cannot " : "cannot be written") == ready.body.npos)
        fail(fmt::format("/readyz says nothing of {}: {}", is_log ? "the log" : "the state", ready.body));
    heal();
}

// The log alone has a mode that does not let redshank open it, and it is started; mended later.
void World::start_locked_out() {
    heal();
    well_since_ = INT64_MAX;
    host().error = EACCES;
    host().one_in = 1;
    host().file = server().log();
    host().only = "open";
    note("nobody may open " + host().file);
    start();
    note(server().write(1));
    pass_time(static_cast<int64_t>(any(90)));
    heal();
}

// Nobody may open a file of a log, while it is rotated twice; mended later.
void World::lock_out() {
    heal();
    if (!has("log-errors")) return;
    well_since_ = INT64_MAX;
    host().error = EACCES;
    host().one_in = 1;
    host().only = "open";
    note("nobody may open a log");
    Server& one = server();
    for (int i = 0; i < 2; ++i) {
        note(one.rotate());
        note(one.write(1 + any(3)));
    }
    pass_time(static_cast<int64_t>(any(90)));
    heal();
}

// Of the disk under the state, or of calls on the log; or it ends.
void World::trouble() {
    if (!is_well() && any(2) == 0) {
        heal();
        return;
    }
    if (works_ && any(4) == 0) return blind();
    const auto one_in = static_cast<unsigned>(any(3) == 0 ? 1 : 2 + any(20));
    switch (any(3)) {
        case 0: {
            constexpr int kErrors[] = {EIO, EACCES, EMFILE, ENFILE, ENOMEM, EINTR};
            if (!has("log-errors")) return;
            well_since_ = INT64_MAX;
            host().one_in = one_in;
            host().error = kErrors[any(std::size(kErrors))];
            if (host().error == EINTR) host().one_in = std::max(2U, one_in);  // it is tried again at once
            return note(fmt::format("1 in {} calls on the log fails with {}", one_in, host().error));
        }
        case 1:
            if (!has("write-errors")) return;
            well_since_ = INT64_MAX;
            Disk::instance().fail(one_in, 0);
            return note(fmt::format("1 in {} writes of the state fails", one_in));
        default:
            if (!has("read-errors")) return;
            well_since_ = INT64_MAX;
            Disk::instance().fail(0, one_in * 5);
            return note(fmt::format("1 in {} reads of the state fails", one_in * 5));
    }
}

void World::clock_steps() {
    if (!has("clock")) return;
    const int64_t seconds = static_cast<int64_t>(any(any(2) == 0 ? 7200 : 20)) * (any(2) == 0 ? 1 : -1);
    host().wall += seconds * kSecond;
    note(fmt::format("the clock steps by {} s", seconds));
}

// Between two steps, or at some write of the next ones; perhaps with the power. An orderly stop is one, too.
void World::kill() {
    if (!works_ || !has("kills")) return;
    Disk& disk = Disk::instance();
    const uint64_t manner = any(4);
    if (manner == 0) {
        const AsDaemon daemon;
        works_->end();
        works_->delivery().turn();
    } else if (manner > 1) {
        disk.die_in(any(30));
        for (int i = 0; i < 20 && !disk.is_dead(); ++i) {
            if (any(2) == 0) note(server().write(1 + any(3)));
            work(1);
            host().pass(50'000'000);
        }
    }
    disk.die();
    works_.reset();
    ++result_.kills;
    if (any(3) == 0 && has("power-cuts")) {
        disk.revive_after_power_cut();
        ++result_.power_cuts;
        return note("power cut");
    }
    disk.revive();
    note(manner == 0 ? "stopped" : "killed");
}

void World::start() {
    const bool may_fail = has("read-errors") && is_well();
    const bool is_blind = may_fail && any(6) == 0;
    const bool is_scratched = may_fail && !is_blind && any(2) == 0;  // some of its pages do not come just now
    if (is_scratched) Disk::instance().fail(0, 10 + static_cast<unsigned>(any(60)));
    try {
        const AsDaemon daemon;
        auto works = std::make_unique<Works>(config_, receivers_.connect(is_blind));
        if (is_scratched) Disk::instance().fail(0, 0);
        if (is_blind) Disk::instance().fail(0, 1);
        works->delivery().open();
        if (is_blind) Disk::instance().fail(0, 0);
        works->begin();
        works_ = std::move(works);
        note(is_blind ? "started, delivery could not read the state" : "started");
        if (!works_->store().damage().empty()) fail(works_->store().damage());
    } catch (const std::exception& error) {
        ++result_.failed_starts;
        note("does not start");
        if (is_scratched) return Disk::instance().fail(0, 0);
        if (is_well()) fail(std::string("does not start: ") + error.what());
    }
}

void World::work(unsigned turns) {
    for (unsigned i = 0; i < turns && works_; ++i) {
        const AsDaemon daemon;
        if (any(2) == 0) works_->step();
        if (any(2) == 0) works_->delivery().turn();
    }
}

// What is there, with a commit.
void World::read() {
    const AsDaemon daemon;
    for (int i = 0; i < 2; ++i) {
        works_->step();
        host().pass(kSecond);
    }
    works_->step();
}

void World::pass_time(int64_t seconds) {
    for (int64_t i = 0; i < seconds; ++i) {
        host().pass(kSecond);
        work(3);
    }
}

bool World::is_well() const {
    return host().one_in == 0 && !Disk::instance().is_in_trouble();
}

void World::heal() {
    host().one_in = 0;
    host().only.clear();
    host().file.clear();
    Disk::instance().fail(0, 0);
    if (well_since_ == INT64_MAX) well_since_ = host().steady;
    note("disks are well");
}

void World::settle() {
    heal();
    while (!works_ && result_.failure.empty()) start();
    if (!works_) return;
    for (Server& one : servers_) note(one.write(1));
    pass_time(30);
    const AsDaemon daemon;
    for (int idle = 0; idle < 5;) {
        idle = works_->step() == Source::Read::Idle ? idle + 1 : 0;
        host().pass(kSecond);
        works_->delivery().turn();
    }
    was_settled_ = true;
    note("settled");
    for (const std::string& problem :
         {invariants_.read_once(servers_, works_->store()), invariants_.bounded(works_->store()),
          invariants_.told_apart(works_->incidents())}) {
        if (!problem.empty()) fail(problem);
    }
    for (const HttpReply& reply : {works_->health().readyz(), works_->health().healthz()}) {
        if (reply.status != 200) fail("not ready: " + reply.body);
    }
}

void World::lone_critical() {
    if (!works_ || !is_well()) return;
    heal();
    receivers_.heal();
    const int64_t calm_since = std::max(well_since_, receivers_.well_since());
    pass_time(std::max(60 * kSecond, calm_since + kCalm - host().steady) / kSecond);
    if (any(2) == 0) note(any(2) == 0 ? server().write_noise(1 + any(200)) : server().write(1 + any(200)));
    const uint64_t number = server().write_critical();
    note(fmt::format("lone critical {}", number));
    ++result_.criticals;
    const std::string name = Server::name_of(number);
    const int64_t began = host().steady;
    size_t heard = receivers_.taken(Who::Chat).size();
    int64_t bound = kBound;
    const auto is_told = [&] {
        const std::vector<Message>& all = receivers_.taken(Who::Chat);
        for (; heard < all.size(); ++heard) {
            if (all[heard].text.find(name) != std::string::npos) return true;
            if (all[heard].text.find("critical-sim-") != std::string::npos) bound += kPace;
        }
        return false;
    };
    while (!is_told()) {
        if (host().steady - began > bound)
            return fail(
                fmt::format("critical {} was not told: {}", number, whereabouts(number, works_->store())));
        host().pass(200'000'000);
        const AsDaemon daemon;
        works_->step();
        works_->delivery().turn();
    }
}

void World::end() {
    settle();
    receivers_.heal();
    pass_time(15 * 60);
    // A long queue goes as fast as this world's turns, a message a second.
    for (size_t before = 0; before != receivers_.taken_in_all();) {
        before = receivers_.taken_in_all();
        pass_time(60);
    }
    if (!result_.failure.empty()) return;
    settle();
    if (const auto problem = invariants_.delivered_once(works_->store(), receivers_); !problem.empty())
        fail(problem);
}

}  // namespace redshank::sim
