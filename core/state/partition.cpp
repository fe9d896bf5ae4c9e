#include "core/state/partition.h"

#include <algorithm>

namespace redshank {

PartitionKeys::PartitionKeys(uint32_t owner)
    : prefix_(owner == 0 ? "" : "\n" + std::to_string(owner) + "\n") {}

std::string PartitionKeys::outer(std::string_view key) const {
    if (prefix_.empty() && key.starts_with('\n')) return "\n" + std::string(key);
    return prefix_ + std::string(key);
}

bool PartitionKeys::inner(std::string_view outer, std::string& key) const {
    if (prefix_.empty() && outer.starts_with('\n') && !outer.starts_with("\n\n")) return false;
    if (!outer.starts_with(prefix_)) return false;
    key = outer.substr(prefix_.empty() && outer.starts_with('\n') ? 1 : prefix_.size());
    return true;
}

std::optional<std::string> PartitionReader::get(std::string_view table, std::string_view key) const {
    return table == common_ ? state_.get(table, key) : state_.get(table, keys_.outer(key));
}

void PartitionReader::scan(std::string_view table, std::string_view prefix,
                           const std::function<void(std::string_view, std::string_view)>& row) const {
    if (table == common_) return state_.scan(table, prefix, row);
    std::string key;
    state_.scan(table, keys_.outer(prefix), [&](std::string_view outer, std::string_view value) {
        if (keys_.inner(outer, key)) row(key, value);
    });
}

void PartitionReader::unusable(std::string_view table, std::string_view key) const {
    state_.unusable(table, table == common_ ? std::string(key) : keys_.outer(key));
}

void PartitionWriter::put(std::string_view table, std::string_view key, std::string_view value) {
    table == common_ ? state_.put(table, key, value) : state_.put(table, keys_.outer(key), value);
}

void PartitionWriter::erase(std::string_view table, std::string_view key) {
    table == common_ ? state_.erase(table, key) : state_.erase(table, keys_.outer(key));
}

AllPartitions::AllPartitions(const StateReader& state, uint32_t owners) {
    for (uint32_t owner = 0; owner < std::max(owners, 1U); ++owner) parts_.emplace_back(state, owner);
}

std::optional<std::string> AllPartitions::get(std::string_view table, std::string_view key) const {
    for (const PartitionReader& part : parts_) {
        if (auto value = part.get(table, key)) return value;
    }
    return std::nullopt;
}

void AllPartitions::scan(std::string_view table, std::string_view prefix,
                         const std::function<void(std::string_view, std::string_view)>& row) const {
    for (const PartitionReader& part : parts_) part.scan(table, prefix, row);
}

}  // namespace redshank
