#pragma once

#include <cstddef>
#include <string>

namespace redshank {

// A place in a file, counted from 1. Column 0 means the whole line, line 0 the whole file.
struct Place {
    std::string file;
    size_t line = 0, column = 0;

    std::string to_string() const;  // "file:line:column"
};

}  // namespace redshank
