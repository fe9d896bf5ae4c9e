// A part of the hash that finding_id() makes, for keys and contents of rows: `size` characters of base32, 5
// bits each, at most 26. Rows hold it, so it stays what it is.
#pragma once

#include "core/finding/finding.h"

namespace redshank {

inline std::string short_hash(std::initializer_list<std::string_view> parts, size_t size) {
    return finding_id(parts).substr(2, size);
}

}  // namespace redshank
