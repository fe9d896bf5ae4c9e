// Files that a compressor made.
#pragma once

#include <memory>

#include "daemon/sources/byte_stream.h"
#include "daemon/sources/stream_input.h"

namespace redshank {

// `packing` is not Plain. A decoder takes 8 MiB or less for what these programs write by default; xz data
// that need more than 128 MiB (a dictionary of `xz --lzma2=dict=…`) are not read: error() says so.
std::unique_ptr<ByteStream> unpack(Packing packing, StreamInput input);

}  // namespace redshank
