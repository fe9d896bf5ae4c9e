#pragma once

#include <optional>
#include <string>

namespace redshank {

// The whole file. Nothing when it cannot be read (it is absent, a folder, on a disk that fails): errno says
// why.
std::optional<std::string> file_text(const std::string& path);

}  // namespace redshank
