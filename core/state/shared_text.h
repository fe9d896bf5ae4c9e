#pragma once

#include <boost/flyweight.hpp>
#include <compare>
#include <string>
#include <string_view>

namespace redshank {

// A text of a row that many rows have in common (an agent, an address): each text is in memory once, and goes
// with the last row that has it. Written in the state as a text. Texts may be made and read on any thread.
class SharedText {
  public:
    SharedText() = default;
    // NOLINTBEGIN(google-explicit-constructor): it stands for a text.
    SharedText(std::string_view text) : text_(std::string(text)) {}
    SharedText(const char* text) : SharedText(std::string_view(text)) {}
    SharedText(const std::string& text) : text_(text) {}
    // NOLINTEND(google-explicit-constructor)

    const std::string& get() const { return text_.get(); }
    bool empty() const { return get().empty(); }
    bool operator==(const SharedText& other) const { return text_ == other.text_; }

  private:
    boost::flyweight<std::string> text_;
};

inline std::string stored(const SharedText& text) {
    return text.get();
}
inline bool restore(SharedText& text, const std::string& stored) {
    text = stored;
    return true;
}

}  // namespace redshank
