// Matches that are reported once and then counted, and changes that are reported again.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "detectors/by_rule/detector.h"
#include "detectors/by_rule/pattern.h"
#include "detectors/great_roles.h"
#include "tests/support/events.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kRules = R"(
[[rule]]
id = "minted"
title = "Minted"
severity = "medium"
condition = 'verb = "create" and objectRef.resource = "things" and succeeded'
summary = "{user.username} made {objectRef.name}"

[[rule]]
id = "granted"
title = "Granted"
severity = "high"
condition = 'verb = "update" and objectRef.resource = "things" and succeeded'

[[rule]]
id = "broken"
title = "Broken"
severity = "critical"
condition = 'verb = "delete" and objectRef.resource = "things" and succeeded'

[[rule]]
id = "mapped"
title = "Mapped"
severity = "high"
condition = 'verb = "patch" and objectRef.resource = "maps" and succeeded'
keeper = 'verb = "get" and objectRef.resource = "maps" and succeeded'

[[rule]]
id = "kept"
title = "Kept"
severity = "high"
condition = 'verb in ("create", "update", "patch") and objectRef.resource = "guards" and succeeded'
about = ["verb", "objectRef.name"]

[[rule]]
id = "shared"
title = "Shared"
severity = "medium"
condition = 'verb = "get" and objectRef.resource = "shared"'
summary = "{user.username} read it"
about = ["objectRef.name"]

[[rule]]
id = "any"
title = "Any"
severity = "high"
condition = 'verb = "delete" and objectRef.resource = "any"'
summary = "{user.username} deleted {objectRef.name}"

[[rule]]
id = "foreign"
title = "Foreign"
severity = "medium"
condition = 'verb = "watch" and not source.own'

[[rule]]
id = "installs"
title = "Installs"
severity = "low"
condition = 'verb = "create" and objectRef.resource in ("daemonsets", "clusterroles") and actor.installs'

[[rule]]
id = "on-nodes"
title = "On nodes"
severity = "high"
condition = 'verb = "create" and objectRef.resource in ("daemonsets", "statefulsets") and objectRef.namespace = "nodes"'

[[rule]]
id = "works"
title = "Works"
severity = "low"
condition = 'verb = "get" and objectRef.resource = "jobs" and grant.installed'

[[rule]]
id = "itself"
title = "Itself"
severity = "low"
condition = 'verb = "create" and objectRef.resource = "rolebindings" and object.givesSelf'

[[rule]]
id = "labelled"
title = "Labelled"
severity = "medium"
condition = 'verb in ("update", "patch") and objectRef.resource in ("namespaces", "previews") and not object.ownAge < 3600'

[[rule]]
id = "opened"
title = "Opened"
severity = "high"
condition = 'verb = "create" and objectRef.resource in ("jobs", "pods") and succeeded'

[[rule]]
id = "stateful"
title = "Stateful"
severity = "medium"
condition = 'verb = "create" and objectRef.resource = "statefulsets" and succeeded'

[[rule]]
id = "removed"
title = "Removed"
severity = "medium"
condition = 'verb = "delete" and objectRef.resource = "previews" and succeeded and not object.ownAge < 86400'
)";

struct What {
    std::string verb = "create", resource = "things", name = "x", user = "minter", ip = "10.0.1.5";
    std::string agent = "minter/v1", pod, namespace_ = "shop", body, role = "minter", group = "apps";
    int code = 200;
    std::string impersonated = {}, uri = "/x", decision = "allow", binding = "ClusterRoleBinding \"b\"";
    std::string subresource = {};
};

audit::Time at(int day, int hour, int minute = 0) {
    return *audit::parse_time("2026-01-01T00:00:00.000000Z") + std::chrono::days{day} +
           std::chrono::hours{hour} + std::chrono::minutes{minute};
}

// A detector that sees events one after another. With `stops`, it is saved after each event, and a new
// detector loads its state and continues.
class Log {
  public:
    Log() = default;
    // Findings are read after each event.
    explicit Log(bool stops) : stops_(stops), tells_(true) {}

    void see(int day, const What& what = {}, int hour = 10, int minute = 0) {
        EventSpec spec;
        spec.time = spec.received = audit::format_time(at(day, hour, minute));
        spec.audit_id = "a" + std::to_string(++offset_);
        spec.verb = what.verb;
        spec.source_ip = what.ip;
        spec.agent = what.agent;
        const std::string pod =
            what.pod.empty()
                ? ""
                : R"(,"extra":{"authentication.kubernetes.io/pod-name":["p"],"authentication.kubernetes.io/pod-uid":[")" +
                      what.pod + R"("]})";
        spec.user = R"({"username":")" + what.user + R"(","groups":["dev"])" + pod + "}";
        spec.object = R"({"resource":")" + what.resource + R"(","namespace":")" + what.namespace_ +
                      R"(","name":")" + what.name + R"(","apiGroup":")" + what.group +
                      (what.subresource.empty() ? "" : R"(","subresource":")" + what.subresource) + R"("})";
        spec.reason =
            "RBAC: allowed by " + what.binding + " of ClusterRole \"" + what.role + "\" to User \"minter\"";
        spec.request_object = what.body;
        spec.decision = what.decision;
        spec.uri = what.uri;
        if (!what.impersonated.empty()) spec.impersonated = R"({"username":")" + what.impersonated + R"("})";
        spec.status = R"({"metadata":{},"code":)" + std::to_string(what.code) + "}";
        if (!what.body.empty()) spec.level = "Request";
        const test::ParsedEvent event = spec.parsed();
        const Origin origin{.cluster = "test", .source = "log", .offset = offset_};
        book_->advance(event->stage_time);
        detector_->advance(event->stage_time, *book_);
        Request request = symbols_.understand(*event);
        request.is_by_great_role = roles_.see(request, true, event->stage_time);
        request.gives_great_role = roles_.is_given();
        detector_->observe({.event = *event,
                            .request = request,
                            .origin = origin,
                            .answers = true,
                            .now = event->stage_time},
                           *book_);
        if (tells_) told();
        if (stops_) stop();
    }
    // One match on each day from `from` to `to`.
    void live(int from, int to, const What& what = {}) {
        for (int day = from; day <= to; ++day) see(day, what);
    }

    // The findings since the last call, each as "severity kind count".
    std::vector<std::string> told() {
        std::vector<std::string> out;
        for (const Finding& finding : book_->drain(true)) {
            summaries += finding.summary + "\n";
            ids.push_back(finding.id);
            out.push_back(std::string(to_string(finding.severity)) + " " + finding.kind + " " +
                          std::to_string(finding.count));
            all.push_back(out.back());
        }
        return out;
    }

    std::string summaries;
    std::vector<std::string> all;
    std::vector<std::string> ids;
    test::MemoryState state;

  private:
    using EventSpec = test::EventSpec;

    std::unique_ptr<by_rule::RuleDetector> make() const {
        static const auto kSet = std::make_shared<const rules::RuleSet>(rules::load_native(kRules, "r.toml"));
        audit::Network own;
        own.parse("203.0.113.0/24");
        return std::make_unique<by_rule::RuleDetector>(kSet, std::vector<audit::Network>{own});
    }
    void stop() {
        detector_->save(state);
        book_->save(state);
        detector_ = make();
        detector_->load(state);
        book_ = std::make_unique<FindingBook>();
        book_->load(state);
    }

    bool stops_ = false, tells_ = false;
    uint64_t offset_ = 0;
    std::unique_ptr<FindingBook> book_ = std::make_unique<FindingBook>();
    Symbols symbols_;
    GreatRoles roles_;
    std::unique_ptr<by_rule::RuleDetector> detector_ = make();
};

