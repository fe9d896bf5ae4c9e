// The identity of a file, independent of its present name, and a place in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redshank {

// The kernel's data about a file.
struct FileFacts {
    uint64_t device = 0, inode = 0;
    int64_t born = 0;  // statx birth time in ns, 0 if the file system has none; distinguishes a reused inode
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

// The identity of a file of a log by its first line, which lasts while it is renamed, copied and compressed:
// 64 bits of SHA-256 as hex. `begin`: its first bytes; NULs and empty lines in front do not count. "" while
// the first line has no end within them. Of a line over FilePlace::kLongestHead only so much counts.
std::string generation_id(std::string_view begin);

// A place after a whole line, recognised by content: the file may be renamed, copied or compressed meanwhile.
struct FilePlace {
    uint64_t device = 0, inode = 0;
    int64_t born = 0;
    uint64_t offset = 0;       // in decompressed bytes
    uint64_t head_size = 0;    // the first bytes up to `offset`, NULs in front left out, at most the head …
    std::string head;          // … and their fingerprint
    std::string first;         // generation_id() of the file; "": not known
    uint64_t before_size = 0;  // the last bytes before `offset`, at most kBefore …
    std::string before;        // … and their fingerprint
    uint32_t mode = 0, owner = 0, group = 0;
    uint64_t generation = 0;  // the number of the file in the ledger; 0: it has none yet

    // The head of a file: its first kHead bytes, and more up to the end of its first line. Clients choose how
    // a line begins (audit ID, URI), but the times at its end are the server's, so two files begin alike only
    // if one is a copy of the other. For a first line over kLongestHead this cannot be decided, and the file
    // is read again rather than skipped. kHead is more than a line, so that files whose first lines are equal
    // to the byte are told apart, too.
    static constexpr uint64_t kHead = uint64_t{128} << 10, kLongestHead = uint64_t{1} << 20;
    static constexpr uint64_t kBefore = 64;

    // "size:fingerprint" of the head; "" when there is none.
    std::string head_mark() const {
        return head_size == 0 ? std::string() : std::to_string(head_size) + ":" + head;
    }

    // The same file by inode and birth time, whatever its content.
    bool is_in(const FileFacts& facts) const {
        return device == facts.device && inode == facts.inode && born == facts.born;
    }
    bool operator==(const FilePlace&) const = default;
};

}  // namespace redshank
