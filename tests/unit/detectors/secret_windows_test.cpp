// Windows of exposure, indirect ways to Secrets, and leaks, on literal events through the engine.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <fstream>

#include "core/finding/finding_json.h"
#include "detectors/access/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/crd/config.h"
#include "detectors/engine.h"
#include "detectors/secrets/config.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"
#include "tests/support/memory_state.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using test::EventSpec;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kRbacGroup = R"(,"apiGroup":"rbac.authorization.k8s.io","apiVersion":"v1"})";
constexpr auto kDone = R"({"metadata":{},"status":"Success","code":200})";
constexpr auto kCreated = R"({"metadata":{},"code":201})";
constexpr auto kForbidden = R"({"metadata":{},"status":"Failure","reason":"Forbidden","code":403})";

class SecretWindows : public ::testing::Test {
  protected:
    static DetectorConfig config() {
        DetectorConfig all;
        all.of<access::Config>().enabled = all.of<crd::Config>().enabled = false;
        all.of<by_rule::Config>().sources.packs.clear();
        all.keep_all_evidence = true;
        all.of<secrets::Config>().protect = {{.secrets = {"shop/db"}, .readers = {"owner", "group:oncall"}}};
        return all;
    }

    // Sends the event one second after the last one; returns its audit ID.
    std::string see(EventSpec spec) {
        const std::string time = "2026-01-05T10:00:" + std::string(seconds_ < 10 ? "0" : "") +
                                 std::to_string(seconds_) + ".000000Z";
        spec.received = spec.time = time;
        spec.audit_id = "a-" + std::to_string(seconds_++);
        log_ += spec.json() + "\n";
        return spec.audit_id;
    }

    std::string bind(const std::string& subject, bool with_body) {
        EventSpec spec{.verb = "create",
                       .uri = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings",
                       .user = R"({"username":"owner"})",
                       .object = R"({"resource":"rolebindings","namespace":"shop","name":"tmp")" +
                                 std::string(kRbacGroup),
                       .status = kCreated};
        if (with_body) {
            spec.level = "RequestResponse";
            spec.response_object = R"({"kind":"RoleBinding","metadata":{"name":"tmp","namespace":"shop"},)"
                                   R"("roleRef":{"kind":"ClusterRole","name":"edit"},"subjects":[)" +
                                   subject + "]}";
        }
        return see(spec);
    }

    std::string read(const std::string& user, bool allowed = true) {
        return see(
            {.uri = "/api/v1/namespaces/shop/secrets/db",
             .user = R"({"username":")" + user + R"(","groups":["dev","system:authenticated"]})",
             .object = R"({"resource":"secrets","namespace":"shop","name":"db","apiVersion":"v1"})",
             .status = allowed ? R"({"metadata":{},"code":200})" : kForbidden,
             .decision = allowed ? "allow" : "forbid",
             .reason = allowed
                           ? R"(RBAC: allowed by RoleBinding "tmp/shop" of ClusterRole "edit" to Group "dev")"
                           : ""});
    }

    std::vector<Finding> found() const { return test::find_in(test::Log::of_text(log_), config()); }
    std::vector<std::string> evidence(std::string_view kind) const {
        std::vector<std::string> ids;
        for (const Finding& finding : found()) {
            if (finding.kind != kind) continue;
            for (const Evidence& one : finding.evidence) ids.push_back(one.audit_id);
        }
        return ids;
    }

    int seconds_ = 0;
    std::string log_;
};

using Ids = std::vector<std::string>;
constexpr auto kDev = R"({"kind":"Group","name":"dev"})";

TEST_F(SecretWindows, OpensBeforeAnybodyReads) {
    const std::string opened = bind(kDev, true);
    EXPECT_EQ(evidence("secret-exposed"), Ids{opened});
    EXPECT_EQ(evidence("secret-exposure-closed"), Ids{});
}

TEST_F(SecretWindows, ABindingToReadersOpensNothing) {
    bind(R"({"kind":"Group","name":"oncall"},{"kind":"User","name":"owner"})", true);
    EXPECT_TRUE(found().empty());
}

TEST_F(SecretWindows, DeletingTheRoleOrTheNamespaceOrAllBindingsCloses) {
    const std::vector<EventSpec> endings{
        {.verb = "delete",
         .object = R"({"resource":"clusterroles","name":"edit")" + std::string(kRbacGroup),
         .status = kDone},
        {.verb = "delete",
         .object = R"({"resource":"namespaces","namespace":"shop","name":"shop","apiVersion":"v1"})"},
        {.verb = "deletecollection",
         .uri = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings",
         .object = R"({"resource":"rolebindings","namespace":"shop")" + std::string(kRbacGroup)}};
    for (const bool with_body : {true, false}) {
        for (const EventSpec& ending : endings) {
            log_.clear();
            seconds_ = 0;
            const std::string opened = bind(kDev, with_body);
            const std::string exposed = read("mallory");
            const std::string closed = see(ending);
            EXPECT_EQ(evidence("secret-exposed"), Ids{opened}) << with_body;
            EXPECT_EQ(evidence("secret-read-unprotected"), Ids{exposed}) << with_body;
            EXPECT_EQ(evidence("secret-exposure-closed"), Ids{closed}) << with_body << ending.verb;
        }
    }
}

