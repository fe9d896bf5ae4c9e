// One run of a command in this process, as from the command line.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "daemon/commands/commands.h"
#include "daemon/store/store.h"
#include "tests/unit/detectors/access/diary.h"

namespace redshank::test {

struct CommandRun {
    int status = -1;
    std::string out, err;
};

// `arguments` begin with the command's name. Throws what CLI11 throws on wrong usage.
inline CommandRun run_command(void (*add)(CLI::App&, Chosen&), std::vector<std::string> arguments) {
    CLI::App app;
    Chosen chosen;
    add(app, chosen);
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    CommandRun run;
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    run.status = chosen();
    run.out = ::testing::internal::GetCapturedStdout();
    run.err = ::testing::internal::GetCapturedStderr();
    return run;
}

// What a detector's life has left, as the daemon would have written it.
inline void write_state(Diary& diary, Store& store) {
    diary.save();
    store.begin();
    for (const auto& [table, rows] : diary.rows().all()) {
        for (const auto& [key, value] : rows) store.writer().put(table, key, value);
    }
    ASSERT_TRUE(store.commit()) << store.problem();
}

}  // namespace redshank::test