What with(const std::function<void(What&)>& change, What what = {}) {
    change(what);
    return what;
}

const What kHigh = with([](What& what) { what.verb = "update"; });

TEST(RuleHabit, OfTheFirstDaysIsToldOnceAndThenCountedLow) {
    Log log;
    log.see(0);
    EXPECT_THAT(log.told(), ElementsAre("medium minted 1"));
    log.see(0, {}, 11);
    EXPECT_THAT(log.told(), ElementsAre("medium minted 2"));
    log.see(1);
    log.see(1, {}, 11);
    EXPECT_THAT(log.told(), ElementsAre("low minted 2"));
    EXPECT_THAT(log.summaries,
                HasSubstr("minter made x. The same on 1 day since 2026-01-01 from 10.0.1.* with minter."));
}

TEST(RuleHabit, HighNeedsTwoDaysInTheFirstDaysAndFiveLater) {
    Log log;
    log.live(0, 1, kHigh);
    EXPECT_THAT(log.told(), ElementsAre("high granted 1", "high granted 1"));
    log.see(2, kHigh);
    EXPECT_THAT(log.told(), ElementsAre("low granted 1"));

    Log later;
    later.see(0, with([](What& what) { what.verb = "list"; }));
    later.live(10, 14, kHigh);
    EXPECT_THAT(later.told(), std::vector<std::string>(5, "high granted 1"));
    later.see(15, kHigh);
    EXPECT_THAT(later.told(), ElementsAre("low granted 1"));
}

TEST(RuleHabit, OfLaterMediumNeedsThreeDays) {
    Log log;
    log.see(0, with([](What& what) { what.verb = "list"; }));
    log.live(10, 12);
    EXPECT_THAT(log.told(), ElementsAre("medium minted 1", "medium minted 1", "medium minted 1"));
    log.see(13);
    EXPECT_THAT(log.told(), ElementsAre("low minted 1"));
}

TEST(RuleHabit, CriticalIsNeverLowered) {
    Log log;
    log.live(0, 20, with([](What& what) { what.verb = "delete"; }));
    EXPECT_THAT(log.told(), std::vector<std::string>(21, "critical broken 1"));
}

TEST(RuleHabit, NobodyHasHabits) {
    Log log;
    log.live(0, 5, with([](What& what) { what.user = "system:anonymous"; }));
    EXPECT_THAT(log.told(), ::testing::Each("medium minted 1"));
}

TEST(RuleHabit, TwoSidesOfMidnightAreOneDay) {
    Log log;
    log.see(0, kHigh, 23, 59);
    log.see(1, kHigh, 0, 1);
    log.see(2, kHigh, 0, 2);
    EXPECT_THAT(log.told(), ElementsAre("high granted 2", "high granted 1"));
    log.see(3, kHigh, 0, 3);
    EXPECT_THAT(log.told(), ElementsAre("low granted 1"));
}

TEST(RuleHabit, IsForgottenAfterAMonth) {
    Log log;
    log.live(0, 5);
    log.told();
    log.see(36);
    EXPECT_THAT(log.told(), ElementsAre("medium minted 1"));
}

// Each case is the attack twin of a habit of ten days: one thing changes, and the match is reported again.
TEST(RuleHabit, WhatChangesIsToldAnew) {
    const struct {
        const char* what;
        std::function<void(What&)> change;
        bool is_told;
    } kCases[] = {
        {"nothing", [](What&) {}, false},
        {"an address of the same network", [](What& what) { what.ip = "10.0.1.77"; }, false},
        {"a newer version of the agent", [](What& what) { what.agent = "minter/v2"; }, false},
        {"another network", [](What& what) { what.ip = "10.9.9.9"; }, true},
        {"another agent", [](What& what) { what.agent = "curl/8"; }, true},
        {"another object", [](What& what) { what.name = "clusterrole-aggregation-controller"; }, true},
        {"another namespace", [](What& what) { what.namespace_ = "kube-system"; }, true},
        {"another kind", [](What& what) { what.group = "batch"; }, true},
        {"another right", [](What& what) { what.role = "cluster-admin"; }, true},
        {"another actor", [](What& what) { what.user = "eve"; }, true},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Log log;
        log.live(0, 10, kHigh);
        log.told();
        log.see(11, with(one.change, kHigh));
        EXPECT_THAT(log.told(), ElementsAre(one.is_told ? "high granted 1" : "low granted 1"));
    }
}

TEST(RuleHabit, ContentIsPartOfIt) {
    const auto binding = [](const std::string& subject) {
        return with(
            [&](What& what) { what.body = R"({"subjects":[{"kind":"User","name":")" + subject + R"("}]})"; },
            kHigh);
    };
    Log log;
    log.live(0, 10, binding("ops"));
    log.told();
    log.see(11, binding("ops"));
    EXPECT_THAT(log.told(), ElementsAre("low granted 1"));
    log.see(12, binding("eve"));
    EXPECT_THAT(log.told(), ElementsAre("high granted 1"));
}

TEST(RuleHabit, WhatIsWrittenAgainAsItWasChangesNothing) {
    const auto apply = [](const std::string& level, int code = 200) {
        return with([&](What& what) {
            what.verb = "update";
            what.body =
                R"({"metadata":{"labels":{"pod-security.kubernetes.io/enforce":")" + level + R"("}}})";
            what.code = code;
        });
    };
    const struct {
        const char* what;
        What again;
        int day;
        bool is_told;
    } kCases[] = {
        {"the same", apply("privileged"), 0, false},
        {"the same, a week later", apply("privileged"), 8, true},
        {"another level", apply("baseline"), 0, true},
        {"made anew", apply("privileged", 201), 0, true},
        {"from another place", with([](What& what) { what.ip = "10.9.9.9"; }, apply("privileged")), 0, true},
        {"by another", with([](What& what) { what.user = "eve"; }, apply("privileged")), 0, true},
        {"without a body", kHigh, 0, true},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Log log;
        log.see(0, apply("privileged"));
        EXPECT_THAT(log.told(), ElementsAre("high granted 1"));
        log.see(one.day, one.again, 11);
        const auto told = log.told();
        ASSERT_EQ(told.size(), 1u);
        EXPECT_THAT(told[0], HasSubstr(one.is_told ? "high" : "low"));
    }
}

