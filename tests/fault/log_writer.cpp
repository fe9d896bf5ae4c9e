#include "tests/fault/log_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "audit/time.h"
#include "daemon/sources/backups.h"
#include "tests/support/temp_dir.h"

namespace redshank::test {

namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

timespec to_timespec(int64_t milliseconds) {
    return {milliseconds / 1000, milliseconds % 1000 * 1'000'000};
}

void set_modified(const fs::path& file, int64_t milliseconds) {
    const timespec time = to_timespec(milliseconds);
    const timespec both[2] = {time, time};
    ::utimensat(AT_FDCWD, file.c_str(), both, 0);
}

}  // namespace

LogWriter::LogWriter(fs::path log) : log_(std::move(log)) {
    using namespace std::chrono;
    milliseconds_ = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

int64_t LogWriter::tick() {
    return milliseconds_ += 7;
}

void LogWriter::open() {
    fs::create_directories(log_.parent_path());
    fd_ = UniqueFd(::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!fd_) throw std::runtime_error("cannot open " + log_.string());
    if (fs::file_size(log_) == 0) set_modified(log_, tick());
}

void LogWriter::write(const std::string& bytes) {
    if (!fd_) open();
    if (::write(fd_.get(), bytes.data(), bytes.size()) != static_cast<ptrdiff_t>(bytes.size()))
        throw std::runtime_error("cannot write " + log_.string());
    const timespec time = to_timespec(tick());
    const timespec both[2] = {time, time};
    ::futimens(fd_.get(), both);
}

fs::path LogWriter::rotate() {
    if (!fd_) open();
    struct stat info {};
    ::fstat(fd_.get(), &info);
    fd_.reset();
    const audit::Time now{std::chrono::milliseconds(tick())};
    std::string stamp = audit::format_time(now).substr(0, 23);  // 2026-11-23T09:12:40.457
    stamp[13] = stamp[16] = '-';
    fs::path backup = log_;
    backup.replace_filename(log_.stem().string() + "-" + stamp + log_.extension().string());
    if (fs::exists(log_)) fs::rename(log_, backup);
    fd_ = UniqueFd(::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, info.st_mode & 07777));
    set_modified(log_, tick());
    return backup;
}

void LogWriter::compress(const fs::path& backup) {
    write_file(backup.string() + ".gz", gzip(slurp(backup)));
    fs::last_write_time(backup.string() + ".gz", fs::last_write_time(backup));
    fs::remove(backup);
}

void LogWriter::crash_in_compress(const fs::path& backup) {
    const std::string whole = gzip(slurp(backup));
    write_file(backup.string() + ".gz", whole.substr(0, whole.size() / 2));
}

fs::path LogWriter::numbered(int number) const {
    return log_.string() + "." + std::to_string(number);
}

void LogWriter::shift_numbers() {
    int last = 1;
    while (fs::exists(numbered(last)) || fs::exists(numbered(last).string() + ".gz")) ++last;
    for (; last > 1; --last) {
        for (const char* suffix : {"", ".gz"}) {
            const fs::path from = numbered(last - 1).string() + suffix;
            if (fs::exists(from)) fs::rename(from, numbered(last).string() + suffix);
        }
    }
}

void LogWriter::copytruncate() {
    shift_numbers();
    fs::copy_file(log_, numbered(1));
    set_modified(numbered(1), tick());
    if (::truncate(log_.c_str(), 0) != 0) throw std::runtime_error("cannot truncate");
    set_modified(log_, tick());
}

void LogWriter::logrotate_rename() {
    shift_numbers();
    set_modified(log_, tick());
    fs::rename(log_, numbered(1));
}

void LogWriter::remove() {
    fs::remove(log_);
}

std::vector<fs::path> LogWriter::backups() const {
    std::vector<fs::path> all;
    for (const Backup& backup : list_backups(log_.string())) all.emplace_back(backup.path);
    return all;
}

}  // namespace redshank::test
