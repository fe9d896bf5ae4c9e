#include "tests/support/command_test.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <regex>

namespace redshank::test {

std::string without_ages(const std::string& text) {
    static const std::regex age(R"( \((now|in [^()]*|[^()]* ago)\))");
    return std::regex_replace(text, age, "");
}

CommandTest::CommandTest() : store_(Store::open(path_, Store::Mode::ReadWrite)) {}

CommandTest::~CommandTest() = default;

CommandRun CommandTest::run_command(void (*add)(CLI::App&, Chosen&),
                                    std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--state", path_});
    return run_plain(add, std::move(arguments));
}

CommandRun CommandTest::run_plain(void (*add)(CLI::App&, Chosen&), std::vector<std::string> arguments) const {
    setenv("COLUMNS", std::to_string(width_).c_str(), 1);
    CLI::App app;
    Chosen chosen;
    add(app, chosen);
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    CommandRun run;
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    try {
        run.status = chosen();
    } catch (const std::exception& error) {  // main() prints it in the same way
        std::fprintf(stderr, "redshank: %s\n", error.what());
        run.status = kFailed;
    }
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
