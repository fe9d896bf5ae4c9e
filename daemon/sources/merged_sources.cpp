#include "daemon/sources/merged_sources.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace redshank {

namespace {

// How often a source without lines is read again while others have some: each has its share of system calls.
constexpr std::chrono::milliseconds kLookAgain{10};

// A position behind it is known.
bool is_cut(const Line& line) {
    return line.part == Line::Part::Whole && line.text.data()[line.text.size()] == '\n';
}

}  // namespace

MergedSources::MergedSources(std::vector<Source*> sources, std::function<Clock::time_point()> now)
    : now_(std::move(now)), from_(sources.front()) {
    for (Source* source : sources) members_.push_back({.source = source, .batch = {}, .lines = {}});
}

void MergedSources::add(Source* source) {
    members_.push_back({.source = source, .batch = {}, .lines = {}});
}

void MergedSources::remove(const Source* source) {
    std::erase_if(members_, [&](const Member& member) { return member.source == source; });
    from_ = members_.front().source;
}

Source::Read MergedSources::read(Batch& batch, audit::Time limit) {
    const bool is_alone = members_.size() == 1 && limit == audit::Time::max();
    if (is_alone && !members_.front().lines.has_next()) return from_->read(batch);
    batch.clear();
    const Clock::time_point now = now_();
    if (refill(now - kLookAgain, batch)) return Source::Read::Lines;
    if (may_go_on(now) && take(batch, limit)) return Source::Read::Lines;
    if (refill(now, batch)) return Source::Read::Lines;
    if (may_go_on(now) && take(batch, limit)) return Source::Read::Lines;
    const bool have_ended = std::all_of(members_.begin(), members_.end(), [](const Member& member) {
        return member.last == Source::Read::Ended && !member.lines.has_next();
    });
    return have_ended ? Source::Read::Ended : Source::Read::Idle;
}

// Reads on in the sources without lines, but for those that had none later than `before`. True when one of
// them has something else to tell, which waits for nothing.
bool MergedSources::refill(Clock::time_point before, Batch& batch) {
    for (Member& member : members_) {
        if (member.lines.has_next() || member.last == Source::Read::Ended) continue;
        if (member.last == Source::Read::Idle && member.read_at > before) continue;
        member.last = member.source->read(member.batch);
        member.read_at = now_();
        member.lines.put(member.batch.lines, TimedLines::Times::Read);
        if (member.lines.has_next() || member.last != Source::Read::Lines) continue;
        pass(member, batch);
        return true;
    }
    return false;
}

bool MergedSources::waits_for_late() const {
    return std::any_of(members_.begin(), members_.end(), [](const Member& member) {
        return !member.lines.has_next() && member.last != Source::Read::Ended && member.source->is_late();
    });
}

bool MergedSources::may_go_on(Clock::time_point now) const {
    if (now >= held_until()) return true;
    if (waits_for_late()) return false;
    const auto has_lines = [](const Member& member) { return member.lines.has_next(); };
    const auto is_waited_for = [&](const Member& member) {
        return !has_lines(member) && member.last != Source::Read::Ended && member.source->status().up;
    };
    const auto is_behind = [&](const Member& member) {
        return has_lines(member) && member.source->status().lag_bytes > 0;
    };
    return std::none_of(members_.begin(), members_.end(), is_waited_for) ||
           std::any_of(members_.begin(), members_.end(), is_behind);
}

// The lines of the source whose turn it is, until it is that of another. False when none has lines.
bool MergedSources::take(Batch& batch, audit::Time limit) {
    const auto [turn, until] =
        next_turn(members_, limit, [](Member& member) -> TimedLines& { return member.lines; });
    if (turn == members_.end() || turn->lines.next() > limit) return false;
    turn->lines.take(until, batch.lines);
    while (turn->lines.has_next() && !(turn->batch.can_be_cut && is_cut(batch.lines.back())))
        turn->lines.take(audit::Time::min(), batch.lines);  // one
    pass(*turn, batch);
    return true;
}

// What came beside the lines: notices with the first of them, what was passed over with the line behind it,
// since a start from a position after that line does not pass over it again, and the rest with the last.
void MergedSources::pass(Member& member, Batch& batch) {
    from_ = member.source;
    batch.file = member.batch.file;
    batch.generation = member.batch.generation;
    batch.notices = std::exchange(member.batch.notices, {});
    std::vector<SourceSkip>& skips = member.batch.skips;
    auto left = skips.end();
    if (member.lines.has_next()) {
        const uint64_t last = member.lines.last_taken().offset;
        left = std::find_if(skips.begin(), skips.end(),
                            [&](const SourceSkip& skip) { return skip.offset > last; });
    } else {
        batch.position = member.batch.position;
    }
    batch.skips.assign(std::make_move_iterator(skips.begin()), std::make_move_iterator(left));
    skips.erase(skips.begin(), left);
}

MergedSources::Clock::time_point MergedSources::held_until() const {
    auto until = Clock::time_point::max();
    const auto hold = waits_for_late() ? kHoldLate : kHold;
    for (const Member& member : members_) {
        if (member.lines.has_next()) until = std::min(until, member.read_at + hold);
    }
    return until;
}

std::optional<audit::Time> MergedSources::next() const {
    std::optional<audit::Time> next;
    for (const Member& member : members_) {
        if (member.lines.has_next()) next = std::min(next.value_or(audit::Time::max()), member.lines.next());
    }
    return next;
}

MergedSources::Clock::time_point MergedSources::due() const {
    auto due = held_until();
    for (const Member& member : members_) due = std::min(due, member.source->due());
    return due;
}

// One that has lines is not read, and would wake for nothing.
void MergedSources::wake_fds(std::vector<int>& fds) const {
    for (const Member& member : members_) {
        if (!member.lines.has_next() && member.source->wake_fd() >= 0)
            fds.push_back(member.source->wake_fd());
    }
}

bool MergedSources::hears_all() const {
    return std::all_of(members_.begin(), members_.end(),
                       [](const Member& member) { return member.source->hears_all(); });
}

void MergedSources::positions(std::map<std::string, std::string>& positions) const {
    for (const Member& member : members_) {
        if (member.lines.has_begun() && member.lines.has_next())
            positions[member.source->name()] = member.source->position_after(member.lines.last_taken());
    }
}

std::vector<MergedSources> merge(const std::vector<std::unique_ptr<Source>>& sources) {
    std::vector<std::vector<Source*>> groups;
    for (const auto& source : sources) {
        const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
            return source->can_wait() && group.front()->can_wait() &&
                   group.front()->cluster() == source->cluster();
        });
        if (same == groups.end()) {
            groups.push_back({source.get()});
        } else {
            same->push_back(source.get());
        }
    }
    std::vector<MergedSources> merged;
    for (std::vector<Source*>& group : groups) merged.emplace_back(std::move(group));
    return merged;
}

}  // namespace redshank
