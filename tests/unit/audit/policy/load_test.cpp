// The API server's errors about a policy file and their places: pkg/audit/policy/reader.go and
// pkg/apis/audit/validation/validation.go.
#include <gmock/gmock.h>

#include "tests/unit/audit/policy/policies.h"

namespace redshank::audit::policy {
namespace {

using test::policy_text;
using ::testing::HasSubstr;

struct Case {
    const char* text;
    const char* server;  // of the first error, "" when the server starts
    size_t line, column;
    int kubernetes = 37;
};

// The first error, or the first problem if there is no error.
Problem first_problem(const Loaded& loaded) {
    for (const Problem& problem : loaded.problems) {
        if (problem.severity == Severity::Error) return problem;
    }
    return loaded.problems.empty() ? Problem{} : loaded.problems.front();
}

constexpr const char* kHead = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";

const Case kWholeFiles[] = {
    {"", "unknown group version field audit.k8s.io/__internal, Kind=Policy in policy", 1, 1},
    {"rules:\n- level: Metadata\n",
     "unknown group version field audit.k8s.io/__internal, Kind=Policy in policy", 1, 1},
    {"kind: Policy\nrules:\n- level: Metadata\n",
     "unknown group version field audit.k8s.io/__internal, Kind=Policy in policy", 1, 1},
    {"apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules:\n- level: Metadata\n",
     "failed decoding: no kind \"Policy\" is registered for version \"audit.k8s.io/v1beta1\" in scheme "
     "\"k8s.io/apiserver/pkg/audit/scheme.go:30\"",
     1, 13, 25},
    {"apiVersion: audit.k8s.io/v1alpha1\nkind: Policy\nrules:\n- level: Metadata\n",
     "failed decoding: no kind \"Policy\" is registered for version \"audit.k8s.io/v1alpha1\" in scheme "
     "\"k8s.io/apiserver/pkg/audit/scheme.go:30\"",
     1, 13},
    {"apiVersion: v1\nkind: Policy\nrules:\n- level: Metadata\n",
     "failed decoding: no kind \"Policy\" is registered for version \"v1\" in scheme "
     "\"k8s.io/apiserver/pkg/audit/scheme.go:30\"",
     1, 13},
    {"apiVersion: audit.k8s.io/v1\nkind: Pod\nrules:\n- level: Metadata\n",
     "failed decoding: no kind \"Pod\" is registered for version \"audit.k8s.io/v1\" in scheme "
     "\"k8s.io/apiserver/pkg/audit/scheme.go:30\"",
     2, 7},
    {"apiVersion: audit.k8s.io/v1\nkind: Event\n",
     "failed decoding: converting (v1.Event) to (audit.Policy): unknown conversion", 2, 7},
    {"apiVersion: a/b/c\nkind: Policy\n", "failed decoding: unexpected GroupVersion string: a/b/c", 1, 13},
    {"apiVersion: 1\nkind: Policy\n",
     "failed decoding: couldn't get version/kind; json parse error: json: cannot unmarshal number into Go "
     "struct "
     "field .apiVersion of type string",
     1, 13},
    {"- level: Metadata\n",
     "failed decoding: couldn't get version/kind; json parse error: json: cannot unmarshal array into Go "
     "value of "
     "type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
     "\"json:\\\"kind,omitempty\\\"\" }",
     1, 1},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\n", "loaded illegal policy with 0 rules", 1, 1},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []\n", "loaded illegal policy with 0 rules", 1, 1},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n", "loaded illegal policy with 0 rules", 1, 1},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: {}\n",
     "failed decoding: json: cannot unmarshal object into Go struct field Policy.rules of type "
     "[]v1.PolicyRule",
     3, 8},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [Metadata]\n",
     "failed decoding: json: cannot unmarshal string into Go struct field Policy.rules of type v1.PolicyRule",
     3, 9},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nmetadata: x\nrules: [{level: None}]\n",
     "failed decoding: json: cannot unmarshal string into Go struct field Policy.metadata of type "
     "v1.ObjectMeta",
     3, 11},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nomitManagedFields: \"yes\"\nrules: [{level: None}]\n",
     "failed decoding: json: cannot unmarshal string into Go struct field Policy.omitManagedFields of type "
     "bool",
     3, 20},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [Received]\nrules: [{level: None}]\n",
     "omitStages[0]: Invalid value: \"Received\": allowed stages are "
     "RequestReceived,ResponseStarted,ResponseComplete,Panic",
     3, 14},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n\tusers: [a]\n",
     "failed decoding: yaml: line 5: found character that cannot start any token", 5, 1},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- users: [\"a\"]\n\tlevel: None\n",
     "failed decoding: yaml: line 5: found character that cannot start any token", 5, 1},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- users: [\"a\\\"\"]\n\tlevel: None\n",
     "failed decoding: yaml: line 5: found character that cannot start any token", 5, 1},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata: x\n",
     "failed decoding: yaml: line 4: mapping values are not allowed in this context", 4, 18},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\x01\n",
     "failed decoding: yaml: control characters are not allowed", 2, 13},
    {"{\"apiVersion\": \"audit.k8s.io/v1\", \"kind\": \"Policy\", \"rules\": [{\"level\": \"None\"}]}", "", 0,
     0},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [\n\t{level: None}\n]\n", "", 0, 0},
    {"---\napiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n", "", 0, 0},
    {"\xef\xbb\xbf"
     "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n",
     "", 0, 0},
    {"apiVersion: audit.k8s.io/v1\nkind: Policy\nx: &a {level: None}\nrules: [*a]\n", "", 3, 1},
};