TEST(RuleHabit, AFamilyThatVariesMayHaveAnotherMember) {
    const auto csr = [](int number) {
        return with([&](What& what) { what.name = "csr-" + std::to_string(number); }, kHigh);
    };
    Log log;
    for (int day = 0; day <= 10; ++day) log.see(day, csr(98 + day));
    log.told();
    log.see(11, csr(777));
    EXPECT_THAT(log.told(), ElementsAre("low granted 1"));

    Log same;
    same.live(0, 10, csr(1));
    same.told();
    same.see(11, csr(2));
    EXPECT_THAT(same.told(), ElementsAre("high granted 1"));
    EXPECT_THAT(same.summaries,
                HasSubstr("The same on 11 days since 2026-01-01, now another object of the family."));
}

TEST(RuleHabit, ANewPodBringsItsAddressAndAKnownOneDoesNotMove) {
    const auto pod = [](const std::string& uid, const std::string& ip) {
        return with(
            [&](What& what) {
                what.pod = uid;
                what.ip = ip;
            },
            kHigh);
    };
    Log log;
    log.live(0, 10, pod("u1", "10.0.1.5"));
    log.told();
    log.see(11, pod("u2", "10.0.2.8"));
    log.see(11, pod("u2", "10.0.2.8"), 11);
    EXPECT_THAT(log.told(), ElementsAre("low granted 2"));
    log.see(12, pod("u2", "10.66.6.6"));
    EXPECT_THAT(log.told(), ElementsAre("high granted 1"));
    EXPECT_THAT(log.summaries,
                HasSubstr("now from 10.66.6.* with minter, until now from 10.0.1.* with minter"));
}

TEST(RuleHabit, FarMoreThanEverIsToldAnew) {
    Log log;
    log.live(0, 5);
    log.told();
    for (int minute = 0; minute < 24; ++minute) log.see(6, {}, 12, minute);
    EXPECT_THAT(log.told(), ElementsAre("low minted 24"));
    log.see(6, {}, 12, 30);
    EXPECT_THAT(log.told(), ElementsAre("medium minted 1"));
    EXPECT_THAT(log.summaries, HasSubstr("now 25 times a day, until now at most 1"));
}

TEST(RuleHabit, IsDoubtedAndNotLearntOnADayWithANewAndSevereThing) {
    const What severe = with([](What& what) { what.role = "other"; }, kHigh);
    Log log;
    log.live(0, 10);
    log.told();
    log.see(11, severe, 9);
    log.see(11);
    EXPECT_THAT(log.told(), ElementsAre("high granted 1", "medium minted 1"));
    EXPECT_THAT(log.summaries, HasSubstr("but the account does something new and severe"));
    log.see(12, {}, 11);
    EXPECT_THAT(log.told(), ElementsAre("low minted 1"));

    // Days with a sign do not count: this habit starts on day 11 and needs three days from day 14 on.
    Log slow;
    slow.live(0, 10);
    for (int day = 11; day <= 13; ++day) {
        slow.see(day,
                 with([&](What& what) { what.namespace_ = "n" + std::string(1, char('a' + day)); }, kHigh),
                 9);
        slow.see(day, with([](What& what) { what.name = "late"; }));
    }
    slow.told();
    slow.live(14, 16, with([](What& what) { what.name = "late"; }));
    EXPECT_THAT(slow.told(), std::vector<std::string>(3, "medium minted 1"));
    slow.see(17, with([](What& what) { what.name = "late"; }), 11);
    EXPECT_THAT(slow.told(), ElementsAre("low minted 1"));
}

// A higher count on yesterday's finding would not be reported.
TEST(RuleHabit, SomethingNewIsNotHiddenInTheFindingOfYesterday) {
    Log log;
    for (int hour = 0; hour < 24; ++hour) log.see(10, kHigh, hour);
    EXPECT_THAT(log.told(), ElementsAre("high granted 24"));
    log.see(11, with([](What& what) { what.name = "other"; }, kHigh), 1);
    EXPECT_THAT(log.told(), ElementsAre("high granted 1"));
    log.see(11, with([](What& what) { what.name = "other"; }, kHigh), 2);
    EXPECT_THAT(log.told(), ElementsAre("high granted 2"));
}

TEST(RuleHabit, WhoKeepsAnObjectMayWriteIt) {
    const What read = with([](What& what) {
        what.verb = "get";
        what.resource = "maps";
        what.name = "aws-auth";
    });
    const What write = with([](What& what) { what.verb = "patch"; }, read);
    Log log;
    log.live(0, 5, read);
    EXPECT_THAT(log.told(), ElementsAre());
    log.see(6, with([](What& what) { what.ip = "10.9.9.9"; }, write));
    EXPECT_THAT(log.told(), ElementsAre("high mapped 1"));

    Log kept;
    kept.live(0, 5, read);
    kept.see(6, write);
    EXPECT_THAT(kept.told(), ElementsAre("medium mapped 1"));
    kept.see(7, with([](What& what) { what.user = "eve"; }, write));
    EXPECT_THAT(kept.told(), ElementsAre("high mapped 1"));

    Log short_;
    short_.see(0, read);
    short_.see(1, write);
    EXPECT_THAT(short_.told(), ElementsAre("high mapped 1"));
}

