#include "core/finding/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/finding/technique.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;

const fs::path kDocs = fs::path(REDSHANK_SOURCE_DIR) / "docs";

std::set<std::string> kinds_of_table() {
    std::set<std::string> out;
    for (const Advice& row : all_advice()) out.emplace(row.kind);
    return out;
}

// The kinds that docs/findings.md names: what stands in `code` in the second column of the table "Kinds".
std::set<std::string> kinds_of_document() {
    std::ifstream file(kDocs / "findings.md");
    std::set<std::string> out{"rule"};
    std::string line;
    while (std::getline(file, line) && line != "## Kinds") continue;
    while (std::getline(file, line) && !line.starts_with("## ")) {
        if (!line.starts_with("| `") || line.starts_with("| `rule`")) continue;
        std::istringstream cells(line);
        std::string cell;
        for (int i = 0; i < 3; ++i) std::getline(cells, cell, '|');
        for (size_t at = cell.find('`'); at != std::string::npos; at = cell.find('`', at)) {
            const size_t end = cell.find('`', at + 1);
            out.insert(cell.substr(at + 1, end - at - 1));
            at = end + 1;
        }
    }
    return out;
}

TEST(Advice, EveryKindHasItsRow) {
    EXPECT_EQ(kinds_of_table(), kinds_of_document());
    EXPECT_TRUE(std::is_sorted(all_advice().begin(), all_advice().end(),
                               [](const Advice& a, const Advice& b) { return a.kind < b.kind; }));
}

TEST(Advice, EveryKindHasItsRunbook) {
    std::set<std::string> pages;
    for (const auto& file : fs::directory_iterator(kDocs / "runbooks")) pages.insert(file.path().stem());
    EXPECT_EQ(pages, kinds_of_table());
}

TEST(Advice, IsShortAndSaysSomething) {
    for (const Advice& row : all_advice()) {
        EXPECT_TRUE(row.why.ends_with('.') && row.why.size() <= 100) << row.kind << ": " << row.why;
        EXPECT_FALSE(row.steps[1].purpose.empty()) << row.kind << ": fewer than two steps";
        for (const auto& step : row.steps) {
            EXPECT_LE(step.purpose.size(), 80U) << step.purpose;
            if (step.command.empty()) continue;
            EXPECT_FALSE(step.purpose.empty()) << step.command;
            const bool is_known = step.command.starts_with("redshank ") ||
                                  step.command.starts_with("kubectl ") || step.command == "last -F" ||
                                  step.command.starts_with("journalctl ");
            EXPECT_TRUE(is_known) << step.command;
        }
    }
}

TEST(Advice, OfTechniquesIsShortAndInOrder) {
    std::string_view last;
    for (const Technique& technique : all_techniques()) {
        EXPECT_LT(last, technique.id);
        EXPECT_TRUE(technique.why.ends_with('.') && technique.why.size() <= 100) << technique.why;
        last = technique.id;
    }
}

// A rule says why it matters by its first technique, or by the one above that.
TEST(Advice, OfARuleMattersByItsTechnique) {
    const auto why = [](const char* kind, std::vector<std::string> mitre) {
        Finding finding;
        finding.kind = kind;
        finding.mitre = std::move(mitre);
        return why_it_matters(finding);
    };
    const std::string_view rights = "Whoever can change rights can get every right, and keep it.";
    EXPECT_EQ(why("rbac-admin-binding", {"T1098.006", "T1611"}), rights);
    EXPECT_EQ(why("own-rule", {"T1036.005"}), "What is named like a part of the system is rarely looked at.");
    EXPECT_EQ(why("own-rule", {"T9999", "T1098.006"}), advice_for("rule").why);
    EXPECT_EQ(why("own-rule", {}), advice_for("rule").why);
    EXPECT_EQ(why("crd-slow", {"T1098.006"}), advice_for("crd-slow").why);
}

TEST(Advice, OfARuleIsThatOfRules) {
    EXPECT_EQ(advice_for("some-rule").kind, "rule");
    EXPECT_EQ(advice_for("crd-slow").kind, "crd-slow");
}

Finding finding(const std::string& kind, const std::string& user, const std::string& grant) {
    Finding out;
    out.kind = kind;
    out.actor = FindingActor{.user = user};
    out.object = FindingObject{.resource = "secrets", .namespace_ = "billing", .name = "card-key"};
    out.grant = grant;
    return out;
}

std::vector<std::string> commands(const Finding& finding, std::string_view incident = {}) {
    std::vector<std::string> out;
    for (const Step& step : first_steps(finding, incident)) out.push_back(step.command);
    return out;
}

TEST(Advice, NamesTheObjectsOfTheFinding) {
    using testing::ElementsAre;
    const std::string open = "RoleBinding billing/public → ClusterRole edit → Group system:unauthenticated";
    EXPECT_THAT(commands(finding("secret-read-unprotected", "system:anonymous", open), "i_4k2m"),
                ElementsAre("kubectl delete rolebinding public -n billing",
                            "redshank secrets --secret billing/card-key", "redshank incident i_4k2m"));
    EXPECT_THAT(
        commands(finding("token-used-elsewhere", "system:serviceaccount:ci:bot", "")),
        ElementsAre("kubectl get pods -o wide --field-selector spec.serviceAccountName=bot -n ci", ""));
    EXPECT_THAT(commands(finding("off-hours", "alice", "")),
                ElementsAre("redshank last-access --user alice", ""));
    EXPECT_THAT(commands(finding("secrets-listed", "alice", "")),
                ElementsAre("redshank rules explain secrets-listed", "redshank last-access --user alice"));
}

