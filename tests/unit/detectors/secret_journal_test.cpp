// Attributes writes of the aggregation controller to the edit that caused them.
#include <gtest/gtest.h>

#include "detectors/secrets/journal.h"

namespace redshank::secrets {
namespace {

audit::Time at(int milliseconds) {
    return *audit::parse_time("2026-01-05T10:00:00Z") + std::chrono::milliseconds{milliseconds};
}

struct Edit {
    const char *user, *role;
    bool created, removed;
    int time;
};

std::string behind(const std::vector<Edit>& edits, Journal::Did did) {
    Journal journal;
    for (const Edit& edit : edits) {
        rbac::Write write;
        write.roles = true;
        write.names = {edit.role};
        write.created = edit.created;
        write.removed = edit.removed;
        Cause cause;
        cause.time = at(edit.time);
        cause.actor.user = edit.user;
        journal.add(write, cause);
    }
    const auto found = journal.edit_behind(at(50), did);
    return found ? found->actor.user : "";
}

TEST(Journal, TheEditBehindTheAggregator) {
    const Edit deletes{"ann", "part", false, true, 0}, creates{"bob", "other", true, false, 200},
        changes{"eve", "third", false, false, 40}, early{"old", "part", true, false, -1500};
    EXPECT_EQ(behind({deletes, creates}, Journal::Did::Take), "ann") << "a creation takes no right";
    EXPECT_EQ(behind({deletes, changes}, Journal::Did::Take), "ann");
    EXPECT_EQ(behind({creates}, Journal::Did::Take), "");
    EXPECT_EQ(behind({deletes, creates}, Journal::Did::Give), "bob") << "a deletion gives none";
    EXPECT_EQ(behind({early, changes}, Journal::Did::Give), "eve") << "the nearest";
    EXPECT_EQ(behind({changes, creates}, Journal::Did::Give), "eve") << "before it, not after";
    EXPECT_EQ(behind({{"far", "x", false, true, -2500}}, Journal::Did::Take), "");
}

}  // namespace
}  // namespace redshank::secrets
