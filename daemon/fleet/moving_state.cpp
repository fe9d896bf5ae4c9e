#include "daemon/fleet/moving_state.h"

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <utility>

#include "daemon/store/store.h"

namespace redshank {

namespace {

// The row that says which process has written last. Written with every copy.
constexpr std::string_view kWriter = "writer";
constexpr auto kSpeakEvery = std::chrono::seconds{2};

std::string writer_of(StateLog& log) {
    std::string writer;
    log.read([&](std::string_view key, std::optional<std::string_view> value) {
        if (key == kWriter) writer = value.value_or("");
    });
    return writer;
}

std::string new_name() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
}

// A damaged one goes on with nothing: the copy is better.
bool goes_on(const std::string& path, const std::string& writer) {
    try {
        const ChangeFeed::Copy copy = ChangeFeed(path).copy();
        return copy.own == writer || copy.previous == writer;
    } catch (const std::exception&) {
        return false;
    }
}

}  // namespace

// A disk that wrote the copy last has all that is in it, and so has one that went on from it and wrote
// nothing since.
TakenState take_over(const std::string& path, StateLog& log) {
    log.claim();
    const std::string there = writer_of(log);
    // Spares hear at once that somebody is here: to take a state over may take a while.
    log.write([&](const StateLog::Row& row) {
        row(kWriter, there);
        return true;
    });
    const bool is_here = std::filesystem::exists(path);
    if (there.empty() || (is_here && goes_on(path, there))) return {.said = {}, .writer = there};
    const std::string why = path + ": another disk has gone on with the state of this worker";
    std::string said = is_here ? Store::open_anew(path, why)->damage() : std::string{};
    if (!is_here) Store::open(path, Store::Mode::ReadWrite);
    ChangeFeed feed(path);
    feed.fill([&](const ChangeFeed::Take& take) {
        log.read([&](std::string_view key, std::optional<std::string_view> value) {
            if (key != kWriter) take(key, value);
        });
    });
    feed.begin({.own = "", .previous = there}, false);
    if (!is_here) said = path + ": there was none here";
    return {.said = said + "; the state is the topic's", .writer = there};
}

void stop_copying(const std::string& path) {
    ChangeFeed feed(path);
    if (!feed.copy().own.empty()) feed.end();
}

MovingState::MovingState(const std::string& path, StateLog& log, const TakenState& taken,
                         std::function<Clock::time_point()> now)
    : feed_(path), log_(log), now_(std::move(now)), said_(now_()), name_(new_name()) {
    feed_.begin({.own = name_, .previous = taken.writer}, taken.writer.empty());
}

bool MovingState::publish() {
    try {
        int64_t last = 0;
        bool speaks = false;
        const auto now = now_();
        const bool is_kept = log_.write([&](const StateLog::Row& row) {
            last = feed_.changes(row);
            speaks = last > 0 || now - said_ >= kSpeakEvery;
            if (speaks) row(kWriter, name_);
            return speaks;
        });
        if (is_kept && speaks) said_ = now;
        problem_ = is_kept ? "" : log_.problem();
        if (!is_kept) return false;
        if (last > 0 && !feed_.copied(last)) problem_ = "the disk does not note what was copied";
    } catch (const std::exception& error) {
        problem_ = error.what();
    }
    return problem_.empty();
}

}  // namespace redshank
