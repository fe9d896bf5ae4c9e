#pragma once

#include <atomic>
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
    SharedText(std::string_view text) : held_(share(text)) {}
    SharedText(const char* text) : SharedText(std::string_view(text)) {}
    SharedText(const std::string& text) : SharedText(std::string_view(text)) {}
    // NOLINTEND(google-explicit-constructor)

    SharedText(const SharedText& other) : held_(other.held_) {
        if (held_ != nullptr) users_of(*held_).fetch_add(1, std::memory_order_relaxed);
    }
    SharedText(SharedText&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    SharedText& operator=(SharedText other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    ~SharedText() {
        if (held_ != nullptr) release(held_);
    }

    std::string_view get() const { return held_ == nullptr ? std::string_view() : Texts::key(*held_); }
    bool empty() const { return held_ == nullptr; }
    bool operator==(const SharedText& other) const { return held_ == other.held_; }
    static size_t in_memory();  // how many texts rows have at this moment

  private:
    using Texts = TextRows<std::atomic<size_t>>;
    using Held = Texts::Entry;
    static std::atomic<size_t>& users_of(Held& held) { return Texts::held(held); }
    static Held* share(std::string_view text);
    static void release(Held* held);

    Held* held_ = nullptr;  // null for ""
};

inline std::string stored(const SharedText& text) {
    return std::string(text.get());
}
inline bool restore(SharedText& text, const std::string& stored) {
    text = stored;
    return true;
}

}  // namespace redshank
