#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "daemon/sources/unique_fd.h"

namespace redshank {

// A descriptor of which the first bytes have been read already, or the error that this gave.
class StreamInput {
  public:
    StreamInput(UniqueFd fd, std::string head, int error)
        : fd_(std::move(fd)), head_(std::move(head)), error_(error) {}

    // -1: error() says why.
    ptrdiff_t read(char* to, size_t size) {
        if (error_ != 0) return -1;
        if (given_ < head_.size()) {
            const size_t part = std::min(size, head_.size() - given_);
            std::memcpy(to, head_.data() + given_, part);
            given_ += part;
            return static_cast<ptrdiff_t>(part);
        }
        ptrdiff_t got;
        do got = ::read(fd_.get(), to, size);
        while (got < 0 && errno == EINTR);
        if (got < 0) error_ = errno;
        return got;
    }
    int error() const { return error_; }

  private:
    UniqueFd fd_;
    std::string head_;
    int error_;
    size_t given_ = 0;
};

}  // namespace redshank
