#pragma once

#include <cstddef>
#include <string>

namespace redshank {

// Where in a file something stands; 1 is the first. Column 0: the whole line, line 0: the whole file.
struct Place {
    std::string file;
    size_t line = 0, column = 0;

    std::string to_string() const;  // "file:line:column"
};

}  // namespace redshank
