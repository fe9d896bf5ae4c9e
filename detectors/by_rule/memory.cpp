#include "detectors/by_rule/memory.h"

#include <algorithm>
#include <boost/json.hpp>

#include "audit/utf8.h"
#include "core/finding/finding_json.h"
#include "core/state/json_fields.h"
#include "detectors/finding_book.h"

namespace redshank::by_rule {

namespace json = boost::json;

namespace {

constexpr size_t kMaxKey = 512;      // bytes of one value in a key
constexpr size_t kMaxDistinct = 64;  // bytes of a value that is kept as it is
// Of the rows: others are dropped. 2: keys begin with the cluster.
constexpr std::string_view kForm = "2";

}  // namespace

std::optional<std::string> rule_key(rules::Context& context, const std::vector<rules::Field>& fields,
                                    bool whole) {
    std::string key;
    for (size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) key += kRuleKeySeparator;
        const std::string_view value = fields[i].first(context);
        if (value.empty() && whole) return std::nullopt;
        key += audit::cut_utf8(value, kMaxKey);
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
    for (const std::string& key : std::exchange(changed_, {})) {
        const auto touched = touched_.find(key);
        if (touched == touched_.end() || !has(key)) {
            state.erase(kTable, row_key(key));
        } else if (std::exchange(touched->second.is_changed, false)) {
            state.put(kTable, row_key(key),
                      "{\"rule\":\"" + stamp() + "\",\"touched\":" + std::to_string(touched->second.at) +
                          ",\"is\":" + write(key) + "}");
        }
    }
}

void RuleMemory::load_row(std::string_view key, std::string_view value) {
    const std::string name(key);
    const json::object row = parse_row(value);
    try {
        if (row.at("rule").as_string() != stamp() || !read(name, row.at("is"))) {
            changed_.push_back(name);  // of another version of the rule: erased with the next save
            return;
        }
        loaded_.emplace_back(row.at("touched").to_number<uint64_t>(), name);
    } catch (const std::exception&) {
        drop(name);
        changed_.push_back(name);
    }
}

void RuleMemory::loaded() {
    std::sort(loaded_.begin(), loaded_.end());
    for (const auto& [at, key] : std::exchange(loaded_, {})) {
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
