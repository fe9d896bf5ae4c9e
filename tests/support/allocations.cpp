#include "tests/support/allocations.h"

#include <cstdlib>
#include <new>

namespace redshank::test {
std::atomic<uint64_t> allocations = 0, allocated_bytes = 0;
}  // namespace redshank::test

[[gnu::noinline]] void* operator new(std::size_t size) {
    ++redshank::test::allocations;
    redshank::test::allocated_bytes += size;
    if (void* at = std::malloc(size)) return at;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at) noexcept {
    std::free(at);
}
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept {
    std::free(at);
}
