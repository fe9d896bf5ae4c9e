#include <gtest/gtest.h>

#include "rules/condition_parser.h"
#include "rules/event_json.h"
#include "rules/falco_condition.h"
#include "rules/yaml_loaders.h"
#include "tests/unit/rules/rule_cases.h"

namespace redshank::rules {
namespace {

using test::Request;

const FalcoNames kNoNames{[](std::string_view name, size_t at) -> ConditionPtr {
                              throw ConditionError(at, "there is no macro " + std::string(name));
                          },
                          [](std::string_view) -> const std::vector<std::string>* { return nullptr; }};

Request pod_request() {
    return {
        .verb = "create",
        .name = "web",
        .body =
            R"({"spec":{"hostNetwork":true,"securityContext":{"runAsUser":1000},"containers":[)"
            R"({"image":"reg/a:1","ports":[{"containerPort":80},{"hostPort":443}],"securityContext":{"runAsUser":7,)"
            R"("capabilities":{"add":["NET_ADMIN"]}}},{"image":"reg/b@sha256:x"}],"initContainers":[)"
            R"({"image":"reg/c:3","securityContext":{"privileged":true}}],"volumes":[)"
            R"({"name":"v","hostPath":{"path":"/etc/x"}},{"name":"w","emptyDir":{}}]}})",
        .code = 201,
        .uri = "/api/v1/pods?fieldManager=a%20b&x=1&x=2"};
}

struct Case {
    const char* condition;
    bool expected;
};
class FalcoConditions : public testing::TestWithParam<Case> {};

TEST_P(FalcoConditions, OnOnePod) {
    Rule rule;
    rule.condition = parse_falco_condition(GetParam().condition, kNoNames);
    EXPECT_EQ(test::matches(rule, pod_request()), GetParam().expected) << GetParam().condition;
}

INSTANTIATE_TEST_SUITE_P(
    Language, FalcoConditions,
    testing::Values(
        Case{"ka.verb=create", true}, Case{"ka.verb = \"create\"", true}, Case{"ka.verb == 'get'", false},
        Case{"not ka.verb=get and (ka.verb=create or ka.verb=x)", true}, Case{"not(ka.verb=create)", false},
        Case{"ka.response.code startswith 2", true}, Case{"ka.response.code=201", true},
        // A field without a value fails every comparison; only `not` and exists are true.
        Case{"ka.target.subresource exists", false}, Case{"not ka.target.subresource exists", true},
        Case{"ka.target.subresource != exec", false}, Case{"not ka.target.subresource = exec", true},
        Case{"ka.target.namespace != kube-system", true}, Case{"ka.user.name in (alice, \"bob\")", true},
        Case{"ka.user.name in ()", false}, Case{"ka.useragent contains kubectl", true},
        Case{"ka.useragent icontains KUBECTL", true}, Case{"ka.useragent glob *linux*", true},
        Case{"ka.useragent regex 'kubectl/v1.*'", true}, Case{"ka.useragent regex 'v1'", false},
        Case{"ka.uri pmatch (/api/v1)", true}, Case{"ka.uri pmatch (/api/v)", false},
        Case{"toupper(ka.verb) = CREATE", true}, Case{"tolower(ka.useragent) startswith kubectl", true},
        Case{"basename(ka.useragent) = abc", true}, Case{"len(ka.verb) > 5", true},
        Case{"ka.user.name = val(ka.target.name)", false}, Case{"ka.uri.param[fieldManager] = 'a b'", true},
        Case{"ka.uri.param[x]=1", true}, Case{"ka.uri.param[x]=2", false},
        Case{"ka.uri.param[y] exists", false}, Case{"jevt.rawtime exists", true},
        Case{"jevt.rawtime=0", false}, Case{"jevt.rawtime > 1000", true},
        Case{"jevt.value[/stage]=ResponseComplete", true}, Case{"jevt.value[/objectRef/name]=web", true},
        Case{"jevt.value[/requestObject/spec/containers/1/image] startswith reg/b", true},
        Case{"jevt.value[/requestObject/spec/containers/image] exists", false},
        Case{"jevt.value[/requestObject/spec/volumes] contains emptyDir", true},
        Case{"jevt.value[/annotations/authorization.k8s.io~1decision]=allow", true},
        Case{"jevt.value[/user/groups/0]=system:authenticated", true},
        Case{"json.value[/responseStatus/code]=201", true}));

INSTANTIATE_TEST_SUITE_P(PodFields, FalcoConditions,
                         testing::Values(
                             // `in` requires every value to be in the list, `intersects` one of them.
                             Case{"ka.req.pod.containers.image in (reg/a:1)", false},
                             Case{"ka.req.pod.containers.image intersects (reg/a:1)", true},
                             Case{"ka.req.pod.containers.image.repository in (reg/a, reg/b)", true},
                             Case{"ka.req.pod.containers.image.repository[1] in (reg/b)", true},
                             Case{"ka.req.container.image = reg/a:1", true},
                             Case{"ka.req.container.image.repository = reg/a", true},
                             Case{"ka.req.pod.containers.privileged intersects (true)", false},
                             Case{"ka.req.pod.initContainers.privileged intersects (true)", true},
                             Case{"ka.req.pod.ephemeralContainers.privileged exists", false},
                             Case{"ka.req.container.privileged = false", true},
                             Case{"ka.req.pod.host_network intersects (true)", true},
                             Case{"ka.req.pod.host_pid exists", false},
                             Case{"ka.req.pod.containers.host_port in (80, 443)", true},
                             Case{"ka.req.pod.run_as_user = 1000", true},
                             Case{"ka.req.pod.containers.run_as_user in (7)", true},
                             Case{"ka.req.pod.containers.eff_run_as_user in (7, 1000)", true},
                             Case{"ka.req.pod.containers.eff_run_as_group in (0)", true},
                             Case{"ka.req.pod.containers.add_capabilities intersects (NET_ADMIN)", true},
                             Case{"ka.req.pod.volumes.hostpath intersects (/etc/x)", true},
                             Case{"ka.req.volume.hostpath[/etc/*] = true", true},
                             Case{"ka.req.volume.hostpath[/var*] = false", true},
                             Case{"ka.req.pod.volumes.volume_type intersects (hostPath)", true},
                             Case{"ka.req.binding.subject.has_name[x] = true", true}));

// oneof requires that exactly one of the comparisons holds, anyof at least one, allof all of them.
INSTANTIATE_TEST_SUITE_P(
    Modifiers, FalcoConditions,
    testing::Values(
        Case{"ka.verb startswith oneof (cr, x)", true}, Case{"ka.verb startswith oneof (x, y)", false},
        Case{"ka.verb startswith oneof (c, cr)", false}, Case{"ka.verb startswith oneof (c, cr, cre)", false},
        Case{"ka.verb startswith anyof (x, cr)", true}, Case{"ka.verb startswith anyof (c, cr)", true},
        Case{"ka.verb startswith anyof (x, y)", false}, Case{"ka.verb startswith allof (c, cr)", true},
        Case{"ka.verb startswith allof (c, x)", false}, Case{"ka.verb startswith allof (x, c)", false},
        Case{"ka.verb = anyof (get, create)", true}, Case{"ka.verb = anyof (get, list)", false},
        Case{"ka.verb = oneof(create)", true}, Case{"ka.verb == allof (create, get)", false},
        Case{"ka.verb != allof (get, list)", true}, Case{"ka.verb != allof (get, create)", false},
        Case{"ka.verb != anyof (get, create)", true}, Case{"ka.verb != anyof (create)", false},
        Case{"ka.verb != oneof (get, create)", true}, Case{"ka.verb != oneof (get, list)", false},
        Case{"ka.useragent contains allof (kubectl, linux)", true},
        Case{"ka.useragent contains allof (kubectl, mac)", false},
        Case{"ka.useragent icontains anyof (LINUX)", true}, Case{"ka.verb endswith anyof (ate, x)", true},
        Case{"ka.verb glob anyof (x*, c*e)", true}, Case{"ka.verb iglob oneof (C*)", true},
        Case{"ka.verb regex anyof ('get', 'c.*')", true}, Case{"ka.verb regex allof ('c.*', '.*x')", false},
        Case{"len(ka.verb) = anyof (5, 6)", true}, Case{"len(ka.verb) = anyof (5, 7)", false},
        Case{"ka.verb = anyof ()", false}, Case{"ka.verb != allof ()", false},
        Case{"not ka.verb = oneof ()", true}, Case{"ka.impuser.name != allof (a)", false},
        Case{"ka.impuser.name startswith anyof ('')", false},
        // Without a list after it, the word itself is the value.
        Case{"ka.verb = oneof", false}, Case{"ka.verb != allof and ka.verb = create", true}));

INSTANTIATE_TEST_SUITE_P(
    SeveralArguments, FalcoConditions,
    testing::Values(
        Case{"concat(ka.target.namespace, \"/\", ka.target.name) = \"shop/web\"", true},
        Case{"concat(ka.target.name, ka.target.namespace) = webshop", true},
        Case{"concat(ka.target.name, '-x') endswith '-x'", true},
        Case{"concat(ka.impuser.name, 'x') exists", false}, Case{"concat(ka.impuser.name, 'x') = x", false},
        Case{"toupper(concat(ka.verb, 'd')) = CREATED", true},
        Case{"concat(toupper(ka.verb), 'd') = CREATEd", true}, Case{"len(concat(ka.verb, 'd')) = 7", true},
        Case{"ka.target.name = concat('we', 'b')", true}, Case{"concat(ka.verb, 'd') in (created, x)", true},
        Case{"join('+', ka.req.pod.containers.image) = 'reg/a:1+reg/b@sha256:x'", true},
        Case{"join(ka.verb, ka.user.groups) = system:authenticated", true},
        Case{"join(',', ka.req.pod.volumes.flexvolume_driver) exists", false},
        Case{"join(',', ka.req.pod.containers.image) contains ','", true},
        // Items in parentheses are a list; one without a value leaves none.
        Case{"join('-', (ka.verb, 'x', 5, toupper(ka.target.name))) = create-x-5-WEB", true},
        Case{"join('-', ( ka.verb , ka.impuser.name )) exists", false},
        Case{"join('-', (ka.impuser.name, ka.verb)) exists", false}, Case{"join('-', ()) exists", false},
        Case{"join('-', ('a')) = a", true}, Case{"concat(ka.verb, 7) = create7", true},
        Case{"getopt(('-a', '-b'), 'ab') intersects (b)", true}));

INSTANTIATE_TEST_SUITE_P(NewFields, FalcoConditions,
                         testing::Values(Case{"ka.target.pod.name = web", true},
                                         Case{"ka.req.pod.containers.name exists", false},
                                         Case{"ka.security.pod.violations exists", false},
                                         Case{"ka.auth.openshift.decision exists", false},
                                         Case{"ka.auth.openshift.username exists", false},
                                         Case{"ka.cluster.name exists", false},
                                         Case{"ka.validations.admission.policy.failure exists", false},
                                         Case{"ka.req.binding.subjects.user_names exists", false}));

bool holds(const char* condition, const Request& request, std::string_view cluster = {}) {
    const test::ParsedEvent event = request.spec().parsed();
    const test::Understood understood(*event);
    Context context;
    context.reset(understood, true, cluster);
    return parse_falco_condition(condition, kNoNames)->test(context);
}

TEST(FalcoFields, OfContainersCommands) {
    const Request request{
        .verb = "create",
        .body =
            R"({"spec":{"containers":[{"name":"a","command":["sh","-c"],"args":["-ab","v","-c"]},{"name":"b"}],)"
            R"("initContainers":[{"command":["init"],"args":["-x"]}],"ephemeralContainers":[{"name":"e","command":["dbg"]}]}})",
        .code = 201};
    for (const char* yes :
         {"ka.req.pod.containers.command intersects (sh)", "ka.req.pod.containers.command in (sh, \"-c\")",
          "ka.req.pod.containers.args intersects (v)", "ka.req.pod.containers.name in (a, b)",
          "ka.req.pod.containers.name[1] in (b)", "ka.req.pod.initContainers.command in (init)",
          "ka.req.pod.initContainers.args in ('-x')", "ka.req.pod.ephemeralContainers.name in (e)",
          "ka.req.pod.ephemeralContainers.command in (dbg)",
          // getopt yields letters and arguments; with brackets, the last value of one letter.
          "join(' ', getopt(ka.req.pod.containers.args, 'ab:c')) = 'a b v c'",
          "join(' ', getopt(ka.req.pod.containers.args, 'a:c')) = 'a b'",
          "join(' ', getopt(ka.req.pod.containers.args, 'b')) = '? b'",
          "getopt(ka.req.pod.containers.args, 'ab:c')[b] = v",
          "getopt(ka.req.pod.containers.args, 'ab:c')['a'] = a",
          "getopt(ka.req.pod.containers.args, 'ab:c:')[c] = ''",
          "getopt(ka.req.pod.containers.args, 'ab:c') intersects (v)"}) {
        EXPECT_TRUE(holds(yes, request)) << yes;
    }
    for (const char* no :
         {"ka.req.pod.containers.command intersects (init)", "ka.req.pod.containers.name[2] exists",
          "ka.req.pod.containers.command[1] exists", "getopt(ka.req.pod.containers.args, 'ab:c')[x] exists",
          "getopt(ka.req.pod.containers.command, 'c') exists",
          "getopt(ka.req.pod.containers.args, 'ab:c')[b] = b"}) {
        EXPECT_FALSE(holds(no, request)) << no;
    }
}

TEST(FalcoFields, GetoptStopsAsGetoptDoes) {
    const auto options = [](const std::string& args) {
        return Request{
            .verb = "create", .body = R"({"spec":{"containers":[{"args":[)" + args + "]}]}}", .code = 201};
    };
    const char* all = "join(' ', getopt(ka.req.pod.containers.args, 'ab:')) = 'a'";
    EXPECT_TRUE(holds(all, options(R"("-a","--","-b","x")")));
    EXPECT_TRUE(holds(all, options(R"("--long","-a")")));
    EXPECT_TRUE(holds(all, options(R"("-a","word","-b","x")")));
    EXPECT_TRUE(holds(all, options(R"("-a","-","-b","x")")));
    EXPECT_FALSE(holds(all, options(R"("-a","-b","x")")));
    EXPECT_TRUE(holds("getopt(ka.req.pod.containers.args, 'ab:')[b] = y", options(R"("-bx","-b","y")")));
}

TEST(FalcoFields, OfBindings) {
    const Request request{
        .verb = "create",
        .resource = "rolebindings",
        .body =
            R"({"subjects":[{"kind":"User","name":"bob"},{"kind":"Group","name":"devs"},{"kind":"ServiceAccount","name":"ci","namespace":"ops"},)"
            R"({"kind":"ServiceAccount","name":"none"},{"name":"odd"}]})",
        .code = 201};
    for (const char* yes :
         {"ka.req.binding.subjects.user_names in (bob)", "ka.req.binding.subjects.group_names in (devs)",
          "ka.req.binding.subjects.serviceaccount_names in (ci, none)",
          "ka.req.binding.subjects.serviceaccount_ns_names in (\"ops:ci\", \":none\")",
          "len(ka.req.binding.subjects.serviceaccount_names) = 2",
          "len(ka.req.binding.subjects.user_names) = 1"}) {
        EXPECT_TRUE(holds(yes, request)) << yes;
    }
    EXPECT_FALSE(holds("ka.target.pod.name exists", request));
    EXPECT_TRUE(holds("ka.cluster.name = east", request, "east"));
    Request annotated{
        .name = "",
        .extra_annotations =
            R"(,"pod-security.kubernetes.io/audit-violations":"v","authentication.openshift.io/decision":"allow",)"
            R"("authentication.openshift.io/username":"u","validation.policy.admission.k8s.io/validation_failure":"f")",
        .response_body = R"({"metadata":{"name":"web-x1"}})"};
    for (const char* yes : {"ka.security.pod.violations = v", "ka.auth.openshift.decision = allow",
                            "ka.auth.openshift.username = u", "ka.validations.admission.policy.failure = f",
                            "ka.target.pod.name = web-x1"}) {
        EXPECT_TRUE(holds(yes, annotated)) << yes;
    }
}

// Each line tests one statement of Falco's documentation or source.
INSTANTIATE_TEST_SUITE_P(
    Operators, FalcoConditions,
    testing::Values(
        // Texts are ordered by strcmp, even those that look like numbers.
        Case{"ka.response.code >= 201", true}, Case{"ka.response.code < 1000", false},
        Case{"ka.response.code > 0x10", true}, Case{"ka.response.code <= 3", true},
        Case{"len(ka.verb) >= 10", false}, Case{"len(ka.verb) < 0x10", true},
        // glob is fnmatch(3): brackets, escapes, * across folders.
        Case{"ka.uri glob '/api/v[0-9]/*'", true}, Case{"ka.uri glob '/api/v[!0-9]/*'", false},
        Case{"ka.verb glob cr?ate", true}, Case{"ka.verb glob 'cr\\\\?ate'", false},
        Case{"ka.verb iglob CR[D-F]ATE", true}, Case{"ka.verb glob CREATE", false},
        // regex is POSIX and must match the whole text.
        Case{"ka.verb regex 'create|get'", true}, Case{"ka.verb regex 'creat'", false},
        Case{"ka.verb regex '[[:alpha:]]+'", true}, Case{"ka.verb regex 'c.*e'", true},
        // pmatch compares folder by folder; a wildcard never crosses one.
        Case{"ka.target.name pmatch (web)", true}, Case{"ka.uri pmatch (/)", true},
        Case{"jevt.value[/requestObject/spec/volumes/0/hostPath/path] pmatch (/etc)", true},
        Case{"jevt.value[/requestObject/spec/volumes/0/hostPath/path] pmatch (/et)", false},
        Case{"jevt.value[/requestObject/spec/volumes/0/hostPath/path] pmatch (/etc/x/y)", false},
        Case{"jevt.value[/requestObject/spec/volumes/0/hostPath/path] pmatch (/usr, /e*)", true},
        Case{"jevt.value[/requestObject/spec/volumes/0/hostPath/path] pmatch (/*/*/*)", false},
        Case{"ka.verb icontains REAT", true}, Case{"ka.verb endswith ate", true},
        Case{"ka.verb contains ''", true}, Case{"ka.verb intersects (get, create)", true},
        Case{"ka.verb in (get)", false}, Case{"not ka.verb in ()", true}, Case{"ka.auth.reason exists", true},
        Case{"ka.auth.reason = ''", true}, Case{"ka.impuser.name exists", false},
        Case{"ka.impuser.name = ''", false}, Case{"ka.impuser.name != alice", false},
        Case{"not ka.impuser.name != alice", true}, Case{"ka.impuser.name in ('')", false},
        Case{"ka.impuser.name startswith ''", false}));

INSTANTIATE_TEST_SUITE_P(
    Transformers, FalcoConditions,
    testing::Values(
        Case{"len(ka.req.pod.containers.image) = 2", true}, Case{"len(ka.user.groups) = 1", true},
        Case{"len(ka.req.pod.volumes.hostpath) > 1", false}, Case{"len(ka.impuser.name) = 0", false},
        Case{"toupper(ka.req.pod.containers.image) intersects (REG/A:1)", true},
        Case{"tolower(toupper(ka.verb)) = create", true}, Case{"basename(ka.uri) startswith pods", true},
        Case{"b64(ka.verb) exists", true}, Case{"b64(ka.uri) = x", false},
        Case{"tolower(ka.verb) = tolower(ka.verb)", true}, Case{"ka.verb = val(ka.target.name)", false},
        Case{"ka.verb != val(ka.target.name)", true}, Case{"ka.verb != val(ka.impuser.name)", false},
        Case{"ka.target.name in val(ka.req.configmap.name)", true},
        Case{"ka.req.pod.initContainers.image in val(ka.req.pod.containers.image)", false},
        Case{"ka.req.pod.containers.image intersects val(ka.req.pod.containers.image)", true},
        Case{"len(ka.verb) > len(ka.target.name)", true}));

INSTANTIATE_TEST_SUITE_P(Texts, FalcoConditions,
                         testing::Values(Case{"ka.verb='create'", true},
                                         Case{"ka.verb = \"cr\\x65ate\"", true},
                                         Case{"ka.target.name = 'w\\/eb'", false},
                                         Case{"ka.verb=create and(ka.verb=create)", true},
                                         Case{"not not ka.verb = create", true},
                                         Case{"ka.verb in('get',\"create\")", true},
                                         Case{"ka.useragent contains \"(linux/amd64)\"", true},
                                         Case{"ka.verb\n =\n create\n and ka.target.name = web", true},
                                         Case{"ka.user.name startswith \"system:\"", false}));

INSTANTIATE_TEST_SUITE_P(
    Places, FalcoConditions,
    testing::Values(Case{"jevt.value[/kind] = Event", true},
                    Case{"jevt.value[/apiVersion] = audit.k8s.io/v1", true},
                    Case{"jevt.value[/requestReceivedTimestamp] startswith 2026-01-05T", true},
                    Case{"jevt.value[/objectRef] contains '\"resource\":\"pods\"'", true},
                    Case{"jevt.value[/user/groups] contains system:authenticated", true},
                    Case{"jevt.value[/nothing/here] exists", false}, Case{"jevt.value[/verb] = create", true},
                    Case{"jevt.value[verb] = create", true}, Case{"jevt.value[/sourceIPs/0] exists", true},
                    Case{"jevt.value[/sourceIPs/7] exists", false},
                    Case{"jevt.value[/requestObject/spec/hostNetwork] = true", true},
                    Case{"jevt.value[/requestObject/spec/securityContext/runAsUser] = 1000", true},
                    Case{"jevt.obj contains '\"verb\": \"create\"'", true},
                    Case{"jevt.obj contains nothing-there", false},
                    Case{"ka.sourceips intersects (10.0.0.7)", true},
                    Case{"ka.sourceips[0] in (10.0.0.7)", true}, Case{"ka.sourceips[1] exists", false},
                    Case{"ka.req.pod.containers.image[1] in (reg/a:1)", false},
                    Case{"ka.req.pod.containers.image[2] exists", false},
                    Case{"ka.req.pod.volumes.volume_type[1] in (emptyDir)", true},
                    Case{"ka.uri.param[fieldManager] contains ' '", true},
                    Case{"ka.req.pod.containers.host_port[1] exists", false},
                    Case{"ka.req.pod.supplemental_groups exists", false}));

TEST(FalcoConditions, MistakesAreErrors) {
    for (const char* text :
         {"ka.verb", "ka.verbb = x", "ka.verb = ", "(ka.verb = x", "ka.verb = x)", "ka.verb in (x", "nothing",
          "ka.verb ~ x", "ka.uri.param = 1", "fd.name = x", "ka.verb bcontains x", "ka.verb regex '('",
          "ka.uri.param[x = 1", "frob(ka.verb) = x", "", "ka.target.name in somelist",
          // A list allows only operators for lists, a number only those for numbers.
          "ka.user.groups = dev", "ka.req.role.rules.verbs contains get", "jevt.rawtime contains 1",
          "jevt.rawtime = soon", "ka.response.code >= many", "len(ka.verb) startswith 1",
          // Only fields of the same type can be compared.
          "ka.user.name in val(ka.user.groups)", "ka.verb = len(ka.verb)", "ka.verb regex val(ka.uri)",
          "ka.verb pmatch val(ka.uri)",
          // POSIX regexes have no \\d; quoted texts have few escapes.
          "ka.verb regex '\\\\d+'", "ka.verb = \"\\q\"", "ka.verb = 'it\\\"s'",
          // Arguments on fields that take none, and malformed indexes.
          "ka.user.groups[0] exists", "ka.req.pod.containers.image[x] exists", "ka.sourceips[01] exists",
          "ka.req.volume.hostpath = true", "ka.verb[x] = get",
          // Modifiers, and transformers of several arguments, accept what Falco's accept.
          "ka.verb in oneof (a)", "ka.verb pmatch anyof (a)", "ka.verb > anyof (1)",
          "ka.user.groups = anyof (a)", "ka.verb startswith oneof (a", "concat(ka.verb) = x",
          "concat(ka.verb, ka.user.groups) = x", "concat(ka.verb, len(ka.verb)) = x",
          "concat(ka.verb, x) = y", "concat(ka.verb, 'x' = y", "join(',', ka.verb) = x",
          "join(ka.user.groups, ka.user.groups) = x", "join(ka.user.groups) = x", "join(',', (ka.verb = x",
          "join(',', (ka.verb ka.uri)) = x", "join(',', (ka.user.groups)) = x", "join(',', ((ka.verb))) = x",
          "concat(ka.verb, (ka.uri)) = x", "concat(ka.verb, 'x')[a] = y", "getopt(ka.verb, 'a') exists",
          "getopt(ka.user.groups, ka.user.groups) exists", "getopt(ka.user.groups, 'ab')[ab] = x",
          "getopt(ka.user.groups, 'ab')[] = x", "getopt(ka.user.groups, 'a') = x"}) {
        EXPECT_THROW(parse_falco_condition(text, kNoNames), ConditionError) << text;
    }
}

std::vector<RulePtr> load(std::initializer_list<const char*> files,
                          std::vector<std::string>* warnings = nullptr) {
    const auto loader = make_falco_loader();
    int number = 0;
    for (const char* file : files) loader->add(file, "f" + std::to_string(++number) + ".yaml");
    std::vector<std::string> found;
    auto rules = loader->finish(warnings == nullptr ? found : *warnings);
    return rules;
}

constexpr const char* kBase = R"(
- required_engine_version: 0.31.0
- list: inner
  items: [a, b]
- list: outer
  items: [inner, c]
- macro: is_get
  condition: ka.verb=get
- rule: r
  desc: d
  condition: is_get and ka.user.name in (outer)
  output: "user %ka.user.name ns=%ka.target.namespace cmd=%ka.uri.param[command]"
  priority: NOTICE
  source: k8s_audit
  tags: [k8s, T1609]
)";

bool fires(const std::vector<RulePtr>& rules, const Request& request) {
    return std::any_of(rules.begin(), rules.end(),
                       [&](const RulePtr& rule) { return test::matches(*rule, request); });
}

TEST(FalcoFiles, ListsAndMacros) {
    const auto rules = load({kBase});
    EXPECT_TRUE(fires(rules, {.user = "b"}));
    EXPECT_TRUE(fires(rules, {.user = "c"}));
    EXPECT_FALSE(fires(rules, {.user = "inner"}));
    EXPECT_EQ(rules[0]->severity, Severity::Low);
    EXPECT_EQ(rules[0]->mitre, std::vector<std::string>{"T1609"});
}

TEST(FalcoFiles, LaterFilesAppendAndOverride) {
    EXPECT_TRUE(fires(load({kBase, "- list: inner\n  append: true\n  items: [z]\n"}), {.user = "z"}));
    EXPECT_TRUE(fires(load({kBase, "- macro: is_get\n  append: true\n  condition: or ka.verb=list\n"}),
                      {.verb = "list", .user = "a"}));
    EXPECT_FALSE(fires(load({kBase, "- rule: r\n  append: true\n  condition: and ka.user.name != a\n"}),
                       {.user = "a"}));
    EXPECT_FALSE(fires(
        load({kBase, "- rule: r\n  condition: and ka.user.name != a\n  override:\n    condition: append\n"}),
        {.user = "a"}));
    EXPECT_TRUE(
        fires(load({kBase, "- rule: r\n  condition: ka.verb=patch\n  override: {condition: replace}\n"}),
              {.verb = "patch"}));
    EXPECT_FALSE(fires(load({kBase, "- rule: r\n  enabled: false\n"}), {.user = "a"}));
    EXPECT_TRUE(fires(load({kBase, "- rule: r\n  enabled: false\n",
                            "- rule: r\n  enabled: true\n  override: {enabled: replace}\n"}),
                      {.user = "a"}));
    EXPECT_TRUE(fires(load({kBase, "- list: inner\n  items: [only]\n"}), {.user = "only"}));
}

TEST(FalcoFiles, ItemsAreTextOfTheCondition) {
    const std::string rule = R"(
- rule: r
  desc: d
  condition: ka.user.name in (names)
  output: o
  priority: INFO
  source: k8s_audit
)";
    const auto list = [&](const std::string& items) { return "- list: names\n  items: " + items + rule; };
    EXPECT_TRUE(fires(load({list(R"y(['"(systemd)"'])y").c_str()}), {.user = "(systemd)"}));
    EXPECT_FALSE(fires(load({list(R"y(['"(systemd)"'])y").c_str()}), {.user = "\\\"(systemd)\\\""}));
    EXPECT_TRUE(fires(load({list("[two words]").c_str()}), {.user = "two words"}));
    EXPECT_TRUE(fires(load({list("['a,b']").c_str()}), {.user = "b"}));
    EXPECT_TRUE(fires(load({list("[10]").c_str()}), {.user = "10"}));
    EXPECT_FALSE(fires(load({list("[]").c_str()}), {.user = "a"}));
    EXPECT_TRUE(
        fires(load({"- list: later\n  items: [names]\n", list("[z]").c_str(),
                    "- rule: r\n  condition: ka.user.name in (later)\n  override: {condition: replace}\n"}),
              {.user = "z"}));
    // A list with one item may be used as a value.
    const char* one = "- rule: r\n  condition: ka.user.name = names\n  override: {condition: replace}\n";
    EXPECT_TRUE(fires(load({list("[only]").c_str(), one}), {.user = "only"}));
    EXPECT_THROW(load({list("[a, b]").c_str(), one}), RuleError);
}

