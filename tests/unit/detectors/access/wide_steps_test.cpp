// All Secrets of the cluster, and rights in the whole cluster: one of each is a sequence, and a list of all
// Secrets that alone is too usual to tell is told with what follows it.
#include <gmock/gmock.h>

#include "tests/unit/detectors/access/acts.h"

using namespace redshank;
using namespace redshank::test;

namespace {

const std::string kAll =
    R"(RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "cluster-admin" to Group "ops")";
const std::string kDeployer = account("ci", "deployer", "deployer-0");
const std::string kDeployerName = "system:serviceaccount:ci:deployer";

Deed all_secrets(const char* ns = "") {
    return {.verb = "list", .resource = "secrets", .ns = ns, .name = ""};
}

Deed binding(const char* name = "keep") {
    return create("clusterrolebindings", kRbac, "", name);
}

Deed with(Deed deed, const std::function<void(Deed&)>& change) {
    change(deed);
    return deed;
}

// Whatever the deployer does every day.
Deed works(const char* verb, const char* resource, const char* ns) {
    return {.user = kDeployer, .verb = verb, .resource = resource, .ns = ns};
}

Severity after(const std::vector<Deed>& deeds, const std::string& user = kDeployer,
               const std::string& grant = kGrant, const std::vector<Deed>& habits = {},
               double apart = kSecond) {
    std::vector<Deed> others = habits;
    others.push_back(works("get", "pods", "shop"));
    Cluster cluster(Deed{.resource = "nodes", .ns = ""}, others);
    double at = kThen;
    for (const Deed& deed : deeds) {
        cluster.as_ever({deed}, user, grant, at);
        cluster.diary.restart();  // steps are known over it
        at += apart;
    }
    return cluster.worst(user == kDeployer ? kDeployerName : "alice");
}

TEST(WideSteps, AllSecretsAndRightsInTheClusterAreASequence) {
    const Deed abroad_list = with(all_secrets(), [](Deed& deed) { deed.ip = "203.0.113.9"; });
    const Deed abroad_binding = with(binding(), [](Deed& deed) { deed.ip = "203.0.113.9"; });
    EXPECT_EQ(after({all_secrets(), binding()}), Severity::High);
    EXPECT_EQ(after({binding(), all_secrets()}), Severity::High) << "the other way round";
    EXPECT_EQ(after({with(all_secrets(), [](Deed& deed) { deed.verb = "watch"; }), binding()}),
              Severity::High);
    EXPECT_EQ(after({all_secrets(), create("clusterroles", kRbac, "", "keep")}), Severity::High);
    EXPECT_GE(after({abroad_list, abroad_binding}, person("alice"), kAll), Severity::High)
        << "all rights, from abroad";
}

TEST(WideSteps, LessIsNone) {
    const auto refused = [](Deed deed) {
        deed.code = 403, deed.decision = "forbid";
        return deed;
    };
    const Deed releases =
        with(all_secrets(), [](Deed& deed) { deed.uri = "/api/v1/secrets?labelSelector=owner%3Dhelm"; });
    const struct {
        const char* what;
        std::vector<Deed> deeds;
        std::string user = kDeployer, grant = kGrant;
        std::vector<Deed> habits = {};
        double apart = kSecond;
    } kCases[] = {
        {"alone", {all_secrets()}},
        {"alone", {binding()}},
        {"two of one kind", {binding(), create("clusterroles", kRbac, "", "keep")}},
        {"of one namespace", {all_secrets("shop"), binding()}},
        {"rights in one namespace", {all_secrets(), create("rolebindings", kRbac, "shop", "keep")}},
        {"Helm's releases", {releases, binding()}},
        {"an attempt", {refused(all_secrets()), binding()}},
        {"an attempt", {all_secrets(), refused(binding())}},
        {"it is there already", {all_secrets(), with(binding(), [](Deed& deed) { deed.code = 409; })}},
        {"all rights, at home", {all_secrets(), binding()}, person("alice"), kAll},
        {"two days between", {all_secrets(), binding()}, kDeployer, kGrant, {}, 48},
        {"a habit",
         {all_secrets(), binding()},
         kDeployer,
         kGrant,
         {with(all_secrets(), [](Deed& deed) { deed.user = kDeployer; }),
          with(binding(), [](Deed& deed) { deed.user = kDeployer; })}},
    };
    for (const auto& one : kCases)
        EXPECT_LT(after(one.deeds, one.user, one.grant, one.habits, one.apart), Severity::High) << one.what;
}

// Other programs of the cluster list and read all Secrets, so that neither is rare.
struct Usual {
    Usual() : cluster({}, others()) {}
    static std::vector<Deed> others() {
        std::vector<Deed> out;
        for (const char* name : {"backup", "certs", "vault", "scan"}) {
            for (Deed deed :
                 {all_secrets(), of_secret("get", "pay", "db"), of_secret("get", "shop", "tls")}) {
                deed.user = account(name, name, "pod-0");
                out.push_back(deed);
            }
        }
        out.push_back(works("get", "pods", "shop"));
        return out;
    }
    Cluster cluster;
};

const std::vector<Deed> kReads = {of_secret("get", "pay", "db"), of_secret("get", "shop", "tls")};

TEST(WideSteps, AListOfAllSecretsIsToldWithWhatItLeadsTo) {
    Usual alone, list, both, later, abroad;
    alone.cluster.as_ever(kReads, kDeployer, kGrant);
    EXPECT_LT(alone.cluster.worst(kDeployerName), Severity::Medium) << "reads alone";
    list.cluster.as_ever({all_secrets()}, kDeployer, kGrant);
    EXPECT_LT(list.cluster.worst(kDeployerName), Severity::Medium) << "the list alone";
    both.cluster.as_ever({all_secrets()}, kDeployer, kGrant);
    both.cluster.diary.restart();
    both.cluster.as_ever(kReads, kDeployer, kGrant, kThen + 1);
    const auto told = both.cluster.pages();
    ASSERT_THAT(told, testing::SizeIs(1));
    EXPECT_EQ(told[0].severity, Severity::Medium);
    EXPECT_EQ(told[0].who().user, kDeployerName);
    EXPECT_EQ(told[0].count, 3u) << "with the list";
    EXPECT_THAT(told[0].summary, testing::HasSubstr("Before that it listed all Secrets"));
    later.cluster.as_ever({all_secrets()}, kDeployer, kGrant);
    later.cluster.as_ever(kReads, kDeployer, kGrant, kThen + 25);
    EXPECT_LT(later.cluster.worst(kDeployerName), Severity::Medium) << "a day later";
}

}  // namespace
