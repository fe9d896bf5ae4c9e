// Runs commands while their state database is open for writing, as it is beside the daemon.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/commands/commands.h"
#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace redshank::test {

struct CommandRun {
    int status = -1;
    std::string out, err;
};

// Without the ages of times, which depend on when the test runs: " (4 min ago)".
std::string without_ages(const std::string& text);

class CommandTest : public ::testing::Test {
  protected:
    CommandTest();
    ~CommandTest() override;

    // Runs the command in this process, on a terminal of `width_` columns. `arguments` begin with the
    // command's name; --state is added. Throws CLI11's exceptions on wrong usage.
    CommandRun run_command(void (*add)(CLI::App&, Chosen&), std::vector<std::string> arguments) const;
    // Runs it without --state, for commands that do not take it.
    CommandRun run_plain(void (*add)(CLI::App&, Chosen&), std::vector<std::string> arguments) const;
    // Commits rows in the form in which the daemon writes them.
    using Rows = std::map<std::string, std::map<std::string, std::string>>;  // by table, then by key
    void write_state(const Rows& rows);

    size_t width_ = 200;
    TempDir folder_;
    const std::string path_ = folder_.file("redshank.db");
    std::unique_ptr<Store> store_;
};

}  // namespace redshank::test
