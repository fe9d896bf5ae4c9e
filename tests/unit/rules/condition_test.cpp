#include <gtest/gtest.h>

#include "rules/condition_parser.h"
#include "rules/template.h"
#include "tests/support/events.h"

namespace redshank::rules {
namespace {

using test::EventSpec;

EventSpec role_patch() {
    EventSpec spec;
    spec.level = "Request";
    spec.verb = "create";
    spec.uri = "/apis/rbac.authorization.k8s.io/v1/clusterroles?fieldManager=x&dryRun=All";
    spec.object = R"({"resource":"clusterroles","name":"r","apiGroup":"rbac.authorization.k8s.io"})";
    spec.status = R"({"metadata":{},"code":201})";
    spec.request_object =
        R"({"metadata":{"labels":{"a/b":"c"}},"rules":[{"verbs":["get","list"],"resources":["pods"]},)"
        R"({"verbs":["create"],"resources":["pods/exec","secrets"]}],"count":7,"on":true,"none":null,"empty":[]})";
    spec.reason = R"(RBAC: allowed by RoleBinding "b/ns" of Role "r" to ServiceAccount "sa/ns2")";
    return spec;
}

bool holds(const EventSpec& spec, const std::string& condition) {
    const test::ParsedEvent event = spec.parsed();
    const test::Understood understood(*event);
    Context context;
    context.reset(understood, true);
    return parse_condition(condition)->test(context);
}

// A server on a dual-stack socket logs IPv4 peers as mapped addresses.
TEST(Cidr, MatchesAMappedAddress) {
    EventSpec spec;
    for (const auto& [ip, expected] :
         {std::pair{"10.0.0.7", true}, {"::ffff:10.0.0.7", true}, {"::ffff:11.0.0.7", false}}) {
        spec.source_ip = ip;
        EXPECT_EQ(holds(spec, "source.ip cidr \"10.0.0.0/8\""), expected) << ip;
        EXPECT_EQ(holds(spec, "sourceIPs cidr (\"192.0.2.0/24\", \"10.0.0.0/8\")"), expected) << ip;
    }
}

TEST(VerdictField, TellsWhoSaidNo) {
    EventSpec spec;
    spec.status = R"({"metadata":{},"code":403})";
    EXPECT_TRUE(holds(spec, "refused and verdict = \"refused-by-admission\""));
    spec.decision = "forbid";
    EXPECT_TRUE(holds(spec, "refused and verdict = \"forbidden\""));
    spec.status = R"({"metadata":{},"code":200})";
    spec.decision = "allow";
    EXPECT_TRUE(holds(spec, "not refused and verdict = \"allowed\""));
}

// A flag has a value in every event, yes or no; a number has one when it is not 0.
TEST(Exists, OfEachTypeOfField) {
    EventSpec spec;
    EXPECT_TRUE(holds(spec, "actor.builtin exists"));
    EXPECT_TRUE(holds(spec, "responseStatus.code exists"));
    EXPECT_TRUE(holds(spec, "actor.kind exists"));
    EXPECT_FALSE(holds(spec, "impersonatedUser.username exists"));
    spec.status = R"({"metadata":{}})";
    EXPECT_FALSE(holds(spec, "responseStatus.code exists"));
}

TEST(GrantedRole, IsSaidFromTheBodyFromThePastOrInWords) {
    EventSpec spec;
    spec.verb = "patch";
    spec.object =
        R"({"resource":"rolebindings","apiGroup":"rbac.authorization.k8s.io","namespace":"shop","name":"b"})";
    const auto said = [&](std::string_view known) {
        const auto event = spec.parsed();
        const test::Understood understood(*event);
        Context context;
        context.reset(understood, true);
        Beside beside;
        beside.binding_role = known;
        context.know(beside);
        return Template::parse("{grantedRole}").render(context);
    };
    EXPECT_EQ(said(""), "its role");
    EXPECT_EQ(said("view"), "view");
    spec.request_object = R"({"roleRef":{"kind":"ClusterRole","name":"edit"}})";
    EXPECT_EQ(said("view"), "edit");
}

struct Case {
    const char* condition;
    bool expected;
};

class Conditions : public testing::TestWithParam<Case> {};

TEST_P(Conditions, OnOneEvent) {
    EXPECT_EQ(holds(role_patch(), GetParam().condition), GetParam().expected) << GetParam().condition;
}

INSTANTIATE_TEST_SUITE_P(
    Fields, Conditions,
    testing::Values(
        Case{"verb = \"create\"", true}, Case{"verb == \"create\"", true},
        Case{"responseStatus.code == 201 and verb==\"create\"", true}, Case{"verb = \"CREATE\"", false},
        Case{"verb != \"create\"", false}, Case{"verb in (\"get\", \"create\")", true},
        Case{"verb not in (\"get\", \"create\")", false},
        Case{"not verb = \"get\" and not (verb = \"list\" or verb = \"watch\")", true},
        Case{"objectRef.namespace exists", false}, Case{"objectRef.namespace != \"x\"", true},
        Case{"objectRef.name exists", true}, Case{"responseStatus.code = 201", true},
        Case{"responseStatus.code >= 200 and responseStatus.code < 300", true},
        Case{"responseStatus.code > 201", false}, Case{"user.groups = \"dev\"", true},
        Case{"all user.groups = \"dev\"", false},
        Case{"all user.groups in (\"dev\", \"system:authenticated\")", true},
        Case{"user.groups intersects (\"dev\")", true}, Case{"userAgent startswith \"kubectl/\"", true},
        Case{"userAgent icontains \"LINUX\"", true}, Case{"userAgent glob \"kubectl/*amd64*\"", true},
        Case{"userAgent regex \"v1\\.\\d+\"", true}, Case{"userAgent endswith \"abc\"", true},
        Case{"source.ip cidr \"10.0.0.0/8\"", true},
        Case{"source.ip cidr (\"192.168.0.0/16\", \"fd00::/8\")", false}, Case{"succeeded", true},
        Case{"not succeeded", false}, Case{"dryRun = true", true}, Case{"refused", false},
        Case{"query[\"dryRun\"] = \"All\"", true},
        Case{"annotations[\"authorization.k8s.io/decision\"] = \"allow\"", true},
        Case{"grant.roleKind = \"Role\" and grant.subject = \"sa\" and grant.subjectNamespace = \"ns2\"",
             true},
        Case{"actor.kind = \"user\"", true}, Case{"agent.product = \"kubectl\"", true},
        Case{"path = \"/apis/rbac.authorization.k8s.io/v1/clusterroles\"", true},
        Case{"objectRef.name = objectRef.name", true}, Case{"objectRef.name = user.username", false},
        Case{"# only a remark\n verb = 'create' # and another", true}));

INSTANTIATE_TEST_SUITE_P(
    Bodies, Conditions,
    testing::Values(
        Case{"requestObject.rules[*].verbs = \"create\"", true},
        Case{"requestObject.rules.verbs = \"create\"", true},
        Case{"requestObject.rules[0].verbs = \"create\"", false},
        Case{"requestObject.rules[1].verbs[0] = \"create\"", true},
        Case{"requestObject.metadata.labels[\"a/b\"] = \"c\"", true}, Case{"requestObject.count = 7", true},
        Case{"requestObject.count > 7", false}, Case{"requestObject.on = true", true},
        Case{"requestObject.on", true}, Case{"requestObject.none exists", false},
        Case{"requestObject.empty exists", true}, Case{"requestObject.missing.deep exists", false},
        Case{"responseObject exists", false},
        // "Both in one rule" differs from "each in some rule".
        Case{"requestObject.rules.verbs = \"get\" and requestObject.rules.resources = \"pods/exec\"", true},
        Case{"any requestObject.rules[*] has (.verbs = \"get\" and .resources = \"pods/exec\")", false},
        Case{"any requestObject.rules[*] has (.verbs = \"create\" and .resources = \"pods/exec\")", true},
        Case{"all requestObject.rules has (.verbs exists)", true},
        Case{"all requestObject.rules has (.verbs = \"get\")", false},
        Case{"any requestObject.rules has (any .verbs has (. = \"list\"))", true}));

struct Mistake {
    const char* condition;
    size_t at;
    const char* says;
};

TEST(ConditionErrors, SayWhereAndWhat) {
    for (const Mistake& mistake :
         {Mistake{"verb = \"get\" and objectRef.resuorce = \"x\"", 17, "did you mean objectRef.resource?"},
          Mistake{"namespace = \"x\"", 0, "did you mean objectRef.namespace?"},
          Mistake{"responseStatus.code = \"403\"", 0, "without quotes"},
          Mistake{"verb = get", 7, "in quotes"},
          Mistake{"verb contians \"x\"", 5, "did you mean contains?"},
          Mistake{"verb = \"x", 7, "no end"},
          Mistake{"verb = \"x\" verb", 11, "expected and, or"},
          Mistake{"(verb = \"x\"", 11, "expected )"},
          Mistake{"verb > 3", 0, "no order"},
          Mistake{"userAgent regex \"(\"", 0, "bad regular expression"},
          Mistake{"source.ip cidr \"10/99\"", 0, "is no network"},
          Mistake{"verb in ()", 10, "empty list"},
          Mistake{"annotations = \"x\"", 0, "needs one key"},
          Mistake{"succeeded = 3", 0, "yes or no"},
          Mistake{"", 0, "expected a field, but the condition ends here"},
          Mistake{"not \"x\" = verb", 4, "a text stands right of"},
          Mistake{"responseStatus.code = 201x", 22, "expected a value"},
          Mistake{"responseStatus.code = -", 22, "expected a value"},
          Mistake{"@thing", 0, "not defined"},
          Mistake{"verb.x = \"y\"", 0, "unknown field verb.x"}}) {
        try {
            parse_condition(mistake.condition);
            ADD_FAILURE() << "no error: " << mistake.condition;
        } catch (const ConditionError& error) {
            EXPECT_EQ(error.at, mistake.at) << mistake.condition << ": " << error.what();
            EXPECT_NE(std::string(error.what()).find(mistake.says), std::string::npos)
                << mistake.condition << ": " << error.what();
        }
    }
}

TEST(Definitions, OfAnItemStandInsideOfHas) {
    Definitions known;
    known["writes"] = parse_definition(".verbs = \"create\"", known);
    known["pods"] = parse_definition("@writes and .resources in (\"pods/exec\", \"pods\")", known);
    known["same"] = parse_definition("verb = .verbs", known);
    known["some"] = parse_definition("any requestObject.rules[*] has (.verbs = \"list\")", known);
    const auto holds_with = [&](const char* condition) {
        const test::ParsedEvent event = role_patch().parsed();
        const test::Understood understood(*event);
        Context context;
        context.reset(understood, true);
        return parse_condition(condition, &known)->test(context);
    };
    EXPECT_TRUE(holds_with("any requestObject.rules[*] has (@writes)"));
    EXPECT_TRUE(holds_with("any requestObject.rules[*] has (@pods and .resources = \"secrets\")"));
    EXPECT_FALSE(holds_with("all requestObject.rules[*] has (@writes)"));
    EXPECT_TRUE(holds_with("any requestObject.rules[*] has (@same)"));
    EXPECT_TRUE(holds_with("@some"));
    for (const char* wrong : {"@writes", "@pods", "@same", "not @writes", "verb exists and (@pods)"}) {
        EXPECT_THROW(parse_condition(wrong, &known), ConditionError) << wrong;
    }
    EXPECT_THROW(parse_condition(".verbs = \"create\""), ConditionError);
}

TEST(ConditionErrors, NestingIsLimited) {
    EXPECT_THROW(parse_condition(std::string(100'000, '(')), ConditionError);
    EXPECT_THROW(parse_condition([] {
                     std::string text;
                     for (int i = 0; i < 10'000; ++i) text += "not ";
                     return text + "succeeded";
                 }()),
                 ConditionError);
}

// All kinds of workloads, and all ways to change one.
TEST(PodSpec, IsFoundInEveryWorkloadAndPatch) {
    const std::string pod =
        R"({"hostPID":true,"initContainers":[{"image":"a"}],"containers":[{"image":"b"}]})";
    struct Workload {
        const char* resource;
        std::string body;
    };
    for (
        const Workload& workload :
        {Workload{"pods", R"({"spec":)" + pod + "}"},
         Workload{"deployments", R"({"spec":{"template":{"spec":)" + pod + "}}}"},
         Workload{"cronjobs", R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":)" + pod + "}}}}}"},
         Workload{"podtemplates", R"({"template":{"spec":)" + pod + "}}"},
         Workload{"daemonsets", R"([{"op":"add","path":"/spec/template/spec","value":)" + pod + "}]"},
         Workload{
             "jobs",
             R"([{"op":"remove","path":"/x"},{"op":"add","path":"/spec/template/spec/hostPID","value":true},)"
             R"({"op":"replace","path":"/spec/template/spec/initContainers/0","value":{"image":"a"}}])"}}) {
        EventSpec spec;
        spec.verb = "patch";
        spec.object =
            std::string(R"({"resource":")") + workload.resource + R"(","namespace":"shop","name":"x"})";
        spec.request_object = workload.body;
        EXPECT_TRUE(holds(spec, "pod.hostPID = true and pod.anyContainer.image = \"a\""))
            << workload.resource;
        EXPECT_TRUE(holds(spec, "any pod.anyContainer has (.image = \"a\")")) << workload.resource;
        EXPECT_FALSE(holds(spec, "pod.containers.image = \"a\"")) << workload.resource;
    }
}

// What a JSON patch adds stands where its pointer says: ~0 is ~, ~1 is /; a number or - is a place in a list.
TEST(Change, UnfoldsThePointersOfAPatch) {
    struct Patch {
        const char *op, *path, *value, *condition;
        bool expected;
    };
    for (const Patch& patch :
         {Patch{"add", "/metadata/labels/a~1b", R"("x")", R"(change.metadata.labels["a/b"] = "x")", true},
          Patch{"add", "/metadata/labels/a~1", R"("x")", R"(change.metadata.labels["a/"] = "x")", true},
          Patch{"add", "/metadata/labels/~1", R"("x")", R"(change.metadata.labels["/"] = "x")", true},
          Patch{"add", "/metadata/labels/a~0", R"("x")", R"(change.metadata.labels["a~"] = "x")", true},
          Patch{"add", "/metadata/labels/a~01", R"("x")", R"(change.metadata.labels["a~1"] = "x")", true},
          Patch{"add", "/metadata/labels/a~", R"("x")", R"(change.metadata.labels["a~"] = "x")", true},
          Patch{"add", "/metadata/labels/a~/b", R"("x")", R"(change.metadata.labels["a~"].b = "x")", true},
          Patch{"add", "/metadata/labels/a\\\"b", R"("x")", R"(change.metadata.labels["a?b"] = "x")", true},
          Patch{"add", "/metadata/labels/a\\u0001b", R"("x")", R"(change.metadata.labels["a?b"] = "x")",
                true},
          Patch{"add", "/metadata/labels/a b", R"("x")", R"(change.metadata.labels["a b"] = "x")", true},
          Patch{"add", "/spec/ports/0", R"("x")", R"(change.spec.ports[0] = "x")", true},
          Patch{"add", "/spec/ports/12", R"("x")", R"(change.spec.ports[0] = "x")", true},
          Patch{"add", "/spec/ports/-", R"("x")", R"(change.spec.ports[0] = "x")", true},
          Patch{"add", "/spec/ports/-1", R"("x")", R"(change.spec.ports[0] = "x")", false},
          Patch{"add", "", R"({"a":"x"})", R"(change.a = "x")", true},
          Patch{"replace", "/a", R"("x")", R"(change.a = "x")", true},
          Patch{"test", "/a", R"("x")", R"(change.a = "x")", false},
          Patch{"remove", "/a", R"("x")", R"(change.a exists)", false},
          Patch{"copy", "/a", R"("x")", R"(change.a exists)", false}}) {
        EventSpec spec;
        spec.verb = "patch";
        spec.request_object = std::string(R"([{"op":"test","path":"/none","value":1},{"op":")") + patch.op +
                              R"(","path":")" + patch.path + R"(","value":)" + patch.value + "}]";
        EXPECT_EQ(holds(spec, patch.condition), patch.expected) << patch.op << ' ' << patch.path;
    }
}

// Pointers of up to 1,024 bytes are followed.
TEST(Change, FollowsAPointerThatIsLong) {
    for (const auto& [size, expected] : {std::pair{size_t{1023}, true}, {1024, true}, {1025, false}}) {
        EventSpec spec;
        spec.verb = "patch";
        spec.request_object =
            R"([{"op":"add","path":"/a/)" + std::string(size - 3, 'k') + R"(","value":"x"}])";
        EXPECT_EQ(holds(spec, "change.a exists"), expected) << size;
    }
}

TEST(PodSpec, IsNotTakenFromOtherObjects) {
    EventSpec spec;
    spec.object = R"({"resource":"widgets","namespace":"shop","name":"x"})";
    spec.request_object = R"({"spec":{"hostPID":true}})";
    EXPECT_FALSE(holds(spec, "pod.hostPID = true"));
}

std::string render(const EventSpec& spec, const std::string& text) {
    const test::ParsedEvent event = spec.parsed();
    const test::Understood understood(*event);
    Context context;
    context.reset(understood, true);
    return Template::parse(text).render(context);
}

// The API server accepts all of these: a client must not be able to hide a body behind an odd field.
TEST(PodSpec, CannotBeHiddenByOddJson) {
    const auto nested = [](size_t deep) { return std::string(deep, '[') + std::string(deep, ']'); };
    const std::string cases[] = {
        R"({"spec":{"hostPID":false},"spec":{"hostPID":false,"hostPID":true}})",
        R"({"x":"\ud83d","spec":{"hostPID":true}})",
        R"({"x":123456789012345678901234567890,"spec":{"hostPID":true}})",
        R"({"x":)" + nested(2'000) + R"(,"spec":{"hostPID":true}})",
        R"({"x":)" + nested(9'990) + R"(,"spec":{"hostPID":true}})",
        R"([{"op":"test","op":"add","path":"/a","path":"/spec/hostPID","value":false,"value":true}])",
    };
    for (const std::string& body : cases) {
        EventSpec spec;
        spec.level = "Request";
        spec.verb = "patch";
        spec.object = R"({"resource":"pods","namespace":"shop","name":"web","apiVersion":"v1"})";
        spec.request_object = body;
        EXPECT_TRUE(holds(spec, "pod.hostPID = true")) << body.substr(0, 100);
    }
}

TEST(Templates, FillInFields) {
    EXPECT_EQ(render(role_patch(), "{user.username} made {{ {objectRef.name} in {objectRef.namespace}"),
              "alice made { r in (unknown)");
    EXPECT_EQ(render(role_patch(), "{requestObject.rules.verbs}"), "get, list, create");
}

TEST(Templates, TellEightOfManyValues) {
    EventSpec spec;
    spec.verb = "create";
    spec.object = R"({"resource":"clusterroles","name":"r","apiGroup":"rbac.authorization.k8s.io"})";
    const auto verbs = [&](const std::string& list) {
        spec.request_object = R"({"rules":[{"verbs":[)" + list + "]}]}";
        return render(spec, "{requestObject.rules.verbs}");
    };
    const std::string eight = R"("a","b","c","d","e","f","g","h")";
    EXPECT_EQ(verbs(eight), "a, b, c, d, e, f, g, h");
    EXPECT_EQ(verbs(eight + R"(,"a")"), "a, b, c, d, e, f, g, h") << "each once";
    EXPECT_EQ(verbs(eight + R"(,"i")"), "a, b, c, d, e, f, g, h and more");
}

TEST(Templates, NeverShowWhatMayBeSecret) {
    EventSpec exec;
    exec.uri = "/api/v1/namespaces/shop/pods/web/exec?command=mysql&command=-phunter2";
    exec.object = R"({"resource":"pods","namespace":"shop","name":"web","subresource":"exec"})";
    EXPECT_EQ(render(exec, "{exec.program}|{exec.command}|{query[\"command\"]}|{requestURI}"),
              "mysql|[redacted]|[redacted]|/api/v1/namespaces/shop/pods/web/exec?[redacted]");
    EventSpec secret;
    secret.object = R"({"resource":"secrets","namespace":"shop","name":"db"})";
    secret.request_object = R"({"metadata":{"name":"db"},"data":{"name":"aHVudGVyMg=="}})";
    EXPECT_EQ(render(secret, "{requestObject.data.name}"), "[redacted]");
    EventSpec map = secret;
    map.object = R"({"resource":"configmaps","namespace":"shop","name":"db"})";
    EXPECT_EQ(render(map, "{requestObject.data}"), "[redacted]");
}

TEST(Templates, HoldNoControlCharacters) {
    EventSpec spec;
    spec.object = R"({"resource":"pods","namespace":"shop","name":"a\nb\u001b[31m"})";
    EXPECT_EQ(render(spec, "{objectRef.name}"), "a?b?[31m");
}

TEST(ConditionText, ALiteralMeansWhatItQuotes) {
    for (const std::string text : {"plain", "it's", "a \"b\"", "C:\\temp\\", "\\d", ""}) {
        const ConditionPtr condition = parse_condition("user.username = " + in_rule_quotes(text));
        ASSERT_EQ(condition->literals.size(), 1);
        EXPECT_EQ(condition->literals[0].text, text);
    }
}

}  // namespace
}  // namespace redshank::rules
