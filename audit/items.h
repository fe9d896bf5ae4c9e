// The lists of an event.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

namespace redshank::audit {

// A list of its own, or one that it shows and somebody else keeps: most events name the same users, groups
// and grants, and to copy these took a twentieth of all instructions.
template <class T>
class Items {
  public:
    using value_type = T;
    using const_iterator = const T*;

    Items() = default;
    Items(std::initializer_list<T> items) : own_(items) {}

    const T* begin() const { return shown_ == nullptr ? own_.data() : shown_; }
    const T* end() const { return begin() + size(); }
    size_t size() const { return shown_ == nullptr ? own_.size() : count_; }
    bool empty() const { return size() == 0; }
    const T& operator[](size_t at) const { return begin()[at]; }
    const T& front() const { return *begin(); }
    const T& back() const { return *(end() - 1); }

    // Shows what the other has, which must outlive it.
    void show(const Items& other) {
        shown_ = other.begin();
        count_ = other.size();
    }
    // Its own list, to be filled; empty while it shows another's.
    std::vector<T>& own() { return own_; }
    void push_back(T item) { own_.push_back(std::move(item)); }
    void pop_back() { shown_ == nullptr ? own_.pop_back() : void(--count_); }
    void clear() {
        shown_ = nullptr;
        own_.clear();
    }

  private:
    std::vector<T> own_;
    const T* shown_ = nullptr;
    size_t count_ = 0;  // of those that are shown
};

}  // namespace redshank::audit
