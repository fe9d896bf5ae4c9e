#pragma once

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace redshank::audit {

// Keeps copies of strings at fixed addresses until clear(). It grows by blocks; clear() keeps the first
// block, so that an event that is filled again and again allocates nothing.
class Arena {
  public:
    std::string_view copy(std::string_view text) {
        char* to = allocate(text.size());
        if (!text.empty()) std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

    void clear() {
        if (blocks_.size() > 1) blocks_.resize(1);
        used_ = 0;
    }

  private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        size_t size;
    };
    static constexpr size_t kBlock = 4096;

    char* allocate(size_t size) {
        if (blocks_.empty() || used_ + size > blocks_.back().size) {
            const size_t capacity = size > kBlock ? size : kBlock;
            blocks_.push_back({std::make_unique<char[]>(capacity), capacity});
            used_ = 0;
        }
        char* start = blocks_.back().bytes.get() + used_;
        used_ += size;
        return start;
    }

    std::vector<Block> blocks_;
    size_t used_ = 0;  // bytes used in the last block
};

}  // namespace redshank::audit
