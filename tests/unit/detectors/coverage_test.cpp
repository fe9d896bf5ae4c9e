// Compares what coverage says of a policy with what detectors and rules still find under that policy.
#include "detectors/coverage/coverage.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "audit/event_parser.h"
#include "audit/policy/leaks.h"
#include "audit/policy/lint.h"
#include "audit/policy/resources.h"
#include "audit/policy/shrink.h"
#include "detectors/by_rule/config.h"
#include "detectors/by_rule/examples.h"
#include "detectors/coverage/needs.h"
#include "detectors/coverage/suggest.h"
#include "detectors/engine.h"
#include "rules/loader.h"
#include "tests/support/corpus.h"
#include "tests/unit/audit/policy/literal.h"
#include "tests/unit/audit/policy/policies.h"

namespace redshank::coverage {
namespace {

namespace policy = audit::policy;
using audit::Stage;
using policy::test::policy_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<rules::RulePtr>& pack() {
    static const auto rules = rules::load_rules(by_rule::Config{}.sources);
    return rules->rules();
}

std::map<std::string, Unit> units(const policy::Policy& rules) {
    std::map<std::string, Unit> all;
    for (Unit& unit : cover(rules, pack())) {
        std::string name = unit.unit + " " + unit.name;
        EXPECT_TRUE(all.emplace(name, std::move(unit)).second) << name;
    }
    return all;
}

constexpr const char *kReads = "{level: None, verbs: [get, watch, list]}",
                     *kSecrets = "{level: Metadata, resources: [{group: \"\", resources: [secrets]}]}",
                     *kBodies = "{level: RequestResponse}", *kAll = "{level: Metadata}",
                     *kNoReceived = "omitStages: [RequestReceived]\n";

TEST(Coverage, NamesTheBlindedQuestionAndTheLineInTheCoursesPolicy) {
    const auto course = units(policy_of({kReads, kSecrets, kBodies}, kNoReceived));
    const Unit& reads = course.at("kind secret-read-unprotected");
    EXPECT_EQ(reads.state, State::Blind);
    EXPECT_EQ(reads.line, 5U);
    EXPECT_THAT(reads.missing, ElementsAre("get secrets", "list secrets", "watch secrets"));
    EXPECT_EQ(reads.why,
              "Not in the log: get secrets, list secrets and watch secrets; line 5 says level None.");
    EXPECT_EQ(course.at("detector secret_exposure").state, State::Partly);
    EXPECT_EQ(course.at("kind secret-exposed").state, State::Partly);
    EXPECT_EQ(course.at("kind secret-read-indirect").state, State::Fed);
    EXPECT_EQ(course.at("rule secrets-listed-widely").state, State::Blind);
    EXPECT_EQ(course.at("rule secrets-listed-widely").line, 5U);
    // A shell is opened by get or create, and this policy logs only the create.
    EXPECT_EQ(course.at("kind unusual-access").state, State::Partly);
    const auto first = units(policy_of({kSecrets, kReads, kBodies}, kNoReceived));
    EXPECT_EQ(first.at("kind secret-read-unprotected").state, State::Fed);
    EXPECT_EQ(first.at("rule secrets-listed-widely").state, State::Fed);
}

TEST(Coverage, TellsWhatLevelsStagesAndExceptionsTakeAway) {
    const struct {
        std::vector<std::string> rules;
        const char *head, *unit;
        State state;
        size_t line;
        const char* why;
    } cases[] = {
        {{kAll}, "", "kind secret-read-unprotected", State::Fed, 0, ""},
        {{kAll}, "", "kind secret-exposed", State::Partly, 4, "requestObject and responseObject of create"},
        {{kAll}, "", "kind secret-read-indirect", State::Blind, 4, "line 4 says level Metadata"},
        {{kBodies}, "", "kind secret-exposed", State::Fed, 0, ""},
        {{"{level: Request}"}, "", "kind secret-read-indirect", State::Fed, 0, ""},
        {{kAll},
         "omitStages: [ResponseComplete]\n",
         "kind crd-failing",
         State::Partly,
         5,
         "Not in the log: create anything"},
        {{kAll},
         "omitStages: [ResponseComplete, ResponseStarted]\n",
         "kind crd-failing",
         State::Blind,
         5,
         ""},
        {{kAll},
         "omitStages: [ResponseStarted]\n",
         "kind unusual-access",
         State::Late,
         5,
         "told only when the session or watch ends"},
        {{kAll}, "omitStages: [ResponseStarted]\n", "kind permission-enumeration", State::Fed, 0, ""},
        {{"{level: None, userGroups: [\"system:nodes\"]}", kAll},
         "",
         "kind unusual-access",
         State::Partly,
         4,
         "by nodes"},
        {{"{level: None, namespaces: [kube-system], resources: [{resources: [secrets]}]}", kAll},
         "",
         "kind secret-read-unprotected",
         State::Partly,
         4,
         "in kube-system"},
        {{"{level: None, userGroups: [\"system:serviceaccounts\"]}", kAll},
         "",
         "kind token-used-elsewhere",
         State::Blind,
         4,
         ""},
        {{"{level: None, users: [\"system:anonymous\"]}", kAll},
         "",
         "kind anonymous-success",
         State::Blind,
         4,
         ""},
        {{"{level: Metadata, resources: [{group: \"\"}]}"},
         "",
         "kind crd-failing",
         State::Blind,
         0,
         "no rule matches"},
        {{"{level: Metadata, resources: [{group: \"\"}]}"}, "", "detector crd_health", State::Blind, 0, ""},
        {{kAll}, "", "detector crd_health", State::Fed, 0, ""},
        {{"{level: None}"}, "", "detector rule", State::Blind, 4, ""},
        {{kAll}, "", "detector rule", State::Partly, 4, ""},
        {{kBodies}, "", "detector rule", State::Fed, 0, ""},
    };
    for (const auto& [rules, head, name, state, line, why] : cases) {
        const Unit unit = units(policy_of(rules, head)).at(name);
        EXPECT_EQ(to_string(unit.state), to_string(state))
            << name << ::testing::PrintToString(rules) << unit.why;
        EXPECT_EQ(unit.line, line) << name << ::testing::PrintToString(rules);
        EXPECT_THAT(unit.why, HasSubstr(why)) << name;
        EXPECT_EQ(unit.why.empty(), state == State::Fed) << name;
    }
}

const std::vector<std::pair<std::vector<std::string>, const char*>>& policies() {
    static const std::vector<std::pair<std::vector<std::string>, const char*>> kPolicies = {
        {{kAll}, ""},
        {{"{level: None}"}, ""},
        {{kReads, kSecrets, kBodies}, kNoReceived},
        {{kSecrets, kReads, kBodies}, kNoReceived},
        {{"{level: None, verbs: [create, update, patch, delete, deletecollection]}", kAll}, ""},
        {{"{level: None, resources: [{resources: [secrets]}]}", kAll}, ""},
        {{"{level: None, resources: [{resources: [pods/exec, pods/attach]}]}", kAll}, ""},
        {{"{level: None, resources: [{group: rbac.authorization.k8s.io}]}", kAll}, ""},
        {{"{level: None, userGroups: [\"system:serviceaccounts\"]}", kAll}, ""},
        {{"{level: None, users: [\"system:anonymous\"]}", kAll}, ""},
        {{"{level: Metadata, resources: [{group: \"\"}]}"}, ""},
        {{kAll}, "omitStages: [ResponseComplete]\n"},
        {{kAll}, "omitStages: [ResponseStarted]\n"},
        {{kAll}, "omitStages: [RequestReceived, ResponseStarted, ResponseComplete, Panic]\n"},
        {{"{level: Request, verbs: [create]}", kAll}, ""},
    };
    return kPolicies;
}

// A rule that is fed or late matches all of its own examples, a blind rule matches none. The test decides
// this by the literal reading of the policy, and removes bodies itself.
TEST(Coverage, RulesAreJudgedByWhatIsLeftOfTheirExamples) {
    size_t blind = 0, fed = 0;
    for (const auto& [rules, head] : policies()) {
        const policy::Policy policy = policy_of(rules, head);
        const auto covered = units(policy);
        for (const rules::RulePtr& rule : pack()) {
            const auto seen = [&](audit::Event& event) {
                const auto decision = policy::test::literal_decide(policy, policy::request_of(event));
                const std::string& level = decision.level;
                event.level = std::min(event.level, policy::level_named(level));
                if (level != "Request" && level != "RequestResponse") event.request_object = {};
                if (level != "RequestResponse") event.response_object = {};
                const bool is_login = event.response.code == 401;
                const bool is_open =
                    event.verb == "watch" || event.object.subresource == "exec" ||
                    event.object.subresource == "attach" || event.object.subresource == "log" ||
                    event.object.subresource == "portforward" || event.object.subresource == "proxy";
                const auto keeps = [&](const char* stage) { return decision.omitted.count(stage) == 0; };
                return level != "None" &&
                       (((is_login || is_open) && keeps("ResponseStarted")) ||
                        (!is_login && keeps("ResponseComplete")) ||
                        (event.stage == Stage::RequestReceived && keeps("RequestReceived")));
            };
            size_t matching = 0, still = 0;
            for (const auto& result : by_rule::run_examples(rule, seen)) {
                matching += result.example->matches;
                still += result.example->matches && result.passed;
            }
            const State state = covered.at("rule " + rule->id).state;
            ASSERT_GT(matching, 0U) << rule->id;
            const bool is_fed = state == State::Fed || state == State::Late;
            EXPECT_TRUE(state != State::Blind || still == 0)
                << rule->id << head << ::testing::PrintToString(rules);
            EXPECT_TRUE(!is_fed || still == matching) << rule->id << head << ::testing::PrintToString(rules);
            blind += state == State::Blind;
            fed += is_fed;
        }
    }
    EXPECT_GT(blind, 300U);
    EXPECT_GT(fed, 300U);
}

std::map<std::string, std::set<std::string>> found_under(const redshank::test::Log& log,
                                                         const policy::Policy* policy) {
    Engine engine(DetectorConfig{});
    std::map<std::string, std::set<std::string>> found;
    const auto take = [&](std::vector<Finding> told) {
        for (const Finding& finding : told) found[finding.kind].insert(finding.id);
    };
    audit::EventParser parser;
    audit::Event event;
    log.each_line([&](std::string_view line, uint64_t offset) {
        if (parser.parse(line, event) != audit::ParseError::None) return;
        if (policy != nullptr &&
            !shrink(event, decide(*policy, policy::request_of(event)), line.size()).is_kept)
            return;
        engine.observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
        take(engine.drain());
    });
    take(engine.drain(true));
    return found;
}

// In recorded attacks, a kind that coverage calls blind finds nothing.
TEST(Coverage, ABlindKindFindsNothingInARecording) {
    NEEDS_SHARED("corpus/attacks-dev");
    const redshank::test::Log log(redshank::test::shared_dir() / "corpus/attacks-dev/audit.log.zst");
    const auto before = found_under(log, nullptr);
    size_t blind = 0;
    for (const auto& [rules, head] : policies()) {
        const policy::Policy policy = policy_of(rules, head);
        const auto after = found_under(log, &policy);
        for (const auto& [name, unit] : units(policy)) {
            if (unit.unit == "detector" || !before.contains(unit.name)) continue;
            const size_t left = after.contains(unit.name) ? after.at(unit.name).size() : 0;
            if (unit.state == State::Blind) {
                EXPECT_EQ(left, 0U) << name << " " << head << ::testing::PrintToString(rules);
                ++blind;
            }
            EXPECT_FALSE(left == 0 && unit.state == State::Fed)
                << name << " " << head << ::testing::PrintToString(rules);
        }
    }
    EXPECT_GT(blind, 50U);
}

TEST(Coverage, KindsAreThoseThatTheDocumentationNames) {
    std::set<std::string> kinds;
    for (const Need& need : needs()) kinds.insert(std::string(need.detector) + "/" + std::string(need.kind));
    EXPECT_EQ(kinds.size(), 25U);
    EXPECT_TRUE(kinds.contains("unusual_access/off-hours"));
    EXPECT_TRUE(kinds.contains("crd_health/crd-operator-refused"));
}

// A Falco rule has no examples, so its condition decides.
TEST(Coverage, ARuleWithoutExamplesIsJudgedByItsCondition) {
    auto rule = std::make_shared<rules::Rule>();
    for (const rules::RulePtr& one : pack()) {
        if (one->id == "secrets-listed-widely") *rule = *one;
    }
    ASSERT_EQ(rule->id, "secrets-listed-widely");
    rule->examples = {};
    const auto state = [&](const std::vector<std::string>& rules) {
        return cover(policy_of(rules), {rule}).back().state;
    };
    EXPECT_EQ(to_string(state({kAll})), "fed");
    EXPECT_EQ(to_string(state({kReads, kAll})), "blind");
    EXPECT_EQ(to_string(state({"{level: None, resources: [{resources: [secrets]}]}", kAll})), "blind");
    EXPECT_EQ(to_string(state({"{level: None, resources: [{resources: [pods]}]}", kAll})), "fed");
    EXPECT_EQ(to_string(state({"{level: None, userGroups: [\"system:nodes\"]}", kAll})), "partly");
}

// samples/policies: what well-known policies show, as docs/policy.md says.
TEST(Coverage, OfTheSampleProfilesIsWhatTheDocumentSays) {
    const std::filesystem::path folder = std::filesystem::path(REDSHANK_SOURCE_DIR) / "samples/policies";
    const struct {
        const char *file, *reads, *windows, *workloads, *acts;
        bool leaks_secrets;
    } profiles[] = {
        {"course.yaml", "blind", "partly", "fed", "partly", false},
        {"cis.yaml", "fed", "partly", "partly", "fed", false},
        {"stig.yaml", "fed", "fed", "fed", "fed", true},
        {"openshift.yaml", "fed", "partly", "blind", "fed", false},
        {"gke.yaml", "fed", "fed", "fed", "fed", false},
        {"eks.yaml", "fed", "fed", "fed", "fed", false},
    };
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files += entry.is_regular_file();
    EXPECT_EQ(files, std::size(profiles));
    for (const auto& profile : profiles) {
        std::ifstream in(folder / profile.file);
        const policy::Loaded loaded = policy::load(std::string(std::istreambuf_iterator<char>(in), {}), 24);
        ASSERT_TRUE(loaded.policy) << profile.file << server_line(loaded, profile.file);
        EXPECT_TRUE(loaded.problems.empty()) << profile.file;
        const auto all = units(*loaded.policy);
        EXPECT_EQ(to_string(all.at("kind secret-read-unprotected").state), profile.reads) << profile.file;
        EXPECT_EQ(to_string(all.at("kind secret-exposed").state), profile.windows) << profile.file;
        EXPECT_EQ(to_string(all.at("kind secret-read-indirect").state), profile.workloads) << profile.file;
        EXPECT_EQ(to_string(all.at("kind unusual-access").state), profile.acts) << profile.file;
        const auto leaks = policy::leaks(*loaded.policy);
        const bool leaks_secrets = std::any_of(
            leaks.begin(), leaks.end(), [](const policy::Leak& leak) { return leak.resource == "secrets"; });
        EXPECT_EQ(leaks_secrets, profile.leaks_secrets) << profile.file;
    }
}

TEST(Suggest, FeedsEverythingWithoutLeakingSecretsOnEveryVersion) {
    for (const int kubernetes : {24, 26, 31, 36, 37}) {
        const std::string text = suggest(pack(), kubernetes);
        const policy::Loaded loaded = policy::load(text, kubernetes);
        ASSERT_TRUE(loaded.policy) << server_line(loaded, "suggested") << text;
        EXPECT_TRUE(loaded.problems.empty()) << text;
        for (const policy::Problem& problem : policy::lint(*loaded.policy))
            EXPECT_EQ(to_string(problem.severity), "note") << problem.place.line << problem.text << "\n"
                                                           << text;
        // The policy omits only bodies that must not be logged.
        const auto is_secret = [](const std::string& what) {
            return what.ends_with(" secrets") || what.ends_with(" configmaps") ||
                   what.ends_with(" serviceaccounts/token") || what.ends_with(" tokenreviews");
        };
        // A policy names resources by group; a resource that this version does not serve itself may be in any
        // group.
        const auto is_custom = [&](const std::string& what) {
            return policy::groups_with(what.substr(what.rfind(' ') + 1), kubernetes).empty();
        };
        for (const auto& [name, unit] : units(*loaded.policy)) {
            EXPECT_TRUE(unit.unit != "kind" || unit.state == State::Fed) << name << unit.why << text;
            // Coverage assumes that each step of a sequence needs what one of them needs.
            if (unit.unit != "rule" || unit.name == "exec-into-privileged-pod") continue;
            for (const std::string& what : unit.missing)
                EXPECT_TRUE(is_secret(what) || is_custom(what)) << name << what << text;
        }
        for (const policy::Leak& leak : policy::leaks(*loaded.policy)) {
            EXPECT_TRUE(leak.resource.starts_with("pods")) << leak.resource << leak.what;
        }
    }
}

}  // namespace
}  // namespace redshank::coverage
