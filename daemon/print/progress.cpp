#include "daemon/print/progress.h"

#include <unistd.h>

#include <cstdio>

namespace redshank {

Progress::Progress() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::show(const std::string& text) {
    if (!is_terminal_) return;
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
    stands_ = true;
}

void Progress::clear() {
    if (!stands_) return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    stands_ = false;
}

}  // namespace redshank
