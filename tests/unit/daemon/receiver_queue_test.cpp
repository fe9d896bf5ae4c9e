#include "daemon/delivery/receiver_queue.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "daemon/clock.h"

namespace redshank {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

const audit::Time kNow = *audit::parse_time("2026-01-05T10:00:00Z");

QueuedAlert item(uint64_t sequence, Severity severity = Severity::High, std::string id = "") {
    QueuedAlert made{.sequence = sequence};
    made.alert.id = id.empty() ? "alert-" + std::to_string(sequence) : std::move(id);
    made.alert.severity = severity;
    made.alert.created = kNow;
    return made;
}

Verdict refused() {
    return {.kind = Verdict::Kind::Retry, .reason = "http-5xx", .answered = true};
}
Verdict unreachable() {
    return {.kind = Verdict::Kind::Retry, .reason = "connect"};
}
Verdict bad() {
    return {.kind = Verdict::Kind::Dead, .reason = "http-4xx", .answered = true};
}

std::vector<uint64_t> sequences(const std::vector<QueuedAlert>& items) {
    std::vector<uint64_t> out;
    for (const QueuedAlert& one : items) out.push_back(one.sequence);
    return out;
}

ReceiverQueue::Settings fast(size_t batch = 1) {
    return {.per_second = 1000, .burst = 1000, .batch = batch};
}

TEST(ReceiverQueue, TheGraverGoFirstThenTheOlder) {
    ReceiverQueue queue(fast(4), 1);
    queue.add(item(1, Severity::Low));
    queue.add(item(2, Severity::High));
    queue.add(item(3, Severity::Critical));
    queue.add(item(4, Severity::High));
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(3, 2, 4, 1));
    EXPECT_TRUE(queue.under_way());
    EXPECT_THAT(queue.next(kNow), IsEmpty());
    EXPECT_EQ(queue.due(kNow), audit::Time::max());
    EXPECT_THAT(sequences(queue.settle({}, kNow).delivered), ElementsAre(3, 2, 4, 1));
    EXPECT_EQ(queue.size(), 0u);
    EXPECT_EQ(queue.oldest(), audit::Time{});
}

QueuedAlert about(uint64_t sequence, const std::string& user, Severity severity = Severity::Critical) {
    QueuedAlert made = item(sequence, severity);
    made.alert.finding.actor =
        FindingActor{.user = user, .source_ip = "203.0.113." + std::to_string(sequence)};
    return made;
}

// What is sent, one by one.
std::vector<uint64_t> sent_in_turn(ReceiverQueue& queue, size_t most) {
    std::vector<uint64_t> out;
    while (out.size() < most && queue.size() > 0) {
        out.push_back(queue.next(kNow).at(0).sequence);
        queue.settle({}, kNow);
    }
    return out;
}

TEST(ReceiverQueue, NobodysMessagesHoldUpAnothers) {
    ReceiverQueue queue(fast(), 1);
    const std::string team = "system:serviceaccount:noisy:";
    // As many accounts of one namespace as he likes.
    for (uint64_t i = 1; i <= 5; ++i) queue.add(about(i, team + "account-" + std::to_string(i)));
    queue.add(about(6, "bob"));
    queue.add(about(7, "system:serviceaccount:noisy-too:app"));
    queue.add(about(8, "bob"));
    EXPECT_THAT(sent_in_turn(queue, 3), ElementsAre(1, 6, 7));
    queue.add(about(9, "carol"));  // before what waits longer of those who have had their turn
    EXPECT_THAT(sent_in_turn(queue, 2), ElementsAre(9, 2));
    queue.add(about(10, "dave"));
    EXPECT_THAT(sent_in_turn(queue, 10), ElementsAre(8, 10, 3, 4, 5));
}

TEST(ReceiverQueue, TurnsAreOfOneSeverity) {
    ReceiverQueue queue(fast(), 1);
    for (uint64_t i = 1; i <= 4; ++i) queue.add(about(i, "bob", Severity::Low));
    queue.add(about(5, "eve"));
    queue.add(about(6, "bob"));
    queue.add(about(7, "eve", Severity::Low));
    EXPECT_THAT(sent_in_turn(queue, 10), ElementsAre(5, 6, 1, 7, 2, 3, 4));
}