// At Metadata level the log does not show what a patch of the binding did; only a refusal shows that it
// closed the window.
TEST_F(SecretWindows, AtMetadataLevelARefusalConfirmsTheClosing) {
    const EventSpec patch{
        .verb = "patch",
        .uri = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/tmp",
        .object = R"({"resource":"rolebindings","namespace":"shop","name":"tmp")" + std::string(kRbacGroup)};
    const std::string opened = bind(kDev, false);
    read("mallory");
    see(patch);  // adds a subject
    see(patch);
    read("mallory");
    const std::string closed = see(patch);
    EXPECT_EQ(evidence("secret-exposure-closed"), Ids{});
    read("mallory", false);
    EXPECT_EQ(evidence("secret-exposed"), Ids{opened});
    EXPECT_EQ(evidence("secret-exposure-closed"), Ids{closed});
}

TEST_F(SecretWindows, AGrantOlderThanTheLogSaysSo) {
    read("mallory");
    const auto findings = found();
    ASSERT_EQ(findings.size(), 2u);
    EXPECT_EQ(findings[0].kind, "secret-exposed");
    EXPECT_TRUE(findings[0].evidence.empty());
    EXPECT_THAT(findings[0].summary, HasSubstr("The grant is older than this log."));
}

TEST_F(SecretWindows, ReadersAndTheRefusedAreSilent) {
    read("owner");
    read("mallory", false);
    EXPECT_TRUE(found().empty());
}

TEST_F(SecretWindows, IndirectWays) {
    const std::string given =
        see({.level = "Request",
             .verb = "create",
             .object = R"({"resource":"deployments","namespace":"shop","name":"x","apiGroup":"apps"})",
             .status = kCreated,
             .request_object = R"({"spec":{"template":{"spec":{"containers":[{"env":[{"valueFrom":)"
                               R"({"secretKeyRef":{"name":"db","key":"k"}}}]}]}}}})"});
    see({.level = "Request",
         .verb = "create",
         .object = R"({"resource":"pods","namespace":"shop","name":"web","apiVersion":"v1"})",
         .status = kCreated,
         .request_object = R"({"spec":{"volumes":[{"secret":{"secretName":"db"}}]}})"});
    const std::string exec =
        see({.object = R"({"resource":"pods","namespace":"shop","name":"web","subresource":"exec"})",
             .status = R"({"metadata":{},"code":101})"});
    const Ids indirect = evidence("secret-read-indirect");
    EXPECT_THAT(indirect, ::testing::Contains(given));
    EXPECT_THAT(indirect, ::testing::Contains(exec));
    EXPECT_EQ(evidence("secret-read-unprotected"), Ids{});
}

TEST_F(SecretWindows, ATokenOfAReaderAndItsUse) {
    DetectorConfig all = config();
    all.of<secrets::Config>().protect[0].readers = {"system:serviceaccount:shop:api"};
    const std::string minted = see(
        {.verb = "create",
         .object = R"({"resource":"serviceaccounts","namespace":"shop","name":"api","subresource":"token"})",
         .status = kCreated,
         .reason = "x",
         .more_annotations = R"(,"authentication.kubernetes.io/issued-credential-id":"JTI=1")"});
    const std::string used =
        see({.user = R"({"username":"system:serviceaccount:shop:api","groups":["system:serviceaccounts"],)"
                     R"("extra":{"authentication.kubernetes.io/credential-id":["JTI=1"]}})",
             .object = R"({"resource":"secrets","namespace":"shop","name":"db","apiVersion":"v1"})"});
    const auto findings = test::find_in(test::Log::of_text(log_), all);
    ASSERT_EQ(findings.size(), 2u);
    EXPECT_EQ(findings[0].kind, "secret-read-indirect");
    EXPECT_EQ(findings[1].kind, "secret-obtained-by-token");
    ASSERT_EQ(findings[1].evidence.size(), 2u);
    EXPECT_EQ(findings[1].evidence[0].audit_id, used);
    EXPECT_EQ(findings[1].evidence[1].audit_id, minted);
}

