// How the rules that keep state keep it: a row by key.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/state/recent_table.h"
#include "detectors/by_rule/memory.h"

namespace redshank::by_rule {

// What one kind of rule keeps of a key. It is stored as JSON inside the row, because each kind has other
// fields and all share one table.
template <class Is>
struct OfKind {
    Is is;
    bool is_readable = true;
};
template <class Is>
RawJson stored(const OfKind<Is>& of_kind) {
    return {write_row(of_kind.is)};
}
// What cannot be read is judged by RuleRows::load(): in a row of another version of the rule it is no fault.
template <class Is>
bool restore(OfKind<Is>& of_kind, const RawJson& json) {
    of_kind.is_readable = read_row(json.text, of_kind.is);
    return true;
}

template <class Is>
struct RuleRow {
    std::string rule;      // RuleMemory::stamp()
    uint64_t touched = 0;  // the order of eviction
    OfKind<Is> is;
    size_t held = 0;  // events and values in it, as they are counted in RuleRows
};
template <class V, class Is>
void describe(V& v, RuleRow<Is>& row) {
    v.must("rule", row.rule);
    v.must("touched", row.touched);
    v.must("is", row.is);
}

// `Is` is described, and says how many events and values it holds: `size_t held() const`.
template <class Is>
class RuleRows : public RuleMemory {
  public:
    using RuleMemory::RuleMemory;

    audit::Time advance(audit::Time now, std::vector<RuleHit>& hits) final {
        const audit::Time open_until = close_windows(now, hits);
        // The order of touching is nearly that of time: the first that still matters ends the search.
        while (!rows_.empty()) {
            const audit::Time end = end_of(rows_.oldest().is.is);
            if (end >= now) return std::min(open_until, end);
            erase(std::string(rows_.oldest_key()));
        }
        return open_until;
    }
    uint64_t evictions() const final { return rows_.evictions(); }
    void save(StateWriter& state) final { rows_.save(state, prefix()); }
    void load(const StateReader& state) final {
        std::vector<std::string> of_other_versions;
        rows_.load(state, prefix(), [&](std::string_view key, RuleRow<Is>& row) {
            if (row.rule != stamp()) {
                of_other_versions.emplace_back(key);
                return true;
            }
            if (!row.is.is_readable || !is_usable(row.is.is)) return false;
            held_ += row.held = row.is.is.held();
            was_loaded(row.is.is);
            return true;
        });
        for (const std::string& key : of_other_versions) rows_.erase(key);
    }
    void forget(StateWriter& state) final {
        rows_.clear();
        held_ = 0;
        save(state);
    }

  protected:
    // The last moment at which anything in it matters.
    virtual audit::Time end_of(const Is& is) const = 0;
    // Reports windows whose end completes a match, and erases them. Returns the first end of the others.
    virtual audit::Time close_windows(audit::Time /*now*/, std::vector<RuleHit>& /*hits*/) {
        return audit::Time::max();
    }
    // Whether a row that was read fits the rule.
    virtual bool is_usable(const Is& /*is*/) const { return true; }
    virtual void was_loaded(const Is& /*is*/) {}

    const Is* find(const std::string& key) const {
        const auto* row = rows_.find(key);
        return row == nullptr ? nullptr : &row->is.is;
    }
    bool empty() const { return rows_.empty(); }
    template <class Visit>
    void each(Visit visit) const {
        rows_.each_since(0, [&](std::string_view key, const RuleRow<Is>& row) { visit(key, row.is.is); });
    }

    // Changes what is kept of the key, which is the newest then: `make(is)` gets a default one for a new key.
    // The oldest make room.
    template <class Make>
    void change(const std::string& key, Make make) {
        RuleRow<Is>& row = rows_.touch(key);
        row.rule = stamp();
        make(row.is.is);
        held_ -= row.held;
        held_ += row.held = row.is.is.held();
        while (rows_.is_over_full() || (held_ > kMaxHeld && rows_.size() > 1)) {
            held_ -= rows_.oldest().held;
            rows_.evict_oldest();
        }
    }
    void erase(const std::string& key) {
        if (const auto* row = rows_.find(key)) held_ -= row->held;
        rows_.erase(key);
    }

  private:
    RecentTable<RuleRow<Is>> rows_{std::string(kTable), kMaxKeys};
    size_t held_ = 0;  // events and values in all rows
};

}  // namespace redshank::by_rule