// A program that writes an object every day makes it again when it is gone: medium. High are another account,
// another place, another object, another content, and one that has written it too seldom.
TEST(RuleHabits, WhoKeepsAnObjectMakesItAgain) {
    const auto guard = [](const char* verb) {
        What what;
        what.verb = verb, what.resource = "guards",
        what.code = std::string_view(verb) == "create" ? 201 : 200;
        what.body = R"({"webhooks":[{"clientConfig":{"service":{"name":"kyverno"}}}]})";
        return what;
    };
    What by_other = guard("create"), elsewhere = by_other, another = by_other, changed = by_other;
    by_other.user = "other", elsewhere.ip = "198.51.100.7", another.name = "y";
    changed.body = R"({"webhooks":[{"clientConfig":{"url":"https://evil.example"}}]})";
    const struct {
        const char* what;
        What act;
        const char* keeps;
        int days;
        const char* told;
    } kCases[] = {
        {"again", guard("create"), "update", 10, "medium kept 1"},
        {"by patches", guard("create"), "patch", 10, "medium kept 1"},
        {"another account", by_other, "update", 10, "high kept 1"},
        {"elsewhere", elsewhere, "update", 10, "high kept 1"},
        {"another object", another, "update", 10, "high kept 1"},
        {"another content", changed, "update", 10, "high kept 1"},
        {"too seldom", guard("create"), "update", 1, "high kept 1"},
    };
    for (const auto& one : kCases) {
        Log log;
        log.live(1, one.days, guard(one.keeps));
        log.told();
        log.see(12, one.act);
        const auto told = log.told();
        EXPECT_EQ(told.empty() ? "" : told.back(), one.told) << one.what;
    }
}

TEST(RuleHabit, OwnNetworksAreOurs) {
    Log log;
    log.see(0, with([](What& what) {
                what.verb = "watch";
                what.ip = "203.0.113.9";
            }));
    EXPECT_THAT(log.told(), ElementsAre());
    log.see(0, with([](What& what) {
                what.verb = "watch";
                what.ip = "198.51.100.9";
            }));
    EXPECT_THAT(log.told(), ElementsAre("medium foreign 1"));
}

// What one changes of a namespace is one's own, too; of another object its users may be others.
TEST(RuleHabit, ANewNamespaceIsItsMakersToChange) {
    const struct {
        const char *resource, *verb, *user;
        int hour;
        bool is_told;
    } kCases[] = {
        {"namespaces", "patch", "minter", 10, false}, {"namespaces", "update", "minter", 10, false},
        {"namespaces", "patch", "minter", 11, true},  {"namespaces", "patch", "eve", 10, true},
        {"previews", "patch", "minter", 10, true},    {"previews", "update", "minter", 10, true},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(std::string(one.verb) + " " + one.resource + " by " + one.user);
        Log log;
        const auto change = [&](const char* verb, const char* user) {
            return with([&](What& what) {
                what.verb = verb;
                what.user = user;
                what.resource = one.resource;
            });
        };
        log.see(0, change("create", "minter"));
        log.see(0, change(one.verb, one.user), one.hour, 30);
        EXPECT_EQ(log.told().size(), one.is_told ? 1u : 0u);
    }
}

TEST(RuleHabit, WhatOneMadeShortlyBeforeIsOnesOwn) {
    const auto preview = [](const char* verb, const char* user) {
        return with([&](What& what) {
            what.verb = verb;
            what.user = user;
            what.resource = "previews";
        });
    };
    const struct {
        const char* what;
        int day, hour;
        const char* user;
        bool is_told;
    } kCases[] = {
        {"the same day", 0, 20, "minter", false},
        {"a day later", 1, 10, "minter", true},
        {"by another", 0, 11, "eve", true},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Log log;
        log.see(0, preview("create", "minter"));
        log.see(one.day, preview("delete", one.user), one.hour);
        EXPECT_EQ(log.told().size(), one.is_told ? 1u : 0u);
    }
}

TEST(RuleHabit, StopsDoNotShow) {
    std::vector<std::string> ids[2], told[2];
    for (const bool stops : {false, true}) {
        Log log(stops);
        for (int day = 0; day <= 12; ++day) {
            log.see(day);
            log.see(day, kHigh, 11);
            log.see(day, with([&](What& what) { what.name = "csr-" + std::to_string(day); }), 12);
            if (day == 8) log.see(day, with([](What& what) { what.ip = "10.8.8.8"; }, kHigh), 13);
            if (day == 9) log.see(day, with([](What& what) { what.namespace_ = "other"; }, kHigh), 9);
        }
        told[stops] = log.all;
        ids[stops] = log.ids;
    }
    EXPECT_EQ(ids[0], ids[1]);
    EXPECT_EQ(told[0], told[1]);
    EXPECT_GT(ids[0].size(), 4u);
}

TEST(RuleWho, ThoseBehindAProxyAreToldApart) {
    Log log;
    for (const char* name : {"ivan", "gina", "ivan"}) {
        log.see(1, {.user = "teleport", .impersonated = name});
    }
    EXPECT_THAT(log.told(), ElementsAre("medium minted 1", "medium minted 2"));
    EXPECT_THAT(log.summaries, HasSubstr("gina (through teleport) made x"));
    EXPECT_THAT(log.summaries, HasSubstr("ivan (through teleport) made x"));
}

TEST(RuleWho, AFindingAboutSeveralNamesThemAllAndIsToldAgain) {
    Log log(false);
    for (int i = 0; i < 6; ++i) log.see(1, {.verb = "get", .resource = "shared", .user = "ann"});
    log.all.clear();
    log.see(1, {.verb = "get", .resource = "shared", .user = "teleport", .impersonated = "bob"});
    log.see(1, {.verb = "get", .resource = "shared", .user = "ann"});
    EXPECT_THAT(log.summaries, HasSubstr("ann read it. Also by bob (through teleport).\n"));
    EXPECT_EQ(log.all.front(), "medium shared 7");
}

TEST(RuleAttempt, IsToldAsOneAndApartFromTheDeed) {
    const What deed{.verb = "delete", .resource = "any"};
    What refused = deed, dry = deed;
    refused.code = 403, refused.decision = "forbid";
    dry.uri = "/api/v1/x?dryRun=All";
    Log log;
    for (const What& what : {refused, dry, deed}) log.see(1, what);
    EXPECT_THAT(log.told(), ElementsAre("high any 1", "low any 1", "high any 1"));
    EXPECT_EQ(log.summaries,
              "minter deleted x (refused).\nminter deleted x (a dry run).\nminter deleted x.\n");
}

What by_program(std::string resource, int code = 200) {
    What what{.verb = code == 201 ? "create" : "patch", .resource = std::move(resource)};
    what.user = "system:serviceaccount:gitops:sync", what.agent = "sync/v2", what.pod = "uid-1";
    what.code = code;
    return what;
}

