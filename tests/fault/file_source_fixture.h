// A log in a folder of its own, with a server that writes it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "daemon/sources/watcher.h"
#include "tests/fault/follower.h"
#include "tests/fault/log_writer.h"
#include "tests/support/temp_dir.h"

namespace redshank::test {

class FileSourceTest : public testing::Test {
  protected:
    FileSourceConfig config() const { return {.path = log().string(), .cluster = "c"}; }
    std::filesystem::path log() const { return dir_.path() / "audit.log"; }
    std::filesystem::path beside(const std::string& name) const { return dir_.path() / name; }
    // Whether the folder is on a file system of which inotify tells all. The log is there.
    bool can_hear_all() const {
        const UniqueFd fd(::open(log().c_str(), O_RDONLY | O_CLOEXEC));
        Watcher watcher(true);
        watcher.watch_folders({dir_.path().string()});
        watcher.watch_file(fd.get());
        return watcher.hears_all();
    }

    TempDir dir_;
    LogWriter writer_{log()};
};

// A writer that keeps its file open whatever happens to the name.
class StaleWriter {
  public:
    explicit StaleWriter(const std::filesystem::path& file)
        : fd_(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)) {}
    void write(const std::string& text) {
        ASSERT_EQ(::write(fd_.get(), text.data(), text.size()), static_cast<ptrdiff_t>(text.size()));
    }

  private:
    UniqueFd fd_;
};

}  // namespace redshank::test
