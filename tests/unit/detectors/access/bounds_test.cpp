// A flood of names that an attacker made up: every table stays within what docs/state.md says, what goes is
// counted, and what is established stays.
#include <gmock/gmock.h>

#include "detectors/access/config.h"
#include "detectors/access/last_access.h"
#include "tests/unit/detectors/access/diary.h"

using namespace redshank;
using namespace redshank::test;

namespace {

constexpr int kFlood = 60'000;

// Each deed has names never seen before, and each kind of deed fills other tables.
Deed made_up(int i) {
    const std::string n = std::to_string(i);
    Deed deed{.user = person("mallory-" + n, "team-" + n),
              .verb = i % 2 ? "list" : "create",
              .resource = i % 3 ? "secrets" : "widgets-" + n,
              .ns = "ns-" + n,
              .name = "name-" + n,
              .agent = "agent-" + n + "/1." + n,
              .ip = "10." + std::to_string(i >> 16) + '.' + std::to_string((i >> 8) & 255) + '.' +
                    std::to_string(i & 255),
              .uri = "/apis/x/" + n};
    switch (i % 10) {
        case 0:
            deed.resource = "namespaces";
            break;
        case 1:
            deed.code = 403, deed.decision = "forbid";
            break;
        case 2:
            deed.impersonated = person("role-" + n, "system:masters");
            break;
        case 3:
            deed.code = 401, deed.user = "{}";
            break;
        case 4:
            deed.user = account("ns-" + n, "sa-" + n, "pod-" + n, n);
            break;
        case 5:
            deed.user = account("ns-" + n, "sa-" + n, "", n);
            deed.verb = "create", deed.resource = "serviceaccounts", deed.subresource = "token";
            deed.more_annotations =
                R"(,"authentication.kubernetes.io/issued-credential-id":"JTI=t-)" + n + '"';
            break;
        case 6:
            deed.verb = "create", deed.resource = "selfsubjectrulesreviews",
            deed.group = "authorization.k8s.io";
            break;
        case 7:
            deed.has_object = false;
            break;
        default:
            break;
    }
    return deed;
}

TEST(Bounds, HoldAgainstAFloodOfMadeUpNames) {
    access::Config config = Diary::short_learning();
    config.max_rows = 2'000;
    config.max_habits = 5'000;
    Diary diary(config);
    diary.through(8, 5 * 24, 1, {});  // alice
    for (int i = 0; i < kFlood; ++i) {
        diary.at(5 * 24 + i / 10'000.0, made_up(i));
        if (i % 5'000 == 0) diary.save();
    }
    diary.save();

    const std::map<std::string, size_t> caps{{"unusual_access.last_access", 2'000},
                                             {"unusual_access.last_access_by_namespace", 2'000},
                                             {"unusual_access.last_access_by_resource", 2'000},
                                             {"unusual_access.failed_authentication", 10'000},
                                             {"unusual_access.watching", 1'000},
                                             {"unusual_access.habits", 5'000},
                                             {"unusual_access.contexts", 1'000},
                                             {"unusual_access.new_namespaces", 10'000},
                                             {"unusual_access.stories", 10'000},
                                             {"unusual_access.digest", 5'000},
                                             {"unusual_access.held_back", 10'000},
                                             {"unusual_access.held_back_days", 100},
                                             {"unusual_access.crowds", 5'000}};
    for (const auto& [table, rows] : diary.rows().all()) {
        if (!table.starts_with("unusual_access.")) continue;
        const auto cap = caps.find(table);
        EXPECT_LE(rows.size(), cap == caps.end() ? 50'000 : cap->second) << table;
    }
    Measured measured(diary.detector());
    EXPECT_LE(measured.values["redshank_last_access_rows"], 6'000);
    EXPECT_LE(measured.values["redshank_unusual_access_habits"], 6'000);
    for (const char* table : {"last_access", "habits"}) {
        EXPECT_GT(measured.values[std::string("redshank_state_evictions_total ") + table], 1'000) << table;
    }
    const auto alice = diary.rows().get(access::kLastAccess,
                                        "alice\x1f\x1f"
                                        "c\x1f\x1f");
    ASSERT_TRUE(alice);
    EXPECT_EQ(read_row<access::AccessRow>(*alice)->successes, 112);
}

}  // namespace
