// Compares the level and stage of every recorded event with the policy that was in force.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/support/corpus.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/audit/policy/policies.h"

namespace redshank::audit::policy {
namespace {

namespace fs = std::filesystem;

Policy policy_in(const fs::path& folder) {
    std::ifstream in(folder / "audit-policy.yaml");
    Loaded loaded = load(std::string{std::istreambuf_iterator<char>(in), {}}, 32);
    if (!loaded.policy) throw std::runtime_error(server_line(loaded, folder.string()));
    EXPECT_TRUE(loaded.problems.empty()) << folder;
    return std::move(*loaded.policy);
}

size_t check_log(const Policy& policy, const fs::path& file) {
    size_t events = 0;
    redshank::test::Log(file).each_event([&](const Event& event, uint64_t offset) {
        ++events;
        const Decision decision = decide(policy, request_of(event));
        EXPECT_EQ(decision.level, event.level) << file << " at " << offset;
        EXPECT_TRUE(decision.keeps(event.stage)) << file << " at " << offset;
    });
    return events;
}

// The logs of a recording; sets of rotated files are unpacked into `scratch`.
std::vector<fs::path> logs_in(const fs::path& folder, const fs::path& scratch) {
    const fs::path set = folder / "rotated-set.tar.zst", unpacked = scratch / folder.filename();
    if (fs::exists(set)) {
        fs::create_directory(unpacked);
        const std::string command = "tar -C '" + unpacked.string() + "' --zstd -xf '" + set.string() + "'";
        EXPECT_EQ(std::system(command.c_str()), 0) << command;
    }
    std::vector<fs::path> logs;
    for (const fs::path& root : {folder, unpacked}) {
        if (!fs::exists(root)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root)) {
            const std::string name = entry.path().filename().string();
            const bool is_log =
                name.ends_with(".log.zst") || name.ends_with(".log") || name.ends_with(".log.gz");
            if (entry.is_regular_file() && is_log) logs.push_back(entry.path());
        }
    }
    return logs;
}

TEST(PolicyCorpus, ExplainsEveryRecordedEvent) {
    NEEDS_SHARED("corpus/long");
    size_t events = 0, folders = 0;
    const redshank::test::TempDir scratch;
    const Policy everything = test::policy_of({"{level: RequestResponse}"});
    for (const auto& entry : fs::directory_iterator(redshank::test::shared_dir() / "corpus")) {
        if (!fs::exists(entry.path() / "audit-policy.yaml")) continue;
        ++folders;
        const Policy policy = policy_in(entry.path());
        size_t in_folder = 0;
        for (const fs::path& log : logs_in(entry.path(), scratch.path())) {
            // This run of lifecycle used the policy of fat-everything, to produce an event of 1.9 MB.
            const bool is_everything = log.string().find("/toolong/") != std::string::npos;
            in_folder += check_log(is_everything ? everything : policy, log);
        }
        EXPECT_GT(in_folder, 1'000U) << entry.path();
        events += in_folder;
    }
    EXPECT_EQ(folders, 19U);
    EXPECT_GT(events, 270'000U);
}

// The course's policy was recorded with both orders of its rules; only one order logs reads of Secrets.
TEST(PolicyCorpus, TheOrderOfTheCoursesRulesDecidesAboutReadsOfSecrets) {
    NEEDS_SHARED("corpus/fat-course");
    const fs::path corpus = redshank::test::shared_dir() / "corpus";
    for (const auto& [folder, level] :
         {std::pair{"fat-course", Level::None}, std::pair{"fat-course-secrets-first", Level::Metadata}}) {
        const Policy policy = policy_in(corpus / folder);
        size_t recorded = 0;
        redshank::test::Log(corpus / folder / "audit.log.zst").each_event([&](const Event& event, uint64_t) {
            recorded += event.is_resource("", "secrets") && event.verb != "create" &&
                        event.verb != "update" && event.verb != "patch" && event.verb != "delete" &&
                        event.verb != "deletecollection";
        });
        EXPECT_EQ(recorded > 0, level != Level::None) << folder;
        for (const char* verb : {"get", "list", "watch"}) {
            const test::TestRequest request(std::string("bob ") + verb + " /api/v1/namespaces/shop/secrets");
            EXPECT_EQ(decide(policy, request.request).level, level) << folder << " " << verb;
        }
    }
}

}  // namespace
}  // namespace redshank::audit::policy
