#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/finding/finding.h"

namespace redshank {

// What a finding becomes in the tables.
struct FindingRow {
    std::string id, time, detector, kind, json;
    std::string_view severity, status;
    uint64_t count = 0;
};
FindingRow row_of(const Finding& finding);

// What has been given to the store and is not yet durable. Rows are kept by key, so that a disk that stays
// full costs no more memory than the state itself; the lists drop their oldest half, and count it, beyond a
// cap.
class Pending {
  public:
    explicit Pending(size_t cap) : cap_(cap) {}

    using Rows = std::map<std::string, std::optional<std::string>, std::less<>>;  // key → value, or erase

    void put(std::string_view table, std::string_view key, std::optional<std::string> value);
    void set_position(std::string_view source, std::string_view position);
    void upsert_finding(const Finding& finding);
    void enqueue(const Finding& finding);
    void remove_from_outbox(int64_t up_to_sequence);

    // After a commit that failed: rows that came and went since the last one that did not fail leave nothing
    // to be erased. `is_stored` tells what the database has. Does nothing until it is worth while.
    void forget_erased(const std::function<bool(std::string_view table, std::string_view key)>& is_stored);

    bool empty() const;
    void clear();

    const std::map<std::string, Rows, std::less<>>& state() const { return state_; }
    const std::map<std::string, std::string, std::less<>>& positions() const { return positions_; }
    const std::vector<FindingRow>& findings() const { return findings_; }
    const std::vector<FindingRow>& outbox() const { return outbox_; }
    int64_t removed_up_to() const { return removed_up_to_; }
    size_t erased() const { return erased_; }  // rows to be erased
    // Findings and outbox entries given up because the disk was full for too long.
    uint64_t dropped() const { return dropped_; }

  private:
    static constexpr size_t kForgetAt = 10'000;

    void drop_oldest_half(std::vector<FindingRow>& rows);

    const size_t cap_;
    std::map<std::string, Rows, std::less<>> state_;
    size_t erased_ = 0, forget_at_ = kForgetAt;
    std::map<std::string, std::string, std::less<>> positions_;
    std::vector<FindingRow> findings_;
    std::unordered_map<std::string, size_t> finding_at_;  // id → place in findings_
    std::vector<FindingRow> outbox_;
    int64_t removed_up_to_ = 0;
    uint64_t dropped_ = 0;
};

}  // namespace redshank
