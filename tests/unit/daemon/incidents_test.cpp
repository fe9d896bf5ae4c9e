// Which findings are one incident, and when it is over.
#include "daemon/incidents/book.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <set>

#include "core/state/row.h"
#include "daemon/incidents/said.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const audit::Time kStart = *audit::parse_time("2026-01-05T10:00:00Z");

// A finding of one event, at `offset` of the log.
struct Spec {
    std::string kind = "unusual-access", user = "alice", impersonated, address = "192.0.2.1";
    Severity severity = Severity::High;
    uint64_t offset = 0;
    audit::Duration after{};  // since kStart
    std::string generation;
    std::string detector = "unusual_access", grant, verb = "get", resource = "pods", namespace_ = "shop",
                name;
    std::string subresource, cluster = "c";
    int code = 200;
    FindingStatus status = FindingStatus::Firing;
};

Finding finding(const Spec& spec) {
    Finding out;
    out.id = "f_" + spec.cluster + spec.kind + spec.user + spec.resource + std::to_string(spec.offset);
    out.detector = spec.detector;
    out.kind = spec.kind;
    out.severity = spec.severity;
    out.status = spec.status;
    out.title = "Title of " + spec.kind;
    out.summary = spec.user + " did " + spec.kind + '.';
    out.cluster = spec.cluster;
    out.time = out.first_seen = out.last_seen = kStart + spec.after;
    if (spec.user != "-")
        out.actor =
            FindingActor{.user = spec.user, .impersonated = spec.impersonated, .source_ip = spec.address};
    out.object = FindingObject{.resource = spec.resource,
                               .subresource = spec.subresource,
                               .namespace_ = spec.namespace_,
                               .name = spec.name};
    if (spec.resource == "widgets" || spec.resource == "gateways") out.object->group = "example.com";
    if (spec.resource.ends_with("bindings")) out.object->group = "rbac.authorization.k8s.io";
    out.verb = spec.verb;
    out.code = spec.code;
    out.grant = spec.grant;
    out.count = 1;
    out.evidence = {{.audit_id = "same for all: the client chooses it",
                     .time = out.time,
                     .source = "audit.log",
                     .offset = spec.offset,
                     .generation = spec.generation}};
    return out;
}

Spec crd(const std::string& resource, uint64_t offset, FindingStatus status = FindingStatus::Firing) {
    return {.kind = "crd-failing",
            .user = "-",
            .offset = offset,
            .detector = "crd_health",
            .resource = resource,
            .status = status};
}

// What a rule says of a request of the operator.
Spec operators(const std::string& resource, uint64_t offset) {
    return {
        .kind = "some-rule", .user = "operator", .offset = offset, .detector = "rule", .resource = resource};
}

const std::string kBinding = "RoleBinding shop/open → ClusterRole edit";

const std::string kGift = "ClusterRoleBinding gift → ClusterRole x → User bob";
Spec made(const std::string& verb, int code, const std::string& resource = "clusterrolebindings",
          const std::string& ns = "") {
    return {.offset = 1, .verb = verb, .resource = resource, .namespace_ = ns, .name = "gift", .code = code};
}
Spec used(const std::string& grant) {
    return {.user = "bob", .offset = 2, .grant = grant, .verb = "list", .resource = "secrets"};
}

class IncidentsTest : public ::testing::Test {
  protected:
    std::vector<News> take(const Spec& spec) { return keep(book_.take(finding(spec))); }
    std::vector<News> keep(std::vector<News> news) {
        for (const News& one : news) all_.push_back(to_json(one));
        return news;
    }
    std::vector<News> advance(audit::Duration after) {
        std::vector<News> news;
        book_.advance("c", kStart + after, news);
        return keep(std::move(news));
    }
    void restart() {
        book_.save(state_);
        book_ = IncidentBook();
        book_.load(state_);
    }
    // Those that joined no other.
    std::vector<Incident> incidents() const {
        std::vector<Incident> out;
        book_.each([&](const Incident& incident) {
            if (incident.joined.empty()) out.push_back(incident);
        });
        std::sort(out.begin(), out.end(),
                  [](const Incident& a, const Incident& b) { return a.opened < b.opened; });
        return out;
    }

