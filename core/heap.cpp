#include "core/heap.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace redshank {

namespace {

constexpr uintptr_t kHugePage = uintptr_t{2} << 20;
// More than a batch of lines asks for, so that most of it is asked about before it is touched.
constexpr int kAtOnce = 8 << 20;

std::atomic<uintptr_t> advised = 0;  // up to there

uintptr_t heap_end() {
    return reinterpret_cast<uintptr_t>(::sbrk(0));
}

}  // namespace

void prepare_heap() {
    ::mallopt(M_TOP_PAD, kAtOnce);
    ::mallopt(M_MMAP_THRESHOLD, kAtOnce);
    ::mallopt(M_ARENA_MAX, 1);
    advised = heap_end();
}

void advise_heap() {
    const uintptr_t before = advised, end = heap_end();
    if (before == 0 || end == before) return;
    advised = end;  // also where the heap has shrunk: it may grow again
    const uintptr_t from = (before + kHugePage - 1) / kHugePage * kHugePage;
    if (from < end) ::madvise(reinterpret_cast<void*>(from), end - from, MADV_HUGEPAGE);
}

}  // namespace redshank
