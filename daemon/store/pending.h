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
#include "core/incident/news.h"

namespace redshank {

// The form of a finding in the tables.
struct FindingRow {
    std::string id, time, detector, kind, json;
    std::string_view severity, status;
    uint64_t count = 0;
};
FindingRow row_of(const Finding& finding);

// What a piece of news becomes in the outbox.
struct OutboxRow {
    std::string id, json;
    std::string_view severity, status;
    uint64_t count = 0;
};
OutboxRow row_of(const News& news);

// Data that was given to the store and is not yet durable. Rows are kept by key, so that a full disk costs no
// more memory than the state itself; lists beyond a cap drop their oldest half, and count it.
class Pending {
  public:
    explicit Pending(size_t cap) : cap_(cap) {}

    using Rows = std::map<std::string, std::optional<std::string>, std::less<>>;  // key → value, or erase

    void put(std::string_view table, std::string_view key, std::optional<std::string> value);
    void set_position(std::string_view source, std::string_view position);
    void upsert_finding(const Finding& finding);
    void enqueue(const News& news);
    void remove_from_outbox(int64_t up_to_sequence);

    // After a failed commit: rows that were both created and erased since the last successful one need no
    // erasure. `is_stored` tells what the database has. Does nothing until it is worth the cost.
    void forget_erased(const std::function<bool(std::string_view table, std::string_view key)>& is_stored);

    bool empty() const;
    void clear();

    const std::map<std::string, Rows, std::less<>>& state() const { return state_; }
    const std::map<std::string, std::string, std::less<>>& positions() const { return positions_; }
    const std::vector<FindingRow>& findings() const { return findings_; }
    const std::vector<OutboxRow>& outbox() const { return outbox_; }
    int64_t removed_up_to() const { return removed_up_to_; }
    size_t erased() const { return erased_; }  // rows to be erased
    // Findings and outbox entries given up because the disk was full for too long.
    uint64_t dropped() const { return dropped_; }

  private:
    static constexpr size_t kForgetAt = 10'000;

    template <class Row>
    void drop_oldest_half(std::vector<Row>& rows);

    const size_t cap_;
    std::map<std::string, Rows, std::less<>> state_;
    size_t erased_ = 0, forget_at_ = kForgetAt;
    std::map<std::string, std::string, std::less<>> positions_;
    std::vector<FindingRow> findings_;
    std::unordered_map<std::string, size_t> finding_at_;  // id → place in findings_
    std::vector<OutboxRow> outbox_;
    int64_t removed_up_to_ = 0;
    uint64_t dropped_ = 0;
};

}  // namespace redshank
