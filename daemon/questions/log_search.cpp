#include "daemon/questions/log_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "audit/salvage.h"
#include "daemon/sources/log_reader.h"
#include "rules/context.h"
#include "rules/raw_filter.h"

namespace redshank {

namespace {

constexpr size_t kMostWaiting = size_t{4} << 20;  // bytes of answers of one file
constexpr std::chrono::milliseconds kProgress{300};

// What is found in one file, until it is told.
struct Answers {
    std::deque<std::string> told;
    size_t bytes = 0;
    bool is_done = false;
    std::string problem, looked_through;
};

class Search {
  public:
    Search(std::vector<LogFile> files, const SearchQuery& query, const SearchHandlers& handlers)
        : files_(std::move(files)),
          query_(query),
          handlers_(handlers),
          filter_(*query.condition),
          answers_(files_.size()) {}

    SearchResult run();

  private:
    class Worker;

    void work();
    void scan(size_t at, Worker& worker);
    // False: nobody wants more.
    bool answer(size_t at, std::string told);
    void finish(size_t at, std::string problem, std::string looked_through);
    bool take(size_t at, SearchResult& result);
    bool is_late();
    SearchProgress progress() const;

    std::vector<LogFile> files_;  // each is touched by the thread that reads it
    const SearchQuery& query_;
    const SearchHandlers& handlers_;
    const rules::RawFilter filter_;

    std::atomic<size_t> next_ = 0, done_ = 0, skipped_ = 0;
    std::atomic<uint64_t> bytes_ = 0;
    uint64_t found_ = 0;  // the calling thread's

    std::mutex mutex_;  // of what follows
    std::condition_variable changed_;
    std::vector<Answers> answers_;
    std::atomic<bool> is_stopped_ = false, is_cut_ = false;
};

// What a thread needs to look at events.
class Search::Worker {
  public:
    explicit Worker(Search& search) : search_(search) {}

    // False: nobody wants more.
    bool look_at(size_t at, const Line& line) {
        if (!search_.filter_.may_hold(line.text)) return true;
        bool goes_on = true, is_told = false;
        const auto one = [&](const audit::Event&, size_t) {
            if (!goes_on || (is_told && search_.query_.once_a_line)) return;
            event_.is_shortened |= line.part == Line::Part::WithoutBodies;
            if (!holds(search_.files_[at].cluster)) return;
            is_told = true;
            goes_on = search_.answer(at, search_.handlers_.tell({*request_, line, search_.files_[at]}));
        };
        audit::read_line(parser_, line.text, event_, one);
        return goes_on;
    }

  private:
    bool holds(const std::string& cluster) {
        const SearchQuery& query = search_.query_;
        if ((query.since && event_.stage_time < *query.since) ||
            (query.until && event_.stage_time > *query.until)) {
            return false;
        }
        request_.emplace(symbols_.understand(event_));
        context_.reset(*request_, true, cluster);
        return query.condition->test(context_);
    }

