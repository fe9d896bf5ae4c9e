// Counts what a test's program asks of operator new: add allocations.cpp to its sources.
#pragma once

#include <atomic>
#include <cstdint>

namespace redshank::test {

extern std::atomic<uint64_t> allocations, allocated_bytes;

}  // namespace redshank::test
