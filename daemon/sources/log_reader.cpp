#include "daemon/sources/log_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/sources/file_identity.h"

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

LogReader::LogReader(const UniqueFd& fd, size_t line_limit, LogPace pace)
    : pace_(pace), lines_(line_limit), stream_(open_stream(::dup(fd.get()), pace.is_ahead)) {}

bool LogReader::read(std::vector<Line>& lines) {
    char* const room = lines_.room(pace_.at_once);
    const ptrdiff_t got = stream_->read(room, pace_.at_once);
    if (got > 0) {
        if (generation_.empty()) note_begin({room, static_cast<size_t>(got)});
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

// Takes what generation_id() needs of the first bytes.
void LogReader::note_begin(std::string_view bytes) {
    if (begin_.empty())
        bytes.remove_prefix(std::min(bytes.find_first_not_of(std::string_view("\0\n", 2)), bytes.size()));
    begin_ += bytes.substr(0, std::min(bytes.find('\n'), bytes.size() - 1) + 1);
    generation_ = generation_id(begin_);
    if (!generation_.empty()) begin_.clear();
}

}  // namespace redshank