TEST(FalcoFiles, AppendTakesConditionAndExceptionsOnly) {
    const auto rules =
        load({kBase, "- rule: r\n  append: true\n  priority: CRITICAL\n  condition: and ka.user.name=a\n"});
    EXPECT_EQ(rules[0]->severity, Severity::Low);
    EXPECT_FALSE(fires(rules, {.user = "b"}));
    const auto redefined = load({kBase, "- macro: is_get\n  condition: ka.verb=list\n"});
    EXPECT_TRUE(fires(redefined, {.verb = "list", .user = "a"}));
    EXPECT_FALSE(fires(redefined, {.verb = "get", .user = "a"}));
    EXPECT_EQ(load({kBase,
                    "- rule: r\n  priority: error\n  tags: [x]\n  override: {priority: replace, "
                    "tags: append}\n"})[0]
                  ->severity,
              Severity::High);
    EXPECT_EQ(load({kBase, kBase}).size(), 1u);  // the second definition replaces the first
}

TEST(FalcoFiles, MacrosOfOtherSourcesMayStandThere) {
    const char* spawned = "- macro: spawned\n  condition: evt.type in (execve) and proc.name=sh\n";
    EXPECT_TRUE(fires(load({spawned, kBase}), {.user = "a"}));
    EXPECT_THROW(
        load({spawned, kBase, "- rule: r\n  condition: and not spawned\n  override: {condition: append}\n"}),
        RuleError);
    EXPECT_THROW(load({"- macro: m\n  condition: ka.verb ~ x\n"}), RuleError);
}

