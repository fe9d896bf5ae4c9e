// Controllers that stop, and healthy ones that look as if they had stopped.
#include <gmock/gmock.h>

#include <algorithm>

#include "detectors/crd/pod_changes.h"
#include "tests/unit/detectors/crd_requests.h"

namespace redshank {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::kNoRoute;
using test::kOperator;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class CrdSilence : public test::CrdRequests {
  protected:
    // Traffic of another client, once a minute, that keeps the log going.
    void others(audit::Duration time, const std::function<void(int minute)>& besides = {}) {
        for (int minute = 0; minute < time / minutes{1}; ++minute) {
            now_ += minutes{1};
            send({.group = "coordination.k8s.io",
                  .resource = "leases",
                  .verb = "update",
                  .user = "system:node:n1"});
            if (minute % 5 == 0) send({.user = "bob"});
            if (besides) besides(minute);
        }
    }

    // A watch of `user` that is renewed every `every` minutes.
    void watched(audit::Duration time, int every, const std::string& user = kOperator,
                 bool started_is_logged = true) {
        others(time, [&](int minute) {
            if (minute % every != every - 1) return;
            Request watch{.name = "", .verb = "watch", .user = user, .took = minutes{every}};
            send(watch);
            if (!started_is_logged) return;
            watch.stage = "ResponseStarted";
            watch.took = {};
            send(watch);
        });
    }

    // The client ends, and its last watch with it.
    void dies(const std::string& user = kOperator) {
        now_ += seconds{20};
        send({.name = "", .verb = "watch", .user = user, .took = minutes{2}});
    }

    void workload(const char* resource, const char* subresource, const char* verb, const char* name) {
        now_ += seconds{1};
        send({.group = std::string(resource) == "namespaces" ? "" : "apps",
              .resource = resource,
              .name = name,
              .subresource = subresource,
              .verb = verb,
              .user = "carol",
              .namespace_ = "ops"});
    }

    std::vector<Finding> silent() const { return findings("crd-silent"); }
};

TEST_F(CrdSilence, RenewedWatchesAreNoSilence) {
    for (const int every : {5, 7, 10, 30, 55}) {
        for (const bool started_is_logged : {true, false}) {
            engine_ = std::make_unique<Engine>(config_);
            watched(hours{12}, every, kOperator, started_is_logged);
            EXPECT_THAT(silent(), IsEmpty()) << every;
        }
    }
}

TEST_F(CrdSilence, WatcherThatStopped) {
    watched(hours{6}, 7);
    dies();
    others(minutes{14});
    EXPECT_THAT(silent(), IsEmpty());
    others(minutes{20});
    ASSERT_EQ(silent().size(), 1U);
    EXPECT_THAT(silent()[0].summary, HasSubstr("Service account ops/widget-operator has sent no request"));
    EXPECT_EQ(reports().at(0).verdict, "silent");
    watched(minutes{15}, 7);
    EXPECT_EQ(silent()[0].status, FindingStatus::Resolved);
}

TEST_F(CrdSilence, PollerThatStopped) {
    others(hours{26}, [&](int minute) {
        if (minute % 3 == 0) send({.name = "", .verb = "list", .user = kOperator});
        if (minute % 30 == 0) send({.verb = "update", .user = kOperator});
    });
    EXPECT_THAT(silent(), IsEmpty());
    others(minutes{30});
    EXPECT_EQ(silent().size(), 1U);
}

TEST_F(CrdSilence, AnotherPodOfTheSameAccountTakesOver) {
    watched(hours{6}, 7);
    dies();
    others(minutes{3});  // leader election
    watched(hours{6}, 7);
    EXPECT_THAT(silent(), IsEmpty());
}

TEST_F(CrdSilence, AnotherAccountTakesOver) {
    for (const bool started_is_logged : {true, false}) {
        engine_ = std::make_unique<Engine>(config_);
        watched(hours{6}, 7, kOperator, started_is_logged);
        dies();
        watched(hours{6}, 7, "system:serviceaccount:ops:widget-operator-v2", started_is_logged);
        EXPECT_THAT(silent(), IsEmpty());
    }
}

TEST_F(CrdSilence, JobsThatComeAndGoAreNoControllers) {
    others(hours{2});
    for (int job = 0; job < 3; ++job) {
        const std::string user = "system:serviceaccount:ci:job-" + std::to_string(job);
        others(minutes{40}, [&](int) { send({.verb = "update", .user = user}); });
    }
    others(hours{5});
    EXPECT_THAT(silent(), IsEmpty());
}

TEST_F(CrdSilence, WhoStoppedItIsSaid) {
    struct Stop {
        const char *resource, *subresource, *verb, *name, *expected;
    };
    for (const Stop& stop :
         {Stop{"deployments", "scale", "patch", "widget-operator",
               "carol scaled Deployment ops/widget-operator"},
          Stop{"deployments", "", "delete", "widget-operator",
               "carol deleted Deployment ops/widget-operator"},
          Stop{"statefulsets", "", "patch", "widgets", "carol changed StatefulSet ops/widgets"},
          Stop{"namespaces", "", "delete", "ops", "carol deleted Namespace ops"}}) {
        engine_ = std::make_unique<Engine>(config_);
        told_.clear();
        watched(hours{6}, 7);
        workload(stop.resource, stop.subresource, stop.verb, stop.name);
        dies();
        others(minutes{40});
        ASSERT_EQ(silent().size(), 1U) << stop.expected;
        EXPECT_EQ(silent()[0].severity, Severity::Medium) << stop.expected;
        EXPECT_THAT(silent()[0].summary, HasSubstr(stop.expected));
    }
}

// One API server's log: a silent client may use another server. Severity is higher only with a sign that it
// stopped.
TEST_F(CrdSilence, SilenceAloneIsLowAndWithASignMedium) {
    struct Case {
        const char *what, *user, *resource, *subresource, *verb, *namespace_;
        Severity expected;
        audit::Duration before{};  // the end, of what happens
    };
    const char* kubelet = "system:node:n1";
    const char* gc = "system:serviceaccount:kube-system:pod-garbage-collector";
    for (const Case& one : {
             Case{"nothing", kubelet, "nodes", "status", "patch", "", Severity::Low},
             Case{"its containers ended", kubelet, "pods", "status", "patch", "ops", Severity::Medium},
             Case{"the garbage collector marks it", gc, "pods", "status", "patch", "ops", Severity::Medium},
             Case{"somebody deleted a pod", "carol", "pods", "", "delete", "ops", Severity::Medium},
             Case{"evicted", "carol", "pods", "eviction", "create", "ops", Severity::Medium},
             Case{"a pod of another namespace", kubelet, "pods", "status", "patch", "shop", Severity::Low},
             Case{"a client that writes a status", "carol", "pods", "status", "patch", "ops", Severity::Low},
             Case{"a pod read", kubelet, "pods", "", "get", "ops", Severity::Low},
             Case{"long before", kubelet, "pods", "status", "patch", "ops", Severity::Low, hours{1}},
         }) {
        const auto happens = [&] {
            send({.group = "",
                  .resource = one.resource,
                  .subresource = one.subresource,
                  .verb = one.verb,
                  .user = one.user,
                  .namespace_ = one.namespace_});
        };
        begin_anew();
        watched(hours{6}, 7);
        if (one.before > audit::Duration{}) {
            happens();
            watched(one.before, 7);
        }
        dies();
        if (one.before == audit::Duration{}) happens();
        restart();
        others(minutes{40});
        ASSERT_EQ(silent().size(), 1U) << one.what;
        const Finding told = silent()[0];
        EXPECT_EQ(told.severity, one.expected) << one.what;
        const bool is_doubtful = std::any_of(told.reasons.begin(), told.reasons.end(),
                                             [](const Reason& reason) { return reason.name == "no-sign"; });
        EXPECT_EQ(is_doubtful, one.expected == Severity::Low) << one.what;
    }
}

TEST_F(CrdSilence, AWholeLogNeedsNoSign) {
    config_.of<crd::Config>().whole_log = true;
    begin_anew();
    watched(hours{6}, 7);
    dies();
    others(minutes{40});
    ASSERT_EQ(silent().size(), 1U);
    EXPECT_EQ(silent()[0].severity, Severity::Medium);
}

TEST(PodSlots, KnowTheSlotOfATimeAndTheNext) {
    const audit::Time start = *audit::parse_time("2026-01-05T10:00:00Z");
    crd::PodSlots slots;
    EXPECT_FALSE(slots.has_about(start));
    slots.add(start);
    EXPECT_TRUE(slots.has_about(start));
    EXPECT_TRUE(slots.has_about(start - minutes{10}));
    EXPECT_FALSE(slots.has_about(start - minutes{11}));
    EXPECT_TRUE(slots.has_about(start + minutes{9}));
    EXPECT_FALSE(slots.has_about(start + minutes{10}));
    slots.add(start + minutes{100});
    slots.add(start + minutes{50});  // the log is not sorted
    EXPECT_TRUE(slots.has_about(start));
    EXPECT_TRUE(slots.has_about(start + minutes{50}));
    EXPECT_FALSE(slots.has_about(start + minutes{70}));
    slots.add(start + minutes{63 * 10});
    EXPECT_TRUE(slots.has_about(start));
    slots.add(start + minutes{64 * 10});
    EXPECT_FALSE(slots.has_about(start));
    EXPECT_TRUE(slots.has_about(start + minutes{100}));
    slots.add(start + hours{100});
    EXPECT_FALSE(slots.has_about(start + minutes{64 * 10}));
    EXPECT_TRUE(slots.has_about(start + hours{100}));
    slots.add(start);  // too old to be kept
    EXPECT_FALSE(slots.has_about(start));
}

TEST_F(CrdSilence, DefinitionThatWasRemovedNeedsNoController) {
    watched(hours{6}, 7);
    now_ += seconds{5};
    send({.group = "apiextensions.k8s.io",
          .resource = "customresourcedefinitions",
          .name = "widgets.example.com",
          .verb = "delete",
          .user = "carol",
          .namespace_ = ""});
    dies();
    others(hours{2});
    EXPECT_THAT(silent(), IsEmpty());
}

// The API server was down, or a part of its log is missing: the silence means nothing.
TEST_F(CrdSilence, AHoleInTheLogIsNoSilence) {
    watched(hours{6}, 7);
    dies();
    now_ += hours{3};
    watched(hours{6}, 7);
    EXPECT_THAT(silent(), IsEmpty());
    dies();
    now_ += hours{3};
    others(minutes{40});  // it did not come back
    EXPECT_EQ(silent().size(), 1U);
}

TEST_F(CrdSilence, AHoleInOneLogIsNoSilenceWhileThatOfAnotherClusterGoesOn) {
    const auto elsewhere = [this](audit::Duration time) {
        for (int minute = 0; minute < time / minutes{1}; ++minute) {
            now_ += minutes{1};
            send({.user = "bob", .cluster = "elsewhere"});
        }
    };
    watched(hours{6}, 7);
    dies();
    elsewhere(minutes{30});
    restart();
    elsewhere(minutes{30});
    EXPECT_THAT(silent(), IsEmpty());
    watched(hours{6}, 7);
    EXPECT_THAT(silent(), IsEmpty());
    dies();
    elsewhere(hours{3});
    EXPECT_THAT(silent(), IsEmpty());
    others(minutes{40});  // it did not come back
    EXPECT_EQ(silent().size(), 1U);
}

// ---- Status follows spec

TEST_F(CrdSilence, StatusThatStopsWhileSpecChangesGoOn) {
    const auto spec_changes = [&](int minute) {
        if (minute % 2 == 0) send({.name = "w" + std::to_string(minute), .verb = "patch", .user = "bob"});
    };
    const auto reconciled = [&](int minute) {
        spec_changes(minute);
        if (minute % 2 == 0)
            send({.name = "w" + std::to_string(minute),
                  .subresource = "status",
                  .verb = "update",
                  .user = kOperator});
        send({.name = "", .verb = "list", .user = kOperator});
    };
    others(hours{3}, reconciled);
    EXPECT_THAT(silent(), IsEmpty());
    others(hours{2}, [&](int minute) {  // alive, and idle
        spec_changes(minute);
        send({.name = "", .verb = "list", .user = kOperator});
    });
    ASSERT_EQ(silent().size(), 1U);
    EXPECT_EQ(silent()[0].severity, Severity::Medium);
    EXPECT_THAT(silent()[0].title, HasSubstr("status"));
    others(minutes{10}, reconciled);
    EXPECT_EQ(silent()[0].status, FindingStatus::Resolved);
}

// The writer of the status is gone as well: it may write to another API server.
TEST_F(CrdSilence, StatusThatStopsWithItsWriterIsLow) {
    const auto spec_changes = [&](int minute) {
        if (minute % 2 == 0) send({.name = "w" + std::to_string(minute), .verb = "patch", .user = "bob"});
    };
    others(minutes{90}, [&](int minute) {
        spec_changes(minute);
        if (minute % 2 == 0)
            send({.name = "w" + std::to_string(minute),
                  .subresource = "status",
                  .verb = "update",
                  .user = kOperator});
    });
    others(hours{2}, spec_changes);
    ASSERT_EQ(silent().size(), 1U);
    EXPECT_THAT(silent()[0].title, HasSubstr("status"));
    EXPECT_EQ(silent()[0].severity, Severity::Low);
}

TEST_F(CrdSilence, NoSpecChangesNeedNoStatus) {
    others(hours{3}, [&](int minute) {
        if (minute % 2 != 0) return;
        send({.name = "w1", .verb = "patch", .user = "bob"});
        send({.name = "w1", .subresource = "status", .verb = "update", .user = kOperator});
    });
    others(hours{12}, [&](int) { send({.name = "", .verb = "list", .user = kOperator}); });
    EXPECT_THAT(silent(), IsEmpty());
}

}  // namespace
}  // namespace redshank