TEST(ReceiverQueue, AnonymousCallersAreTheirAddressesAndWhatNobodyDidIsItsDetectors) {
    ReceiverQueue queue(fast(), 1);
    queue.add(about(1, "system:anonymous"));
    QueuedAlert again = about(2, "system:anonymous");
    again.alert.finding.actor->source_ip = "203.0.113.1";
    queue.add(again);
    queue.add(about(3, "system:anonymous"));  // from elsewhere
    for (const uint64_t sequence : {4, 5}) {
        QueuedAlert made = item(sequence, Severity::Critical);
        made.alert.finding.detector = "source";
        queue.add(made);
    }
    EXPECT_THAT(sent_in_turn(queue, 10), ElementsAre(1, 3, 4, 2, 5));
}

TEST(ReceiverQueue, AMessageThatGrowsKeepsItsTurnAndAGraverOneTakesAnother) {
    ReceiverQueue queue(fast(), 1);
    const auto of = [](uint64_t sequence, const std::string& user, std::string id, Severity severity) {
        QueuedAlert made = about(sequence, user, severity);
        made.alert.id = std::move(id);
        return made;
    };
    queue.add(of(1, "bob", "a", Severity::High));
    queue.add(of(2, "bob", "b", Severity::High));
    queue.add(of(3, "eve", "c", Severity::High));
    EXPECT_EQ(queue.add(of(4, "bob", "b", Severity::High)), 2u);
    EXPECT_EQ(queue.add(of(5, "bob", "a", Severity::Critical)), 1u);
    EXPECT_THAT(sent_in_turn(queue, 10), ElementsAre(5, 3, 4));
    queue.add(of(6, "bob", "a", Severity::High));
    queue.add(of(7, "eve", "c", Severity::High));
    EXPECT_THAT(sent_in_turn(queue, 10), ElementsAre(7, 6));  // bob has had two turns, eve one
}

TEST(ReceiverQueue, WhoComesAgainAfterHisTurnIsBehindThoseWhoHaveNotHadTheirs) {
    ReceiverQueue queue(fast(), 1);
    queue.add(about(1, "bob"));
    queue.add(about(2, "eve"));
    EXPECT_THAT(sent_in_turn(queue, 1), ElementsAre(1));
    queue.add(about(3, "bob"));  // none of his waited
    queue.add(about(4, "carol"));
    EXPECT_THAT(sent_in_turn(queue, 2), ElementsAre(2, 4));
    queue.add(about(5, "dave"));
    EXPECT_THAT(sent_in_turn(queue, 2), ElementsAre(5, 3));
    queue.add(about(6, "eve"));  // her turn was in an earlier round
    queue.add(about(7, "bob"));
    EXPECT_THAT(sent_in_turn(queue, 10), ElementsAre(6, 7));
}

TEST(ReceiverQueue, MessagesOfOneAlertStayInOrder) {
    ReceiverQueue queue(fast(4), 1);
    QueuedAlert over = item(1, Severity::Low, "same");
    over.alert.status = FindingStatus::Resolved;
    queue.add(over);
    queue.add(item(2, Severity::Critical, "same"));  // a new incident after the resolved one
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(1));
    queue.settle({}, kNow);
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(2));
}

TEST(ReceiverQueue, WhatReplacesAnOpeningIsTheOpening) {
    using Turn = IncidentTurn;
    const struct {
        Turn waits, comes, told;
    } cases[] = {
        {Turn::Opened, Turn::Eased, Turn::Opened},           {Turn::Opened, Turn::Grew, Turn::Opened},
        {Turn::Escalated, Turn::Escalated, Turn::Escalated}, {Turn::Escalated, Turn::Grew, Turn::Escalated},
        {Turn::Grew, Turn::Escalated, Turn::Escalated},      {Turn::Grew, Turn::Grew, Turn::Grew}};
    for (const auto& c : cases) {
        ReceiverQueue queue(fast(), 1);
        QueuedAlert first = item(1, Severity::High, "same"), second = item(2, Severity::High, "same");
        first.alert.turn = c.waits;
        second.alert.turn = c.comes;
        queue.add(first);
        EXPECT_EQ(queue.add(second), 1u);
        EXPECT_EQ(queue.next(kNow).at(0).alert.turn, c.told);
    }
}

