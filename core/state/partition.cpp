#include "core/state/partition.h"

#include <algorithm>

namespace redshank {

PartitionKeys::PartitionKeys(uint32_t owner, std::string_view common)
    : prefix_(owner == 0 ? "" : "\n" + std::to_string(owner) + "\n"), common_(common) {}

std::string PartitionKeys::outer(std::string_view table, std::string_view key) const {
    if (table == common_) return std::string(key);
    if (prefix_.empty() && key.starts_with('\n')) return "\n" + std::string(key);
    return prefix_ + std::string(key);
}

bool PartitionKeys::inner(std::string_view table, std::string_view outer, std::string& key) const {
    size_t added = table == common_ ? 0 : prefix_.size();
    if (table != common_ && !outer.starts_with(prefix_)) return false;
    if (table != common_ && prefix_.empty() && outer.starts_with('\n')) {
        if (!outer.starts_with("\n\n")) return false;
        added = 1;
    }
    key = outer.substr(added);
    return true;
}

std::optional<std::string> PartitionReader::get(std::string_view table, std::string_view key) const {
    return state_.get(table, keys_.outer(table, key));
}

void PartitionReader::scan(std::string_view table, std::string_view prefix,
                           const std::function<void(std::string_view, std::string_view)>& row) const {
    std::string key;
    state_.scan(table, keys_.outer(table, prefix), [&](std::string_view outer, std::string_view value) {
        if (keys_.inner(table, outer, key)) row(key, value);
    });
}

void PartitionReader::unusable(std::string_view table, std::string_view key) const {
    state_.unusable(table, keys_.outer(table, key));
}

void PartitionWriter::put(std::string_view table, std::string_view key, std::string_view value) {
    state_.put(table, keys_.outer(table, key), value);
}

void PartitionWriter::erase(std::string_view table, std::string_view key) {
    state_.erase(table, keys_.outer(table, key));
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