// A program that has applied for days what installations consist of, and its twins.
TEST(RuleHabit, AProgramInstallsThatHasDoneSoForDays) {
    const std::vector<std::string> kApps{"deployments", "services", "configmaps", "serviceaccounts"};
    const std::vector<std::string> kCluster{"clusterroles", "deployments", "services", "configmaps"};
    const auto none = [](What&) {};
    const struct {
        const char* what;
        std::vector<std::string> kinds;
        int days;
        std::string makes;
        std::function<void(What&)> always, today;
        bool installs;
    } kCases[] = {
        {"a DaemonSet, after three days", kApps, 3, "daemonsets", none, none, true},
        {"after two days", kApps, 2, "daemonsets", none, none, false},
        {"after two days with rights", kCluster, 2, "daemonsets", none, none, true},
        {"after one day with rights", kCluster, 1, "daemonsets", none, none, false},
        {"rights, after three days of applications", kApps, 3, "clusterroles", none, none, false},
        {"rights, after two days of rights", kCluster, 2, "clusterroles", none, none, true},
        {"three kinds", {"deployments", "services", "configmaps"}, 5, "daemonsets", none, none, false},
        {"in one namespace", kApps, 5, "daemonsets",
         [](What& what) { what.binding = "RoleBinding \"b/shop\""; }, none, false},
        {"another agent", kCluster, 5, "daemonsets", none, [](What& what) { what.agent = "curl/8"; }, false},
        {"another place of the same Pod", kCluster, 5, "daemonsets", none,
         [](What& what) { what.ip = "10.9.9.9"; }, false},
        {"another Pod", kCluster, 5, "daemonsets", none,
         [](What& what) { what.ip = "10.9.9.9", what.pod = "uid-2"; }, true},
        {"another account", kCluster, 5, "daemonsets", none,
         [](What& what) { what.user = "system:serviceaccount:shop:web"; }, false},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Log log;
        for (int day = 0; day < one.days; ++day) {
            for (const std::string& kind : one.kinds) log.see(day, with(one.always, by_program(kind)));
        }
        log.told();
        log.see(one.days, with(one.today, with(one.always, by_program(one.makes, 201))));
        EXPECT_EQ(!log.told().empty(), one.installs);
    }
}

// Where others work it applies whatever they bring; its own previews are no place of others.
TEST(RuleHabit, AProgramInstallsThatWorksInManyNamespaces) {
    const auto installs = [](const std::vector<std::string>& namespaces, int days, bool are_own = false,
                             const char* agent = "sync/v2") {
        Log log;
        for (int day = 0; day < days; ++day) {
            for (const std::string& where : namespaces) {
                const auto there = [&](What& what) { what.namespace_ = where; };
                if (are_own && day == 0) {
                    log.see(0, with([&](What& what) { what.name = where, what.group = ""; },
                                    with(there, by_program("namespaces", 201))));
                }
                for (const char* kind : {"deployments", "services", "configmaps", "serviceaccounts"})
                    log.see(day, with(there, by_program(kind)));
            }
        }
        log.told();
        log.see(days, with([&](What& what) { what.agent = agent; }, by_program("clusterroles", 201)));
        return !log.told().empty();
    };
    EXPECT_TRUE(installs({"shop", "stage", "web"}, 3));
    EXPECT_FALSE(installs({"shop", "stage"}, 3));
    EXPECT_FALSE(installs({"shop", "stage", "web"}, 2));
    EXPECT_FALSE(installs({"pr-1551-kbm6f", "pr-1552-x7k2q", "shop"}, 3)) << "one family";
    EXPECT_FALSE(installs({"shop", "stage", "web"}, 3, true)) << "its own";
    EXPECT_FALSE(installs({"shop", "stage", "web"}, 3, false, "curl/8")) << "another agent";
}

TEST(RuleHabit, AnAccountWithASignInstallsNothing) {
    for (const bool has_sign : {false, true}) {
        Log log(true);  // and the state keeps it
        for (int day = 0; day < 6; ++day) {
            for (const char* kind : {"clusterroles", "deployments", "services", "configmaps"})
                log.see(day, by_program(kind));
        }
        if (has_sign) log.see(6, with([](What& what) { what.verb = "update"; }, by_program("things")), 9);
        log.all.clear();
        log.see(6, by_program("daemonsets", 201));
        EXPECT_EQ(log.all.empty(), has_sign);
    }
}

// The API server lets nobody give rights that he has not.
TEST(RuleHabit, APersonShowsTheRightToInstall) {
    const auto creates = [](const char* resource, const char* ip = "10.0.1.5") {
        What what{.verb = "create", .resource = resource, .code = 201};
        what.ip = ip;
        return what;
    };
    const struct {
        const char* what;
        std::vector<What> before;
        What now;
        bool installs;
    } kCases[] = {
        {"rights first",
         {creates("serviceaccounts"), creates("clusterrolebindings")},
         creates("daemonsets"),
         true},
        {"rights from elsewhere",
         {creates("serviceaccounts", "10.9.9.9"), creates("clusterrolebindings", "10.9.9.9")},
         creates("daemonsets"),
         false},
        {"none", {creates("serviceaccounts"), creates("deployments")}, creates("daemonsets"), false},
        {"all rights",
         {},
         with([](What& what) { what.role = "cluster-admin"; }, creates("daemonsets")),
         true},
        {"all rights in one namespace",
         {},
         with([](What& what) { what.role = "cluster-admin", what.binding = "RoleBinding \"b/shop\""; },
              creates("daemonsets")),
         false},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Log log;
        for (const What& what : one.before) log.see(0, what);
        log.told();
        log.see(0, one.now, 11);
        EXPECT_EQ(!log.told().empty(), one.installs);
    }
}

// A ClusterRole of the company's own, of which days have shown that it gives everything.
TEST(RuleHabit, WhoHasAllRightsByARoleOfTheCompanysOwnInstalls) {
    const auto installs = [](int days, const char* gives, const char* binding = "ClusterRoleBinding \"b\"") {
        Log log;
        for (int day = 0; day < days; ++day) {
            What what{.verb = "update", .resource = "clusterrolebindings"};
            what.group = "rbac.authorization.k8s.io", what.namespace_ = "", what.role = "owner";
            what.body = std::string(R"({"kind":"ClusterRoleBinding","metadata":{"name":"x"},"roleRef":{)") +
                        R"("kind":"ClusterRole","name":")" + gives + R"("}})";
            log.see(day, what);
        }
        log.told();
        What now{.verb = "create", .resource = "daemonsets", .ip = "10.9.9.9"};
        now.code = 201, now.role = "owner", now.binding = binding;
        log.see(days, now);
        return !log.told().empty();
    };
    EXPECT_TRUE(installs(2, "cluster-admin"));
    EXPECT_FALSE(installs(1, "cluster-admin"));
    EXPECT_FALSE(installs(5, "edit"));
    EXPECT_FALSE(installs(5, "cluster-admin", "RoleBinding \"b/shop\""));
}

