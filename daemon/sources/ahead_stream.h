#pragma once

#include <memory>

#include "daemon/sources/byte_stream.h"

namespace redshank {

// Reads the stream on a thread of its own, up to 2 MiB ahead of who reads this one: what takes long to unpack
// does not wait. Not for what is still written: the first end is the end.
std::unique_ptr<ByteStream> read_ahead(std::unique_ptr<ByteStream> stream);

}  // namespace redshank