// Every body and query string contains a marked value; none may appear in findings or in the state.
TEST_F(SecretWindows, NothingOfABodyLeavesTheDetector) {
    constexpr auto kMark = "c2VjcmV0LW1hcms";
    const std::string secret = R"({"kind":"Secret","data":{"password":")" + std::string(kMark) + R"("}})";
    for (const char* verb : {"create", "update", "patch", "get", "list", "deletecollection"}) {
        for (const char* level : {"Request", "RequestResponse"}) {
            see({.level = level,
                 .verb = verb,
                 .uri = "/api/v1/namespaces/shop/secrets/db?token=" + std::string(kMark),
                 .object = R"({"resource":"secrets","namespace":"shop","name":"db","apiVersion":"v1"})",
                 .request_object = secret,
                 .response_object = secret});
        }
    }
    see({.level = "RequestResponse",
         .verb = "create",
         .object = R"({"resource":"serviceaccounts","namespace":"shop","name":"api","subresource":"token"})",
         .status = kCreated,
         .response_object = R"({"kind":"TokenRequest","status":{"token":")" + std::string(kMark) + R"("}})"});
    see({.level = "Request",
         .verb = "create",
         .object = R"({"resource":"tokenreviews","apiGroup":"authentication.k8s.io"})",
         .status = kCreated,
         .request_object = R"({"spec":{"token":")" + std::string(kMark) + R"("}})"});

    Engine engine(config());
    std::string out;
    std::set<std::string> policy_defects;
    test::Log::of_text(log_).each_event([&](const audit::Event& event, uint64_t offset) {
        engine.observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
    });
    for (const Finding& finding : engine.drain(true)) {
        out += to_json(finding);
        if (finding.kind == "secret-in-audit-log") policy_defects.insert(finding.id);
    }
    test::MemoryState state;
    engine.save(state);
    for (const auto& [table, rows] : state.tables) {
        for (const auto& [key, value] : rows) out += key + value;
    }
    EXPECT_EQ(policy_defects.size(), 4u) << "Secrets at two levels, tokens, token reviews";
    EXPECT_THAT(out, HasSubstr("secret-in-audit-log"));
    EXPECT_THAT(out, Not(HasSubstr(kMark)));
}

// A restart after any event does not change the findings.
TEST(SecretRestart, SameFindingsWhereverItIsCut) {
    for (const char* name : {"secret-exposure-metadata", "secret-exposure-rbac-requestresponse"}) {
        NEEDS_SHARED(std::string("corpus/") + name);
        const test::Log log(test::shared_dir() / "corpus" / name / "audit.log.zst");
        DetectorConfig config;
        config.of<access::Config>().enabled = config.of<crd::Config>().enabled = false;
        config.of<by_rule::Config>().sources.packs.clear();
        config.of<secrets::Config>().protect = {{.secrets = {"vault-operator/*"}, .readers = {"group:sre"}}};
        const auto run = [&](size_t every) {
            auto engine = std::make_unique<Engine>(config);
            test::MemoryState state;
            std::vector<std::string> told;
            size_t seen = 0;
            log.each_event([&](const audit::Event& event, uint64_t offset) {
                engine->observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
                for (const Finding& finding : engine->drain()) told.push_back(to_json(finding));
                if (every == 0 || ++seen % every != 0) return;
                engine->save(state);
                engine = std::make_unique<Engine>(config);
                engine->load(state);
            });
            for (const Finding& finding : engine->drain(true)) told.push_back(to_json(finding));
            return told;
        };
        const auto whole = run(0);
        EXPECT_FALSE(whole.empty());
        EXPECT_EQ(run(97), whole) << name;
        EXPECT_EQ(run(512), whole) << name;
    }
}

// A seed that contains the open grant causes a finding at the first event.
TEST_F(SecretWindows, ASeedShowsWhatLaysOpenAlready) {
    const test::TempDir folder;
    const std::string file = folder.file("rbac.json");
    std::ofstream(file) << R"({"items":[{"kind":"RoleBinding","metadata":{"name":"old","namespace":"shop"},)"
                        << R"("roleRef":{"kind":"ClusterRole","name":"edit"},"subjects":[)" << kDev << "]}]}";
    DetectorConfig all = config();
    all.of<secrets::Config>().seed_rbac = {file};
    see({});
    const auto findings = test::find_in(test::Log::of_text(log_), all);
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].kind, "secret-exposed");
    EXPECT_THAT(
        findings[0].summary,
        testing::Eq(
            "Secret shop/db is readable by group dev, because RoleBinding old gives edit. The grant is "
            "older than this log."));

    // A seed that is configured at a later start is used as well.
    test::MemoryState state;
    const auto found_from = [&](const DetectorConfig& made) {
        Engine engine(made);
        engine.load(state);
        test::Log::of_text(log_).each_event([&](const audit::Event& event, uint64_t offset) {
            engine.observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
        });
        engine.save(state);
        return engine.drain().size();
    };
    EXPECT_EQ(found_from(config()), 0u);
    EXPECT_EQ(found_from(all), 1u);
    EXPECT_EQ(found_from(all), 0u) << "and told once";
}

}  // namespace
}  // namespace redshank