    IncidentBook book_;
    test::MemoryState state_;
    std::vector<std::string> all_;
};

TEST_F(IncidentsTest, WhatBelongsTogether) {
    const Spec exposed{.kind = "secret-exposed",
                       .user = "erin",
                       .severity = Severity::Critical,
                       .offset = 1,
                       .detector = "secret_exposure",
                       .grant = kBinding};
    const Spec read{.kind = "secret-read-unprotected",
                    .user = "bob",
                    .severity = Severity::Critical,
                    .offset = 2,
                    .detector = "secret_exposure",
                    .grant = kBinding + " → Group dev",
                    .resource = "secrets",
                    .name = "db"};
    Spec other_read = read;
    other_read.user = "carol";
    other_read.offset = 3;
    const Spec rule{.kind = "binding-to-everybody", .user = "erin", .offset = 1, .detector = "rule"};
    const Spec anonymous{.kind = "anonymous-success", .user = "system:anonymous", .offset = 4};
    Spec anonymous_again = anonymous;
    anonymous_again.kind = "attack-sequence";
    anonymous_again.offset = 5;
    Spec anonymous_elsewhere = anonymous;
    anonymous_elsewhere.address = "192.0.2.2";
    anonymous_elsewhere.offset = 6;
    Spec let_in = anonymous, let_in_elsewhere = anonymous_elsewhere;
    let_in.grant = let_in_elsewhere.grant = kBinding + " → Group system:unauthenticated";
    const auto stranger = [&](const char* address, uint64_t offset, int code, const char* resource) {
        Spec out = anonymous;
        out.address = address;
        out.offset = offset;
        out.code = code;
        out.resource = resource;
        return out;
    };

    const struct {
        const char* name;
        std::vector<Spec> findings;
        size_t incidents;
    } cases[] = {
        {"the same line of the log in two findings", {operators("widgets", 7), crd("widgets", 7)}, 1},
        {"the same, the other way round", {crd("widgets", 7), operators("widgets", 7)}, 1},
        {"the same, and the next line on another custom resource",
         {crd("widgets", 7), operators("widgets", 7), operators("gateways", 8)},
         2},
        {"the same, and the next line on a pod",
         {crd("widgets", 7), operators("widgets", 7), operators("pods", 8)},
         2},
        {"a story of which one line is on a custom resource that fails",
         {operators("pods", 6), operators("widgets", 7), crd("widgets", 7)},
         2},
        {"a story and a custom resource, which meet in a line",
         {operators("pods", 6), crd("widgets", 7), operators("widgets", 7)},
         2},
        {"a burst of refusals that begins at a custom resource",
         {{.kind = "refusal-burst", .user = "operator", .offset = 7, .resource = "widgets"},
          crd("widgets", 7),
          crd("gateways", 7)},
         3},
        {"two actors with nothing in common",
         {{.user = "alice", .offset = 1}, {.user = "bob", .offset = 2}},
         2},
        {"the first lines of two files of a log, of one time",
         {{.user = "alice", .generation = "g1"}, {.user = "bob", .generation = "g2"}},
         2},
        {"one line of a file in two findings",
         {{.user = "alice", .generation = "g1"}, {.kind = "off-hours", .user = "bob", .generation = "g1"}},
         1},
        {"one actor", {{.offset = 1}, {.kind = "off-hours", .offset = 2, .after = hours{23}}}, 1},
        {"one actor, two days", {{.offset = 1}, {.kind = "off-hours", .offset = 2, .after = hours{25}}}, 2},
        {"one name in two clusters", {{.offset = 1}, {.offset = 1, .cluster = "d"}}, 2},
        {"a window, its opener, its readers, the rule that saw it", {exposed, read, other_read, rule}, 1},
        {"readers of two windows",
         {exposed,
          {.kind = "secret-read-unprotected",
           .user = "bob",
           .offset = 9,
           .detector = "secret_exposure",
           .grant = "RoleBinding a/b → Role x"}},
         2},
        {"an anonymous intruder", {anonymous, anonymous_again}, 1},
        {"two of them", {anonymous, anonymous_elsewhere}, 2},
        {"two of them let in by one grant", {let_in, let_in_elsewhere}, 2},
        {"two addresses of one IPv6 host",
         {stranger("2a00:1:2:3::1", 4, 200, "pods"), stranger("2a00:1:2:3::2", 5, 200, "pods")},
         1},
        {"strangers who are refused, and who learn which APIs there are",
         {stranger("203.0.113.5", 4, 403, "pods"), stranger("198.51.100.5", 5, 403, "secrets"),
          stranger("198.51.100.6", 6, 200, "")},
         1},
        {"a scan, and one of the scanners who is let in",
         {stranger("203.0.113.5", 4, 403, "pods"), stranger("203.0.113.5", 5, 200, "pods")},
         2},
        {"two pods that scan",
         {stranger("10.0.0.5", 4, 403, "pods"), stranger("10.0.0.6", 5, 403, "pods")},
         2},
        {"one grant, two people",
         {{.user = "alice", .offset = 1, .grant = kBinding + " → Group dev"},
          {.user = "bob", .offset = 2, .grant = kBinding + " → Group dev"}},
         2},
        {"two custom resources", {crd("widgets", 1), crd("gateways", 2)}, 2},
        {"one custom resource, two kinds",
         {crd("widgets", 1),
          {.kind = "crd-slow", .user = "-", .offset = 2, .detector = "crd_health", .resource = "widgets"}},
         1},
        {"two custom resources in one line", {crd("widgets", 1), crd("gateways", 1)}, 2},
        {"two custom resources and an account that both show",
         {crd("widgets", 1), {.user = "operator", .offset = 1}, crd("gateways", 1)},
         3},
        {"who was impersonated goes on",
         {{.kind = "impersonation-new", .user = "alice", .impersonated = "bob", .offset = 1},
          {.user = "bob", .offset = 2},
          {.kind = "off-hours", .user = "alice", .offset = 3}},
         1},
        {"two people through one proxy",
         {{.user = "teleport", .impersonated = "bob", .offset = 1},
          {.user = "teleport", .impersonated = "carol", .offset = 2}},
         2},
        {"a person through a proxy and by himself",
         {{.user = "teleport", .impersonated = "bob", .offset = 1}, {.user = "bob", .offset = 2}},
         1},
        {"two who play the scheduler",
         {{.user = "bob", .impersonated = "system:kube-scheduler", .offset = 1},
          {.user = "carol", .impersonated = "system:kube-scheduler", .offset = 2}},
         2},
        {"refused to act as bob, and bob",
         {{.kind = "impersonation-refused", .user = "alice", .impersonated = "bob", .offset = 1},
          {.user = "bob", .offset = 2}},
         2},
        {"a token asked for and used",
         {{.user = "alice",
           .offset = 1,
           .verb = "create",
           .resource = "serviceaccounts",
           .name = "deployer",
           .subresource = "token"},
          {.user = "system:serviceaccount:shop:deployer", .offset = 2}},
         1},
        {"a binding made by one and used by another", {made("create", 201), used(kGift)}, 1},
        {"by server-side apply", {made("patch", 201), used(kGift)}, 1},
        {"in a namespace",
         {made("create", 201, "rolebindings", "shop"), used("RoleBinding shop/gift → Role x → User bob")},
         1},
        {"used, then made", {used(kGift), made("create", 201)}, 2},
        {"only changed", {made("patch", 200), used(kGift)}, 2},
        {"removed", {made("delete", 200), used(kGift)}, 2},
        {"another binding",
         {made("create", 201), used("ClusterRoleBinding gift2 → ClusterRole x → User bob")},
         2},
        {"of the same name in a namespace",
         {made("create", 201, "rolebindings", "shop"), used("RoleBinding pay/gift → Role x → User bob")},
         2},
        {"a pod made by one and entered by another",
         {{.user = "alice", .offset = 1, .verb = "create", .name = "p"},
          {.user = "bob", .offset = 2, .verb = "create", .name = "p", .subresource = "exec"}},
         1},
        {"a node made by one and reached by another",
         {{.user = "alice", .offset = 1, .verb = "create", .resource = "nodes", .name = "n"},
          {.user = "bob",
           .offset = 2,
           .verb = "get",
           .resource = "nodes",
           .name = "n",
           .subresource = "proxy"}},
         2},
        {"a pod made by one and changed by another",
         {{.user = "alice", .offset = 1, .verb = "create", .name = "p"},
          {.user = "bob", .offset = 2, .verb = "patch", .name = "p"}},
         2},
        {"two who enter the same pod",
         {{.user = "alice", .offset = 1, .name = "p", .subresource = "exec"},
          {.user = "bob", .offset = 2, .name = "p", .subresource = "exec"}},
         2},
        {"two who read the same Secret",
         {{.user = "alice", .offset = 1, .resource = "secrets", .name = "s"},
          {.user = "bob", .offset = 2, .resource = "secrets", .name = "s"}},
         2},
        {"two changes behind one log",
         {{.kind = "audit-log-tampered", .user = "-", .offset = 1, .detector = "source"},
          {.kind = "audit-gap", .user = "-", .offset = 2, .detector = "source"}},
         1},
        {"what programs do every day", {{.severity = Severity::Low, .offset = 1}}, 0},
        {"the end of what was never told", {crd("widgets", 1, FindingStatus::Resolved)}, 0},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.name);
        book_ = IncidentBook();
        for (const Spec& spec : one.findings) take(spec);
        EXPECT_EQ(incidents().size(), one.incidents);
        // However the daemon was stopped between them.
        book_ = IncidentBook();
        state_ = {};
        for (const Spec& spec : one.findings) {
            take(spec);
            restart();
        }
        EXPECT_EQ(incidents().size(), one.incidents);
    }
}