// A receiver that was away hears of the whole incident at once, and that it escalated or eased when it knew
// of it.
TEST(ReceiverQueue, WhatWaitsIsToldInAsFewMessagesAsSayIt) {
    using Turn = IncidentTurn;
    const auto told_of = [](std::initializer_list<Turn> turns) {
        ReceiverQueue queue(fast(), 1);
        uint64_t sequence = 0;
        for (const Turn turn : turns) {
            QueuedAlert one = item(++sequence, Severity::High, "same");
            one.alert.turn = turn;
            if (turn == Turn::Closed) one.alert.status = FindingStatus::Resolved;
            queue.add(one);
        }
        std::vector<std::pair<Turn, uint64_t>> told;
        for (auto sent = queue.next(kNow); !sent.empty(); sent = queue.next(kNow)) {
            told.emplace_back(sent.at(0).alert.turn, sent.at(0).sequence);
            queue.settle({}, kNow);
        }
        return told;
    };
    using testing::Pair;
    EXPECT_THAT(told_of({Turn::Opened, Turn::Grew, Turn::Escalated, Turn::Eased, Turn::Closed}),
                ElementsAre(Pair(Turn::Opened, 4), Pair(Turn::Closed, 5)));
    EXPECT_THAT(told_of({Turn::Escalated, Turn::Grew, Turn::Eased, Turn::Grew, Turn::Closed}),
                ElementsAre(Pair(Turn::Escalated, 2), Pair(Turn::Eased, 4), Pair(Turn::Closed, 5)));
}

// The generic webhook is told of findings, not only of the incident that they are in.
TEST(ReceiverQueue, WhereFindingsAreToldNoneReplacesAnother) {
    ReceiverQueue::Settings settings = fast();
    settings.tells_findings = true;
    ReceiverQueue queue(settings, 1);
    const auto about = [&](uint64_t sequence, const char* finding) {
        QueuedAlert one = item(sequence, Severity::High, "same");
        one.alert.finding.id = finding;
        return queue.add(one);
    };
    EXPECT_EQ(about(1, "f_a"), 0u);
    EXPECT_EQ(about(2, "f_b"), 0u);
    EXPECT_EQ(about(3, "f_b"), 2u);
    EXPECT_EQ(queue.size(), 2u);
}

// What a receiver told of findings cannot digest holds up no other finding, also one of the same incident.
TEST(ReceiverQueue, AFindingThatCannotBeDigestedHoldsUpNoOtherOfItsIncident) {
    ReceiverQueue::Settings settings = fast();
    settings.tells_findings = true;
    ReceiverQueue queue(settings, 1);
    const auto about = [&](uint64_t sequence, const char* finding,
                           FindingStatus status = FindingStatus::Firing) {
        QueuedAlert one = item(sequence, Severity::High, "same");
        one.alert.finding.id = finding;
        one.alert.status = status;
        queue.add(one);
    };
    about(1, "f_bad");
    about(2, "f_worse");
    about(3, "f_bad", FindingStatus::Resolved);
    audit::Time now = kNow;
    const auto refuse = [&] {
        now = queue.due(now);
        const auto sent = sequences(queue.next(now));
        queue.settle(refused(), now);
        return sent;
    };
    EXPECT_THAT(refuse(), ElementsAre(1));
    EXPECT_THAT(refuse(), ElementsAre(2));
    about(4, "f_good");
    EXPECT_THAT(refuse(), ElementsAre(4));
    // 3 says that 1 is over: it is not told before it.
    for (int turn = 0; turn < 50; ++turn) EXPECT_THAT(refuse(), testing::Not(ElementsAre(3)));
}

TEST(ReceiverQueue, OnlySoManyOfOneAlertAreTriedBesideEachOther) {
    ReceiverQueue::Settings settings = fast();
    settings.tells_findings = true;
    ReceiverQueue queue(settings, 1);
    for (uint64_t i = 1; i <= ReceiverQueue::kMostAside + 1; ++i) {
        QueuedAlert one = item(i, Severity::High, "same");
        one.alert.finding.id = std::to_string(i);
        queue.add(one);
    }
    audit::Time now = kNow;
    std::set<uint64_t> tried;
    for (int turn = 0; turn < 1000; ++turn) {
        now = std::max(now, queue.due(now));
        for (const uint64_t sequence : sequences(queue.next(now))) tried.insert(sequence);
        queue.settle(refused(), now);
    }
    EXPECT_EQ(tried.size(), ReceiverQueue::kMostAside);
    EXPECT_FALSE(tried.contains(ReceiverQueue::kMostAside + 1));
}

