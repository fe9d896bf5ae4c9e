#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/sources/line_splitter.h"
#include "daemon/sources/log_reader.h"
#include "daemon/sources/source.h"

namespace redshank {

// Whole logs in the order of their first events: plain or packed by content. Logs whose times overlap, as
// those of several API servers do, are read together, line by line in the order of stageTimestamp. With "-",
// standard input, they are read one after the other as given. A last line without a newline counts. Ends with
// Read::Ended; keeps no position (Batch::position is empty). A file that turns out damaged is read as far as
// it goes: SourceSkip "damaged", and status().problem says what and where.
//
// Throws std::runtime_error (name, reason) when one of the files cannot be read, before the first read().
std::unique_ptr<Source> make_replay_source(const std::vector<std::string>& files, std::string cluster,
                                           size_t line_limit = kDefaultLineLimit, LogPace pace = {});

}  // namespace redshank
