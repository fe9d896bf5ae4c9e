#include <gtest/gtest.h>

#include "rules/condition_parser.h"
#include "rules/falco_condition.h"
#include "rules/falco_loader.h"
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
        // An absent field: no comparison holds, only `not` and exists tell.
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
                             // in: every value; intersects: one of them.
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

TEST(FalcoConditions, MistakesAreErrors) {
    for (const char* text :
         {"ka.verb", "ka.verbb = x", "ka.verb = ", "(ka.verb = x", "ka.verb = x)", "ka.verb in (x", "nothing",
          "ka.verb ~ x", "jevt.value[/nothing] = 1", "ka.uri.param = 1", "fd.name = x", "ka.verb bcontains x",
          "ka.verb regex '('", "ka.uri.param[x = 1", "frob(ka.verb) = x", "", "ka.target.name in somelist"}) {
        EXPECT_THROW(parse_falco_condition(text, kNoNames), ConditionError) << text;
    }
}

std::vector<RulePtr> load(std::initializer_list<const char*> files) {
    FalcoLoader loader;
    int number = 0;
    for (const char* file : files) loader.add(file, "f" + std::to_string(++number) + ".yaml");
    return loader.finish();
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
    EXPECT_EQ(rules[0]->severity, "low");
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

TEST(FalcoFiles, WhatIsNotSupportedIsAnError) {
    const std::string rule = "  desc: d\n  output: o\n  priority: INFO\n";
    for (const std::string& text :
         {"- rule: x\n" + rule + "  condition: evt.type=open\n",
          "- rule: x\n" + rule + "  condition: ka.verb=get\n  source: syscall\n",
          "- rule: x\n" + rule + "  condition: no_macro\n  source: k8s_audit\n",
          "- rule: x\n" + rule + "  condition: fd.name=x\n  source: k8s_audit\n",
          "- rule: x\n" + rule + "  condition: ka.verb=get\n  source: k8s_audit\n  prioritty: x\n",
          std::string("- macro: a\n  condition: b\n- macro: b\n  condition: a\n"),
          std::string("- list: a\n  items: [b]\n- list: b\n  items: [a]\n"),
          std::string("- required_engine_version: 500\n"),
          std::string("- required_plugin_versions:\n  - name: cloudtrail\n    version: 0.1.0\n"),
          std::string("- rule: x\n  condition: and a\n  append: true\n"), std::string("- thing: x\n"),
          std::string("rule: x\n"), std::string("- [\n")}) {
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

TEST(FalcoOutputs, ShowNoArguments) {
    const auto rules = load({kBase});
    const Request request{.subresource = "exec", .user = "a", .uri = "/x?command=secret"};
    const test::ParsedEvent event = request.spec().parsed();
    Context context;
    context.reset(*event, true);
    EXPECT_EQ(rules[0]->summary.render(context, rules[0]->missing), "user a ns=shop cmd=[redacted]");
}

}  // namespace
}  // namespace redshank::rules