// Of the callers beyond those with incidents of their own, the graver are not among the lesser.
TEST_F(IncidentsTest, AnEventIsTheSameByItsFileAndPlaceAndTime) {
    take({.kind = "one", .user = "alice"});
    take({.kind = "the same deed", .user = "bob"});
    EXPECT_EQ(incidents().size(), 1u);
    take({.kind = "at the beginning of the next file", .user = "carol", .after = hours{1}});
    EXPECT_EQ(incidents().size(), 2u);
}

TEST_F(IncidentsTest, ACrowdOfStrangersIsBounded) {
    IncidentBook book;
    std::set<std::string> incidents;
    const auto tell = [&](int n, Severity severity) {
        const Spec spec{.kind = "anonymous-success",
                        .user = "system:anonymous",
                        .address = "198.51.100." + std::to_string(n),
                        .severity = severity,
                        .offset = static_cast<uint64_t>(n)};
        const News news = book.take(finding(spec)).back();
        incidents.insert(news.incident->id);
        return news.turn;
    };
    for (int n = 0; n < 200; ++n) tell(n, Severity::High);
    EXPECT_EQ(incidents.size(), IncidentBook::kMostStrangers + 1);
    EXPECT_EQ(tell(200, Severity::Critical), IncidentTurn::Opened);
    EXPECT_EQ(tell(201, Severity::Critical), IncidentTurn::Escalated);  // somebody new in it
    EXPECT_EQ(incidents.size(), IncidentBook::kMostStrangers + 2);
    EXPECT_EQ(book.take(finding({.user = "alice", .offset = 300})).back().turn, IncidentTurn::Opened);
}

