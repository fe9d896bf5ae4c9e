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
};

class Log {
  public:
    Change at(const Write& write) {
        EventSpec spec{
            .level = "RequestResponse", .verb = write.verb, .user = write.user, .source_ip = write.ip};
        spec.object =
            R"({"resource":"validatingwebhookconfigurations","name":"guard","apiGroup":"admissionregistration.k8s.io"})";
        spec.status = R"({"metadata":{},"code":)" + std::to_string(write.code) + "}";
        spec.request_object = write.asked, spec.response_object = write.answer;
        const test::ParsedEvent event = spec.parsed();
        const test::Understood request(*event);
        const Origin origin{.cluster = "c", .source = "audit.log", .offset = ++offset_};
        EXPECT_TRUE(Webhooks::is_write(*event));
        // A restart before each event.
        Webhooks again("t");
        again.load(state_);
        const Change change = again.see({.event = *event,
                                         .request = request,
                                         .origin = origin,
                                         .answers = true,
                                         .now = event->stage_time});
        again.save(state_);
        return change;
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

}  // namespace
}  // namespace redshank
