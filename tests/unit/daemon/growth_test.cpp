// What an attacker can make much of costs in proportion to how much there is, and not more: counted in
// allocations, of which every step of this code makes some. No time is measured.
#include <gtest/gtest.h>

#include "detectors/access/config.h"
#include "detectors/engine.h"
#include "detectors/secrets/config.h"
#include "exporters/webhook.h"
#include "tests/support/allocations.h"
#include "tests/support/events.h"
#include "tests/support/fake_transport.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using test::EventSpec;

struct Cost {
    double count = 0, bytes = 0;
};

template <class Work>
Cost cost_of(Work work) {
    const uint64_t count = test::allocations, bytes = test::allocated_bytes;
    work();
    return {static_cast<double>(test::allocations - count),
            static_cast<double>(test::allocated_bytes - bytes)};
}

// Linear would be 4, quadratic 16.
constexpr double kTimes = 4, kMost = 1.6 * kTimes;

template <class CostOf>
void expect_linear(CostOf cost_of_n, size_t n) {
    const Cost once = cost_of_n(n), more = cost_of_n(n * static_cast<size_t>(kTimes));
    std::printf("%zu: %.0f allocations, %.0f bytes; 4 times as many: %.2f and %.2f times that\n", n,
                once.count, once.bytes, more.count / once.count, more.bytes / once.bytes);
    EXPECT_GT(once.count, static_cast<double>(n)) << "each has its cost, so this counts it";
    EXPECT_LE(more.count / once.count, kMost);
    EXPECT_LE(more.bytes / once.bytes, kMost);
}

void observe(Engine& engine, const EventSpec& spec, uint64_t offset) {
    const test::ParsedEvent event(spec.json());
    engine.observe(*event, {.cluster = "c", .source = "audit.log", .offset = offset});
    engine.drain();
}

// Refused anonymous requests, each for another object of another namespace; by other users; of other clients.
TEST(Growth, RowsOfUniqueValues) {
    for (const std::string unique : {"namespace", "user", "agent", "address"}) {
        SCOPED_TRACE(unique);
        expect_linear(
            [&](size_t n) {
                test::MemoryState state;
                Engine engine(DetectorConfig{});
                return cost_of([&] {
                    for (size_t i = 0; i < n; ++i) {
                        const std::string text = std::to_string(i);
                        EventSpec spec{.status = R"({"metadata":{},"code":403})", .decision = "forbid"};
                        if (unique == "namespace")
                            spec.object =
                                R"({"resource":"pods","namespace":"n)" + text + R"(","apiVersion":"v1"})";
                        if (unique == "user") spec.user = R"({"username":"u)" + text + R"("})";
                        if (unique == "agent") spec.agent = "agent" + text;
                        if (unique == "address") {
                            spec.user =
                                R"({"username":"system:anonymous","groups":["system:unauthenticated"]})";
                            spec.source_ip = "198." + std::to_string(i >> 16 & 255) + '.' +
                                             std::to_string(i >> 8 & 255) + '.' + std::to_string(i & 255);
                        }
                        observe(engine, spec, i);
                        if (i % 500 == 0) engine.save(state);
                    }
                });
            },
            1000);
    }
}

TEST(Growth, ProtectedSecretsAndBindings) {
    const auto cost = [](size_t secrets, size_t bindings) {
        DetectorConfig config;
        config.of<access::Config>().enabled = false;
        for (size_t i = 0; i < secrets; ++i)
            config.of<secrets::Config>().protect.push_back(
                {.secrets = {"shop/s" + std::to_string(i)}, .readers = {"owner"}});
        Engine engine(config);
        return cost_of([&] {
            for (size_t i = 0; i < bindings; ++i) {
                const std::string name = "b" + std::to_string(i);
                observe(engine,
                        {.level = "RequestResponse",
                         .verb = "create",
                         .uri = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings",
                         .object = R"({"resource":"rolebindings","namespace":"shop","name":")" + name +
                                   R"(","apiGroup":"rbac.authorization.k8s.io","apiVersion":"v1"})",
                         .status = R"({"metadata":{},"code":201})",
                         .response_object =
                             R"({"kind":"RoleBinding","metadata":{"name":")" + name +
                             R"(","namespace":"shop"},"roleRef":{"kind":"ClusterRole","name":"edit"},)"
                             R"("subjects":[{"kind":"User","name":"u)" +
                             name + R"("}]})"},
                        i);
            }
        });
    };
    expect_linear([&](size_t n) { return cost(50, n); }, 100);
    expect_linear([&](size_t n) { return cost(n, 100); }, 50);
}

// A receiver that was down for long, and answers again.
TEST(Growth, AQueueThatWaits) {
    expect_linear(
        [](size_t n) {
            audit::Time now = *audit::parse_time("2026-01-05T10:00:00Z");
            test::FakeTransport transport;
            Metrics metrics;
            const ReceiverConfig hook{.name = "hook",
                                      .type = "webhook",
                                      .own = WebhookConfig{.target = {.url = "http://hook"}},
                                      .group_by = std::vector<std::string>{},
                                      .group_wait = std::chrono::seconds{0},
                                      .group_interval = std::chrono::seconds{0},
                                      .queue_limit = 100'000};
            Dispatcher dispatcher(Dispatcher::prepare({{}, {hook}, "c"}), transport, metrics);
            dispatcher.go_on_without_state(now);
            return cost_of([&] {
                for (size_t i = 0; i < n; ++i) {
                    Finding finding{.id = "f_" + std::to_string(i),
                                    .detector = "rule",
                                    .kind = "k",
                                    .severity = Severity::High};
                    finding.cluster = "c";
                    finding.count = 1;
                    finding.actor = FindingActor{.user = "user" + std::to_string(i % 100)};
                    dispatcher.accept(finding, now);
                }
                test::run_until(now + std::chrono::minutes{30}, now, dispatcher, transport, [] {});
                EXPECT_EQ(transport.accepted["http://hook"].size(), n);
            });
        },
        3750);
}

// Of a text without end, what is kept is bounded, whoever sends it and wherever it stands.
TEST(Growth, BytesOfOneText) {
    for (const std::string where : {"namespace", "name", "user", "agent", "uri"}) {
        SCOPED_TRACE(where);
        const auto kept = [&](size_t length) {
            Engine engine(DetectorConfig{});
            for (size_t i = 0; i < 50; ++i) {
                const std::string text = std::to_string(i) + std::string(length, 'x');
                EventSpec spec{
                    .user = R"({"username":"system:anonymous","groups":["system:unauthenticated"]})",
                    .status = R"({"metadata":{},"code":403})",
                    .decision = "forbid"};
                const std::string object = R"({"resource":"pods","apiVersion":"v1",)";
                if (where == "namespace") spec.object = object + R"("namespace":")" + text + "\"}";
                if (where == "name") spec.object = object + R"("namespace":"n","name":")" + text + "\"}";
                if (where == "user") spec.user = R"({"username":")" + text + "\"}";
                if (where == "agent") spec.agent = text;
                if (where == "uri") spec.uri = "/" + text;
                observe(engine, spec, i);
            }
            test::MemoryState state;
            engine.save(state);
            size_t bytes = 0;
            for (const auto& [table, rows] : state.tables) {
                for (const auto& [key, value] : rows) bytes += key.size() + value.size();
            }
            return bytes;
        };
        EXPECT_LE(kept(200'000), kept(2'000) + 50'000);
    }
}

}  // namespace
}  // namespace redshank