TEST_F(IncidentsTest, LesserFindingsAreListedAndJoinNothing) {
    take({.user = "alice", .offset = 1});
    take({.user = "bob", .offset = 2});
    Spec lesser{
        .kind = "secret-read", .user = "carol", .severity = Severity::Low, .offset = 1, .detector = "rule"};
    take(lesser);
    Finding grown = finding(lesser);
    grown.count = 2;
    grown.evidence.push_back({.source = "audit.log", .offset = 2});  // both incidents are in it
    book_.take(grown);
    const auto all = incidents();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].findings.size() + all[1].findings.size(), 3u);
    EXPECT_EQ(all[0].steps.size(), 1u);
    EXPECT_EQ(all[0].actors.names.size() + all[1].actors.names.size(), 2u);
    take({.kind = "off-hours", .user = "carol", .offset = 3});
    EXPECT_EQ(incidents().size(), 3u);  // carol's ordinary read led nowhere
}

TEST_F(IncidentsTest, TurnsAreOpenedEscalatedAndClosedOnceEach) {
    auto news = take({.severity = Severity::Medium, .offset = 1});
    ASSERT_EQ(news.size(), 1u);
    EXPECT_EQ(news[0].turn, IncidentTurn::Opened);
    const std::string id = news[0].incident->id;
    EXPECT_EQ(take({.severity = Severity::Medium, .offset = 2})[0].turn, IncidentTurn::Grew);
    EXPECT_EQ(take({.severity = Severity::High, .offset = 3})[0].turn, IncidentTurn::Escalated);
    EXPECT_EQ(take({.severity = Severity::High, .offset = 4})[0].turn, IncidentTurn::Grew);
    EXPECT_EQ(take({.kind = "off-hours", .severity = Severity::High, .offset = 5})[0].turn,
              IncidentTurn::Escalated);
    EXPECT_EQ(take({.kind = "other", .severity = Severity::Medium, .offset = 6})[0].turn, IncidentTurn::Grew);
    EXPECT_TRUE(advance(hours{24} - seconds{1}).empty());
    news = advance(hours{24});
    ASSERT_EQ(news.size(), 1u);
    EXPECT_EQ(news[0].turn, IncidentTurn::Closed);
    EXPECT_EQ(news[0].incident->id, id);
    EXPECT_EQ(news[0].incident->severity, Severity::High);
    EXPECT_EQ(news[0].incident->closed_because, "quiet for 1d");
    EXPECT_EQ(news[0].incident->closed, kStart + hours{24});
    EXPECT_TRUE(advance(hours{100}).empty());
}

