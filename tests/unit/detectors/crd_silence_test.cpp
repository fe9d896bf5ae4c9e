// Controllers that stop, and what only looks like it.
#include <gmock/gmock.h>

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
    // Somebody else's traffic, once a minute: the log goes on.
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

    // A watch of `user` that is renewed every `every` minutes, as the log shows it.
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

    // The last watch ends with its client.
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
    EXPECT_EQ(silent()[0].severity, Severity::Medium);
    EXPECT_THAT(silent()[0].summary, HasSubstr(kOperator));
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
        EXPECT_THAT(silent()[0].summary, HasSubstr(stop.expected));
    }
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

// The API server was down, or its log is missing: nobody could be seen.
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

// ---- the status follows the spec

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
    EXPECT_THAT(silent()[0].title, HasSubstr("status"));
    others(minutes{10}, reconciled);
    EXPECT_EQ(silent()[0].status, FindingStatus::Resolved);
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