TEST(FalcoFiles, Exceptions) {
    const std::string with = std::string(kBase) + R"(
  exceptions:
    - name: pairs
      fields: [ka.target.name, ka.target.namespace]
      comps: [startswith, =]
      values:
        - [web, shop]
    - name: users
      fields: ka.user.name
      values: [b]
)";
    const auto rules = load({with.c_str()});
    EXPECT_FALSE(fires(rules, {.name = "web-1", .user = "a"}));
    EXPECT_TRUE(fires(rules, {.name = "web-1", .ns = "other", .user = "a"}));
    EXPECT_FALSE(fires(rules, {.name = "db", .user = "b"}));
    const auto more = load(
        {with.c_str(), "- rule: r\n  exceptions:\n    - name: users\n      values: [c]\n  append: true\n"});
    EXPECT_FALSE(fires(more, {.name = "db", .user = "c"}));
}

TEST(FalcoFiles, ExceptionsAreTextOfTheConditionToo) {
    const auto with = [](const std::string& exception) {
        return load({(std::string(kBase) + "  exceptions:\n" + exception).c_str()});
    };
    // Many fields compare with = by default; a list as value means `in`; a value may be a list's name.
    const auto sets = with(R"y(
    - name: sets
      fields: [ka.user.name, ka.target.name]
      comps: [in, =]
      values:
        - [[inner], db]
        - ["(c)", web]
)y");
    EXPECT_FALSE(fires(sets, {.name = "db", .user = "a"}));
    EXPECT_TRUE(fires(sets, {.name = "web", .user = "a"}));
    EXPECT_FALSE(fires(sets, {.name = "web", .user = "c"}));
    const auto groups = with(
        "    - {name: g, fields: ka.user.groups, comps: intersects, values: ['system:authenticated']}\n");
    EXPECT_FALSE(fires(groups, {.user = "a"}));
    const auto agents =
        with("    - {name: g, fields: [ka.useragent], comps: [contains], values: [[kubernetes abc]]}\n");
    EXPECT_TRUE(fires(agents, {.user = "a"}));
    EXPECT_TRUE(fires(with("    - {name: g, fields: ka.user.name}\n"),
                      {.user = "a"}));  // an exception without values
    for (const char* wrong :
         {"    - {name: g, fields: ka.user.name, comps: '=', values: [a]}\n",
          "    - {name: g, fields: [ka.user.name], comps: [in, in], values: [[a]]}\n",
          "    - {name: g, fields: [ka.user.name], values: [[a, b]]}\n",
          "    - {name: g, fields: ka.user.name, values: [[a]]}\n",
          "    - {name: g, fields: ka.user.nme, values: [a]}\n", "    - {name: g, values: [a]}\n"}) {
        EXPECT_THROW(with(wrong), RuleError) << wrong;
    }
}