// A controller that has used all rights for days, with its own client; no order is needed, and none of it in
// other hands.
TEST(RuleHabit, AProgramThatHasLongHadAllRightsInstalls) {
    const auto none = [](What&) {};
    const struct {
        const char* what;
        int days;
        std::function<void(What&)> always, today;
        bool installs;
    } kCases[] = {
        {"after three days", 3, none, none, true},
        {"after two days", 2, none, none, false},
        {"with less than all rights", 5, [](What& what) { what.role = "edit"; }, none, false},
        {"with less than all rights today", 5, none, [](What& what) { what.role = "edit"; }, false},
        {"with another client", 5, none, [](What& what) { what.agent = "curl/8"; }, false},
        {"from another place", 5, none, [](What& what) { what.ip = "10.9.9.9", what.pod = "uid-2"; }, true},
        {"a token of no Pod", 5, none, [](What& what) { what.pod = ""; }, false},
        {"tokens of no Pod for days", 5, [](What& what) { what.pod = ""; },
         [](What& what) { what.pod = "uid-1"; }, false},
        {"another account", 5, none, [](What& what) { what.user = "system:serviceaccount:shop:web"; }, false},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Log log(true);  // and the state keeps it
        for (int day = 0; day < one.days; ++day) {
            What looks = by_program("leases");
            looks.verb = "get", looks.role = "cluster-admin";
            log.see(day, with(one.always, looks));
        }
        log.all.clear();
        What makes = by_program("daemonsets", 201);
        makes.role = "cluster-admin";
        log.see(one.days, with(one.today, makes));
        EXPECT_EQ(!log.all.empty(), one.installs);
    }
}

// An operator that was installed days ago puts onto the nodes what it was given the right to.
TEST(RuleHabit, AProgramThatWasInstalledThisWeekMakesItsDaemons) {
    const auto none = [](What&) {};
    const struct {
        const char* what;
        std::string maker;  // role of who makes the grant
        int days;
        std::function<void(What&)> today;
        bool is_lowered;
    } kCases[] = {
        {"two days later", "cluster-admin", 2, none, true},
        {"six days later", "cluster-admin", 6, none, true},
        {"eight days later", "cluster-admin", 8, none, false},
        {"on the first day, of which actor.installs tells", "cluster-admin", 0, none, false},
        {"whoever may not install gave the grant", "edit", 2, none, false},
        {"with another client", "cluster-admin", 2, [](What& what) { what.agent = "curl/8"; }, false},
        {"a token of no Pod", "cluster-admin", 2, [](What& what) { what.pod = ""; }, false},
        {"by another grant", "cluster-admin", 2,
         [](What& what) { what.binding = "ClusterRoleBinding \"c\""; }, false},
        {"what runs on one node only", "cluster-admin", 2, [](What& what) { what.resource = "statefulsets"; },
         false},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Log log(true);  // and the state keeps it
        What binds{.verb = "create", .resource = "clusterrolebindings", .name = "b"};
        binds.group = "rbac.authorization.k8s.io", binds.namespace_ = "", binds.code = 201,
        binds.role = one.maker;
        binds.binding = "ClusterRoleBinding \"ops\"";
        log.see(10, binds);
        What begins = by_program("leases");
        begins.verb = "get", begins.role = "operator";
        log.see(10, begins, 11);
        log.all.clear();
        What makes = by_program("daemonsets", 201);
        makes.namespace_ = "nodes", makes.role = "operator";
        log.see(10 + one.days, with(one.today, makes), 12);
        EXPECT_THAT(log.all, ::testing::Contains(one.is_lowered ? "medium on-nodes 1" : "high on-nodes 1"));
    }
}

TEST(RuleHabit, APodWorksThroughAGrantThatWasJustInstalled) {
    const auto binds = [](const char* role) {
        What what{.verb = "create", .resource = "clusterrolebindings", .name = "b"};
        what.group = "rbac.authorization.k8s.io", what.namespace_ = "", what.code = 201, what.role = role;
        return what;
    };
    const auto works = [](const std::function<void(What&)>& change) {
        What what = by_program("jobs");
        what.verb = "get";
        return with(change, what);
    };
    const auto none = [](What&) {};
    const struct {
        const char* what;
        What made, used;
        int hour;
        bool is_installed;
    } kCases[] = {
        {"a Pod", binds("cluster-admin"), works(none), 11, true},
        {"a day later", binds("cluster-admin"), works(none), 10 + 25, false},
        {"made by somebody without the rights", binds("edit"), works(none), 11, false},
        {"a token of no Pod", binds("cluster-admin"), works([](What& what) { what.pod = ""; }), 11, false},
        {"a person", binds("cluster-admin"), works([](What& what) { what.user = "bob"; }), 11, false},
        {"the default account of the system", binds("cluster-admin"),
         works([](What& what) { what.user = "system:serviceaccount:kube-system:default"; }), 11, false},
        {"another grant", binds("cluster-admin"),
         works([](What& what) { what.binding = "ClusterRoleBinding \"c\""; }), 11, false},
    };
    for (const auto& one : kCases) {
        for (const bool is_changed : {false, true}) {
            SCOPED_TRACE(one.what);
            Log log(true);
            log.see(0, one.made);
            // Whoever changes the binding takes that away.
            if (is_changed)
                log.see(0, with([](What& what) { what.verb = "patch", what.code = 200; }, binds("edit")), 10,
                        30);
            log.all.clear();
            log.see(0, one.used, one.hour);
            EXPECT_EQ(!log.all.empty(), one.is_installed && !is_changed);
        }
    }
}

TEST(RuleHabit, ABindingForTheCallerItselfIsKnown) {
    const struct {
        const char *user, *subject;
        bool is_self;
    } kCases[] = {
        {"system:serviceaccount:gitops:sync",
         R"({"kind":"ServiceAccount","namespace":"gitops","name":"other"})", true},
        {"system:serviceaccount:gitops:sync", R"({"kind":"ServiceAccount","namespace":"vm","name":"sync"})",
         false},
        {"bob", R"({"kind":"User","name":"bob"})", true},
        {"bob", R"({"kind":"User","name":"eve"})", false},
        {"bob", R"({"kind":"Group","name":"dev"})", true},
        {"bob", R"({"kind":"ServiceAccount","namespace":"vm","name":"bob"})", false},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.subject);
        What binds{.verb = "create", .resource = "rolebindings", .name = "x", .user = one.user};
        binds.group = "rbac.authorization.k8s.io", binds.code = 201;
        binds.body = std::string(R"({"kind":"RoleBinding","metadata":{"name":"x","namespace":"shop"},)") +
                     R"("roleRef":{"kind":"ClusterRole","name":"edit"},"subjects":[)" + one.subject + "]}";
        Log log;
        log.see(0, binds);
        EXPECT_EQ(!log.told().empty(), one.is_self);
    }
}

