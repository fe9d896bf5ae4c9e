// Texts as compressors write them; gzip and zstd are in temp_dir.h.
#pragma once

#include <cstdint>
#include <string>

namespace redshank::test {

std::string bzip2(const std::string& text);
std::string xz(const std::string& text);
// With a dictionary of `dictionary` bytes, so much memory does a reader need.
std::string xz(const std::string& text, uint32_t dictionary);

}  // namespace redshank::test
