// Which file it is, whatever it is called by now, and which place in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redshank {

// What the kernel says of a file.
struct FileFacts {
    uint64_t device = 0, inode = 0;
    int64_t born = 0;  // statx birth time in ns, 0 where the file system has none; tells a reused inode apart
    uint64_t size = 0;
    int64_t modified = 0;  // ns
    uint32_t mode = 0, owner = 0, group = 0, links = 0;
    bool is_regular = false;

    bool same_file(const FileFacts& other) const {
        return device == other.device && inode == other.inode && born == other.born;
    }
};

// nullopt: errno says why.
std::optional<FileFacts> facts_of(int fd);
std::optional<FileFacts> facts_of(const std::string& path);  // follows symbolic links

// 128 bits of SHA-256 as hex.
std::string fingerprint(std::string_view bytes);

// A place behind a whole line, known again by content: a file may be renamed, copied or compressed meanwhile.
struct FilePlace {
    uint64_t device = 0, inode = 0;
    int64_t born = 0;
    uint64_t offset = 0;       // in decompressed bytes
    uint64_t head_size = 0;    // the first bytes up to `offset`, NULs in front left out, at most the head …
    std::string head;          // … and their fingerprint
    uint64_t before_size = 0;  // the last bytes before `offset`, at most kBefore …
    std::string before;        // … and their fingerprint
    uint32_t mode = 0, owner = 0, group = 0;

    // The head of a file: its first kHead bytes, and further to the end of its first line. What a line begins
    // with (audit ID, URI) is the client's choice; the times that only the server writes stand at its end. So
    // two files begin alike only when one is a copy of the other. Of a first line that is longer than
    // kLongestHead this cannot be told, and the file is read again rather than skipped.
    static constexpr uint64_t kHead = 1024, kLongestHead = uint64_t{1} << 20;
    static constexpr uint64_t kBefore = 64;

    // The same file by inode and birth, whatever is in it now.
    bool is_in(const FileFacts& facts) const {
        return device == facts.device && inode == facts.inode && born == facts.born;
    }
};

}  // namespace redshank
