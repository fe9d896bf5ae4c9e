#include "daemon/ledger/count.h"

#include <utility>

namespace redshank {

LineYield yield_of(const Line& line, const audit::Salvage& read, audit::Time first) {
    LineYield yield{.events = read.events, .time = first, .skipped = {}};
    if (line.part != Line::Part::Whole) {
        yield.skipped = "oversize";
    } else if (read.events == 0) {
        yield.skipped = read.is_frame ? std::string_view() : audit::to_string(read.error);
    } else if (read.skipped > 0) {
        yield.skipped = "torn";
    }
    return yield;
}

GenerationCount::GenerationCount(GenerationRow row, std::map<LedgerHour, HourRow> hours)
    : row_(std::move(row)), hours_(std::move(hours)) {}

void GenerationCount::turn_to(LedgerHour hour) {
    auto found = hours_.find(hour);
    if (found == hours_.end() && row_.hours >= kMostHours) {
        hour = row_.hour;
        found = hours_.find(hour);
    }
    if (found == hours_.end()) {
        ++row_.hours;
        found = hours_.try_emplace(hour).first;
    }
    is_noted_ = false;
    now_ = &found->second;
    row_.hour = hour;
}

const HourRow& GenerationCount::add(const LineHash& hash, const Line& line, const LineYield& yield) {
    if (row_.hours == 0) row_.from = line.offset;
    const LedgerHour hour = yield.events > 0 ? hour_of(yield.time) : row_.hour;
    if (now_ == nullptr || hour != row_.hour) turn_to(hour);
    if (!is_noted_) changed_.insert(row_.hour);
    is_noted_ = true;

    HourRow& now = *now_;
    ++now.lines;
    now.bytes += line.text.size();
    now.events += yield.events;
    if (!yield.skipped.empty()) ++now.skipped[std::string(yield.skipped)];
    if (yield.events > 0) now.cover(yield.time, yield.time);
    now.chain = hash.chain(now.chain, line.text);
    if (now.lines % now.stride != 0) return now;
    now.marks.push_back(now.chain);
    if (now.marks.size() < HourRow::kMarks) return now;
    for (size_t i = 0; i < HourRow::kMarks / 2; ++i) now.marks[i] = now.marks[2 * i + 1];
    now.marks.resize(HourRow::kMarks / 2);
    now.stride *= 2;
    return now;
}

void GenerationCount::pass_over(const SourceSkip& skip) {
    row_.passed_over[skip.reason] += skip.bytes;
}

std::set<LedgerHour> GenerationCount::take_changed() {
    is_noted_ = false;
    return std::exchange(changed_, {});
}

void GenerationCount::forget_before(LedgerHour hour) {
    row_.forgotten = hour;
    hours_.erase(hours_.begin(), hours_.lower_bound(hour));
    now_ = nullptr;
}

}  // namespace redshank
