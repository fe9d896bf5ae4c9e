// A webhook gets a new certificate, and changes that look like it.
#include "detectors/webhooks.h"

#include <gtest/gtest.h>

#include "tests/support/memory_state.h"
#include "tests/unit/detectors/access/acts.h"

namespace redshank {
namespace {

using test::EventSpec;
using Change = Webhooks::Change;

// A whole configuration of one webhook.
std::string hook(const std::string& certificate, const std::string& more = "",
                 const std::string& ns = "guard", const std::string& resources = "\"deployments\"") {
    return R"({"kind":"ValidatingWebhookConfiguration","metadata":{"name":"guard"},"webhooks":[{"name":"v.guard.io",)"
           R"("clientConfig":{"service":{"namespace":")" +
           ns + R"(","name":"guard","path":"/v"},"caBundle":")" + certificate +
           R"("},"rules":[{"apiGroups":["apps"],"apiVersions":["v1"],"operations":["CREATE"],"resources":[)" +
           resources + "]}]" + more + "}]}";
}

struct Write {
    std::string verb = "update", asked, answer;
    int code = 200;
    std::string user = test::pod_token("guard", "guard", "u1"), ip = "10.0.0.7";
    std::string time = "2026-01-05T10:00:00.000000Z";
};

class Log {
  public:
    Change at(const Write& write) { return see(write).change; }

    Webhooks::Seen see(const Write& write) {
        EventSpec spec{
            .level = "RequestResponse", .verb = write.verb, .user = write.user, .source_ip = write.ip};
        spec.object =
            R"({"resource":"validatingwebhookconfigurations","name":"guard","apiGroup":"admissionregistration.k8s.io"})";
        spec.status = R"({"metadata":{},"code":)" + std::to_string(write.code) + "}";
        spec.received = spec.time = write.time;
        spec.request_object = write.asked, spec.response_object = write.answer;
        const test::ParsedEvent event = spec.parsed();
        const test::Understood request(*event);
        const Origin origin{.cluster = "c", .source = "audit.log", .offset = ++offset_};
        EXPECT_TRUE(Webhooks::is_write(*event));
        // A restart before each event.
        Webhooks again("t");
        again.load(state_);
        const Webhooks::Seen seen = again.see({.event = *event,
                                               .request = request,
                                               .origin = origin,
                                               .answers = true,
                                               .now = event->stage_time});
        again.save(state_);
        return seen;
    }

  private:
    test::MemoryState state_;
    uint64_t offset_ = 0;
};

std::string patch_of(const std::string& path) {
    return R"([{"op":"replace","path":")" + path + R"(","value":"TkVX"}])";
}

TEST(Webhooks, APatchOfCertificatesIsKnownByItself) {
    const std::pair<std::string, Change> kCases[] = {
        {patch_of("/webhooks/0/clientConfig/caBundle"), Change::Certificate},
        {patch_of("/webhooks/12/clientConfig/caBundle"), Change::Certificate},
        {patch_of("/webhooks/0/clientConfig"), Change::Other},
        {patch_of("/webhooks/0/clientConfig/url"), Change::Other},
        {patch_of("/webhooks/0/x/0/clientConfig/caBundle"), Change::Other},
        {patch_of("/webhooks//clientConfig/caBundle"), Change::Other},
        {R"([{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}])", Change::Other},
        {"[]", Change::Other},
        {R"([{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":"x"},{"op":"add","path":"/webhooks/1","value":{}}])",
         Change::Other},
        {R"({"webhooks":[{"name":"v.guard.io","clientConfig":{"caBundle":"TkVX"}}]})", Change::Certificate},
        {R"({"metadata":{"name":"guard"},"webhooks":[{"name":"v","failurePolicy":"Fail","clientConfig":{"caBundle":"x"}}]})",
         Change::Certificate},
        {R"({"webhooks":[{"name":"v","failurePolicy":"Ignore","clientConfig":{"caBundle":"x"}}]})",
         Change::Other},
        {R"({"webhooks":[{"name":"v","failurePolicy":1,"clientConfig":{"caBundle":"x"}}]})", Change::Other},
        {R"({"webhooks":[{"name":"v","clientConfig":{"caBundle":"x","url":"https://e"}}]})", Change::Other},
        {R"({"webhooks":[{"name":"v","clientConfig":{"caBundle":"x"},"rules":[]}]})", Change::Other},
        {R"({"webhooks":[{"name":"v"}]})", Change::Other},
        {R"({"webhooks":[]})", Change::Other},
        {R"({"webhooks":[{"name":"v","clientConfig":{"caBundle":"x"}}],"spec":{}})", Change::Other},
        {patch_of("/spec/caBundle"), Change::Certificate},
        {R"({"spec":{"caBundle":"x"}})", Change::Certificate},
        {R"({"spec":{"caBundle":"x","insecureSkipTLSVerify":true}})", Change::Other},
        {R"({"spec":{"caBundle":"x"},"webhooks":[]})", Change::Other},
        {R"({"spec":{"service":{}}})", Change::Other},
        {"", Change::Other},
        {"nonsense", Change::Other},
    };
    for (const auto& [body, change] : kCases) {
        EXPECT_EQ(Log().at({.verb = "patch", .asked = body}), change) << body;
        EXPECT_EQ(Log().at({.verb = "patch", .asked = body, .code = 409}), Change::Other) << body;
    }
}