TEST(FalcoFiles, WhatIsNotSupportedIsAnError) {
    const std::string rule = "  desc: d\n  output: o\n  priority: INFO\n";
    for (const std::string& text :
         {"- rule: x\n" + rule + "  condition: no_macro\n  source: k8s_audit\n",
          "- rule: x\n" + rule + "  condition: evt.type=open\n  source: k8s_audit\n",
          "- rule: x\n" + rule + "  condition: fd.name=x\n  source: k8s_audit\n",
          std::string("- macro: a\n  condition: b\n- macro: b\n  condition: a\n"),
          std::string("- required_engine_version: 500\n"),
          std::string("- rule: x\n  condition: and a\n  append: true\n"), std::string("- thing: x\n"),
          std::string("rule: x\n"), std::string("- [\n"),
          // These once never ended: after a stray comma yaml-cpp finds empty documents for ever.
          std::string("- list: a\n  items: [x]],\n"), std::string("a: ,\n"),
          std::string("- {list: a, items: [b}],}\n")}) {
        EXPECT_THROW(load({text.c_str()}), RuleError) << text;
    }
}

TEST(FalcoFiles, OnesThatDoubleThemselvesAreRefused) {
    std::string macros = "- macro: m0\n  condition: ka.verb=get\n", lists = "- list: l0\n  items: [a, b]\n";
    for (int i = 1; i < 60; ++i) {
        const std::string now = std::to_string(i), before = std::to_string(i - 1);
        macros += "- macro: m" + now + "\n  condition: m" + before + " and not m" + before + "\n";
        lists += "- list: l" + now + "\n  items: [l" + before + ", l" + before + "]\n";
    }
    EXPECT_THROW(load({macros.c_str()}), RuleError);
    EXPECT_THROW(load({lists.c_str()}), RuleError);
}

