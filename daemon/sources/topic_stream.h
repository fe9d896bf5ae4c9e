#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sources/source.h"

namespace redshank {

// The records of one cluster in one partition of a topic, as a source that MergedSources puts in order with
// the cluster's other partitions. A record is a line, or several when it holds one document a line; they
// share its offset, and are handed on together.
class TopicStream final : public Source {
  public:
    // What its partition knows.
    struct State {
        bool is_at_end = false;     // all that the brokers have has come
        bool is_reachable = false;  // brokers answer
        bool has_moved = false;     // its position is not saved
    };

    // All three must outlive it.
    TopicStream(const std::string& file, const std::string& cluster, State& state)
        : file_(file), cluster_(cluster), state_(state) {}

    void add(int64_t offset, std::string_view value);
    // These lines, the last ones of a read(), were handed on. Returns their bytes.
    size_t handed_on(const std::vector<Line>& lines);

    // Bytes that were added and not handed on; 0: none is left.
    size_t bytes() const { return bytes_; }
    // No record before this offset is left. Only while there are bytes().
    int64_t low() const { return low_; }

    const std::string& name() const override { return file_; }
    const std::string& cluster() const override { return cluster_; }
    std::string start(const std::optional<std::string>&) override { return {}; }
    Read read(Batch& batch) override;
    // Also while no broker answers, and while what has come was not read.
    bool is_late() const override { return !pieces_.empty() || !state_.is_at_end; }
    SourceStatus status() const override;

  private:
    struct Piece {
        size_t begin, size;
        uint64_t offset;
    };

    const std::string& file_;
    const std::string& cluster_;
    State& state_;
    std::string next_, current_;  // texts of lines: to be read, and read last
    std::vector<Piece> pieces_;   // of next_
    size_t bytes_ = 0;
    int64_t low_ = 0;
};

}  // namespace redshank
