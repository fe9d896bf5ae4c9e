// Mistakes that the server accepts silently: rules that match nothing or are never reached, and holes.
#include <gmock/gmock.h>

#include "audit/policy/leaks.h"
#include "audit/policy/lint.h"
#include "audit/policy/shrink.h"
#include "tests/support/events.h"
#include "tests/unit/audit/policy/policies.h"

namespace redshank::audit::policy {
namespace {

using test::policy_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Each remark as "line: severity: text".
std::vector<std::string> remarks(const std::vector<std::string>& rules, int kubernetes = 37,
                                 const std::string& head = "") {
    std::vector<std::string> all;
    for (const Problem& problem : lint(policy_of(rules, head, kubernetes))) {
        all.push_back(std::to_string(problem.place.line) + ": " + std::string(to_string(problem.severity)) +
                      ": " + problem.text);
    }
    return all;
}

const char* const kAll = "{level: Metadata}";

struct Case {
    const char* rule;    // the first rule; a rule that matches everything follows
    const char* remark;  // a part of the only remark; "" for none
    int kubernetes = 37;
};

TEST(PolicyLint, FindsWordsThatNoRequestHas) {
    const Case cases[] = {
        {"{level: None, verbs: [get, lst]}", "4: warning: No request has the verb lst; did you mean list?"},
        {"{level: None, verbs: [get, post], namespaces: [a]}", "post is a method"},
        {"{level: None, verbs: [get, create], nonResourceURLs: [/healthz]}", "create never comes with a URL"},
        {"{level: None, verbs: [get, exec]}", "it is the subresource pods/exec"},
        {"{level: None, verbs: [get, \"*\"]}", "leave verbs away"},
        {"{level: None, verbs: [get, post]}", ""},
        {"{level: None, resources: [{resources: [pods, deployments]}]}", "they are in group apps"},
        {"{level: None, resources: [{group: apps, resources: [deployment]}]}", "did you mean deployments?"},
        {"{level: None, resources: [{resources: [pods, Secrets]}]}", "in lower case"},
        {"{level: None, resources: [{resources: [\"pod*\"]}]}", "matches nothing"},
        {"{level: None, resources: [{resources: [\"*/*\"]}]}", "matches nothing"},
        {"{level: None, resources: [{resources: [pods/logs]}]}", "pods have the subresources"},
        {"{level: None, resources: [{resources: [secrets/data]}]}", "no subresources"},
        {"{level: None, resources: [{resources: [pods/log, pods/exec, \"*/status\", \"pods/*\"]}]}", ""},
        {"{level: None, resources: [{group: authentication.k8s.io, resources: [tokenrequests]}]}",
         "has no tokenrequests"},
        {"{level: None, resources: [{group: acme.io, resources: [anything/at-all]}]}", ""},
        {"{level: None, resources: [{group: \"*\", resources: [anything]}]}", ""},
        {"{level: None, resources: [{group: extensions}]}", "5: note"},
        {"{level: None, resources: [{group: policy, resources: [podsecuritypolicies]}]}",
         "in Kubernetes 1.31", 31},
        {"{level: None, resources: [{group: policy, resources: [podsecuritypolicies]}]}", "", 24},
        {"{level: None, namespaces: [\"kube-*\"]}", "namespaces are compared letter by letter"},
        {"{level: None, users: [\"system:node:*\"], verbs: [get], namespaces: [a]}", "letter by letter"},
        {"{level: None, namespaces: [a], resources: [{resources: [nodes]}]}", "lie in no namespace"},
        {"{level: None, namespaces: [a, \"\"], resources: [{resources: [nodes]}]}", ""},
        {"{level: None, namespaces: [a], resources: [{resources: [namespaces, pods]}]}", ""},
        {"{level: None, verbs: [create], resources: [{resources: [pods], resourceNames: [a]}]}",
         "have no name"},
        {"{level: None, verbs: [create], resources: [{resources: [pods/exec], resourceNames: [a]}]}", ""},
        {"{level: None, nonResourceURLs: [\"/api?timeout=1s\"]}", "without its query"},
        {"{level: None, nonResourceURLs: [/api/v1/pods]}", "it is the URL of a resource"},
        {"{level: None, nonResourceURLs: [\"/api/v1/pods*\", /apis/apps/v1]}", ""},
        {"{level: None, users: [\"system:masters\"], namespaces: [a]}", "put it under userGroups"},
        {"{level: None, userGroups: [\"system:serviceaccount:a:b\"], namespaces: [a]}", "put it under users"},
    };
    for (const auto& [rule, remark, kubernetes] : cases) {
        const auto found = remarks({rule, kAll}, kubernetes);
        if (*remark == '\0') {
            EXPECT_THAT(found, IsEmpty()) << rule;
        } else {
            const std::string where =
                std::string(rule).find("extensions") == std::string::npos ? "" : "4: note";
            ASSERT_EQ(found.size(), 1U) << rule << ::testing::PrintToString(found);
            EXPECT_THAT(found[0], HasSubstr(where.empty() ? remark : where)) << rule;
        }
    }
    const auto never = remarks({"{level: None, verbs: [\"*\"]}", kAll});
    ASSERT_EQ(never.size(), 2U);
    EXPECT_THAT(never[0], HasSubstr("The rule never matches"));
}

TEST(PolicyLint, FindsRulesThatNoRequestReaches) {
    const struct {
        std::vector<std::string> above;
        const char* rule;
        const char* remark;
    } cases[] = {
        {{"{level: None}"}, "{level: Metadata, verbs: [get]}", "the rule at line 4 above takes all of them"},
        {{"{level: None, resources: [{group: \"\"}]}"},
         "{level: Metadata, resources: [{resources: [secrets]}]}",
         "the rule at line 4"},
        {{"{level: Metadata, verbs: [get, list, watch]}",
          "{level: Metadata, verbs: [create, update, patch, delete, deletecollection]}"},
         "{level: Request, resources: [{group: apps}]}",
         "the rules at lines 4 and 5 above take all of them"},
        {{"{level: Metadata, verbs: [get, list, watch]}",
          "{level: Metadata, verbs: [create, update, patch, delete]}"},
         "{level: Metadata, resources: [{group: apps}]}",
         ""},
        {{"{level: None, userGroups: [\"system:serviceaccounts:ci\"], resources: [{group: apps}]}"},
         "{level: Metadata, users: [\"system:serviceaccount:ci:bot\"], resources: [{group: apps}]}",
         "the rule at line 4"},
        {{"{level: None, userGroups: [\"system:authenticated\"], namespaces: [a]}"},
         "{level: Metadata, users: [bob], namespaces: [a]}",
         "the rule at line 4"},
        // A 401 has no user, so requests still reach this rule.
        {{"{level: None, userGroups: [\"system:authenticated\", \"system:unauthenticated\"], namespaces: "
          "[a]}"},
         "{level: Metadata, namespaces: [a]}",
         ""},
        {{"{level: Metadata, users: [bob]}"}, "{level: Metadata, verbs: [get]}", ""},
        {{"{level: Metadata, resources: [{resources: [\"pods/*\"]}]}"},
         "{level: Metadata, resources: [{resources: [pods/exec]}]}",
         "the rule at line 4"},
        {{"{level: Metadata, resources: [{resources: [pods]}]}"},
         "{level: Metadata, resources: [{resources: [pods/exec]}]}",
         ""},
        {{"{level: Metadata, nonResourceURLs: [\"*\"]}"},
         "{level: Metadata, nonResourceURLs: [/api]}",
         "the rule at line 4"},
        {{"{level: Metadata, nonResourceURLs: [/api]}"},
         "{level: Metadata, nonResourceURLs: [\"/api*\"]}",
         ""},
        {{"{level: Metadata, namespaces: [a]}"}, "{level: Metadata, namespaces: [a, b]}", ""},
        {{"{level: Metadata, resources: [{resources: [pods], resourceNames: [a]}]}"},
         "{level: Metadata, resources: [{resources: [pods]}]}",
         ""},
        {{"{level: Metadata, resources: [{resources: [pods]}]}"},
         "{level: Metadata, resources: [{resources: [pods], resourceNames: [a]}]}",
         "the rule at line 4"},
    };
    for (const auto& [above, rule, remark] : cases) {
        std::vector<std::string> rules = above;
        rules.emplace_back(rule);
        std::vector<Problem> problems;
        lint_order(policy_of(rules), problems);
        if (*remark == '\0') {
            EXPECT_THAT(problems, IsEmpty()) << rule << problems.front().text;
        } else {
            ASSERT_EQ(problems.size(), 1U) << rule;
            EXPECT_THAT(problems[0].text, HasSubstr(remark)) << rule;
            EXPECT_EQ(problems[0].place.line, 4 + above.size());
        }
    }
}

// The policy of the course's exercise, with its rules in the order of the text.
TEST(PolicyLint, SaysThatReadsOfSecretsAreLostInTheCoursesPolicy) {
    const char *reads = "{level: None, verbs: [get, watch, list]}",
               *secrets = "{level: Metadata, resources: [{group: \"\", resources: [secrets]}]}",
               *rest = "{level: RequestResponse}", *head = "omitStages: [RequestReceived]\n";
    const auto found = remarks({reads, secrets, rest}, 37, head);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(
        found[0],
        "6: warning: get, list and watch of secrets do not come to this rule: line 5 above takes them at "
        "level None.");
    EXPECT_THAT(remarks({secrets, reads, rest}, 37, head), IsEmpty());
    EXPECT_THAT(remarks({secrets, reads, rest}, 36, head).at(0), HasSubstr("line 7"));
}

TEST(PolicyLint, FindsWhatKeepsAnAttackOutOfTheLog) {
    const struct {
        const char *head, *rule;
        int kubernetes;
        const char* remark;
    } cases[] = {
        {"omitStages: [RequestReceived]\n", "{level: Request, verbs: [patch]}", 36, "whose body is no JSON"},
        {"omitStages: [RequestReceived]\n", "{level: Request, verbs: [patch]}", 37, ""},
        {"omitStages: [RequestReceived]\n", "{level: Metadata, verbs: [patch]}", 36, ""},
        {"omitStages: [RequestReceived]\n", "{level: Request, verbs: [create]}", 36, ""},
        {"", "{level: Request, verbs: [patch]}", 36, ""},
        {"", "{level: Request, verbs: [patch], omitStages: [RequestReceived]}", 36, "whose body is no JSON"},
        {"omitStages: [ResponseStarted]\n", "{level: Metadata, verbs: [get]}", 37, "no failed login (401)"},
        {"", "{level: Metadata, verbs: [get], omitStages: [ResponseStarted]}", 37, "no failed login (401)"},
        {"", "{level: None, verbs: [get], omitStages: [ResponseStarted]}", 37, ""},
        {"omitStages: [ResponseComplete]\n", "{level: Metadata, verbs: [get]}", 37,
         "the outcome of a request"},
        {"omitStages: [RequestReceived, ResponseStarted, ResponseComplete, Panic]\n",
         "{level: Metadata, verbs: [get]}", 37, "nothing is logged"},
        {"", "{level: None, userGroups: [\"system:nodes\"]}", 37,
         "Nothing that members of system:nodes do is logged"},
        {"", "{level: None, users: [\"system:kube-scheduler\"], verbs: [get, update]}", 37, "Nothing that"},
        {"", "{level: None, users: [\"system:kube-scheduler\"], verbs: [get, watch]}", 37,
         "note: No read that"},
        {"", "{level: None, userGroups: [\"system:nodes\"], resources: [{resources: [nodes]}]}", 37, ""},
    };
    for (const auto& [head, rule, kubernetes, remark] : cases) {
        const auto found = remarks({rule, kAll}, kubernetes, head);
        if (*remark == '\0') {
            EXPECT_THAT(found, IsEmpty()) << rule;
        } else {
            ASSERT_EQ(found.size(), 1U) << rule << ::testing::PrintToString(found);
            EXPECT_THAT(found[0], HasSubstr(remark)) << rule;
        }
    }
    EXPECT_THAT(remarks({"{level: Metadata, verbs: [get]}"}).at(0), HasSubstr("match no rule"));
}

TEST(PolicyLeaks, NamesTheRuleAndTheVerbs) {
    const struct {
        std::vector<std::string> rules;
        std::vector<std::string> expected;  // "line resource: beginning of Leak::what"
    } cases[] = {
        {{"{level: Metadata}"}, {"4 pods/exec: create and get"}},
        {{"{level: None}"}, {}},
        {{"{level: Metadata, resources: [{resources: [secrets]}]}"}, {}},
        {{"{level: Request, resources: [{resources: [secrets]}]}"}, {"4 secrets: create, update and patch"}},
        {{"{level: RequestResponse, resources: [{resources: [secrets]}]}"},
         {"4 secrets: create, update, patch, get, list and deletecollection"}},
        {{"{level: None, verbs: [get, list, watch]}",
          "{level: RequestResponse, resources: [{resources: [secrets]}]}"},
         {"5 secrets: create, update, patch and deletecollection"}},
        // The first rule excludes one account or namespace; all others reach the second.
        {{"{level: None, namespaces: [a], resources: [{resources: [secrets]}]}",
          "{level: Request, verbs: [create], resources: [{resources: [secrets]}]}"},
         {"5 secrets: create"}},
        {{"{level: Metadata, resources: [{resources: [secrets]}]}",
          "{level: Request, resources: [{resources: [\"*\"], resourceNames: [a]}], namespaces: [b], verbs: "
          "[get]}"},
         {"5 pods/exec: get"}},
        {{"{level: Request, resources: [{resources: [serviceaccounts/token]}]}"}, {}},
        {{"{level: RequestResponse, resources: [{resources: [serviceaccounts/token]}]}"},
         {"4 serviceaccounts/token: create"}},
        {{"{level: RequestResponse, resources: [{resources: [serviceaccounts]}]}"}, {}},
        {{"{level: Request, resources: [{group: authentication.k8s.io}]}"},
         {"4 tokenreviews.authentication.k8s.io: create"}},
        {{"{level: Metadata, resources: [{resources: [pods/exec], resourceNames: [a]}]}"},
         {"4 pods/exec: create and get"}},
    };
    for (const auto& [rules, expected] : cases) {
        std::vector<std::string> found;
        for (const Leak& leak : leaks(policy_of(rules))) {
            found.push_back(std::to_string(leak.place.line) + " " + leak.resource + ": " +
                            leak.what.substr(0, leak.what.find(':')));
        }
        EXPECT_EQ(found, expected) << ::testing::PrintToString(rules);
    }
}

TEST(PolicyShrink, TakesBodiesAndManagedFieldsAway) {
    redshank::test::EventSpec spec;
    spec.level = "RequestResponse";
    spec.verb = "update";
    spec.request_object = R"({"a":1})";
    spec.response_object = R"({"metadata":{"managedFields":[{"f":"]\""},[2]],"name":"x"}})";
    const std::string line = spec.json();
    const struct {
        Level level;
        bool omit;
        std::string without;
    } cases[] = {
        {Level::RequestResponse, false, ""},
        {Level::RequestResponse, true, R"("managedFields":[{"f":"]\""},[2]],)"},
        {Level::Request, false, R"(,"responseObject":)" + spec.response_object + "Response"},
        {Level::Metadata, false,
         R"(,"responseObject":)" + spec.response_object + R"(,"requestObject":)" + spec.request_object +
             "Response"},
    };
    for (const auto& [level, omit, without] : cases) {
        Event event;
        std::string padded = line + std::string(kPadding, '\0');
        EventParser parser;
        ASSERT_EQ(parser.parse(std::string_view(padded).substr(0, line.size()), event), ParseError::None);
        const Shrunk shrunk = shrink(event, {.level = level, .omit_managed_fields = omit}, line.size());
        EXPECT_TRUE(shrunk.is_kept);
        EXPECT_FALSE(shrunk.lacks_bodies);
        // The word Metadata is a byte longer than Request.
        EXPECT_EQ(shrunk.bytes + without.size() - (level == Level::Metadata ? 1 : 0), line.size() + 1)
            << without;
        EXPECT_EQ(event.request_object.empty(), level < Level::Request);
        EXPECT_EQ(event.response_object.empty(), level < Level::RequestResponse);
        EXPECT_EQ(event.level, level);
    }
}