TEST(Webhooks, AWholeObjectIsComparedWithWhatTheLogShowedBefore) {
    // The API server fills in what the creator left out.
    const std::string first = hook("QUJD"),
                      now = hook("TkVX",
                                 R"(,"failurePolicy":"Fail","namespaceSelector":{},"timeoutSeconds":10)");
    const std::string admin = test::person("alice");
    const std::pair<std::string, Change> kCases[] = {
        {now, Change::Certificate},
        {first, Change::Certificate},
        {hook("TkVX", R"(,"failurePolicy":"Ignore")"), Change::Other},
        {hook("TkVX", R"(,"objectSelector":{"matchLabels":{"a":"b"}})"), Change::Other},
        {hook("TkVX", R"(,"matchConditions":[{"expression":"false"}])"), Change::Other},
        {hook("TkVX", "", "guard", "\"secrets\""), Change::Other},
        {hook("TkVX", "", "evil"), Change::Other},
        {R"({"webhooks":[]})", Change::Other},
        {R"({"webhooks":[1]})", Change::Other},
        {"", Change::Other},
    };
    for (const auto& [body, change] : kCases) {
        for (const std::string& writer : {admin, test::pod_token("guard", "guard", "u1")}) {
            Log log;
            EXPECT_EQ(log.at({.verb = "create", .asked = first, .code = 201, .user = admin}), Change::Other);
            EXPECT_EQ(log.at({.asked = body, .user = writer}), change) << body;
        }
    }
    // The answer tells what a patch made of it; without one the object is unknown from then on.
    Log log;
    log.at({.verb = "create", .asked = first, .code = 201, .user = admin});
    EXPECT_EQ(log.at({.verb = "patch", .asked = "{}", .answer = hook("x", "", "evil")}), Change::Other);
    EXPECT_EQ(log.at({.asked = first, .user = admin}), Change::Other);
    EXPECT_EQ(log.at({.asked = first, .user = admin}), Change::Certificate);
    log.at({.verb = "patch", .asked = R"({"webhooks":[{"name":"w"}]})"});
    EXPECT_EQ(log.at({.asked = first, .user = admin}), Change::Other);
    EXPECT_EQ(log.at({.verb = "delete", .user = admin}), Change::Other);
    EXPECT_EQ(log.at({.asked = first, .user = admin}), Change::Other);
    // Applied by the server, and new.
    EXPECT_EQ(Log().at({.verb = "patch", .asked = first, .code = 201}), Change::Other);
}