// Each case is one rule, on line 4.
const Case kRules[] = {
    {"{users: [alice]}", "rules[0].level: Required value", 4, 3},
    {"{level: \"\"}", "rules[0].level: Required value", 4, 11},
    {"{level: metadata}",
     "rules[0].level: Unsupported value: \"metadata\": supported values: \"Metadata\", \"None\", "
     "\"Request\", "
     "\"RequestResponse\"",
     4, 11},
    {"{level: metadata}",
     "rules[0].level: Unsupported value: \"metadata\": supported values: \"None\", \"Metadata\", "
     "\"Request\", "
     "\"RequestResponse\"",
     4, 11, 32},
    {"{level: 1}",
     "failed decoding: json: cannot unmarshal number into Go struct field PolicyRule.rules.level of type "
     "v1.Level",
     4, 11},
    {"{level: None, users: [1]}",
     "failed decoding: json: cannot unmarshal number into Go struct field PolicyRule.rules.users of type "
     "string",
     4, 25},
    {"{level: None, users: [on]}",
     "failed decoding: json: cannot unmarshal bool into Go struct field PolicyRule.rules.users of type "
     "string",
     4, 25},
    {"{level: None, verbs: get}",
     "failed decoding: json: cannot unmarshal string into Go struct field PolicyRule.rules.verbs of type "
     "[]string",
     4, 24},
    {"{level: None, resources: [secrets]}",
     "failed decoding: json: cannot unmarshal string into Go struct field PolicyRule.rules.resources of type "
     "v1.GroupResources",
     4, 29},
    {"{level: None, resources: [{group: [apps]}]}",
     "failed decoding: json: cannot unmarshal array into Go struct field "
     "GroupResources.rules.resources.group of "
     "type string",
     4, 37},
    // The alphabetically first key is reported, since the server converts the file to JSON first.
    {"{level: None, verbs: get, users: bob}",
     "failed decoding: json: cannot unmarshal string into Go struct field PolicyRule.rules.users of type "
     "[]string",
     4, 36},
    {"{level: None, nonResourceURLs: [healthz]}",
     "rules[0].nonResourceURLs[0]: Invalid value: \"healthz\": non-resource URL rules must begin with a '/' "
     "character",
     4, 35},
    {"{level: None, nonResourceURLs: [/a, \"/a/**\"]}",
     "rules[0].nonResourceURLs[1]: Invalid value: \"/a/**\": non-resource URL wildcards '*' must be the "
     "final "
     "character of the rule",
     4, 39},
    {"{level: None, nonResourceURLs: [/a], namespaces: [b]}",
     "rules[0].nonResourceURLs: Invalid value: [\"/a\"]: rules cannot apply to both regular resources and "
     "non-resource URLs",
     4, 35},
    {"{level: None, nonResourceURLs: [/a, /b], resources: [{group: apps}]}",
     "rules[0].nonResourceURLs: Invalid value: []string{\"/a\", \"/b\"}: rules cannot apply to both regular "
     "resources and non-resource URLs",
     4, 35, 31},
    {"{level: None, resources: [{group: apps/v1}]}",
     "rules[0].resources.group: Invalid value: \"apps/v1\": a lowercase RFC 1123 subdomain must consist of "
     "lower "
     "case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. "
     "'example.com', regex used for validation is "
     "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
     4, 37},
    {"{level: None, resources: [{group: \"*\"}]}",
     "rules[0].resources.group: Invalid value: \"*\": a lowercase RFC 1123 subdomain must consist of lower "
     "case "
     "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. "
     "'example.com', regex used for validation is "
     "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
     4, 37, 35},
    {"{level: None, resources: [{group: \"*\"}]}", "", 0, 0, 36},
    {"{level: None, resources: [{resourceNames: [a]}]}",
     "rules[0].resources.resourceNames: Invalid value: [\"a\"]: using resourceNames requires at least one "
     "resource",
     4, 46},
    {"{level: None, omitStages: [RequestReceived, Done]}",
     "rules[0].omitStages[1]: Invalid value: \"Done\": allowed stages are "
     "RequestReceived,ResponseStarted,ResponseComplete,Panic",
     4, 47},
    {"", "rules[0].level: Required value", 5, 1},  // yaml-cpp places the empty value there
    {"{level: None, users: [\"1\", ~], omitManagedFields: }", "", 0, 0},
    {"{level: None, resources: [{group: a-1.b2}]}", "", 0, 0},
};