TEST(PolicyShrink, APatchKeepsTheManagedFieldsThatWereSent) {
    for (const std::string verb : {"update", "patch"}) {
        redshank::test::EventSpec spec;
        spec.level = "RequestResponse";
        spec.verb = verb;
        spec.request_object = R"({"metadata":{"managedFields":[1],"name":"x"}})";
        const std::string line = spec.json();
        Event event;
        std::string padded = line + std::string(kPadding, '\0');
        EventParser parser;
        ASSERT_EQ(parser.parse(std::string_view(padded).substr(0, line.size()), event), ParseError::None);
        const size_t gone = verb == "update" ? std::string_view(R"("managedFields":[1],)").size() : 0;
        const Shrunk shrunk =
            shrink(event, {.level = Level::RequestResponse, .omit_managed_fields = true}, line.size());
        EXPECT_EQ(shrunk.bytes + gone, line.size() + 1) << verb;
    }
}

TEST(PolicyShrink, SaysWhenTheLogLacksBodies) {
    const struct {
        const char *verb, *stage, *subresource;
        Level level;
        bool lacks;
    } cases[] = {
        {"get", "ResponseComplete", "", Level::RequestResponse, true},
        {"get", "ResponseComplete", "", Level::Request, false},
        {"patch", "ResponseComplete", "", Level::Request, true},
        {"patch", "RequestReceived", "", Level::Request, false},
        {"watch", "ResponseComplete", "", Level::RequestResponse, false},
        {"get", "ResponseComplete", "log", Level::RequestResponse, false},
        {"create", "ResponseComplete", "exec", Level::RequestResponse, false},
        {"create", "ResponseComplete", "", Level::Metadata, false},
    };
    for (const auto& [verb, stage, subresource, level, lacks] : cases) {
        redshank::test::EventSpec spec;
        spec.verb = verb;
        spec.stage = stage;
        spec.object = std::string(R"({"resource":"pods","subresource":")") + subresource + "\"}";
        const std::string line = spec.json() + std::string(kPadding, '\0');
        EventParser parser;
        Event event;
        ASSERT_EQ(parser.parse(std::string_view(line).substr(0, line.size() - kPadding), event),
                  ParseError::None);
        EXPECT_EQ(shrink(event, {.level = level}, line.size()).lacks_bodies, lacks)
            << verb << subresource << stage;
    }
    redshank::test::EventSpec spec;
    const std::string line = spec.json() + std::string(kPadding, '\0');
    EventParser parser;
    Event event;
    ASSERT_EQ(parser.parse(std::string_view(line).substr(0, line.size() - kPadding), event),
              ParseError::None);
    EXPECT_FALSE(shrink(event, {.level = Level::None}, line.size()).is_kept);
}

}  // namespace
}  // namespace redshank::audit::policy
