// The recordings in ../shared/corpus, for tests that need a real log. Without them the test is skipped with a
// message.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "detectors/engine.h"

namespace redshank::test {

// ../shared of the checkout, or $REDSHANK_SHARED; the path may not exist.
std::filesystem::path shared_dir();

// A whole log, decompressed if its content is zstd or gzip, followed by the padding that the parser needs.
class Log {
  public:
    explicit Log(const std::filesystem::path& file);
    static Log of_text(std::string text);

    // Calls `handle` with each line (without its newline) and its offset.
    void each_line(const std::function<void(std::string_view line, uint64_t offset)>& handle) const;
    // Calls `handle` with each line that is an event; returns the number of other lines.
    size_t each_event(const std::function<void(const audit::Event& event, uint64_t offset)>& handle) const;

    std::string_view text() const { return {padded_.data(), padded_.size() - audit_padding()}; }

  private:
    Log() = default;
    static size_t audit_padding();
    std::string padded_;
};

// Runs every configured detector over the log. Returns each finding in its last form, in order of first
// report. `symbols`: see Engine.
std::vector<Finding> find_in(const Log& log, const DetectorConfig& config, size_t symbols = Symbols::kMost);

// A label of the corpus; labels.jsonl maps auditID to label.
struct Label {
    std::string label, role, user;
    int code = 0;
};
std::multimap<std::string, Label> read_labels(const std::filesystem::path& file);

}  // namespace redshank::test

// First line of a test that needs a file or folder of ../shared, e.g. NEEDS_SHARED("corpus/benign-day").
#define NEEDS_SHARED(path)                                                           \
    if (!std::filesystem::exists(redshank::test::shared_dir() / (path))) {           \
        GTEST_SKIP() << "needs " << (redshank::test::shared_dir() / (path)).string() \
                     << " (set REDSHANK_SHARED to where it is)";                     \
    }