// An operator of old, and somebody with all rights.
const What kOperator = with([](What& what) {
    what.user = "system:serviceaccount:ops:operator";
    what.namespace_ = "ops", what.pod = "p-1", what.agent = "operator/v1", what.ip = "10.1.0.5";
    what.role = "operator";
});
const What kStatus = with(
    [](What& what) {
        what.verb = "update", what.resource = "boards", what.subresource = "status";
        what.group = "example.com", what.name = "main";
    },
    kOperator);
const What kJob = with([](What& what) { what.resource = "jobs", what.group = "batch"; }, kOperator);
const What kAdmin = with([](What& what) {
    what.user = "jana", what.role = "cluster-admin", what.ip = "10.9.0.4", what.agent = "kubectl/v1.32.0";
    what.verb = "patch", what.resource = "boards", what.group = "example.com", what.name = "main";
});

// Ten days of both; then the acts, each so many minutes after the one before.
std::vector<std::string> after_ten_days(const std::vector<std::pair<int, What>>& acts,
                                        const What& status = kStatus, int from = 0) {
    Log log;
    const What look = with([](What& what) { what.verb = "list"; }, kAdmin);
    const What elsewhere = with(
        [](What& what) {
            what.resource = "configmaps", what.group = "", what.subresource = "", what.namespace_ = "boards";
        },
        status);
    for (int day = 0; day < 10; ++day) {
        log.see(day, look, 9);
        if (day < from) continue;
        log.see(day, status, 10);
        log.see(day, elsewhere, 11);
    }
    log.told();
    int minute = 0;
    for (const auto& [later, act] : acts) {
        minute += later;
        log.see(10, act, 10 + minute / 60, minute % 60);
    }
    return log.told();
}

using Told = std::vector<std::string>;
const Told kLowOnce{"low opened 1"}, kMediumOnce{"medium opened 1"}, kHighOnce{"high opened 1"};

What job(const std::function<void(What&)>& change) {
    return with(change, kJob);
}
What order(const std::function<void(What&)>& change) {
    return with(change, kAdmin);
}

TEST(Errand, AnOperatorDoesWhatItWasAskedTo) {
    EXPECT_EQ(after_ten_days({{0, kAdmin}, {1, kJob}}), kLowOnce);
    const What there = job([](What& what) { what.namespace_ = "boards"; });
    EXPECT_EQ(after_ten_days({{0, kAdmin}, {1, there}}), kLowOnce) << "where it works";
    const What moved = job([](What& what) { what.pod = "p-2", what.ip = "10.3.0.1"; });
    EXPECT_EQ(after_ten_days({{0, kAdmin}, {1, moved}}), kLowOnce) << "a new Pod";
    EXPECT_EQ(after_ten_days({{0, kAdmin}, {1, kJob}}, kStatus, 7), kLowOnce) << "known for three days";
    const What own = order([](What& what) {
        what.resource = "deployments", what.group = "apps", what.namespace_ = "ops", what.name = "operator";
    });
    EXPECT_EQ(after_ten_days({{0, own}, {1, kJob}}), kLowOnce) << "its own Deployment";
    EXPECT_EQ(after_ten_days({{0, kAdmin}, {1, kJob}, {12, kJob}, {12, kJob}}), Told{"low opened 3"})
        << "one node after another";
}

TEST(Errand, WhatIsMediumIsLow) {
    const What set = job([](What& what) { what.resource = "statefulsets", what.group = "apps"; });
    What theft = set;
    theft.ip = "10.3.0.1";
    EXPECT_EQ(after_ten_days({{0, kAdmin}, {1, set}}), Told{"low stateful 1"});
    EXPECT_EQ(after_ten_days({{1, set}}), Told{"medium stateful 1"}) << "nobody asked";
    EXPECT_EQ(after_ten_days({{0, kAdmin}, {1, set}, {1, theft}}).back().substr(0, 6), "medium");
}

TEST(Errand, NobodyAskedAThief) {
    EXPECT_EQ(after_ten_days({{1, kJob}}), kHighOnce) << "nobody asked";
    EXPECT_EQ(after_ten_days({{0, kAdmin}, {20, kJob}}), kHighOnce) << "long ago";
    const auto asked = [](const std::function<void(What&)>& change) {
        return after_ten_days({{0, kAdmin}, {1, job(change)}});
    };
    EXPECT_EQ(asked([](What& what) { what.ip = "10.3.0.1"; }), kHighOnce) << "its token elsewhere";
    EXPECT_EQ(asked([](What& what) { what.agent = "curl/8.5.0"; }), kHighOnce) << "by another client";
    EXPECT_EQ(asked([](What& what) { what.namespace_ = "shop"; }), kHighOnce) << "where it never worked";
    EXPECT_EQ(asked([](What& what) { what.user = "system:serviceaccount:ops:web"; }), kHighOnce)
        << "another account of the namespace";
    const auto by = [](const std::function<void(What&)>& change) {
        return after_ten_days({{0, order(change)}, {1, kJob}});
    };
    EXPECT_EQ(by([](What& what) { what.role = "edit"; }), kHighOnce) << "by who may not do everything";
    EXPECT_EQ(by([](What& what) { what.ip = "203.0.113.9"; }), kHighOnce) << "from where no admin was";
    EXPECT_EQ(by([](What& what) { what.resource = "cards"; }), kHighOnce) << "not its own kind";
    EXPECT_EQ(by([](What& what) { what.code = 403, what.decision = "forbid"; }), kHighOnce) << "refused";
    EXPECT_EQ(after_ten_days({{0, kAdmin}, {1, kJob}}, kStatus, 8), kHighOnce) << "known for two days";
    const What deployer = with([](What& what) { what.subresource = ""; }, kStatus);
    EXPECT_EQ(after_ten_days({{0, kAdmin}, {1, kJob}}, deployer), kHighOnce) << "writes no status";
}

const What kClaims = with(
    [](What& what) {
        what.verb = "watch", what.resource = "persistentvolumeclaims", what.group = "", what.subresource = "";
        what.namespace_ = what.name = "";
    },
    kStatus);