TEST_F(IncidentsTest, WhatTurnsOutToBeOneIsTheOlder) {
    const std::string older = take({.user = "alice", .offset = 1})[0].incident->id;
    const std::string younger =
        take({.user = "bob", .severity = Severity::Critical, .offset = 2, .after = minutes{1}})[0]
            .incident->id;
    Finding both = finding({.kind = "attack-sequence", .user = "bob", .offset = 2, .after = minutes{2}});
    both.evidence[0].time = kStart + minutes{1};
    both.evidence.push_back({.time = kStart, .source = "audit.log", .offset = 1});
    const auto news = keep(book_.take(both));
    ASSERT_EQ(news.size(), 2u);
    EXPECT_EQ(news[0].turn, IncidentTurn::Closed);
    EXPECT_EQ(news[0].incident->id, younger);
    EXPECT_EQ(news[0].incident->closed_because, "joined " + older);
    EXPECT_EQ(news[1].turn, IncidentTurn::Escalated);
    EXPECT_EQ(news[1].incident->id, older);
    EXPECT_EQ(news[1].incident->severity, Severity::Critical);
    restart();
    // What the younger knew leads to the older.
    EXPECT_EQ(take({.kind = "off-hours", .user = "bob", .offset = 9})[0].incident->id, older);
    ASSERT_EQ(incidents().size(), 1u);
    EXPECT_EQ(incidents()[0].findings.size(), 4u);
    EXPECT_EQ(incidents()[0].title, "Title of unusual-access");  // the gravest leads: bob's
    EXPECT_EQ(incidents()[0].summary, "bob did unusual-access.");
}