constexpr const char* kForeign = R"(
- required_plugin_versions:
  - name: container
    version: 0.2.0
- list: shells
  items: [sh, bash]
- macro: spawned
  condition: (evt.type in (execve, execveat))
- rule: shell
  desc: d
  condition: spawned and proc.name in (shells)
  output: "shell %proc.cmdline"
  priority: NOTICE
- rule: bucket
  desc: d
  condition: ct.name = DeleteBucket
  output: o
  priority: NOTICE
  source: aws_cloudtrail
)";

TEST(FalcoFiles, RulesOfOtherSourcesArePassedOver) {
    std::vector<std::string> warnings;
    const auto rules = load({kForeign, kBase}, &warnings);
    ASSERT_EQ(rules.size(), 1u);
    EXPECT_EQ(rules[0]->id, "r");
    ASSERT_EQ(warnings.size(), 3u);
    EXPECT_NE(warnings[0].find("f1.yaml:3:5: the plugin container"), std::string::npos) << warnings[0];
    EXPECT_NE(warnings[1].find("f1.yaml:9:3: the rule shell is for source syscall"), std::string::npos)
        << warnings[1];
    EXPECT_NE(warnings[2].find("the rule bucket is for source aws_cloudtrail"), std::string::npos)
        << warnings[2];
    // Changes to a foreign rule are skipped as well; a change to an unknown rule is an error.
    EXPECT_EQ(load({kForeign, "- rule: shell\n  enabled: false\n",
                    "- rule: shell\n  append: true\n  condition: and x\n",
                    "- rule: shell\n  condition: and x\n  override: {condition: append}\n"})
                  .size(),
              0u);
    EXPECT_THROW(load({kForeign, "- rule: other\n  enabled: false\n"}), RuleError);
    // The last definition of a name counts.
    const char* ours =
        "- rule: shell\n  desc: d\n  condition: ka.verb=get\n  output: o\n  priority: INFO\n  source: "
        "k8s_audit\n";
    EXPECT_EQ(load({kForeign, ours}).size(), 1u);
    EXPECT_EQ(load({kForeign, ours, "- rule: shell\n  enabled: false\n"}).size(), 0u);
}

