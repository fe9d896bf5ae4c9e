#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/http/web_access.h"

namespace redshank {

// The web configuration file as it is now, with the certificates that it names: read again when one of them
// has changed, without a restart. A change that is of no use, or that takes away TLS or all users (a file
// that is being written is empty for a moment), is told once, and the old content stays in force. One thread.
class WebFile {
  public:
    // Without a path: HTTP for everybody. Throws ConfigError.
    explicit WebFile(const std::string& path);

    // Looks at the files: a few system calls.
    std::shared_ptr<const WebAccess> current();

  private:
    struct Stamp {
        uint64_t device = 0, inode = 0, size = 0;
        int64_t changed = 0;  // ns
        bool operator==(const Stamp& other) const;
    };
    struct Content {
        std::shared_ptr<const WebAccess> access;
        std::vector<std::string> files;  // whose stamps say whether it is still so
        std::vector<Stamp> stamps;
    };

    Content read() const;
    static Stamp stamp_of(const std::string& file);
    static std::vector<Stamp> stamps_of(const std::vector<std::string>& files);
    void read_again();

    std::string path_;
    Content content_;
};

}  // namespace redshank
