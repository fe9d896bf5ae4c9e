#include "daemon/sources/log_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace redshank {

UniqueFd open_log(const std::string& file, std::string& reason) {
    UniqueFd fd(file == "-" ? ::dup(STDIN_FILENO) : ::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        reason = std::strerror(errno);
        return fd;
    }
    struct stat info {};
    if (::fstat(fd.get(), &info) == 0 && !S_ISDIR(info.st_mode)) return fd;
    reason = "it is a folder";
    return {};
}

LogReader::LogReader(const UniqueFd& fd, size_t line_limit)
    : lines_(line_limit), stream_(open_stream(::dup(fd.get()))) {}

bool LogReader::read(std::vector<Line>& lines) {
    const ptrdiff_t got = stream_->read(lines_.room(kReadSize), kReadSize);
    if (got > 0) {
        lines_.add(static_cast<size_t>(got));
        lines_.split(lines);
        return true;
    }
    lines_.finish(lines);
    if (got < 0 || !stream_->is_complete()) {
        problem_ = fmt::format("{}, after {} bytes of log; what follows was not read",
                               stream_->error().empty() ? "the compressed data breaks off" : stream_->error(),
                               lines_.end());
    }
    return false;
}

}  // namespace redshank