// The service behind an API.
TEST(Webhooks, AnApiServiceIsComparedToo) {
    const auto api = [](const std::string& ns, const std::string& more) {
        return R"({"kind":"APIService","spec":{"group":"g","version":"v1","service":{"namespace":")" + ns +
               R"(","name":"s"})" + more + "}}";
    };
    for (const auto& [body, change] :
         {std::pair{api("guard", R"(,"caBundle":"x")"), Change::Certificate},
          std::pair{api("guard", R"(,"caBundle":"x","insecureSkipTLSVerify":false)"), Change::Certificate},
          std::pair{api("guard", R"(,"insecureSkipTLSVerify":true)"), Change::Other},
          std::pair{api("evil", R"(,"caBundle":"x")"), Change::Other}}) {
        Log log;
        log.at({.verb = "create", .asked = api("guard", ""), .code = 201, .user = test::person("alice")});
        EXPECT_EQ(log.at({.asked = body}), change) << body;
    }
    EXPECT_EQ(Log().at({.asked = api("guard", "")}), Change::OwnService);
    EXPECT_EQ(Log().at({.asked = api("evil", "")}), Change::Other);
}

TEST(Webhooks, AProgramMayAskItself) {
    EXPECT_EQ(Log().at({.asked = hook("x")}), Change::OwnService);
    EXPECT_EQ(Log().at({.asked = hook("x", "", "evil")}), Change::Other);
    EXPECT_EQ(Log().at({.asked = hook("x"), .user = test::person("guard")}), Change::Other);
    EXPECT_EQ(Log().at({.verb = "create", .asked = hook("x"), .code = 201}), Change::Other);
    const std::string url =
        R"({"webhooks":[{"name":"v","clientConfig":{"url":"https://e","service":{"namespace":"guard","name":"g"}}}]})";
    EXPECT_EQ(Log().at({.asked = url}), Change::Other);
    // Only while the log has never shown it.
    Log log;
    log.at({.verb = "create", .asked = hook("x"), .code = 201, .user = test::person("alice")});
    EXPECT_EQ(log.at({.asked = hook("x", "", "guard", "\"secrets\"")}), Change::Other);
}

// Two webhooks, of which the second one has these.
std::string two(const std::string& policy, const std::string& client, const std::string& first = "Fail") {
    return R"({"kind":"ValidatingWebhookConfiguration","apiVersion":"v1","webhooks":[{"name":"v","failurePolicy":")" +
           first + R"(","clientConfig":{"service":{"namespace":"guard","name":"g"}}},{"name":"w")" +
           (policy.empty() ? "" : R"(,"failurePolicy":")" + policy + "\"") + R"(,"clientConfig":)" + client +
           "}]}";
}
const std::string kService = R"({"service":{"namespace":"guard","name":"g"}})";

std::string url(const std::string& text) {
    return R"({"url":")" + text + R"("})";
}

TEST(Webhooks, LoosenedIsWhatAsksAUrlOrNoLongerRefuses) {
    struct Case {
        std::string before, after;
        bool outside, open;
    };
    const std::string fail = two("Fail", kService);
    const Case kCases[] = {
        {fail, fail, false, false},
        {fail, two("", kService), false, false},  // the API server's default
        {fail, two("Ignore", kService), false, true},
        {two("", kService), two("Ignore", kService), false, true},
        {two("Ignore", kService), two("Ignore", kService, "Ignore"), false, true},
        {two("Ignore", kService), fail, false, false},
        // One is opened, another one closed: the number is as it was.
        {two("Ignore", kService), two("Fail", kService, "Ignore"), false, true},
        {fail, R"({"webhooks":[{"name":"v"}]})", false, true},
        {two("Ignore", kService), R"({"webhooks":[{"name":"v"},1]})", false, false},
        {fail, two("Fail", url("https://e.example/x")), true, false},
        {fail, two("Ignore", url("https://e.example/x")), true, true},
        {two("Fail", url("https://e.example/x")), two("Fail", url("https://e.example/x")), false, false},
        {two("Fail", url("https://e.example/x")), two("Fail", url("https://f.example/x")), true, false},
        {fail, two("Fail", url("https://127.0.0.1:9443/x")), false, false},
        {fail, two("Fail", url("https://127.0.0.1")), false, false},
        {fail, two("Fail", url("https://localhost/x")), false, false},
        {fail, two("Fail", url("https://localhost:8443")), false, false},
        {fail, two("Fail", url("https://[::1]:8443/x")), false, false},
        {fail, two("Fail", url("https://127.0.0.1.e.example/x")), true, false},
        {fail, two("Fail", url("https://localhost.e.example/x")), true, false},
        {fail, two("Fail", url("https://127.0.0.1:x@e.example/x")), true, false},
        {fail, two("Fail", url("e.example")), true, false},
    };
    for (const Case& one : kCases) {
        Log log;
        log.at({.verb = "create", .asked = one.before, .code = 201, .user = test::person("alice")});
        const Loosened got = log.see({.asked = one.after, .user = test::person("bob")}).loosened;
        EXPECT_EQ(got.asks_outside, one.outside) << one.after;
        EXPECT_EQ(got.fails_open, one.open) << one.after;
        // Nobody knows what it was, or it was nothing.
        EXPECT_FALSE(Log().see({.asked = one.after, .user = test::person("bob")}).loosened);
        EXPECT_FALSE(
            Log()
                .see({.verb = "create", .asked = one.after, .code = 201, .user = test::person("bob")})
                .loosened);
    }
}