TEST(ReceiverQueue, ANewerFiringMessageReplacesOneThatWaits) {
    ReceiverQueue queue(fast(), 1);
    QueuedAlert first = item(1, Severity::Low, "same");
    first.alert.muted = 2;
    first.alert.created = kNow - 1h;
    queue.add(first);
    QueuedAlert second = item(2, Severity::High, "same");
    second.alert.muted = 3;
    EXPECT_EQ(queue.add(second), 1u);
    EXPECT_EQ(queue.size(), 1u);
    EXPECT_EQ(queue.oldest(), kNow - 1h);
    const auto sent = queue.next(kNow);
    ASSERT_THAT(sequences(sent), ElementsAre(2));
    EXPECT_EQ(sent[0].alert.muted, 5u);
    EXPECT_EQ(queue.add(item(3, Severity::High, "same")), 0u);  // a message in transit is not replaced
    EXPECT_EQ(queue.size(), 2u);
}

// For hours the receiver answers 500 to messages that it cannot process.
TEST(ReceiverQueue, MessagesThatCannotBeDigestedHoldUpNobody) {
    ReceiverQueue queue(fast(), 7);
    for (uint64_t i = 1; i <= 20; ++i) queue.add(item(i, Severity::Critical));
    audit::Time now = kNow;
    for (int turn = 0; turn < 500; ++turn) {
        now = std::max(now, queue.due(now));
        ASSERT_FALSE(queue.next(now).empty());
        queue.settle(refused(), now);
    }
    queue.add(item(99, Severity::Low));
    EXPECT_LE(queue.due(now) - now, ReceiverQueue::kLongestPause);
    now = queue.due(now);
    EXPECT_THAT(sequences(queue.next(now)), ElementsAre(99));
    queue.settle({}, now);
    EXPECT_EQ(queue.size(), 20u);
    EXPECT_FALSE(queue.breaker_open());
}

TEST(ReceiverQueue, AReceiverThatDoesNotAnswerIsLeftAloneForUpToFiveMinutes) {
    ReceiverQueue queue(fast(), 7);
    queue.add(item(1));
    audit::Time now = kNow;
    for (int turn = 0; turn < 20; ++turn) {
        now = std::max(now, queue.due(now));
        ASSERT_FALSE(queue.next(now).empty());
        queue.settle(unreachable(), now);
    }
    EXPECT_TRUE(queue.breaker_open());
    queue.add(item(2));
    EXPECT_GE(queue.due(now) - now, ReceiverQueue::kLongestWait / 2);
    EXPECT_LE(queue.due(now) - now, ReceiverQueue::kLongestWait);
    EXPECT_THAT(queue.next(queue.due(now) - 1us), IsEmpty());
    // Never tried, so it is used as the probe.
    EXPECT_THAT(sequences(queue.next(queue.due(now))), ElementsAre(2));
}

// A queue with message 1, whose receiver asked at kNow for a pause of 17 minutes.
ReceiverQueue pausing() {
    ReceiverQueue queue(fast(), 1);
    queue.add(item(1));
    queue.next(kNow);
    Verdict later = refused();
    later.not_before = 17min;
    queue.settle(later, kNow);
    return queue;
}

TEST(ReceiverQueue, TheReceiversOwnPauseIsKept) {
    ReceiverQueue queue = pausing();
    queue.add(item(2));
    EXPECT_EQ(queue.due(kNow), kNow + 17min);
}

TEST(ReceiverQueue, ACriticalMessageKeepsAPauseOfTenSecondsAndNoLongerOne) {
    for (const auto& [asked, waits] : {std::pair{2s, 2s}, {10s, 10s}, {11s, 1s}}) {
        ReceiverQueue queue(fast(), 1);
        queue.add(item(1));
        queue.next(kNow);
        Verdict later = refused();
        later.not_before = asked;
        queue.settle(later, kNow);
        queue.add(item(2, Severity::Critical));
        EXPECT_LE(queue.due(kNow), kNow + waits);
        EXPECT_GE(queue.due(kNow), asked == waits ? kNow + asked : kNow);
    }
}

