#include "daemon/ledger/check.h"

#include <algorithm>
#include <utility>

namespace redshank {

using What = HourDifference::What;

GenerationCheck::GenerationCheck(GenerationRow row, std::map<LedgerHour, HourRow> counted, bool is_open)
    : row_(std::move(row)), counted_(std::move(counted)), is_open_(is_open), found_(GenerationRow{}) {}

void GenerationCheck::add(const LineHash& hash, const Line& line, const LineYield& yield, bool is_torn) {
    ++line_;
    if (line.offset < row_.from) return;
    if (is_torn) {
        const LedgerHour hour = yield.events > 0 ? hour_of(yield.time) : found_.hour();
        const auto counted = counted_.find(hour);
        const auto found = found_.hours().find(hour);
        const uint64_t before = found == found_.hours().end() ? 0 : found->second.lines;
        if (counted == counted_.end() || before >= counted->second.lines) return;
    }
    const HourRow& found = found_.add(hash, line, yield);
    const auto [seen, is_first] = seen_.try_emplace(found_.hour());
    if (is_first) {
        seen->second.line = line_;
        seen->second.byte = line.offset;
    }
    const auto counted = counted_.find(found_.hour());
    static const HourRow kNothing;
    compare(seen->second, counted == counted_.end() ? kNothing : counted->second, found, line);
}

void GenerationCheck::compare(Seen& seen, const HourRow& counted, const HourRow& found, const Line& line) {
    if (found.lines > counted.lines) {
        if (seen.more_line != 0) return;
        seen.more_line = line_;
        seen.more_byte = line.offset;
        return;
    }
    const bool is_end = found.lines == counted.lines;
    const uint64_t mark = found.lines / counted.stride;
    const bool is_mark = found.lines % counted.stride == 0 && mark <= counted.marks.size();
    if ((!is_end && !is_mark) || seen.differs_by != 0) return;
    const bool is_equal = is_end ? found.chain == counted.chain && found.bytes == counted.bytes
                                 : found.chain == counted.marks[mark - 1];
    if (!is_equal) {
        seen.differs_by = line_;
        return;
    }
    seen.is_same = is_end;
    seen.line = line_ + 1;
    seen.byte = line.offset + line.text.size() + 1;
}

uint64_t GenerationCheck::lines_more(LedgerHour hour, const HourRow& found) const {
    const auto counted = counted_.find(hour);
    if (counted == counted_.end()) return is_forgotten(hour) ? 0 : found.lines;
    const bool is_same = seen_.at(hour).is_same;
    return is_same && found.lines > counted->second.lines ? found.lines - counted->second.lines : 0;
}

uint64_t GenerationCheck::uncounted() const {
    uint64_t lines = 0;
    for (const auto& [hour, found] : found_.hours()) lines += is_open_ ? lines_more(hour, found) : 0;
    return lines;
}

std::vector<HourDifference> GenerationCheck::differences() const {
    std::vector<HourDifference> all;
    for (const auto& [hour, counted] : counted_) {
        const auto found = found_.hours().find(hour);
        if (found == found_.hours().end()) {
            all.push_back({.what = What::Missing, .hour = hour, .lines = counted.lines});
            continue;
        }
        const Seen& seen = seen_.at(hour);
        if (seen.is_same) continue;
        const bool is_short = found->second.lines < counted.lines;
        all.push_back({.what = is_short ? What::Missing : What::Changed,
                       .hour = hour,
                       .lines = is_short ? counted.lines - found->second.lines : 0,
                       .line = seen.line,
                       .byte = seen.byte,
                       .until_line = seen.differs_by});
    }
    for (const auto& [hour, found] : found_.hours()) {
        const uint64_t lines = is_open_ ? 0 : lines_more(hour, found);
        if (lines == 0) continue;
        const Seen& seen = seen_.at(hour);
        all.push_back({.what = What::More,
                       .hour = hour,
                       .lines = lines,
                       .line = seen.more_line,
                       .byte = seen.more_byte,
                       .until_line = 0});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const HourDifference& a, const HourDifference& b) { return a.hour < b.hour; });
    return all;
}

}  // namespace redshank