TEST_F(IncidentsTest, EndsWithItsConditions) {
    take(crd("widgets", 1));
    EXPECT_TRUE(advance(hours{48}).empty());  // it still fails
    auto news = take(crd("widgets", 1, FindingStatus::Resolved));
    EXPECT_EQ(news.back().turn, IncidentTurn::Closed);
    EXPECT_EQ(news.back().incident->closed_because, "healthy again");

    take(crd("gateways", 2));
    news = advance(IncidentBook::kConditionLasts);  // nothing was heard of it since
    ASSERT_EQ(news.size(), 1u);
    EXPECT_EQ(news[0].incident->closed_because, "quiet for 1d");

    const Spec exposed{.kind = "secret-exposed",
                       .user = "erin",
                       .severity = Severity::Critical,
                       .offset = 3,
                       .detector = "secret_exposure",
                       .grant = kBinding};
    Spec closed = exposed;
    closed.kind = "secret-exposure-closed";
    closed.severity = Severity::Low;  // nobody read
    closed.offset = 4;
    closed.after = hours{24 * 30};
    take(exposed);
    EXPECT_TRUE(advance(hours{24 * 29}).empty());
    news = take(closed);
    EXPECT_EQ(news.back().turn, IncidentTurn::Closed);
    EXPECT_EQ(news.back().incident->closed_because, "window closed");

    // Somebody read: that is not undone by closing the window.
    Spec again = exposed, read = exposed, closed_again = closed;
    again.offset = 5;
    again.after = read.after = closed_again.after = hours{24 * 40};
    read.kind = "secret-read-unprotected";
    read.user = "bob";
    read.offset = 6;
    closed_again.offset = 7;
    take(again);
    take(read);
    EXPECT_EQ(take(closed_again).back().turn, IncidentTurn::Eased);
    EXPECT_EQ(advance(hours{24 * 41}).size(), 1u);
}

// One policy blinds several questions: one incident, as long as one of them is open.
TEST_F(IncidentsTest, ABlindLogIsOneIncidentUntilAllIsSeenAgain) {
    const auto blind = [](const char* question, FindingStatus status = FindingStatus::Firing) {
        Finding out = finding({.kind = "audit-blind", .user = "-", .detector = "source", .status = status});
        out.id += question;
        out.evidence.clear();
        out.object.reset();
        return out;
    };
    const std::string id = keep(book_.take(blind("reads"))).back().incident->id;
    EXPECT_EQ(keep(book_.take(blind("acts"))).back().incident->id, id);
    EXPECT_TRUE(advance(IncidentBook::kConditionLasts * 4).empty());
    for (const News& news : keep(book_.take(blind("acts", FindingStatus::Resolved))))
        EXPECT_NE(news.turn, IncidentTurn::Closed);
    const auto news = keep(book_.take(blind("reads", FindingStatus::Resolved)));
    ASSERT_FALSE(news.empty());
    EXPECT_EQ(news.back().turn, IncidentTurn::Closed);
    EXPECT_EQ(news.back().incident->closed_because, "the log shows it again");
}

TEST_F(IncidentsTest, WhatComesAfterTheEnd) {
    const Finding first = finding({.offset = 1});
    const std::string id = book_.take(first)[0].incident->id;
    advance(hours{24});
    Finding last = first;  // its last form, told when its episode ends
    last.time = kStart + hours{30};
    auto news = book_.take(last);
    ASSERT_EQ(news.size(), 1u);
    EXPECT_EQ(news[0].turn, IncidentTurn::Grew);
    EXPECT_EQ(news[0].incident->id, id);
    last.count = 2;  // it goes on
    news = book_.take(last);
    EXPECT_EQ(news.back().turn, IncidentTurn::Opened);
    EXPECT_NE(news.back().incident->id, id);
    restart();
    last.count = 4;
    EXPECT_EQ(book_.take(last).back().turn, IncidentTurn::Grew);
    EXPECT_EQ(incidents().size(), 2u);
}