// What one message made the receiver ask for holds up no critical one: it asks for itself, at most every ten
// seconds when it is always refused.
TEST(ReceiverQueue, ACriticalMessageTriesWhateverPauseWasAskedForBefore) {
    ReceiverQueue queue = pausing();
    queue.add(item(2, Severity::Critical));
    EXPECT_LE(queue.due(kNow), kNow + ReceiverQueue::kUrgentPause);
    audit::Time now = kNow;
    for (uint64_t next = 2; next < 12; ++next) {
        now = queue.due(now);
        EXPECT_THAT(sequences(queue.next(now)), ElementsAre(next));
        Verdict later = refused();
        later.not_before = 17min;
        queue.settle(later, now);
        queue.add(item(next + 1, Severity::Critical));
        EXPECT_LE(queue.due(now), now + ReceiverQueue::kLongestPause);
    }
    EXPECT_GE(queue.due(now), now + ReceiverQueue::kLongestPause / 2);
    // The refused ones wait as they were asked to.
    now = queue.due(now);
    queue.next(now);
    Verdict later = refused();
    later.not_before = 17min;
    queue.settle(later, now);
    EXPECT_EQ(queue.due(now), now + 17min);
}

Verdict doubtful() {
    return {.kind = Verdict::Kind::Refused, .reason = "http-4xx", .answered = true};
}

// A 400 may be the receiver's fault, or the configuration's, as long as it accepts nothing else.
TEST(ReceiverQueue, ARefusedMessageDiesWhenAnotherWasAcceptedSince) {
    ReceiverQueue queue(fast(), 1);
    queue.add(item(1));
    audit::Time now = kNow;
    for (int turn = 0; turn < 5; ++turn) {
        now = std::max(now, queue.due(now));
        ASSERT_THAT(sequences(queue.next(now)), ElementsAre(1));
        const ReceiverQueue::Settled settled = queue.settle(doubtful(), now);
        EXPECT_THAT(sequences(settled.retried), ElementsAre(1));
        EXPECT_EQ(settled.retried[0].refused, kNow);
    }
    queue.add(item(2));
    now = queue.due(now);
    ASSERT_THAT(sequences(queue.next(now)), ElementsAre(2));
    queue.settle({}, now);
    now = queue.due(now);
    ASSERT_THAT(sequences(queue.next(now)), ElementsAre(1));
    EXPECT_THAT(sequences(queue.settle(doubtful(), now).dead), ElementsAre(1));
}

TEST(ReceiverQueue, OfARefusedBatchEachGoesByItself) {
    ReceiverQueue queue(fast(2), 1);
    for (uint64_t i = 1; i <= 2; ++i) queue.add(item(i));
    queue.next(kNow);
    EXPECT_THAT(sequences(queue.settle(doubtful(), kNow).retried), ElementsAre(1, 2));
    const audit::Time now = queue.due(kNow);
    EXPECT_THAT(sequences(queue.next(now)), ElementsAre(1));
}

// Messages for which nobody answers are told apart by what they are about.
TEST(ReceiverQueue, WhatNobodyIsKnownToHaveDoneTakesTurnsByItsObject) {
    ReceiverQueue queue(fast(), 1);
    const auto about = [](uint64_t sequence, const std::string& space, const std::string& name) {
        QueuedAlert made = item(sequence, Severity::Critical);
        made.alert.finding.detector = "secret_exposure";
        made.alert.finding.object = FindingObject{.resource = "secrets", .namespace_ = space, .name = name};
        return made;
    };
    for (uint64_t i = 1; i <= 50; ++i) queue.add(about(i, "payments", "k" + std::to_string(i)));
    queue.add(about(51, "vault", "root"));
    queue.add(about(52, "payments", "k1"));
    std::vector<uint64_t> order;
    audit::Time now = kNow;
    for (int i = 0; i < 52; ++i) {
        now = queue.due(now);
        order.push_back(queue.next(now).at(0).sequence);
        queue.settle({}, now);
    }
    // One about each of eight objects, one about the others together, then what is elsewhere.
    EXPECT_EQ(order[Turns::kMostObjects + 1], 51u);
}

// One for which nobody answered goes to the line of whoever turns out to have done it, and stays there.
TEST(ReceiverQueue, WhoIsFoundToHaveDoneItAnswersForTheMessage) {
    ReceiverQueue queue(fast(), 1);
    const auto by = [](uint64_t sequence, const std::string& alert, const std::string& user) {
        QueuedAlert made = item(sequence, Severity::Critical, alert);
        if (!user.empty()) made.alert.finding.actor = FindingActor{.user = user};
        return made;
    };
    for (uint64_t i = 1; i <= 20; ++i) {
        queue.add(by(2 * i, std::to_string(i), ""));
        queue.add(by(2 * i + 1, std::to_string(i), "system:serviceaccount:evil:a" + std::to_string(i)));
    }
    queue.add(by(90, "lone", ""));
    queue.add(by(91, "lone", "eve"));
    queue.add(by(92, "lone", "system:serviceaccount:evil:a99"));  // joins her incident
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(3));
    queue.settle({}, kNow);
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(92));
}

