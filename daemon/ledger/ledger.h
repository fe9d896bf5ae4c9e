#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/state/state.h"
#include "daemon/ledger/count.h"
#include "daemon/ledger/line_hash.h"
#include "daemon/sources/source.h"

namespace redshank {

// What was read, counted so that it can be counted again: a row for each source, file generation and hour of
// event time, saved with the positions of the sources. docs/ledger.md. Pipeline thread only.
class Ledger {
  public:
    static constexpr size_t kMostRows = 10'000;  // the default
    // Generations of a source whose rows are in memory; others are read again from the state.
    static constexpr size_t kInMemory = 8;

    // `most_rows`: hours kept of each source; beyond, those of the oldest generation go.
    explicit Ledger(size_t most_rows = kMostRows) : most_rows_(most_rows) {}

    // `state` must outlive the ledger. Makes a key if there is none.
    void load(const StateReader& state);

    // The count of the generation that the batch is from; valid until the next call.
    GenerationCount& of(const std::string& source, const Batch& batch);
    const LineHash& hash() const { return *hash_; }

    // Writes what has changed since the last call, and erases what is too much.
    void save(StateWriter& state);

  private:
    struct Active {
        std::unique_ptr<GenerationCount> count;
        uint64_t touched = 0;
        bool is_changed = false;
    };
    struct OfSource {
        std::map<uint64_t, std::set<LedgerHour>> rows;  // that are kept, by generation
        size_t row_count = 0;
        uint64_t forgotten = 0;  // rows
        std::map<uint64_t, Active> active;
    };

    std::unique_ptr<GenerationCount> read(const std::string& source, uint64_t number) const;
    void save(StateWriter& state, const std::string& source, OfSource& own);
    void forget_oldest(StateWriter& state, const std::string& source, OfSource& own);

    const size_t most_rows_;
    const StateReader* state_ = nullptr;
    LedgerKey key_;
    bool is_key_saved_ = false;
    std::optional<LineHash> hash_;
    std::map<std::string, OfSource> sources_;
    uint64_t touches_ = 0;
};

// The key of a state; nothing when nothing was counted yet.
std::optional<LedgerKey> ledger_key(const StateReader& state);

}  // namespace redshank