TEST(Errand, AProvisionerMakesAVolumeForAClaim) {
    const What claim = with([](What& what) {
        what.user = "rosa", what.role = "edit", what.ip = "10.9.0.5", what.agent = "kubectl/v1.32.0";
        what.verb = "create", what.resource = "persistentvolumeclaims", what.group = "", what.name = "data";
        what.namespace_ = "shop";
    });
    const What pod = job([](What& what) { what.resource = "pods", what.group = ""; });
    const auto told = [](const What& asks, const What& makes, const What& watches = kClaims) {
        return after_ten_days({{0, asks}, {1, makes}}, watches);
    };
    const auto changed = [](What what, const std::function<void(What&)>& change) {
        change(what);
        return what;
    };
    EXPECT_EQ(told(claim, pod), kLowOnce);
    const What applied = changed(claim, [](What& what) { what.verb = "patch", what.code = 201; });
    EXPECT_EQ(told(applied, pod), kLowOnce) << "applied by the server";
    EXPECT_EQ(after_ten_days({{1, pod}}, kClaims), kHighOnce) << "nobody claimed anything";
    EXPECT_EQ(after_ten_days({{0, claim}, {20, pod}}, kClaims), kHighOnce) << "long ago";
    EXPECT_EQ(told(changed(claim, [](What& what) { what.verb = "patch"; }), pod), kHighOnce)
        << "no new claim";
    EXPECT_EQ(told(changed(claim, [](What& what) { what.resource = "persistentvolumes"; }), pod), kHighOnce);
    EXPECT_EQ(told(claim, kJob), kHighOnce) << "no bare Pod";
    EXPECT_EQ(told(claim, changed(pod, [](What& what) { what.namespace_ = "boards"; })), kHighOnce)
        << "not in its own namespace";
    EXPECT_EQ(told(claim, changed(pod, [](What& what) { what.ip = "10.3.0.1"; })), kHighOnce)
        << "its token elsewhere";
    EXPECT_EQ(told(claim, pod, changed(kClaims, [](What& what) { what.namespace_ = "ops"; })), kHighOnce)
        << "it watches its own namespace";
    EXPECT_EQ(told(claim, pod, changed(kClaims, [](What& what) { what.resource = "pods"; })), kHighOnce);
    EXPECT_EQ(told(kAdmin, pod), kHighOnce) << "it looks after no custom resource";
    const auto with_all_rights = [](What& what) { what.role = "cluster-admin"; };
    EXPECT_EQ(after_ten_days({{1, changed(pod, with_all_rights)}}, changed(kClaims, with_all_rights)),
              kHighOnce)
        << "whoever watches everything is no operator";
    const What own = order([](What& what) {
        what.resource = "deployments", what.group = "apps", what.namespace_ = "ops", what.name = "operator";
    });
    EXPECT_EQ(told(own, pod), kHighOnce) << "a change of its Deployment asks for no Pod";
}

TEST(Errand, AControllerWithAllRightsNeedsNoOrder) {
    const auto mighty = [](What what) {
        what.role = "cluster-admin";
        return what;
    };
    What made = mighty(kJob);
    EXPECT_EQ(after_ten_days({{1, made}}, mighty(kStatus)), kMediumOnce);
    made.namespace_ = "shop";
    EXPECT_EQ(after_ten_days({{1, made}}, mighty(kStatus)), kHighOnce) << "where it never worked";
    made.namespace_ = "ops", made.ip = "10.3.0.1";
    EXPECT_EQ(after_ten_days({{1, made}}, mighty(kStatus)), kHighOnce) << "its token elsewhere";
}

TEST(RuleHabit, WhatAProgramDidInTheFirstDaysItDoesAgain) {
    const auto again = [](const What& first, const What& then, int day = 1) {
        Log log;
        log.see(0, kStatus);
        log.see(day, first);
        log.told();
        log.see(12, then);
        return log.told();
    };
    EXPECT_EQ(again(kJob, kJob), Told{"medium opened 1"});
    EXPECT_EQ(again(kJob, kJob, 5), kHighOnce) << "then it was something new";
    EXPECT_EQ(again(kJob, job([](What& what) { what.namespace_ = "shop"; })), kHighOnce);
    EXPECT_EQ(again(kJob, job([](What& what) { what.ip = "10.3.0.1"; })), kHighOnce);
    EXPECT_EQ(again(kJob, job([](What& what) { what.name = "other"; })), kHighOnce);
    const What person = job([](What& what) { what.user = "rosa", what.pod = ""; });
    EXPECT_EQ(again(person, person), kHighOnce);
}

// What a distribution applies on a host of the control plane by a program with all rights.
TEST(RuleHabit, AProgramInstallsOnAHostOfTheControlPlane) {
    const auto told = [](const std::function<void(What&)>& change) {
        Log log;
        const What scheduler = with([](What& what) {
            what.user = "system:kube-scheduler", what.ip = "10.0.0.2", what.verb = "update";
            what.resource = "leases", what.group = "coordination.k8s.io";
        });
        log.see(9, scheduler);
        What made = with([](What& what) {
            what.user = "system:serviceaccount:version:default", what.pod = "p-1", what.ip = "10.0.0.2";
            what.resource = "clusterroles", what.group = "rbac.authorization.k8s.io",
            what.role = "cluster-admin";
        });
        change(made);
        log.see(9, made, 12);
        return log.told();
    };
    EXPECT_EQ(told([](What&) {}), Told{"low installs 1"});
    EXPECT_EQ(told([](What& what) { what.ip = "10.1.0.7"; }), Told{}) << "elsewhere";
    EXPECT_EQ(told([](What& what) { what.role = "admin"; }), Told{}) << "without all rights";
    EXPECT_EQ(told([](What& what) { what.binding = "RoleBinding \"b/version\""; }), Told{});
    EXPECT_EQ(told([](What& what) { what.impersonated = "system:serviceaccount:version:other"; }), Told{});
}

// What an account does wherever it is has a key by its own names, however many accounts work in turn.
TEST(Patterns, OfControllersAndInstallersAreAnAccountsOwn) {
    constexpr int kAccounts = 600;
    Symbols symbols;
    std::set<std::string> different;
    std::vector<std::string> before;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < kAccounts; ++i) {
            const std::string name = "a" + std::to_string(i);
            const bool is_played = i % 2 == 1;  // two accounts by one sender
            const auto event =
                test::EventSpec{.user = R"({"username":")" + (is_played ? "proxy" : name) + R"("})",
                                .impersonated = is_played ? R"({"username":")" + name + R"("})" : ""}
                    .parsed();
            const Request request = symbols.understand(*event);
            const Origin origin{.cluster = "c"};
            const Observation observation{
                .event = *event, .request = request, .origin = origin, .answers = true, .now = {}};
            for (const std::string& key :
                 {by_rule::controller_of(observation).key, by_rule::installer_of(observation).key,
                  by_rule::controller_of(observation).key}) {
                different.insert(key);
                before.push_back(key);
            }
        }
    }
    EXPECT_EQ(different.size(), 2u * kAccounts);
    EXPECT_TRUE(std::equal(before.begin(), before.begin() + 3 * kAccounts, before.begin() + 3 * kAccounts));
}

}  // namespace
}  // namespace redshank
