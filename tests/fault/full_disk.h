// A disk without room for SQLite, and for nobody else in the process.
#pragma once

#include <cstddef>

namespace redshank::test {

// While one lives, databases can be written no further than `room` bytes: the write that goes beyond is cut
// short, and those after it fail with ENOSPC. One at a time.
class FullDisk {
  public:
    explicit FullDisk(size_t room);
    ~FullDisk();
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
};

}  // namespace redshank::test