TEST(Webhooks, APatchWithoutItsAnswerLoosensByWhatItSays) {
    struct Case {
        std::string patch;
        bool outside, open;
        bool outside_if_unknown, open_if_unknown;
    };
    const auto operation = [](const std::string& path, const std::string& value,
                              const std::string& op = "replace") {
        return R"([{"op":")" + op + R"(","path":")" + path + R"(","value":)" + value + "}]";
    };
    const std::string ignore = "\"Ignore\"", away = "\"https://e.example\"";
    const Case kCases[] = {
        {operation("/webhooks/0/failurePolicy", ignore), false, true, false, true},
        {operation("/webhooks/0/failurePolicy", ignore, "add"), false, true, false, true},
        {operation("/webhooks/0/failurePolicy", ignore, "test"), false, false, false, false},
        {operation("/webhooks/0/failurePolicy", "\"Fail\""), false, false, false, false},
        {operation("/metadata/failurePolicy", ignore), false, false, false, false},
        {operation("/webhooks/0/clientConfig/url", away), true, false, true, false},
        {operation("/webhooks/0/clientConfig", url("https://e.example")), true, false, true, false},
        {operation("/webhooks/0", R"({"name":"v","clientConfig":)" + url("https://e.example") + "}"), true,
         false, true, false},
        {operation("/webhooks/0/clientConfig", kService), false, false, false, false},
        {operation("/webhooks/0/clientConfig/url", "\"https://old.example\""), false, false, true, false},
        {R"([{"op":"remove","path":"/webhooks/0/clientConfig/url"},1])", false, false, false, false},
        {R"({"webhooks":[{"name":"v","failurePolicy":"Ignore"}]})", false, true, false, true},
        {R"({"webhooks":[{"name":"w","failurePolicy":"Ignore"}]})", false, false, false, true},
        {R"({"webhooks":[{"name":"v","clientConfig":{"url":"https://e.example"}}]})", true, false, true,
         false},
        {R"({"webhooks":[{"name":"w","clientConfig":{"url":"https://old.example"}}]})", false, false, true,
         false},
        // The whole object, as appliers send it every day.
        {two("Ignore", url("https://e.example"), "Ignore"), true, true, false, false},
        {two("Ignore", url("https://old.example")), false, false, false, false},
        {R"({"metadata":{"labels":{"a":"b"}}})", false, false, false, false},
        {R"({"webhooks":1})", false, false, false, false},
        {"1", false, false, false, false},
        {"", false, false, false, false},
    };
    for (const Case& one : kCases) {
        Log log;
        log.at({.verb = "create",
                .asked = two("Ignore", url("https://old.example")),
                .code = 201,
                .user = test::person("alice")});
        const Loosened got =
            log.see({.verb = "patch", .asked = one.patch, .user = test::person("bob")}).loosened;
        EXPECT_EQ(got.asks_outside, one.outside) << one.patch;
        EXPECT_EQ(got.fails_open, one.open) << one.patch;
        const Loosened unknown =
            Log().see({.verb = "patch", .asked = one.patch, .user = test::person("bob")}).loosened;
        EXPECT_EQ(unknown.asks_outside, one.outside_if_unknown) << one.patch;
        EXPECT_EQ(unknown.fails_open, one.open_if_unknown) << one.patch;
    }
    // All its webhooks let through already.
    Log log;
    log.at({.verb = "create",
            .asked = two("Ignore", kService, "Ignore"),
            .code = 201,
            .user = test::person("alice")});
    EXPECT_FALSE(log.see({.verb = "patch",
                          .asked = operation("/webhooks/0/failurePolicy", ignore),
                          .user = test::person("bob")})
                     .loosened);
}

