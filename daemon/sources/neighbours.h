// Files near a log that list_backups() does not list.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace redshank {

struct Neighbour {
    std::string path;
    int64_t modified = 0;         // ns
    bool is_beside = true;        // else in a folder that is not known to hold backups
    bool has_known_name = false;  // as a backup of the log has
};

// Regular files that are not empty, beside the log, beside the file that it links to, in `folders` and in the
// folders beside the log that hold no log of this name; at most 4096 of them. What cannot be looked at is
// left out.
std::vector<Neighbour> neighbours(const std::string& log, const std::vector<std::string>& folders);

// Its name says that it may be a part of the log: it begins with the log's name, or with the part before the
// extension and a year. In a folder that is not known, only names of backups do.
bool resembles(const Neighbour& neighbour, const std::string& log);

// Why such a file is not read: "packed with lz4, which redshank does not read (gzip, zstd, bzip2 and xz)".
std::string why_not_read(const Neighbour& neighbour);

}  // namespace redshank