TEST(ReceiverQueue, OtherSettingsLetEverythingBeTriedAtOnce) {
    ReceiverQueue queue = pausing();
    queue.configure(fast());
    EXPECT_LE(queue.due(kNow), kNow);
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(1));
}

TEST(ReceiverQueue, OfABatchThatIsRefusedEachGoesByItself) {
    ReceiverQueue queue(fast(3), 1);
    for (uint64_t i = 1; i <= 3; ++i) queue.add(item(i));
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(1, 2, 3));
    EXPECT_THAT(sequences(queue.settle(bad(), kNow).retried), ElementsAre(1, 2, 3));
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(1));
    EXPECT_THAT(sequences(queue.settle(bad(), kNow).dead), ElementsAre(1));
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(2));
    EXPECT_THAT(sequences(queue.settle({}, kNow).delivered), ElementsAre(2));
}

TEST(ReceiverQueue, AMessageIsGivenUpWhenItIsTooOld) {
    ReceiverQueue queue(fast(), 1);
    queue.add(item(1));
    queue.next(kNow + 72h);
    EXPECT_THAT(sequences(queue.settle(refused(), kNow + 72h).retried), ElementsAre(1));
    const audit::Time late = std::max(queue.due(kNow), kNow + 72h + 1h);
    queue.next(late);
    EXPECT_THAT(sequences(queue.settle(refused(), late).dead), ElementsAre(1));
}

TEST(ReceiverQueue, BeyondItsLimitTheOldestOfTheLeastGraveGo) {
    ReceiverQueue queue({.per_second = 1000, .burst = 1000, .limit = 4}, 1);
    queue.add(item(1, Severity::Critical));
    for (uint64_t i = 2; i <= 5; ++i) queue.add(item(i, Severity::Low));
    EXPECT_THAT(sequences(queue.shrink()), ElementsAre(2, 3, 4));
    EXPECT_THAT(queue.shrink(), IsEmpty());
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(1));
    queue.settle({}, kNow);
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(5));
}

TEST(ReceiverQueue, BeyondItsLimitWhoHasTheMostLosesFirst) {
    ReceiverQueue queue({.per_second = 1000, .burst = 1000, .limit = 6}, 1);
    queue.add(about(1, "eve"));
    queue.add(about(2, "bob", Severity::High));
    for (uint64_t i = 3; i <= 7; ++i) queue.add(about(i, "mallory"));
    EXPECT_THAT(sequences(queue.shrink()), ElementsAre(2, 3, 4, 5));
    for (uint64_t i = 8; i <= 11; ++i) queue.add(about(i, "trudy"));
    EXPECT_THAT(sequences(queue.shrink()), ElementsAre(6, 8, 9, 10));
    EXPECT_THAT(sent_in_turn(queue, 10), ElementsAre(1, 11, 7));
}

