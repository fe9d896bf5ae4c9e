// Texts that an envelope carries in base64, with or without gzip around them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace redshank::audit {

// Bytes of a packed text; more is not unpacked. CloudWatch Logs sends at most 1 MiB packed.
inline constexpr size_t kMostUnpacked = size_t{64} << 20;

// The text: `data` is base64 (RFC 4648 §4, padded or not) of it or of its gzip. Nothing when it is neither,
// is damaged, or is longer than kMostUnpacked.
std::optional<std::string> unpacked(std::string_view data);

}  // namespace redshank::audit
