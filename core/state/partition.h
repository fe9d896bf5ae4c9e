// Divides one state among several owners of the same tables: the clusters of a daemon, each with detectors of
// its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/state/state.h"

namespace redshank {

// Rows of owner 0 have the owner's keys; rows of owner N have "\nN\n" before the key. A key of owner 0 that
// itself begins with a newline gets a second one, so that no key, whoever chose it, can be read as another
// owner's. Keys of the table `common`, which all owners share, are unchanged.
class PartitionKeys {
  public:
    PartitionKeys(uint32_t owner, std::string_view common);
    std::string outer(std::string_view table, std::string_view key) const;
    // Sets `key` to the owner's key; false when the row belongs to another owner.
    bool inner(std::string_view table, std::string_view outer, std::string& key) const;

  private:
    std::string prefix_;  // "" for owner 0
    std::string_view common_;
};

// The rows of one owner. `common` is a table that all owners share; "" for none. Both must outlive this
// object.
class PartitionReader final : public StateReader {
  public:
    PartitionReader(const StateReader& state, uint32_t owner, std::string_view common = {})
        : state_(state), keys_(owner, common) {}

    std::optional<std::string> get(std::string_view table, std::string_view key) const override;
    void scan(std::string_view table, std::string_view prefix,
              const std::function<void(std::string_view, std::string_view)>& row) const override;
    void unusable(std::string_view table, std::string_view key) const override;
    void reads(std::string_view table, std::string (*columns)()) const override {
        state_.reads(table, columns);
    }

  private:
    const StateReader& state_;
    const PartitionKeys keys_;
};

class PartitionWriter final : public StateWriter {
  public:
    PartitionWriter(StateWriter& state, uint32_t owner, std::string_view common = {})
        : state_(state), keys_(owner, common) {}

    void put(std::string_view table, std::string_view key, std::string_view value) override;
    void erase(std::string_view table, std::string_view key) override;
    bool keeps() const override { return state_.keeps(); }

  private:
    StateWriter& state_;
    const PartitionKeys keys_;
};

// The rows of all owners, one owner after the other, with their own keys. For programs that only read.
class AllPartitions final : public StateReader {
  public:
    AllPartitions(const StateReader& state, uint32_t owners);

    std::optional<std::string> get(std::string_view table,
                                   std::string_view key) const override;  // from the first owner that has it
    void scan(std::string_view table, std::string_view prefix,
              const std::function<void(std::string_view, std::string_view)>& row) const override;

    void unusable(std::string_view table, std::string_view key) const override {
        parts_.front().unusable(table, key);
    }
    void reads(std::string_view table, std::string (*columns)()) const override {
        parts_.front().reads(table, columns);
    }

  private:
    std::vector<PartitionReader> parts_;
};

}  // namespace redshank