TEST(FalcoFiles, WhatFalcoWarnsOfIsPassedOver) {
    const auto warned = [](const std::string& text) {
        std::vector<std::string> warnings;
        const auto rules = load({text.c_str()}, &warnings);
        EXPECT_EQ(rules.size(), 1u) << text;
        return warnings.size() == 1 ? warnings[0] : std::to_string(warnings.size()) + " warnings";
    };
    const std::string base = kBase;
    EXPECT_EQ(warned(base + "  severity: high\n"), "f1.yaml:16:3: unknown key severity, passed over");
    EXPECT_NE(warned(base + "- list: x\n  items: []\n  priority: INFO\n").find("unknown key priority"),
              std::string::npos);
    EXPECT_NE(
        warned(base + "- macro: x\n  condition: ka.verb=get\n  itms: []\n").find("unknown key itms (did you"),
        std::string::npos + 1);
    EXPECT_NE(
        warned(base +
               "- rule: r\n  condition: and ka.verb=get\n  severity: x\n  override: {condition: append}\n")
            .find("unknown key severity"),
        std::string::npos);
    EXPECT_NE(warned(base + "  exceptions:\n    - {name: g, fields: ka.user.name, values: [a]}\n    - {name: "
                            "g, fields: ka.verb}\n")
                  .find("another exception is called g"),
              std::string::npos);
    EXPECT_EQ(warned(base + "  exceptions:\n"), "0 warnings");
    EXPECT_EQ(warned(base + "  exceptions: []\n"), "0 warnings");
    // A rule that can never match.
    const auto condition = [&](const char* pointer) {
        return base + "- rule: r\n  condition: and jevt.value[" + pointer +
               "] exists\n  override: {condition: append}\n";
    };
    EXPECT_EQ(warned(condition("/resource/labels/project_id")),
              "f1.yaml:9:3: no audit event has anything at /resource/labels/project_id");
    for (const char* dead : {"/eventName", "/user/name", "/objectRef/kind", "/verb/x",
                             "/impersonatedUser/name", "/responseStatus/text", "/request"}) {
        EXPECT_NE(warned(condition(dead)).find(dead), std::string::npos) << dead;
    }
    for (const char* fine :
         {"/verb", "verb", "/user/username", "/user/extra/a/0", "/user/groups/0", "/impersonatedUser/uid",
          "/sourceIPs/0", "/objectRef/name", "/responseStatus/details/kind", "/requestObject/a/b",
          "/responseObject", "/annotations/x", "/authenticationMetadata/impersonationConstraint", "/kind",
          "/stageTimestamp"}) {
        EXPECT_EQ(warned(condition(fine)), "0 warnings") << fine;
    }
}