    Search& search_;
    audit::EventParser parser_;
    audit::Event event_;
    Symbols symbols_;
    std::optional<Request> request_;
    rules::Context context_;
};

void Search::work() {
    Worker worker(*this);
    for (size_t at = next_++; at < files_.size(); at = next_++) {
        try {
            scan(at, worker);
        } catch (const std::exception& error) {  // no memory: one file less, and it is said
            finish(at, fmt::format("{}: {}", files_[at].path, error.what()), "");
        }
    }
}

void Search::scan(size_t at, Worker& worker) {
    LogFile& file = files_[at];
    if (is_stopped_ || is_late()) return finish(at, "", "");
    std::string reason;
    const UniqueFd fd = open_log(file, reason);
    if (!fd) return finish(at, fmt::format("cannot read {}: {}", file.path, reason), "");
    const LogSpan span = span_of(file, fd);
    if (!span.may_hold(query_.since, query_.until)) {
        ++skipped_;
        return finish(at, "", "");
    }
    LogReader reader(fd, file.line_limit);
    std::vector<Line> lines;
    for (bool more = true; more;) {
        lines.clear();
        const uint64_t before = reader.bytes();
        more = reader.read(lines);
        bytes_ += reader.bytes() - before;
        for (const Line& line : lines) {
            if (!worker.look_at(at, line)) return finish(at, "", "");
        }
        if (more && is_late()) return finish(at, "", "");
    }
    const auto time = [](const std::optional<audit::Time>& when) {
        return when ? audit::format_time(*when).substr(0, 19) + "Z" : std::string("a time that is not known");
    };
    std::string looked = file.path;
    if (span.first || span.last) looked += fmt::format(", from {} to {}", time(span.first), time(span.last));
    finish(at, reader.problem().empty() ? "" : file.path + ": " + reader.problem(), std::move(looked));
}

bool Search::is_late() {
    if (!query_.deadline || std::chrono::steady_clock::now() < *query_.deadline) return false;
    is_cut_ = true;
    return true;
}

bool Search::answer(size_t at, std::string told) {
    std::unique_lock lock(mutex_);
    Answers& own = answers_[at];
    changed_.wait(lock, [&] { return is_stopped_ || own.bytes < kMostWaiting; });
    if (is_stopped_) return false;
    own.bytes += told.size();
    own.told.push_back(std::move(told));
    if (own.told.size() == 1) changed_.notify_all();
    return true;
}

void Search::finish(size_t at, std::string problem, std::string looked_through) {
    ++done_;
    const std::lock_guard lock(mutex_);
    answers_[at].problem = std::move(problem);
    answers_[at].looked_through = std::move(looked_through);
    answers_[at].is_done = true;
    changed_.notify_all();
}

SearchProgress Search::progress() const {
    return {.bytes = bytes_, .files = done_, .skipped = skipped_, .found = found_};
}

// Tells what one file has for now. False: that file is done with.
bool Search::take(size_t at, SearchResult& result) {
    std::deque<std::string> told;
    bool is_done = false;
    {
        std::unique_lock lock(mutex_);
        Answers& own = answers_[at];
        changed_.wait_for(lock, kProgress, [&] { return own.is_done || !own.told.empty(); });
        told.swap(own.told);
        own.bytes = 0;
        is_done = own.is_done;
        if (is_done) {
            if (!own.problem.empty()) result.problems.push_back(std::move(own.problem));
            if (!own.looked_through.empty()) result.looked_through.push_back(std::move(own.looked_through));
        }
        changed_.notify_all();
    }
    for (const std::string& one : told) {
        ++found_;
        if (handlers_.found(one)) continue;
        const std::lock_guard lock(mutex_);
        is_stopped_ = true;
        changed_.notify_all();
        return false;
    }
    if (handlers_.progress) handlers_.progress(progress());
    return !is_done;
}

SearchResult Search::run() {
    std::vector<std::thread> threads;
    const size_t jobs = std::min<size_t>(std::max(query_.jobs, 1U), files_.size());
    for (size_t i = 0; i < jobs; ++i) threads.emplace_back([this] { work(); });
    SearchResult result;
    for (size_t at = 0; at < files_.size() && !is_stopped_; ++at) {
        while (take(at, result)) {
        }
    }
    for (std::thread& thread : threads) thread.join();
    result.done = progress();
    result.is_cut = is_cut_;
    return result;
}

rules::ConditionPtr field_is(std::string_view field, const std::string& text) {
    rules::Condition compare{.kind = rules::Condition::Kind::Compare};
    compare.field.entry = rules::find_field(field);
    compare.literals.push_back(rules::Literal::of(text));
    return std::make_shared<const rules::Condition>(std::move(compare));
}

}  // namespace

SearchResult search_logs(std::vector<LogFile> files, const SearchQuery& query,
                         const SearchHandlers& handlers) {
    return Search(std::move(files), query, handlers).run();
}

rules::ConditionPtr has_audit_id(const std::string& id) {
    return field_is("auditID", id);
}

rules::ConditionPtr is_from(const std::string& user) {
    return rules::either(field_is("user.username", user), field_is("impersonatedUser.username", user));
}

std::string unknown_to_search(const rules::Condition& condition) {
    for (const char* field : {"actor.atHome",        "actor.installs",        "answers",
                              "object.givesCaller",  "object.inOwnNamespace", "object.isAnothers",
                              "object.isNewOrder",   "object.asksOutside",    "object.failsOpen",
                              "grant.installed",     "grant.unseen",          "object.givesFresh",
                              "object.givesSelf",    "object.ownAge",         "object.role",
                              "object.hasAllRights", "actor.falseServer",     "object.givesLittle",
                              "object.bindsLittle",  "object.isEveryones",    "source.own"}) {
        if (rules::mentions(condition, field)) return field;
    }
    return {};
}

}  // namespace redshank