TEST(Webhooks, AStrangerNeitherMadeItNorWroteItOnAnEarlierDay) {
    const std::string fail = two("Fail", kService), open = two("Ignore", kService);
    const std::string alice = test::person("alice"), bob = test::person("bob");
    const std::string injector = test::pod_token("certs", "injector", "u2");
    Log log;
    EXPECT_FALSE(log.see({.verb = "create", .asked = fail, .code = 201, .user = alice}).by_stranger);
    EXPECT_FALSE(log.see({.asked = open, .user = alice}).by_stranger);
    EXPECT_TRUE(log.see({.asked = fail, .user = bob}).by_stranger);
    EXPECT_TRUE(log.see({.asked = open, .user = bob, .time = "2026-01-05T20:00:00.000000Z"}).by_stranger);
    EXPECT_FALSE(log.see({.asked = fail, .user = bob, .time = "2026-01-06T08:00:00.000000Z"}).by_stranger);
    // Certificates only, for days.
    log.see({.asked = fail, .user = injector, .time = "2026-01-06T09:00:00.000000Z"});
    EXPECT_TRUE(
        log.see({.asked = open, .user = injector, .time = "2026-01-09T09:00:00.000000Z"}).by_stranger);
    // Not shown whole, and still theirs.
    log.see({.verb = "patch", .asked = "{}", .user = alice, .time = "2026-01-09T10:00:00.000000Z"});
    EXPECT_FALSE(log.see({.asked = fail, .user = alice, .time = "2026-01-09T11:00:00.000000Z"}).by_stranger);
    EXPECT_TRUE(log.see({.asked = fail, .user = test::person("eve"), .time = "2026-01-09T11:00:00.000000Z"})
                    .by_stranger);
    // It is another one after its deletion.
    log.see({.verb = "delete", .user = bob, .time = "2026-01-09T12:00:00.000000Z"});
    EXPECT_TRUE(log.see({.asked = fail, .user = alice, .time = "2026-01-09T13:00:00.000000Z"}).by_stranger);
    // A program that asks itself.
    Log own;
    EXPECT_FALSE(own.see({.asked = hook("x")}).by_stranger);
    EXPECT_FALSE(own.see({.asked = hook("x", R"(,"failurePolicy":"Ignore")")}).by_stranger);
    // The first writers are kept.
    Log crowd;
    crowd.see({.verb = "create", .asked = fail, .code = 201, .user = alice});
    for (int i = 0; i < 9; ++i)
        crowd.see({.asked = i % 2 == 0 ? open : fail, .user = test::person("p" + std::to_string(i))});
    EXPECT_FALSE(crowd.see({.asked = open, .user = alice}).by_stranger);
    EXPECT_FALSE(crowd.see({.asked = fail, .user = test::person("p2"), .time = "2026-01-06T12:00:00.000000Z"})
                     .by_stranger);
    EXPECT_TRUE(crowd.see({.asked = open, .user = test::person("p3"), .time = "2026-01-06T12:00:00.000000Z"})
                    .by_stranger);
}

}  // namespace
}  // namespace redshank
