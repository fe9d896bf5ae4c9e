#include "core/config/file_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace redshank {

std::optional<std::string> file_text(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    std::string text;
    std::array<char, 16'384> part{};
    ssize_t size = 0;
    do {
        size = ::read(fd, part.data(), part.size());
        if (size > 0) text.append(part.data(), static_cast<size_t>(size));
    } while (size > 0 || (size < 0 && errno == EINTR));
    const int error = errno;
    ::close(fd);
    errno = error;
    return size == 0 ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace redshank