// Nobody is told to delete what others work with, or what Kubernetes itself made.
TEST(Advice, DeletesOnlyWhatIsOpenToAllOrWasJustMade) {
    const struct {
        const char* grant;
        bool deletes;
    } cases[] = {
        {"ClusterRoleBinding debug → ClusterRole view → Group system:authenticated", true},
        {"ClusterRoleBinding debug → ClusterRole view → User system:anonymous", true},
        {"ClusterRoleBinding debug → ClusterRole view → Group system:serviceaccounts", true},
        {"ClusterRoleBinding debug → ClusterRole view → Group dev", false},
        {"ClusterRoleBinding cluster-admin → ClusterRole cluster-admin → Group system:authenticated", false},
        {"ClusterRoleBinding system:basic-user → ClusterRole x → Group system:authenticated", false},
        {"ClusterRoleBinding cluster-admins → ClusterRole view → Group system:authenticated", true},
    };
    for (const auto& c : cases) {
        const auto all = commands(finding("secret-read-unprotected", "x", c.grant));
        EXPECT_EQ(all.front().starts_with("kubectl delete "), c.deletes) << c.grant;
    }
    Finding made = finding("secret-exposed", "alice", "RoleBinding shop/tmp → ClusterRole edit");
    made.object = FindingObject{.resource = "rolebindings", .namespace_ = "shop", .name = "tmp"};
    made.verb = "create";
    EXPECT_EQ(commands(made).front(), "kubectl delete rolebinding tmp -n shop");
    made.verb = "patch";
    EXPECT_THAT(commands(made), testing::ElementsAre("redshank secrets --since 24h",
                                                     "kubectl get rolebinding tmp -n shop -o yaml"));
}

// A command for what the log shows to be gone is not given; one for another binding is.
TEST(Advice, LeavesOutWhatIsUndone) {
    const Finding read = finding("secret-read-unprotected", "system:anonymous",
                                 "ClusterRoleBinding tmp → ClusterRole edit → User system:anonymous");
    Finding removal = finding("rbac-grant-used-and-removed", "erin", "");
    removal.detector = "rule";
    removal.verb = "delete";
    removal.code = 200;
    removal.time = *audit::parse_time("2026-01-05T10:00:00Z");
    const auto after = [&](const Finding& end) {
        std::vector<Step> steps = first_steps(read, "i_4k2m", 5);
        if (const auto undone = undone_by(end)) leave_out(steps, *undone);
        return steps.front().command.empty() ? steps.front().purpose : steps.front().command;
    };
    const std::string gone = "Nothing to close: clusterrolebinding tmp was deleted at 10:00:00 UTC.";
    const std::string open = "kubectl delete clusterrolebinding tmp";
    const struct {
        const char *what, *name, *verb;
        int code;
        std::string first;
    } cases[] = {
        {"deleted", "tmp", "delete", 200, gone},
        {"another one", "tmp2", "delete", 200, open},
        {"refused", "tmp", "delete", 403, open},
        {"changed", "tmp", "patch", 200, open},
        {"not there any more", "tmp", "delete", 404, open},
    };
    for (const auto& c : cases) {
        removal.object = FindingObject{.resource = "clusterrolebindings", .name = c.name};
        removal.verb = c.verb;
        removal.code = c.code;
        EXPECT_EQ(after(removal), c.first) << c.what;
    }
    Finding closed = removal;
    closed.detector = "secret_exposure";
    closed.kind = "secret-exposure-closed";
    closed.verb = "update";
    closed.code = 0;
    closed.object = FindingObject{.resource = "clusterroles", .name = "edit"};
    closed.grant = "ClusterRoleBinding tmp → ClusterRole edit";
    EXPECT_EQ(after(closed),
              "Nothing to close: nobody reads through clusterrolebinding tmp since 10:00:00 UTC.");
}

// Names are an attacker's: what is pasted runs nothing of theirs and becomes no option.
TEST(Advice, IsSafeToPaste) {
    const struct {
        const char *user, *command;  // nothing: the step is left out
    } cases[] = {
        {"bob; rm -rf /", "redshank last-access --user 'bob; rm -rf /'"},
        {"o'brien", "redshank last-access --user 'o'\\''brien'"},
        {"$(id)", "redshank last-access --user '$(id)'"},
        {"--all", nullptr},
        {"a\nb", nullptr},
        {"b\xe2\x80\xae", nullptr},
        {"", nullptr},
    };
    for (const auto& c : cases) {
        const std::string first = commands(finding("off-hours", c.user, "")).front();
        EXPECT_EQ(first, c.command == nullptr ? "" : c.command) << c.user;
    }
    EXPECT_EQ(commands(finding("off-hours", std::string(254, 'a'), "")).front(), "");
}

}  // namespace
}  // namespace redshank
