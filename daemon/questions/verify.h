// Holds logs against what the ledger has counted (docs/ledger.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ledger/rows.h"
#include "daemon/sources/registry.h"
#include "daemon/store/store.h"

namespace redshank {

struct VerifiedRow {
    enum class Result : uint8_t {
        Proved,      // what was counted is what is there
        Changed,     // other lines stand there
        Missing,     // there are fewer lines
        More,        // there are more lines, after those that were counted
        Gone,        // the file is not there, and older ones of its log are
        Unknown,     // nothing of it was counted
        Unreadable,  // it cannot be read
        Counted,     // there is no file to read again: what a webhook accepted
    } result = Result::Proved;
    std::string file;
    std::string source;  // "" when it is unknown
    uint64_t generation = 0;
    // Of the whole generation; of one hour where it differs.
    std::optional<LedgerHour> hour;
    HourRow counted;
    uint64_t hours = 1;                  // in `counted`
    std::optional<uint64_t> line, byte;  // where the difference begins, at the earliest
    std::string text;                    // the result in words
};
std::string_view to_string(VerifiedRow::Result result);

struct Verified {
    std::vector<VerifiedRow> rows;
    bool differs = false, is_all_read = true;
};

// The logs of these sources with all their backups.
Verified verify_sources(const Store& store, const std::vector<SourceConfig>& sources);
// Files, whatever they are called by now: what they hold says which generation they are. One of which nothing
// was counted counts as different.
Verified verify_files(const Store& store, const std::vector<std::string>& files);
// Both throw std::runtime_error when the state has counted nothing at all.

}  // namespace redshank
