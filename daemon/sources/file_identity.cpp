#include "daemon/sources/file_identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>

namespace redshank {

namespace {

int64_t nanoseconds(const struct statx_timestamp& time) {
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

std::optional<FileFacts> facts_at(int fd, const char* path, int flags) {
    struct statx info {};
    if (::statx(fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &info) != 0) return std::nullopt;
    return FileFacts{.device = makedev(info.stx_dev_major, info.stx_dev_minor),
                     .inode = info.stx_ino,
                     .born = info.stx_mask & STATX_BTIME ? nanoseconds(info.stx_btime) : 0,
                     .size = info.stx_size,
                     .modified = nanoseconds(info.stx_mtime),
                     .mode = info.stx_mode & 07777u,
                     .owner = info.stx_uid,
                     .group = info.stx_gid,
                     .links = info.stx_nlink,
                     .is_regular = S_ISREG(info.stx_mode)};
}

}  // namespace

std::optional<FileFacts> facts_of(int fd) {
    return facts_at(fd, "", AT_EMPTY_PATH);
}

std::optional<FileFacts> facts_of(const std::string& path) {
    return facts_at(AT_FDCWD, path.c_str(), 0);
}

std::string fingerprint(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    std::string hex;
    for (size_t i = 0; i < 16; ++i) fmt::format_to(std::back_inserter(hex), "{:02x}", digest[i]);
    return hex;
}

std::string generation_id(std::string_view begin) {
    begin.remove_prefix(std::min(begin.find_first_not_of(std::string_view("\0\n", 2)), begin.size()));
    begin = begin.substr(0, FilePlace::kLongestHead);
    const size_t end = begin.find('\n');
    if (end == begin.npos && begin.size() < FilePlace::kLongestHead) return {};
    return fingerprint(begin.substr(0, end)).substr(0, 16);
}

}  // namespace redshank
