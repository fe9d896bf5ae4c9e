// The rows of the ledger. docs/state.md describes the tables.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "core/state/state.h"

namespace redshank {

inline constexpr std::string_view kLedgerKey = "ledger.key";
inline constexpr std::string_view kLedgerGenerations = "ledger.generations";
inline constexpr std::string_view kLedgerHours = "ledger.hours";
inline constexpr std::string_view kLedgerForgotten = "ledger.forgotten";

// Hours since 1970, of event time. 0 is also that of lines without an event in front of the first event.
using LedgerHour = int64_t;
LedgerHour hour_of(audit::Time time);
audit::Time begin_of(LedgerHour hour);

// What was read of one generation within one hour of event time.
struct HourRow {
    uint64_t lines = 0, bytes = 0, events = 0;  // bytes: of lines, without newlines
    std::map<std::string, uint64_t> skipped;    // lines that gave no event, or not whole, by reason
    audit::Time first{}, last{};                // of its events; Time{} when there is none
    uint64_t chain = 0;                         // LineHash over its lines in their order

    // The chain after each `stride` lines, to find the place of a difference.
    static constexpr size_t kMarks = 32;
    uint64_t stride = 1;
    std::vector<uint64_t> marks;

    // Takes in events from `from` to `to`.
    void cover(audit::Time from, audit::Time to) {
        first = first == audit::Time{} ? from : std::min(first, from);
        last = std::max(last, to);
    }

    template <class V>
    void describe(V& v) {
        v.must("lines", lines);
        v("bytes", bytes);
        v("events", events);
        v.sparse("skipped", skipped);
        v("first", first);
        v("last", last);
        v.must("chain", chain);
        v("stride", stride);
        v("marks", marks);
    }
    bool operator==(const HourRow&) const = default;
};

// A file of which lines were read.
struct GenerationRow {
    uint64_t number = 0;
    std::string file;  // as it was named when it was read last
    std::string head;  // "size:fingerprint" of its first bytes; "" when there is no file to read again
    uint64_t device = 0, inode = 0;
    int64_t born = 0;
    uint64_t line_limit = 0;
    uint64_t from = 0;                            // the offset of the first line that was read
    LedgerHour hour = 0;                          // of the last line that was read
    uint64_t hours = 0;                           // how many it had, those that are forgotten too
    LedgerHour forgotten = 0;                     // rows of hours before this one are forgotten; 0: none
    std::map<std::string, uint64_t> passed_over;  // bytes in no line, by reason: "nul", "oversize", …

    template <class V>
    void describe(V& v) {
        v.must("number", number);
        v("file", file);
        v("head", head);
        v("device", device);
        v("inode", inode);
        v("born", born);
        v("line_limit", line_limit);
        v.must("from", from);
        v("hour", hour);
        v("hours", hours);
        v.sparse("forgotten", forgotten);
        v.sparse("passed_over", passed_over);
    }
    bool operator==(const GenerationRow&) const = default;
};

// The keys of these rows.
std::string generation_key(std::string_view source, uint64_t number);
std::string hour_key(std::string_view source, uint64_t number, LedgerHour hour);
std::string hours_prefix(std::string_view source, uint64_t number);  // of the keys of all its hours
struct HourKey {
    std::string source;
    uint64_t number = 0;
    LedgerHour hour = 0;
};
std::optional<HourKey> parse_hour_key(std::string_view key);
// The source of a generation's key.
std::string source_of(std::string_view generation_key);

// Adds the rows of all hours of the generation.
void load_hours(const StateReader& state, std::string_view source, uint64_t number,
                std::map<LedgerHour, HourRow>& hours);

// The highest number of a generation of the source; 0 when there is none.
uint64_t newest_generation(const StateReader& state, std::string_view source);

}  // namespace redshank
