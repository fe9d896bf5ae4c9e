// A full disk for SQLite only; the rest of the process can write.
#pragma once

#include <cstddef>

namespace redshank::test {

// During its life, databases can grow by `room` bytes only: the write that exceeds it is cut short, and later
// ones fail with ENOSPC. Only one may exist at a time.
class FullDisk {
  public:
    explicit FullDisk(size_t room);
    ~FullDisk();
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
};

}  // namespace redshank::test