TEST_F(IncidentsTest, PeopleSayThatItIsOver) {
    const std::string id = take({.offset = 1})[0].incident->id;
    const auto say = [&](SaidOfIncident::What what) {
        const SaidOfIncident said{
            .incident = id, .what = what, .note = {kStart + hours{1}, "bob", "a drill"}};
        state_.put(kSaidTable, key_of(said), write_row(said));
        std::vector<News> news;
        book_.refresh(state_, news);
        book_.refresh(state_, news);  // before the row is gone
        book_.save(state_);
        return news;
    };
    EXPECT_TRUE(say(SaidOfIncident::What::Acknowledge).empty());
    EXPECT_EQ(incidents()[0].acknowledged->by, "bob");
    EXPECT_TRUE(incidents()[0].is_open());
    const auto news = say(SaidOfIncident::What::Close);
    ASSERT_EQ(news.size(), 1u);
    EXPECT_EQ(news[0].incident->closed_because, "closed by bob: a drill");
    EXPECT_TRUE(state_.tables[std::string(kSaidTable)].empty());
    restart();
    EXPECT_EQ(take({.kind = "off-hours", .offset = 2})[0].turn, IncidentTurn::Opened);  // what is new is told
}

// Several findings tell one deed, each with its own reason: the timeline has it once.
TEST_F(IncidentsTest, ADeedIsOneStepHoweverManyFindingsTellIt) {
    const auto tell = [this](const char* kind, const char* summary) {
        Finding told = finding({.kind = kind, .offset = 1});
        told.summary = summary;
        book_.take(told);
    };
    tell("secret-read-unprotected", "bob listed all Secrets, because RoleBinding b gives edit to bob.");
    tell("anonymous-success", "bob listed all Secrets without a login.");
    tell("unusual-access", "bob listed all Secrets. Never done in 3 days.");
    tell("secret-read", "bob listed all Secrets.");
    ASSERT_EQ(incidents().size(), 1u);
    EXPECT_EQ(incidents()[0].steps.size(), 1u);
    EXPECT_EQ(incidents()[0].findings.size(), 4u);
    tell("off-hours", "bob listed all Secrets of the cluster.");
    EXPECT_EQ(incidents()[0].steps.size(), 2u);
}

// What the log shows to be closed need not be closed by the reader.
TEST_F(IncidentsTest, StepsThatAreUndoneAreNotAdvised) {
    const std::string grant = "ClusterRoleBinding tmp → ClusterRole edit";
    Finding read = finding({.kind = "secret-read-unprotected",
                            .user = "system:anonymous",
                            .offset = 1,
                            .detector = "secret_exposure",
                            .grant = grant + " → User system:anonymous",
                            .resource = "secrets",
                            .name = "db"});
    const Finding exposed = finding({.kind = "secret-exposed",
                                     .user = "erin",
                                     .severity = Severity::Medium,
                                     .offset = 2,
                                     .detector = "secret_exposure",
                                     .grant = grant});
    const Finding closed = finding({.kind = "secret-exposure-closed",
                                    .user = "erin",
                                    .severity = Severity::Medium,
                                    .offset = 3,
                                    .detector = "secret_exposure",
                                    .grant = grant,
                                    .verb = "delete",
                                    .resource = "clusterrolebindings",
                                    .name = "tmp"});
    const auto first_of = [&](const std::vector<Finding>& all) {
        book_ = IncidentBook();
        for (const Finding& one : all) book_.take(one);
        const Step first = incidents().at(0).first.at(0);
        return first.command.empty() ? first.purpose.substr(0, 17) : first.command;
    };
    EXPECT_EQ(first_of({exposed, read}), "kubectl delete clusterrolebinding tmp");
    EXPECT_EQ(first_of({exposed, read, closed}), "Nothing to close:");
    EXPECT_EQ(first_of({exposed, read, closed, read}), "Nothing to close:") << "it is told again";
    EXPECT_EQ(first_of({read}), "kubectl delete clusterrolebinding tmp");
}

// A series is told with its last event, a condition with its first.
TEST_F(IncidentsTest, StepsStandWhenTheyAreDone) {
    Finding removed = finding({.kind = "rbac-grant-used-and-removed", .offset = 1, .after = minutes{5}});
    removed.first_seen = kStart;
    book_.take(removed);
    book_.take(finding({.offset = 2, .after = minutes{2}}));
    Finding broken = finding(crd("widgets", 3));
    broken.time = kStart + minutes{6};
    broken.first_seen = kStart + minutes{1};
    book_.take(broken);
    const auto steps_of = [this](size_t at) {
        std::vector<audit::Time> times;
        const Incident incident = incidents().at(at);
        for (const IncidentStep& step : incident.steps) times.push_back(step.time);
        return times;
    };
    ASSERT_EQ(incidents().size(), 2u);
    EXPECT_EQ(steps_of(0), (std::vector{kStart + minutes{2}, kStart + minutes{5}}));
    EXPECT_EQ(steps_of(1), (std::vector{kStart + minutes{1}}));
}

