#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "daemon/ledger/count.h"
#include "daemon/ledger/rows.h"

namespace redshank {

// An hour of a generation in which the file is not what was counted.
struct HourDifference {
    enum class What : uint8_t { Changed, Missing, More } what = What::Changed;
    LedgerHour hour = 0;
    uint64_t lines = 0;  // that are missing or more
    uint64_t line =
        0;  // of the file, from 1: everything of the hour before it is as it was; 0: nothing is there
    uint64_t byte = 0;        // where that line begins
    uint64_t until_line = 0;  // the difference begins before the end of this line; 0: not known
};

// Counts the lines of a file again, from its beginning, and holds them against the rows of its generation.
class GenerationCheck {
  public:
    // `is_open`: more lines may have come that are not counted yet.
    GenerationCheck(GenerationRow row, std::map<LedgerHour, HourRow> counted, bool is_open);

    // `is_torn`: the last of the file, without a newline. It is left out unless it was counted.
    void add(const LineHash& hash, const Line& line, const LineYield& yield, bool is_torn = false);

    // After the last line, in the order of hours.
    std::vector<HourDifference> differences() const;
    // Lines that are not counted yet.
    uint64_t uncounted() const;

  private:
    struct Seen {
        uint64_t line = 0, byte = 0;            // what comes after the last mark that agreed
        uint64_t differs_by = 0;                // the line of the first mark that did not
        uint64_t more_line = 0, more_byte = 0;  // the first line more than were counted
        bool is_same = false;                   // all that was counted is there
    };

    void compare(Seen& seen, const HourRow& counted, const HourRow& found, const Line& line);
    uint64_t lines_more(LedgerHour hour, const HourRow& found) const;
    bool is_forgotten(LedgerHour hour) const { return row_.forgotten != 0 && hour < row_.forgotten; }

    const GenerationRow row_;
    const std::map<LedgerHour, HourRow> counted_;
    const bool is_open_;
    GenerationCount found_;
    std::map<LedgerHour, Seen> seen_;
    uint64_t line_ = 0;
};

}  // namespace redshank
