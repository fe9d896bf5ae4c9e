#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "core/state/text_rows.h"

namespace redshank {

// A text of a row that many rows have in common (an agent, an address): each text is in memory once, and goes
// with the last row that has it. Written in the state as a text. Texts may be made, copied and read on any
// thread; one object by one thread at a time.
class SharedText {
  public:
    SharedText() = default;
    // NOLINTBEGIN(google-explicit-constructor): it stands for a text.
    SharedText(std::string_view text) : number_(share(text)) {}
    SharedText(const char* text) : SharedText(std::string_view(text)) {}
    SharedText(const std::string& text) : SharedText(std::string_view(text)) {}
    // NOLINTEND(google-explicit-constructor)

    SharedText(const SharedText& other) : number_(other.number_) {
        if (number_ != 0) Texts::held(*held_of(number_)).users.fetch_add(1, std::memory_order_relaxed);
    }
    SharedText(SharedText&& other) noexcept : number_(std::exchange(other.number_, 0)) {}
    SharedText& operator=(SharedText other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~SharedText() {
        if (number_ != 0) release(number_);
    }

    std::string_view get() const { return number_ == 0 ? std::string_view() : Texts::key(*held_of(number_)); }
    bool empty() const { return number_ == 0; }
    bool operator==(const SharedText& other) const { return number_ == other.number_; }
    static size_t in_memory();  // how many texts rows have at this moment

    struct Counted {
        std::atomic<uint32_t> users{0};
        uint32_t number = 0;
    };

  private:
    using Texts = TextRows<Counted>;
    using Held = Texts::Entry;
    // Texts by number: blocks stay where they are, so that no lock is needed to read one.
    static constexpr size_t kBlock = 1024, kBlocks = 65'536;
    using Block = std::array<Held*, kBlock>;

    static Held* held_of(uint32_t number) {
        return (*blocks_[number / kBlock].load(std::memory_order_acquire))[number % kBlock];
    }
    static Held*& place_of(uint32_t number);
    static uint32_t share(std::string_view text);
    static void release(uint32_t number);

    static std::atomic<Block*> blocks_[kBlocks];
    uint32_t number_ = 0;  // 0 for "": four bytes, as most rows have several
};

inline std::string stored(const SharedText& text) {
    return std::string(text.get());
}
inline bool restore(SharedText& text, const std::string& stored) {
    text = stored;
    return true;
}

}  // namespace redshank