TEST_F(IncidentsTest, EverythingIsBounded) {
    for (uint64_t i = 0; i < 1000; ++i) {
        Spec spec{.kind = "k" + std::to_string(i),
                  .offset = i,
                  .after = seconds(static_cast<int64_t>(i)),
                  .name = std::to_string(i)};
        take(spec);
    }
    ASSERT_EQ(incidents().size(), 1u);
    const Incident one = incidents()[0];
    EXPECT_EQ(one.findings.size(), Incident::kMostParts);
    EXPECT_EQ(one.findings_more, 1000 - Incident::kMostParts);
    EXPECT_EQ(one.kinds.names.size(), FirstNames::kMost);
    EXPECT_EQ(one.steps.size(), 2 * Incident::kStepsAtEachEnd);
    EXPECT_EQ(one.steps_more, 1000 - 2 * Incident::kStepsAtEachEnd);
    EXPECT_EQ(one.steps.front().text, "alice did k0.");
    EXPECT_EQ(one.steps.back().text, "alice did k999.");

    // A thousand names of little weight do not take a grave one's place.
    const std::string grave =
        take({.user = "mallory", .severity = Severity::Critical, .offset = 5000})[0].incident->id;
    size_t made_room = 0;
    for (uint64_t i = 0; i < IncidentBook::kMostIncidents; ++i) {
        for (const News& news :
             take({.user = "u" + std::to_string(i), .severity = Severity::Medium, .offset = 10'000 + i})) {
            made_room += news.turn == IncidentTurn::Closed;
            EXPECT_NE(news.incident->id, grave);
        }
    }
    EXPECT_LE(incidents().size(), IncidentBook::kMostIncidents);
    EXPECT_GT(made_room, 0u);
}

// By metric and label.
class MeasuredIncidents final : public MetricWriter {
  public:
    explicit MeasuredIncidents(const IncidentBook& book) { book.measure(*this); }
    std::map<std::string, double> all;

  private:
    void write(const Metric& metric, const Labels& labels, double value) override {
        all[std::string(metric.name) + " " + labels.at(0).second] = value;
    }
};

TEST_F(IncidentsTest, OpenOnesAreCountedBySeverityAndEvictionsByTable) {
    take({.user = "u1", .severity = Severity::Critical, .offset = 1});
    take({.user = "u2", .severity = Severity::Medium, .offset = 2});
    take({.user = "u3", .severity = Severity::Medium, .offset = 3});
    const std::string open = "redshank_incidents_open ", evicted = "redshank_state_evictions_total ";
    auto now = MeasuredIncidents(book_).all;
    EXPECT_EQ(now[open + "critical"], 1);
    EXPECT_EQ(now[open + "high"], 0);
    EXPECT_EQ(now[open + "medium"], 2);
    EXPECT_EQ(now.count(open + "info"), 1U) << "those of which there are none are told, too";
    EXPECT_EQ(now[evicted + "incidents.incidents"], 0);
    EXPECT_EQ(now[evicted + "incidents.causes"], 0);
    advance(hours{24 * 30});
    EXPECT_EQ(MeasuredIncidents(book_).all[open + "medium"], 0);
    for (uint64_t i = 0; i < IncidentBook::kMostCauses && now[evicted + "incidents.causes"] == 0; ++i) {
        book_.take(
            finding({.user = "v" + std::to_string(i), .severity = Severity::Medium, .offset = 10 + i}));
        if (i % 2000 == 0) now = MeasuredIncidents(book_).all;
    }
    EXPECT_GT(now[evicted + "incidents.incidents"], 0);
    EXPECT_GT(now[evicted + "incidents.causes"], 0);
}

}  // namespace
}  // namespace redshank