void expect(const Case& one, const std::string& text) {
    const Loaded loaded = load(text, one.kubernetes);
    const Problem problem = first_problem(loaded);
    EXPECT_EQ(loaded.policy.has_value(), *one.server == '\0') << text << problem.server_text;
    EXPECT_EQ(loaded.policy ? "" : problem.server_text, one.server) << text;
    EXPECT_EQ(problem.place.line, one.line) << text << problem.text;
    EXPECT_EQ(problem.place.column, one.column) << text << problem.text;
    EXPECT_EQ(problem.severity == Severity::Error, !loaded.policy) << text;
}

TEST(PolicyLoad, SaysWhatTheServerSaysToAFile) {
    for (const Case& one : kWholeFiles) expect(one, one.text);
}

TEST(PolicyLoad, SaysWhatTheServerSaysToARule) {
    for (const Case& one : kRules) expect(one, policy_text(std::string("- ") + one.text + "\n"));
}

TEST(PolicyLoad, SaysWhatToWriteInsteadOfAnotherType) {
    const struct {
        const char *rule, *text;
    } cases[] = {
        {"{level: 1}", "level must be a text; write it in quotes: \"1\"."},
        {"{level: [None]}", "level must be a text."},
        {"{level: None, users: [1]}", "users must be a text; write it in quotes: \"1\"."},
        {"{level: None, users: [{a: b}]}", "users must be a text."},
        {"{level: None, omitStages: [1]}", "omitStages must be a text; write it in quotes: \"1\"."},
        {"{level: None, omitManagedFields: 1}", "omitManagedFields is true or false."},
        {"{level: None, verbs: get}", "verbs is a list; write [\"get\"]."},
        {"{level: None, verbs: {a: b}}", "verbs is a list."},
        {"{level: None, resources: [secrets]}", "resources[0] is a map."},
    };
    for (const auto& [rule, text] : cases)
        EXPECT_EQ(first_problem(load(policy_text(std::string("- ") + rule + "\n"), 32)).text,
                  std::string("rules[0].") + text)
            << rule;
}

TEST(PolicyLoad, TellsUnknownAndDoubledKeysWithTheirPlace) {
    const struct {
        const char* rule;  // from line 4 on
        const char* server;
        size_t line, column;
        const char* text;
    } cases[] = {
        // From OpenShift's profiles, since March 2025.
        {"- level: None\n  resources:\n  - group: machineconfiguration.openshift.io\n    resource: "
         "[machineconfig]\n",
         "unknown field \"rules[0].resources[0].resource\"", 7, 5, "did you mean resources?"},
        {"- level: None\n  namespace: [kube-system]\n", "unknown field \"rules[0].namespace\"", 5, 3,
         "the rule matches more than it seems to"},
        {"- level: Metadata\n  resources:\n  - group: apps\n    verbs: [get]\n",
         "unknown field \"rules[0].resources[0].verbs\"", 7, 5, "does not belong here"},
        {"- level: Metadata\n  Users: [bob]\n", "unknown field \"rules[0].Users\"", 5, 3,
         "did you mean users?"},
        {"- level: Metadata\n  level: None\n", "line 5: key \"level\" already set in map", 5, 3,
         "the last one counts"},
    };
    for (const auto& [rule, server, line, column, text] : cases) {
        const Loaded loaded = load(policy_text(rule), 32);
        ASSERT_TRUE(loaded.policy) << rule;
        ASSERT_EQ(loaded.problems.size(), 1U) << rule;
        const Problem& problem = loaded.problems[0];
        EXPECT_EQ(problem.severity, Severity::Warning);
        EXPECT_EQ(problem.server_text, server);
        EXPECT_EQ(problem.place, (Place{line, column})) << rule;
        EXPECT_THAT(problem.text, HasSubstr(text));
        // Servers up to 1.25 report nothing.
        EXPECT_EQ(load(policy_text(rule), 25).problems.at(0).server_text, "");
    }
}

