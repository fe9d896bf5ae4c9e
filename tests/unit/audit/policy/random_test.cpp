// Random policies and requests: the model and the literal reading must agree. REDSHANK_POLICY_CASES sets the
// number of pairs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "tests/unit/audit/policy/literal.h"
#include "tests/unit/audit/policy/policies.h"

namespace redshank::audit::policy {
namespace {

class Random {
  public:
    explicit Random(uint64_t seed) : engine_(seed) {}
    size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(engine_); }
    bool once_in(size_t n) { return below(n) == 0; }
    template <typename Words>
    std::string one_of(const Words& words) {
        return words[below(std::size(words))];
    }
    // Returns "" or ", key: [..]".
    template <typename Words>
    std::string list(const char* key, const Words& words, size_t rarely) {
        if (!once_in(rarely)) return "";
        std::string out = std::string(", ") + key + ": [";
        for (size_t left = below(3) + 1; left > 0; --left)
            out += "\"" + one_of(words) + "\"" + (left > 1 ? ", " : "");
        return out + "]";
    }

  private:
    std::mt19937_64 engine_;
};

const char* const kUsers[] = {"alice", "bob", "system:anonymous", "system:serviceaccount:ci:bot"};
const char* const kGroups[] = {"dev", "ops", "system:authenticated", "system:serviceaccounts:ci"};
const char* const kVerbs[] = {"get", "list", "watch", "create", "update", "patch", "delete", "post", ""};
const char* const kApiGroups[] = {"", "apps", "acme.io", "*"};
const char* const kResources[] = {"pods",    "pods/log",  "pods/*",  "*/log",      "*",
                                  "secrets", "secrets/*", "*/scale", "namespaces", "namespaces/status"};
const char* const kNames[] = {"web", "db", "shop", ""};
const char* const kNamespaces[] = {"shop", "ci", "kube-system", ""};
const char* const kUrls[] = {"*", "/healthz", "/healthz*", "/api*", "/apis/*", "/metrics", "/*"};
const char* const kLevels[] = {"None", "Metadata", "Request", "RequestResponse"};
const char* const kStages[] = {"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"};
const char* const kPaths[] = {"/healthz", "/healthz/etcd", "/api", "/apis/apps/v1", "/metrics", "/"};
const char* const kObjects[] = {"pods",         "pods/web",    "pods/web/log",      "secrets",
                                "secrets/db",   "widgets/web", "widgets/web/scale", "deployments/web/log",
                                "pods/web/exec"};

std::string random_rule(Random& random) {
    std::string rule = "{level: " + random.one_of(kLevels);
    rule += random.list("users", kUsers, 4) + random.list("userGroups", kGroups, 4);
    rule += random.list("verbs", kVerbs, 2) + random.list("omitStages", kStages, 4);
    if (random.once_in(4)) {
        rule += random.list("nonResourceURLs", kUrls, 1);
    } else {
        rule += random.list("namespaces", kNamespaces, 3);
        if (!random.once_in(3)) {
            rule += ", resources: [";
            for (size_t left = random.below(2) + 1; left > 0; --left) {
                std::string resources = random.list("resources", kResources, 2);
                if (!resources.empty()) resources += random.list("resourceNames", kNames, 3);
                rule += "{group: \"" + random.one_of(kApiGroups) + "\"" + resources + "}";
                if (left > 1) rule += ", ";
            }
            rule += "]";
        }
    }
    if (random.once_in(5))
        rule += random.once_in(2) ? ", omitManagedFields: true" : ", omitManagedFields: false";
    return rule + "}";
}

std::string random_path(Random& random) {
    if (random.once_in(5)) return random.one_of(kPaths);
    const std::string group = kApiGroups[random.below(3)], object = random.one_of(kObjects);
    std::string path = group.empty() ? "/api/v1" : "/apis/" + group + "/v1";
    if (random.once_in(8)) return path + "/namespaces/shop" + (random.once_in(2) ? "/status" : "");
    if (!random.once_in(3)) path += "/namespaces/" + std::string(kNamespaces[random.below(3)]);
    return path + "/" + object;
}

std::string random_request(Random& random) {
    std::string who = random.once_in(10) ? "-" : random.one_of(kUsers);
    if (who != "-" && !random.once_in(3))
        who += "[" + random.one_of(kGroups) + "," + random.one_of(kGroups) + "]";
    const std::string verb = random.one_of(kVerbs);
    return who + " " + (verb.empty() ? "\"\"" : verb) + " " + random_path(random);
}

TEST(PolicyRandom, BothReadingsSayTheSame) {
    const char* wanted = std::getenv("REDSHANK_POLICY_CASES");
    const size_t cases = wanted == nullptr ? 100'000 : std::strtoull(wanted, nullptr, 10);
    constexpr size_t kRequestsEach = 100;
    Random random(20261128);
    size_t by_rule = 0, by_none = 0;
    for (size_t done = 0; done < cases; done += kRequestsEach) {
        std::vector<std::string> rules;
        for (size_t left = random.below(6) + 1; left > 0; --left) rules.push_back(random_rule(random));
        const std::string head = random.once_in(3) ? "omitStages: [" + random.one_of(kStages) + "]\n"
                                                   : "omitManagedFields: true\n";
        const Policy policy = test::policy_of(rules, head);
        for (size_t i = 0; i < kRequestsEach; ++i) {
            const std::string line = random_request(random);
            const test::TestRequest request(line);
            const Decision decision = decide(policy, request.request);
            const test::LiteralDecision literal = test::literal_decide(policy, request.request);
            const size_t rule =
                decision.rule == nullptr ? 0 : static_cast<size_t>(decision.rule - policy.rules.data()) + 1;
            ++(rule == 0 ? by_none : by_rule);
            std::string all;
            for (const std::string& one : rules) all += one + "\n";
            ASSERT_EQ(rule, literal.rule) << line << "\n" << head << all;
            ASSERT_EQ(to_string(decision.level), literal.level) << line << "\n" << all;
            ASSERT_EQ(decision.omit_managed_fields, literal.omit_managed_fields) << line << "\n" << all;
            for (const char* stage : kStages) {
                ASSERT_EQ(decision.omitted.has(stage_named(stage)), literal.omitted.count(stage) > 0)
                    << line << "\n"
                    << head << all;
            }
        }
    }
    // Both answers must be frequent, or one would hardly be tested.
    EXPECT_GT(by_rule, cases / 5);
    EXPECT_GT(by_none, cases / 10);
}

}  // namespace
}  // namespace redshank::audit::policy
