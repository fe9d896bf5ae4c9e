#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/state/text_rows.h"

namespace redshank {

// Texts by small numbers, for one owner's keys: a text that many keys have a part of is in memory once. Each
// text is counted, and goes with the last take() of it. Not thread-safe.
class TextPool {
  public:
    static constexpr uint32_t kEmpty = 0;            // the number of ""
    static constexpr uint32_t kAbsent = UINT32_MAX;  // no text has it

    uint32_t take(std::string_view text) {
        if (text.empty()) return kEmpty;
        // The keys of one event have most of their parts in common.
        Texts::Entry*& recent = recent_of(text);
        if (recent == nullptr || Texts::key(*recent) != text) {
            recent = texts_.find(text);
            if (recent == nullptr) recent = &add(text);
        }
        ++Texts::held(*recent).users;
        return Texts::held(*recent).number;
    }
    void give_back(uint32_t number) {
        if (number == kEmpty) return;
        Texts::Entry* entry = all_[number];
        if (--Texts::held(*entry).users > 0) return;
        if (Texts::Entry*& recent = recent_of(Texts::key(*entry)); recent == entry) recent = nullptr;
        all_[number] = nullptr;
        free_.push_back(number);
        texts_.erase(*entry);
    }
    // `number` was taken and not given back.
    std::string_view text(uint32_t number) const {
        return number == kEmpty ? std::string_view() : Texts::key(*all_[number]);
    }
    size_t size() const { return texts_.size(); }

  private:
    struct Counted {
        uint32_t users = 0, number = 0;
    };
    using Texts = TextRows<Counted>;
    static constexpr size_t kRecent = 64;

    Texts::Entry*& recent_of(std::string_view text) {
        return recent_[(text.size() * 33 + static_cast<uint8_t>(text.back())) % kRecent];
    }
    Texts::Entry& add(std::string_view text) {
        Texts::Entry& entry = texts_.add(text);
        if (free_.empty()) {
            Texts::held(entry).number = static_cast<uint32_t>(all_.size());
            all_.push_back(&entry);
        } else {
            Texts::held(entry).number = free_.back();
            all_[free_.back()] = &entry;
            free_.pop_back();
        }
        return entry;
    }

    Texts texts_;
    std::vector<Texts::Entry*> all_{nullptr};      // by number
    std::vector<uint32_t> free_;                   // numbers
    std::array<Texts::Entry*, kRecent> recent_{};  // taken lately: found without a hash
};

}  // namespace redshank
