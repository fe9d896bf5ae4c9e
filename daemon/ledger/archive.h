// The ledger as it is in the state, beside the files that hold the lines now.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/ledger/count.h"
#include "daemon/ledger/line_hash.h"
#include "daemon/ledger/rows.h"
#include "daemon/sources/generation.h"
#include "daemon/store/store.h"

namespace redshank {

struct LedgerGeneration {
    std::string source;
    GenerationRow row;
    std::map<LedgerHour, HourRow> hours;
    bool is_open = false;  // its source may still read on in it
};

// All generations, by source and number.
std::vector<LedgerGeneration> load_generations(const Store& store);
// The sum of its hours.
HourRow sum_of(const LedgerGeneration& generation);

// Reads the file from its beginning, as its source did. Returns why it could not be read to its end, "" when
// it could.
using CountedLine = std::function<void(const Line& line, const LineYield& yield, bool is_torn)>;
std::string count_again(Generation& file, uint64_t line_limit, const CountedLine& take);

// Which of the generations the file holds: those whose first bytes it has, and of those that begin at the
// same place only the last. The indices are in the order of the places.
std::vector<size_t> generations_of(const Generation& file, const std::vector<LedgerGeneration>& all);
// Which generation a file was whose first bytes have changed: the same file by inode, or else the one that
// has most hours with the same first or last event. Only those with `may_be` are asked; nothing when none is
// like it.
std::optional<size_t> generation_like(Generation& file, const std::vector<LedgerGeneration>& all,
                                      const LineHash& hash, const std::function<bool(size_t)>& may_be);

}  // namespace redshank
