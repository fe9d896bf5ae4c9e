#include "tests/support/packed.h"

#include <bzlib.h>
#include <lzma.h>

#include <stdexcept>

namespace redshank::test {

namespace {

constexpr size_t kFrame = 4096;  // more than what a packed text is longer than the text

void must(bool works) {
    if (!works) throw std::runtime_error("a compressor refuses");
}

}  // namespace

std::string bzip2(const std::string& text) {
    std::string packed(text.size() + text.size() / 100 + kFrame, '\0');
    auto size = static_cast<unsigned>(packed.size());
    must(BZ2_bzBuffToBuffCompress(packed.data(), &size, const_cast<char*>(text.data()),
                                  static_cast<unsigned>(text.size()), 9, 0, 0) == BZ_OK);
    packed.resize(size);
    return packed;
}

std::string xz(const std::string& text) {
    return xz(text, uint32_t{1} << 20);
}

std::string xz(const std::string& text, uint32_t dictionary) {
    lzma_options_lzma options{};
    must(!lzma_lzma_preset(&options, 0));
    options.dict_size = dictionary;
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
    std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
    size_t size = 0;
    must(lzma_stream_buffer_encode(
             filters, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const uint8_t*>(text.data()), text.size(),
             reinterpret_cast<uint8_t*>(packed.data()), &size, packed.size()) == LZMA_OK);
    packed.resize(size);
    return packed;
}

}  // namespace redshank::test