TEST(FalcoFiles, AListMayHoldItsOwnName) {
    const char* own = "- list: inner\n  items: [inner, a]\n";
    EXPECT_TRUE(fires(load({kBase, own}), {.user = "inner"}));
    EXPECT_TRUE(fires(load({kBase, own}), {.user = "a"}));
    EXPECT_TRUE(fires(load({kBase, own}), {.user = "c"}));
    EXPECT_FALSE(fires(load({kBase, own}), {.user = "b"}));
    // Two lists that contain each other are no error: the name that leads back is a text.
    EXPECT_TRUE(fires(load({kBase, "- list: inner\n  items: [outer, z]\n"}), {.user = "inner"}));
}

TEST(FalcoFiles, ExceptionsWithModifiers) {
    const auto with = [](const std::string& exception) {
        return load({(std::string(kBase) + "  exceptions:\n" + exception).c_str()});
    };
    const auto one = with("    - {name: g, fields: ka.user.name, comps: startswith anyof, values: [a, x]}\n");
    EXPECT_FALSE(fires(one, {.user = "a"}));
    EXPECT_TRUE(fires(one, {.user = "b"}));
    const auto two = with(
        "    - {name: g, fields: [ka.user.name, ka.target.name], comps: [startswith oneof, =], values: [[[a, "
        "x], web]]}\n");
    EXPECT_FALSE(fires(two, {.name = "web", .user = "a"}));
    EXPECT_TRUE(fires(two, {.name = "db", .user = "a"}));
    const auto scalar =
        with("    - {name: g, fields: [ka.user.name], comps: [startswith anyof], values: [[a]]}\n");
    EXPECT_FALSE(fires(scalar, {.user = "a"}));
}

