// A command of the command line beside a state database that is open for writing all the while, as by the
// daemon.
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

class CommandTest : public ::testing::Test {
  protected:
    CommandTest();
    ~CommandTest() override;

    // In this process, on a terminal of `width_` columns. `arguments` begin with the command's name; --state
    // is added. Throws what CLI11 throws on wrong usage.
    CommandRun run_command(void (*add)(CLI::App&, Chosen&), std::vector<std::string> arguments) const;
    // Without --state, for commands that take none.
    CommandRun run_plain(void (*add)(CLI::App&, Chosen&), std::vector<std::string> arguments) const;
    // Commits the rows, as the daemon would have written them.
    using Rows = std::map<std::string, std::map<std::string, std::string>>;  // by table and key
    void write_state(const Rows& rows);

    size_t width_ = 200;
    TempDir folder_;
    const std::string path_ = folder_.file("redshank.db");
    std::unique_ptr<Store> store_;
};

}  // namespace redshank::test
