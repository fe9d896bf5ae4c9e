#include "detectors/rule_memory.h"

#include <algorithm>
#include <boost/json.hpp>

#include "detectors/finding_book.h"
#include "detectors/finding_json.h"

namespace redshank {

namespace json = boost::json;

namespace {

constexpr size_t kMaxKey = 512;  // bytes of one value in a key

}  // namespace

std::optional<std::string> rule_key(rules::Context& context, const std::vector<rules::Field>& fields,
                                    bool whole) {
    std::string key;
    for (size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) key += kRuleKeySeparator;
        const std::string_view value = fields[i].first(context);
        if (value.empty() && whole) return std::nullopt;
        key += value.substr(0, kMaxKey);
    }
    return key;
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
    if (touched_.size() > kMaxKeys) {
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
    return finding_id({rule_->fingerprint}).substr(2, 12);
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
    boost::system::error_code error;
    const json::value row = json::parse(value, error);
    try {
        if (error || row.at("rule").as_string() != stamp() || !read(name, json::serialize(row.at("is")))) {
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

}  // namespace redshank