TEST(FalcoOutputs, ShowNoArguments) {
    const auto rules = load({kBase});
    const Request request{.subresource = "exec", .user = "a", .uri = "/x?command=secret"};
    const test::ParsedEvent event = request.spec().parsed();
    const test::Understood understood(*event);
    Context context;
    context.reset(understood, true);
    EXPECT_EQ(rules[0]->summary.render(context, rules[0]->missing), "user a ns=shop cmd=[redacted]");
}

TEST(FalcoOutputs, AreWrittenAsFalcoDoes) {
    const test::ParsedEvent event = pod_request().spec().parsed();
    const test::Understood understood(*event);
    Context context;
    context.reset(understood, true);
    const auto shown = [&](const char* output) { return parse_falco_output(output).render(context, "<NA>"); };
    EXPECT_EQ(shown("images=%ka.req.pod.containers.image"), "images=(reg/a:1,reg/b@sha256:x)");
    EXPECT_EQ(shown("groups=%ka.user.groups sub=%ka.target.subresource"),
              "groups=(system:authenticated) sub=<NA>");
    EXPECT_EQ(shown("%toupper(ka.verb) %8ka.verb| 100%"), "CREATE create  | 100%");
    EXPECT_EQ(shown("net=%ka.req.pod.host_network %ka.req.pod.containers.image[1]"),
              "net=true (reg/b@sha256:x)");
    EXPECT_THROW(parse_falco_output("%ka.nothing"), ConditionError);
}

TEST(FalcoOutputs, AWidthCountsCharacters) {
    Request request;
    request.user = "z\u00fcm\u00fc";
    const test::ParsedEvent event = request.spec().parsed();
    const test::Understood understood(*event);
    Context context;
    context.reset(understood, true);
    const auto shown = [&](const char* output) { return parse_falco_output(output).render(context, "<NA>"); };
    EXPECT_EQ(shown("%2ka.user.name|"), "z\u00fc|");
    EXPECT_EQ(shown("%4ka.user.name|"), "z\u00fcm\u00fc|");
    EXPECT_EQ(shown("%6ka.user.name|"), "z\u00fcm\u00fc  |");
}

TEST(EventJson, AnIndentCostsNoMoreThanAMebibyte) {
    EXPECT_EQ(indented(R"({"a":[1,{}],"b":"{,"})"),
              "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"{,\"\n}");
    std::string deep(9'000, '[');
    for (int i = 0; i < 100'000; ++i) deep += "1,";
    const std::string text = indented(deep + "1" + std::string(9'000, ']'));
    EXPECT_LT(text.size(), 2 * deep.size() + (1u << 20));
    EXPECT_TRUE(text.ends_with("]"));
}

}  // namespace
}  // namespace redshank::rules
