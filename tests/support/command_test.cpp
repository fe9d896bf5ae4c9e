#include "tests/support/command_test.h"

#include <algorithm>

namespace redshank::test {

CommandTest::CommandTest() : store_(Store::open(path_, Store::Mode::ReadWrite)) {}

CommandTest::~CommandTest() = default;

CommandRun CommandTest::run_command(void (*add)(CLI::App&, Chosen&),
                                    std::vector<std::string> arguments) const {
    CLI::App app;
    Chosen chosen;
    add(app, chosen);
    arguments.insert(arguments.end(), {"--state", path_});
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

void CommandTest::write_state(const Rows& rows) {
    store_->begin();
    for (const auto& [table, keys] : rows) {
        for (const auto& [key, value] : keys) store_->writer().put(table, key, value);
    }
    ASSERT_TRUE(store_->commit()) << store_->problem();
}

}  // namespace redshank::test
