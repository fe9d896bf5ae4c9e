#pragma once

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
        Texts::Entry* entry = texts_.find(text);
        if (entry == nullptr) entry = &add(text);
        ++Texts::held(*entry).users;
        return Texts::held(*entry).number;
    }
    void give_back(uint32_t number) {
        if (number == kEmpty) return;
        Texts::Entry* entry = all_[number];
        if (--Texts::held(*entry).users > 0) return;
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
    std::vector<Texts::Entry*> all_{nullptr};  // by number
    std::vector<uint32_t> free_;               // numbers
};

}  // namespace redshank
