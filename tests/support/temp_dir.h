// A folder for one test, deleted with the object.
#pragma once

#include <filesystem>
#include <string>

namespace redshank::test {

class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

void write_file(const std::filesystem::path& file, const std::string& text);
void append_file(const std::filesystem::path& file, const std::string& text);
std::string gzip(const std::string& text);
std::string zstd(const std::string& text);

}  // namespace redshank::test
