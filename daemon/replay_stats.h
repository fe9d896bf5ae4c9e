#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/state/text_rows.h"
#include "daemon/pipeline.h"

namespace redshank {

// The number of findings of each kind: an id counts once, however often it was reported.
class FindingCounts {
  public:
    void count(const Finding& finding);
    const std::map<std::pair<std::string, std::string>, uint64_t>& by_kind() const { return by_kind_; }

  private:
    struct Seen {};
    TextRows<Seen> seen_;                                              // ids
    std::map<std::pair<std::string, std::string>, uint64_t> by_kind_;  // (detector, kind)
};

// The `--stats` object of the contract.
struct ReplayStats {
    uint64_t events = 0, bytes = 0;
    double seconds = 0, cpu_seconds = 0;
    uint64_t peak_rss_bytes = 0;
    std::map<std::pair<std::string, std::string>, uint64_t> findings;  // (detector, kind)
    std::map<std::string, uint64_t> lines_skipped;
    unsigned jobs = 1;
    std::vector<std::string> caveats;  // what the logs do not show, a sentence each

    std::string to_json() const;
    std::string to_text() const;                // the summary on stderr
    void write(const std::string& file) const;  // throws std::runtime_error
};

// Starts when it is made: after start-up, before the first byte.
class ReplayClock {
  public:
    ReplayClock();
    ReplayStats stats(const PipelineCounts& counts, const FindingCounts& findings, unsigned jobs) const;

  private:
    std::chrono::steady_clock::time_point wall_;
    double cpu_;
};

}  // namespace redshank
