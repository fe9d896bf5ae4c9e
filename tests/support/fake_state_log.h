// A topic for states in memory: transactions, one writer, and compaction at random.
#pragma once

#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "daemon/fleet/state_log.h"

namespace redshank::test {

// What the brokers keep. Outlives its writers.
struct FakeStateTopic {
    explicit FakeStateTopic(unsigned seed = 1) : random(seed) {}

    std::vector<std::pair<std::string, std::optional<std::string>>> records;
    uint64_t writer = 0;
    std::mt19937 random;
    unsigned fails_one_in = 0;  // writes, of which half are kept all the same

    void compact() {
        std::set<std::string> seen;
        std::vector<std::pair<std::string, std::optional<std::string>>> kept;
        for (auto record = records.rbegin(); record != records.rend(); ++record) {
            if (seen.insert(record->first).second) kept.push_back(*record);
        }
        records.assign(kept.rbegin(), kept.rend());
    }
};

class FakeStateLog final : public StateLog {
  public:
    explicit FakeStateLog(FakeStateTopic& topic) : topic_(topic) {}

    void claim() override { own_ = ++topic_.writer; }
    void read(const Row& row) override {
        for (const auto& [key, value] : topic_.records)
            row(key, value ? std::optional<std::string_view>(*value) : std::nullopt);
    }
    bool write(const std::function<bool(const Row&)>& fill) override {
        std::vector<std::pair<std::string, std::optional<std::string>>> rows;
        const bool has_rows = fill([&](std::string_view key, std::optional<std::string_view> value) {
            rows.emplace_back(std::string(key), value ? std::optional<std::string>(*value) : std::nullopt);
        });
        if (own_ != topic_.writer) {
            problem_ = "another worker has this name";
            return false;
        }
        const bool fails = topic_.fails_one_in > 0 && topic_.random() % topic_.fails_one_in == 0;
        problem_ = fails ? "no broker can be reached" : "";
        if (has_rows && (!fails || topic_.random() % 2 == 0))
            topic_.records.insert(topic_.records.end(), rows.begin(), rows.end());
        if (topic_.random() % 20 == 0) topic_.compact();
        return !fails;
    }
    const std::string& problem() const override { return problem_; }
    bool is_lost() const override { return own_ != topic_.writer; }

  private:
    FakeStateTopic& topic_;
    uint64_t own_ = 0;
    std::string problem_;
};

}  // namespace redshank::test
