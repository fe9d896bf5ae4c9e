#include "detectors/by_rule/memory.h"

#include <algorithm>

#include "audit/utf8.h"
#include "core/finding/finding_json.h"
#include "core/state/row.h"
#include "detectors/finding_book.h"

namespace redshank::by_rule {

namespace {

constexpr size_t kMaxKey = 512;      // bytes of one value in a key
constexpr size_t kMaxDistinct = 64;  // bytes of a value that is kept as it is
// The form of the rows; rows of other forms are dropped. 2: keys begin with the cluster.
constexpr std::string_view kForm = "2";
constexpr uint64_t kMostCalls = uint64_t{1} << 62;  // in no life of a daemon

// `is` belongs to the kind of rule: it is written and read in the file of the kind.
struct MemoryRow {
    std::string rule;      // stamp()
    uint64_t touched = 0;  // the order of eviction
    RawJson is;
};
template <class V>
void describe(V& v, MemoryRow& row) {
    v.must("rule", row.rule);
    v.must("touched", row.touched);
    v.must("is", row.is);
}

}  // namespace

std::optional<std::string> rule_key(rules::Context& context, const std::vector<rules::Field>& fields,
                                    bool whole) {
    std::string key;
    for (size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) key += kRuleKeySeparator;
        const std::string_view value = fields[i].first(context);
        if (value.empty() && whole) return std::nullopt;
        key += audit::cut_utf8(value, kMaxKey);
        // Callers that come through a proxy are told apart.
        if (fields[i].entry->name == "user.username" && context.event().is_impersonated) {
            key.append(" as ").append(audit::cut_utf8(context.event().impersonated_user.username, kMaxKey));
        }
    }
    return key;
}

std::optional<std::string> window_key(rules::Context& context, const Observation& observation,
                                      const std::vector<rules::Field>& fields, bool whole) {
    const auto key = rule_key(context, fields, whole);
    if (!key) return std::nullopt;
    return std::string(observation.origin.cluster) + kRuleKeySeparator + *key;
}

RuleHit hit_of(std::string_view window_key) {
    const size_t end = window_key.find(kRuleKeySeparator);
    return {.cluster = std::string(window_key.substr(0, end)),
            .key = std::string(window_key.substr(end + 1)),
            .earlier = {},
            .alone = {}};
}

std::string distinct_value(rules::Context& context, const std::vector<rules::Field>& fields) {
    std::string value = *rule_key(context, fields, false);
    return value.size() > kMaxDistinct ? finding_id({value}) : value;
}

void RuleMemory::advance(audit::Time now, std::vector<RuleHit>& hits) {
    close_windows(now, hits);
    // The order of touching is nearly that of time: the first that still matters ends the search.
    while (!by_touch_.empty()) {
        const std::string& key = *by_touch_.front();
        if (!is_over(key, now)) return;
        remove(std::string(key));
    }
}

void RuleMemory::touch(const std::string& key) {
    const auto [found, is_new] = touched_.try_emplace(key);
    Touch& touch = found->second;
    if (is_new) {
        touch.place = by_touch_.insert(by_touch_.end(), &found->first);
    } else {
        by_touch_.splice(by_touch_.end(), by_touch_, touch.place);
    }
    touch.at = ++calls_;
    if (!std::exchange(touch.is_changed, true)) changed_.push_back(key);
    while (touched_.size() > kMaxKeys || (held() > kMaxHeld && touched_.size() > 1)) {
        remove(std::string(*by_touch_.front()));
        ++evictions_;
    }
}

void RuleMemory::remove(const std::string& key) {
    const auto touched = touched_.find(key);
    bool is_noted = false;
    if (touched != touched_.end()) {
        is_noted = touched->second.is_changed;
        by_touch_.erase(touched->second.place);
        touched_.erase(touched);
    }
    if (!is_noted) changed_.push_back(key);
    drop(key);
}

std::string RuleMemory::row_key(std::string_view key) const {
    return rule_->id + kRuleKeySeparator + std::string(key);
}

std::string RuleMemory::stamp() const {
    return finding_id({kForm, rule_->fingerprint}).substr(2, 12);
}

void RuleMemory::save(StateWriter& state) {
    if (changed_.empty()) return;
    const std::string rule = stamp();
    for (const std::string& key : std::exchange(changed_, {})) {
        const auto touched = touched_.find(key);
        if (touched == touched_.end() || !has(key)) {
            state.erase(kTable, row_key(key));
        } else if (std::exchange(touched->second.is_changed, false)) {
            const MemoryRow row{rule, touched->second.at, {write(key)}};
            state.put(kTable, row_key(key), write_row(row));
        }
    }
}

void RuleMemory::load(const StateReader& state) {
    std::vector<std::pair<uint64_t, std::string>> loaded;
    load_rows<MemoryRow>(state, kTable, row_key(""), [&](std::string_view key, const MemoryRow& row) {
        const std::string name(key);
        const bool is_ours = row.rule == stamp();
        const bool is_read = is_ours && row.touched < kMostCalls && read(name, row.is.text);
        if (is_read) {
            loaded.emplace_back(row.touched, name);
        } else {
            changed_.push_back(name);  // erased with the next save
        }
        return is_read || !is_ours;  // of another version of the rule is no fault
    });
    std::sort(loaded.begin(), loaded.end());
    for (const auto& [at, key] : loaded) {
        const auto found = touched_.try_emplace(key).first;
        found->second.at = at;
        found->second.place = by_touch_.insert(by_touch_.end(), &found->first);
        calls_ = std::max(calls_, at);
    }
}

void RuleMemory::forget(StateWriter& state) const {
    for (const auto& [key, touch] : touched_) state.erase(kTable, row_key(key));
}

}  // namespace redshank::by_rule
