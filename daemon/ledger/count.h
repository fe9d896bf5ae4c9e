// Counting the lines of one generation. The daemon does it once, and `verify` again: the same lines give the
// same rows, however they are cut into batches.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "audit/salvage.h"
#include "daemon/ledger/line_hash.h"
#include "daemon/ledger/rows.h"
#include "daemon/sources/source.h"

namespace redshank {

// What a line gave.
struct LineYield {
    uint64_t events = 0;
    audit::Time time{};        // of the first event
    std::string_view skipped;  // the reason why it gave none, or only a part of it did; "" otherwise
};
// `read`: what reading the line as an event, and then as several, has said.
LineYield yield_of(const Line& line, const audit::Salvage& read, audit::Time first);

class GenerationCount {
  public:
    // Further hours are counted in the row of the line before.
    static constexpr uint64_t kMostHours = 8760;

    // Goes on with these rows.
    explicit GenerationCount(GenerationRow row, std::map<LedgerHour, HourRow> hours = {});
    GenerationCount(const GenerationCount&) = delete;
    GenerationCount& operator=(const GenerationCount&) = delete;

    // Returns the row in which the line is counted.
    const HourRow& add(const LineHash& hash, const Line& line, const LineYield& yield);
    void pass_over(const SourceSkip& skip);

    GenerationRow& row() { return row_; }
    const GenerationRow& row() const { return row_; }
    const std::map<LedgerHour, HourRow>& hours() const { return hours_; }
    LedgerHour hour() const { return row_.hour; }  // of the last line

    // The hours whose rows have changed since the last call.
    std::set<LedgerHour> take_changed();
    // Rows before the hour are no longer kept.
    void forget_before(LedgerHour hour);

  private:
    void turn_to(LedgerHour hour);

    GenerationRow row_;
    std::map<LedgerHour, HourRow> hours_;
    HourRow* now_ = nullptr;  // of row_.hour
    std::set<LedgerHour> changed_;
    bool is_noted_ = false;  // `now_` is among them
};

}  // namespace redshank
