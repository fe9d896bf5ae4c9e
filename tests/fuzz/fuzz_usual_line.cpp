// Any bytes as a line: what the reader of usual lines accepts, the full reader must read in the same way.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/support/usual_lines.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

namespace {

std::string accepted;  // the last one: lines are mixed with it

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static redshank::test::BothReaders readers;
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    if (!readers.read(line)) return 0;
    if (!readers.difference().empty()) {
        std::fprintf(stderr, "%s\n", readers.difference().c_str());
        abort();
    }
    accepted = line;
    return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
    if (seed % 4 == 0) return LLVMFuzzerMutate(data, size, most);
    redshank::test::LineMutator mutate(seed);
    const std::string text = mutate({reinterpret_cast<const char*>(data), size}, accepted);
    const size_t fits = std::min(most, text.size());
    std::memcpy(data, text.data(), fits);
    return fits;
}
