#pragma once

#include <string_view>
#include <vector>

namespace redshank::rules {

// A file of rules/packs, embedded in the program.
struct PackFile {
    std::string_view pack, name, text;
};
const std::vector<PackFile>& shipped_files();

}  // namespace redshank::rules
