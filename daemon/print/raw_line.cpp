#include "daemon/print/raw_line.h"

#include <unistd.h>

#include <cstdio>

#include "daemon/print/listing.h"

namespace redshank {

void print_raw(std::string_view line) {
    static const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    if (is_terminal) return print_json(line);
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
}

}  // namespace redshank