TEST(PolicyLoad, LenientDecodingLeavesOutUnknownKeysAndTakesTheLastOfTwo) {
    const Loaded loaded =
        load(policy_text("- level: None\n  namespace: [kube-system]\n  level: Request\n"), 37);
    ASSERT_TRUE(loaded.policy);
    EXPECT_TRUE(loaded.policy->rules[0].is_catch_all());
    EXPECT_EQ(loaded.policy->rules[0].level, Level::Request);
    EXPECT_EQ(server_line(loaded, "/p"),
              "Audit policy contains errors, falling back to lenient decoding: strict decoding error: yaml: "
              "unmarshal errors:\n  line 6: key \"level\" already set in map, unknown field "
              "\"rules[0].namespace\"");
    EXPECT_EQ(server_line(load(policy_text("- level: None\n  namespace: [a]\n"), 25), "/p"), "");
}

TEST(PolicyLoad, JsonNamesDoubledKeysByTheirPath) {
    const Loaded loaded = load(
        R"({"apiVersion":"audit.k8s.io/v1","kind":"Policy","rules":[{"level":"None","level":"Request"}]})",
        37);
    ASSERT_TRUE(loaded.policy);
    EXPECT_EQ(loaded.problems.at(0).server_text, "duplicate field \"rules[0].level\"");
    // This is YAML but not JSON; the server chooses the decoder by the first character.
    EXPECT_FALSE(load("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None}]}", 37).policy);
}

TEST(PolicyLoad, TheServersLogHoldsAllErrorsAtOnce) {
    const Loaded loaded = load(policy_text("- {users: [a]}\n- {level: x}\n- {users: [a]}\n"), 32);
    EXPECT_EQ(server_line(loaded, "/etc/kubernetes/p.yaml"),
              "loading audit policy file: [rules[0].level: Required value, rules[1].level: Unsupported "
              "value: \"x\": "
              "supported values: \"None\", \"Metadata\", \"Request\", \"RequestResponse\", rules[2].level: "
              "Required "
              "value]: from file /etc/kubernetes/p.yaml");
    EXPECT_EQ(server_line(load(kHead, 32), "/p"),
              "loading audit policy file: loaded illegal policy with 0 rules: from file /p");
    EXPECT_EQ(server_line(load(policy_text("- level: None\n"), 32), "/p"), "");
}

TEST(PolicyLoad, OnlyTheFirstDocumentCounts) {
    const Loaded loaded = load(policy_text("- level: Metadata\n---\nrules: [\n"), 37);
    ASSERT_TRUE(loaded.policy);
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_THAT(loaded.problems[0].text, HasSubstr("only the first"));
}

TEST(PolicyLoad, AnAbsentKindIsTakenToBePolicy) {
    const Loaded loaded = load("apiVersion: audit.k8s.io/v1\nrules: [{level: None}]\n", 37);
    ASSERT_TRUE(loaded.policy);
    EXPECT_EQ(loaded.problems.at(0).severity, Severity::Note);
}

TEST(PolicyLoad, HostileFilesAreRefused) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const std::string below = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int k = 0; k < 10; ++k) bomb += below + (k < 9 ? ", " : "]\n");
    }
    std::string deep = "rules: ";
    for (int i = 0; i < 5000; ++i) deep += "[";
    for (const std::string& text :
         {kHead + bomb, kHead + deep, std::string(kHead) + "rules: &r [*r]\n", std::string(2 << 20, 'a'),
          std::string(",\n,\n,"), std::string("\xff\xfe")}) {
        const Loaded loaded = load(text, 37);
        EXPECT_FALSE(loaded.policy) << text.substr(0, 80);
        ASSERT_EQ(loaded.problems.size(), 1U);
        EXPECT_THAT(loaded.problems[0].server_text, HasSubstr("failed decoding: "));
    }
}

TEST(PolicyLoad, MergedMapsAndAnchorsAreUnfolded) {
    const Loaded loaded =
        load(policy_text("- &base {level: Metadata, users: [a]}\n- {<<: *base, level: None}\n"), 37);
    ASSERT_TRUE(loaded.policy);
    EXPECT_EQ(loaded.policy->rules[1].level, Level::None);
    EXPECT_EQ(loaded.policy->rules[1].users.at(0).value, "a");
}

}  // namespace
}  // namespace redshank::audit::policy