// More owners than places that stay: names decide nothing, and half of the limit is free all the same.
TEST(ReceiverQueue, OfManyOwnersWithOneMessageEachTheOldestGo) {
    for (const uint64_t owners : {uint64_t{1001}, uint64_t{1500}, uint64_t{4000}}) {
        ReceiverQueue queue({.per_second = 1000, .burst = 1000, .limit = 1000}, 1);
        queue.add(about(1, "zoe", Severity::Critical));
        for (uint64_t i = 2; i <= owners; ++i)
            queue.add(about(i, fmt::format("{:04}", (i * 7919) % 10'000), Severity::Medium));
        std::vector<uint64_t> oldest(owners - 500);
        std::iota(oldest.begin(), oldest.end(), 2);
        EXPECT_EQ(sequences(queue.shrink()), oldest) << owners;
        EXPECT_EQ(queue.size(), 500u);
        EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(1));
    }
    // Two each, and one who has three.
    ReceiverQueue queue({.per_second = 1000, .burst = 1000, .limit = 6}, 1);
    for (uint64_t i = 1; i <= 3; ++i) queue.add(about(i, "mallory"));
    for (uint64_t i = 4; i <= 9; ++i) queue.add(about(i, i % 2 ? "bob" : "zoe"));
    EXPECT_THAT(sequences(queue.shrink()), ElementsAre(1, 2, 4, 5, 6, 7));
}

TEST(ReceiverQueue, ACriticalMessageThatWasNeverTriedWaitsASecondForOneThatFailed) {
    ReceiverQueue queue(fast(4), 1);
    for (uint64_t i = 1; i <= 22; ++i) queue.add(about(i, "mallory" + std::to_string(i)));
    queue.add(about(30, "bob", Severity::High));
    audit::Time now = kNow;
    std::vector<size_t> tried;
    const auto fail = [&] {
        tried.push_back(queue.next(now).size());
        queue.settle(refused(), now);
        return queue.due(now) - now;
    };
    for (int i = 0; i < 6; ++i) {  // four in a batch, until the breaker opens at the fifth failure
        const audit::Duration wait = fail();
        EXPECT_LE(wait, seconds{1}) << i;
        EXPECT_GE(wait, std::chrono::milliseconds{500}) << i;
        now += wait;
    }
    EXPECT_THAT(tried, ElementsAre(4, 4, 4, 4, 4, 1));
    EXPECT_GE(fail(), seconds{5}) << "nothing urgent waits";
    queue.add(about(31, "trent"));
    EXPECT_LE(queue.due(now) - now, seconds{1});
    now = queue.due(now);
    EXPECT_THAT(sequences(queue.next(now)), ElementsAre(31));
    queue.settle(unreachable(), now);
    queue.add(about(32, "erin"));
    EXPECT_GE(queue.due(now) - now, seconds{64}) << "nobody is there";
}

TEST(ReceiverQueue, TheLimiterHoldsBack) {
    ReceiverQueue queue({.per_second = 2, .burst = 1}, 1);
    queue.add(item(1));
    queue.add(item(2));
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(1));
    queue.settle({}, kNow);
    EXPECT_EQ(queue.due(kNow), kNow + 500ms);
    EXPECT_THAT(queue.next(kNow + 499ms), IsEmpty());
    EXPECT_THAT(sequences(queue.next(kNow + 500ms)), ElementsAre(2));
}

TEST(ReceiverQueue, TakingAllForgetsWhatIsUnderWay) {
    ReceiverQueue queue(fast(), 1);
    queue.add(item(1));
    queue.add(item(2));
    queue.next(kNow);
    EXPECT_THAT(sequences(queue.take_all()), ElementsAre(1, 2));
    EXPECT_EQ(queue.size(), 0u);
    EXPECT_THAT(queue.settle({}, kNow).delivered, IsEmpty());
    queue.add(item(3));
    EXPECT_THAT(sequences(queue.next(kNow)), ElementsAre(3));
}

TEST(ReceiverQueue, TakingAllForgetsWhoseTurnItWas) {
    ReceiverQueue queue(fast(), 1);
    for (uint64_t i = 1; i <= 3; ++i) queue.add(about(i, "bob"));
    EXPECT_THAT(sequences(queue.take_all()), ElementsAre(1, 2, 3));
    EXPECT_EQ(queue.due(kNow), audit::Time::max());
    EXPECT_EQ(queue.add(about(4, "bob")), 0u) << "nothing is left that it could replace";
    queue.add(about(5, "eve"));
    EXPECT_THAT(sent_in_turn(queue, 10), ElementsAre(4, 5));
}

TEST(WaitClock, NeverGoesBackAndNeverStops) {
    WaitClock clock;
    const WaitClock::Steady start{1h};
    EXPECT_EQ(clock.at(kNow, start), kNow);
    EXPECT_EQ(clock.at(kNow + 10s, start + 10s), kNow + 10s);
    EXPECT_EQ(clock.at(kNow - 1h, start + 10s), kNow + 10s);       // NTP steps back
    EXPECT_EQ(clock.at(kNow - 1h + 8s, start + 18s), kNow + 17s);  // the clock runs at 7/8 of its pace
    EXPECT_EQ(clock.at(kNow - 1h + 16s, start + 26s), kNow + 24s);
    EXPECT_EQ(clock.at(kNow + 2h, start + 27s), kNow + 2h);  // and steps forward
    EXPECT_EQ(clock.at(kNow + 2h + 5s, start + 32s), kNow + 2h + 5s);
}

}  // namespace
}  // namespace redshank
