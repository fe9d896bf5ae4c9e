#include "detectors/finding_book.h"

#include <gtest/gtest.h>

#include <map>

#include "core/finding/finding_json.h"
#include "detectors/claimed_source.h"
#include "tests/support/events.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using test::EventSpec;

class Counted final : public MetricWriter {
  public:
    double of(const std::string& labels) const { return values_.at("redshank_findings_total c " + labels); }
    size_t size() const { return values_.size(); }

  private:
    void write(const Metric& metric, const Labels& labels, double value) override {
        std::string key = metric.name;
        for (const auto& [name, word] : labels) key += ' ' + word;
        values_[key] = value;
    }
    std::map<std::string, double> values_;
};

class FindingBookTest : public ::testing::Test {
  protected:
    Finding& report(FindingBook& book, const std::string& time, uint64_t offset,
                    const std::string& key = "k") {
        events_.push_back(EventSpec{.time = time}.parsed());
        const Origin origin{.cluster = "c", .source = "audit.log", .offset = offset};
        const Request request = symbols_.understand(*events_.back());
        return book.report(
            {.detector = "d", .kind = "thing", .cluster = "c", .key = key},
            {.event = *events_.back(), .request = request, .origin = origin, .answers = true, .now = {}});
    }
    std::vector<test::ParsedEvent> events_;
    Symbols symbols_;
};

// X-Forwarded-For may hold anything: a claim, once in a finding. The address that the server saw is the
// actor's.
TEST_F(FindingBookTest, WhatAClientClaimsAboutItsAddressIsSaidAsAClaim) {
    const struct {
        const char *addresses, *text, *value;
    } kCases[] = {
        {R"("10.0.0.7")", "", ""},
        {R"("10.0.0.7","10.0.0.7")", "", ""},
        {R"("8.8.8.8","10.0.0.7")",
         "the client at 10.0.0.7 claims to come from 8.8.8.8, which nothing proves", "8.8.8.8"},
        {R"("8.8.8.8","9.9.9.9","8.8.8.8","1.1.1.1","1.0.0.1","10.0.0.7")",
         "the client at 10.0.0.7 claims to come from 8.8.8.8, 9.9.9.9, 1.1.1.1 and 1 more, which nothing "
         "proves",
         "8.8.8.8"},
    };
    for (const auto& one : kCases) {
        FindingBook book;
        std::string json = EventSpec{}.json();
        const std::string_view alone = R"("10.0.0.7")";
        json.replace(json.find(alone), alone.size(), one.addresses);
        const test::ParsedEvent event(json);
        const Origin origin{.cluster = "c", .source = "audit.log", .offset = 1};
        const Request request = symbols_.understand(*event);
        for (int i = 0; i < 2; ++i) {
            book.report({.detector = "d", .kind = "thing", .cluster = "c", .key = "k"},
                        {.event = *event, .request = request, .origin = origin, .answers = true, .now = {}});
        }
        auto told = book.drain(true);
        ASSERT_EQ(told.size(), 1u);
        EXPECT_EQ(told[0].who().source_ip, "10.0.0.7");
        ASSERT_EQ(told[0].reasons.size(), *one.text == '\0' ? 0u : 1u);
        if (told[0].reasons.empty()) continue;
        EXPECT_EQ(told[0].reasons[0].text, one.text);
        EXPECT_EQ(told[0].reasons[0].value, one.value);
        // Reasons of a detector come instead of its earlier ones, and leave the claim.
        for (const char* reason : {"first", "second"}) {
            give_reasons(told[0], {{reason, "because", ""}});
            ASSERT_EQ(told[0].reasons.size(), 2u);
            EXPECT_EQ(told[0].reasons[0].name, reason);
            EXPECT_EQ(told[0].reasons[1].text, one.text);
        }
    }
}

TEST_F(FindingBookTest, TextThatIsNoTextIsKeptAndReadAgain) {
    FindingBook book;
    Finding& finding = report(book, "2026-01-05T10:00:00.000000Z", 0);
    finding.summary = "runs \xff in a pod";
    finding.object.emplace().name = "cut \xe6\xbc";
    test::MemoryState state;
    book.save(state);
    FindingBook again;
    again.load(state);
    report(again, "2026-01-05T10:00:01.000000Z", 1);
    const auto told = again.drain(true);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].count, 2u);
    EXPECT_EQ(told[0].summary, "runs � in a pod");
}

TEST_F(FindingBookTest, TellsANewFindingAtOnceAndThenWhenItsCountDoubles) {
    FindingBook book;
    std::vector<uint64_t> told;
    for (uint64_t i = 0; i < 9; ++i) {
        report(book, "2026-01-05T10:00:0" + std::to_string(i) + ".000000Z", i);
        for (const Finding& finding : book.drain()) told.push_back(finding.count);
    }
    EXPECT_EQ(told, (std::vector<uint64_t>{1, 2, 4, 8}));
    const auto rest = book.drain(true);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].count, 9u);
    EXPECT_EQ(rest[0].evidence.size(), 6u);
    EXPECT_EQ(rest[0].evidence[2].offset, 2u);
    EXPECT_EQ(rest[0].evidence[3].offset, 6u);
    EXPECT_TRUE(book.drain(true).empty());
}

TEST_F(FindingBookTest, ANewEpisodeHasAnotherId) {
    FindingBook book;
    const std::string first = report(book, "2026-01-05T10:00:00.000000Z", 0).id;
    book.advance(*audit::parse_time("2026-01-06T09:59:59Z"));
    EXPECT_EQ(report(book, "2026-01-06T09:59:59.000000Z", 1).id, first);
    book.advance(*audit::parse_time("2026-01-07T10:00:00Z"));
    EXPECT_NE(report(book, "2026-01-07T10:00:00.000000Z", 2).id, first);
}

TEST_F(FindingBookTest, ResolvedFindingsAreToldOnceAndClosed) {
    FindingBook book;
    report(book, "2026-01-05T10:00:00.000000Z", 0);
    book.drain();
    book.resolve({.detector = "d", .kind = "thing", .cluster = "c", .key = "k"},
                 *audit::parse_time("2026-01-05T11:00:00Z"));
    const auto told = book.drain();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].status, FindingStatus::Resolved);
    EXPECT_EQ(book.open(), 0u);
}

TEST_F(FindingBookTest, ARestartKeepsWhatWasToldAndWhatIsToBeDroppedFirst) {
    FindingBook book({.max_open = 2});
    report(book, "2026-01-05T10:00:00.000000Z", 0, "a");
    report(book, "2026-01-05T10:00:01.000000Z", 1, "b");
    report(book, "2026-01-05T10:00:02.000000Z", 2, "a");
    EXPECT_EQ(book.drain().size(), 2u);
    test::MemoryState state;
    book.save(state);
    FindingBook again({.max_open = 2});
    again.load(state);
    EXPECT_TRUE(again.drain(true).empty());
    EXPECT_TRUE(again.take_changed().empty());
    report(again, "2026-01-05T10:00:03.000000Z", 3, "c");
    EXPECT_EQ(again.find({.detector = "d", .kind = "thing", .cluster = "c", .key = "b"}), nullptr);
    ASSERT_NE(again.find({.detector = "d", .kind = "thing", .cluster = "c", .key = "a"}), nullptr);
    EXPECT_EQ(again.evictions(), 1u);
    again.save(state);
    FindingBook third;
    third.load(state);
    EXPECT_EQ(third.open(), 2u);
}

// Several books share a table, and what they tell can be put in order.
TEST_F(FindingBookTest, OfADetectorHasItsRowsAndTheNumbersOfItsReports) {
    FindingBook mine({}, "d"), others({}, "other");
    mine.go_on_from(100);
    report(mine, "2026-01-05T10:00:00.000000Z", 0, "a");
    mine.go_on_from(50);
    report(mine, "2026-01-05T10:00:01.000000Z", 1, "b");
    mine.go_on_from(200);
    report(mine, "2026-01-05T10:00:02.000000Z", 2, "a");
    std::vector<FindingBook::Told> told;
    mine.drain(told);
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].touched, 101u);
    EXPECT_EQ(told[1].touched, 200u);
    EXPECT_EQ(mine.calls(), 200u);

    test::MemoryState state;
    mine.save(state);
    others.save(state);
    FindingBook mine_again({}, "d"), others_again({}, "other"), all;
    mine_again.load(state);
    others_again.load(state);
    all.load(state);
    EXPECT_EQ(mine_again.open(), 2u);
    EXPECT_EQ(mine_again.calls(), 200u);
    EXPECT_NE(mine_again.find({.detector = "d", .kind = "thing", .cluster = "c", .key = "a"}), nullptr);
    EXPECT_EQ(others_again.open(), 0u);
    EXPECT_EQ(all.open(), 2u);
    EXPECT_NE(all.find({.detector = "d", .kind = "thing", .cluster = "c", .key = "b"}), nullptr);
}

TEST_F(FindingBookTest, AToldCountsOnceAndOnceMoreWhenItGetsGraver) {
    FindingBook book;
    for (uint64_t i = 0; i < 4; ++i) {
        Finding& finding = report(book, "2026-01-05T10:00:0" + std::to_string(i) + ".000000Z", i);
        finding.detector = "rule";
        finding.severity = i < 3 ? Severity::Low : Severity::High;
        book.drain();
    }
    Finding& untold = report(book, "2026-01-05T10:00:09.000000Z", 9, "ends at once");
    untold.detector = "crd_health";
    untold.severity = Severity::Medium;
    const audit::Time end = untold.time;  // a finding that is resolved before it is told is gone
    book.resolve({.detector = "d", .kind = "thing", .cluster = "c", .key = "ends at once"}, end);
    book.resolve({.detector = "d", .kind = "thing", .cluster = "c", .key = "k"}, end);
    book.drain();
    Counted counted;
    book.counts().measure(counted, "c");
    EXPECT_EQ(counted.of("rule low"), 1);
    EXPECT_EQ(counted.of("rule high"), 1);
    EXPECT_EQ(counted.of("rule critical"), 0);
    EXPECT_EQ(counted.of("crd_health medium"), 1);
    EXPECT_EQ(counted.of("source info"), 0);
    EXPECT_EQ(counted.size(), 25u);  // five detectors, five severities
}

TEST_F(FindingBookTest, AnEpisodeEndsAfterItsTimeAndNotBefore) {
    FindingBook book;
    report(book, "2026-01-05T10:00:00.000000Z", 0, "a");
    book.advance(*audit::parse_time("2026-01-06T09:59:59.999999Z"));
    EXPECT_EQ(book.open(), 1u);
    book.advance(*audit::parse_time("2026-01-06T10:00:00.000000Z"));
    EXPECT_EQ(book.open(), 0u);
    EXPECT_EQ(book.drain().size(), 1u);
}

TEST_F(FindingBookTest, WhatIsRenewedIsToldAgain) {
    FindingBook book;
    const FindingBook::Subject subject{.detector = "d", .kind = "thing", .cluster = "c", .key = "k"};
    for (uint64_t i = 0; i < 3; ++i) {
        report(book, "2026-01-05T10:00:0" + std::to_string(i) + ".000000Z", i);
        book.drain();
    }
    book.renew({.detector = "d", .kind = "thing", .cluster = "c", .key = "another"});
    report(book, "2026-01-05T10:00:03.000000Z", 3);
    EXPECT_EQ(book.drain().size(), 1u);  // doubled
    report(book, "2026-01-05T10:00:04.000000Z", 4);
    EXPECT_TRUE(book.drain().empty());
    book.renew(subject);
    report(book, "2026-01-05T10:00:05.000000Z", 5);
    EXPECT_EQ(book.drain().size(), 1u);
}

TEST_F(FindingBookTest, IsBoundedAndCountsWhatItDrops) {
    FindingBook book({.max_open = 10});
    for (uint64_t i = 0; i < 100; ++i) report(book, "2026-01-05T10:00:00.000000Z", i, std::to_string(i));
    EXPECT_EQ(book.open(), 10u);
    EXPECT_EQ(book.evictions(), 90u);
    EXPECT_EQ(book.drain().size(), 100u);
}

TEST(FindingJson, ReadsWhatItWrites) {
    Finding finding{
        .id = "f_x", .detector = "d", .kind = "k", .severity = Severity::High, .summary = "a \"b\" \n"};
    finding.actor = FindingActor{"alice", "u", {"dev"}, "bob", "10.0.0.1", "curl"};
    finding.reasons = {{"n", "t", "v"}};
    finding.evidence = {{"a-1", *audit::parse_time("2026-01-05T10:00:00.123456Z"), "audit.log", 42, "g"}};
    finding.status = FindingStatus::Resolved;
    finding.title = "T";
    finding.cluster = "c";
    finding.also = {"carol"};
    finding.object =
        FindingObject{.group = "g", .resource = "r", .subresource = "s", .namespace_ = "n", .name = "o"};
    finding.verb = "get";
    finding.code = 403;
    finding.grant = "RoleBinding b";
    finding.count = 3;
    finding.time = *audit::parse_time("2026-01-05T10:00:00Z");
    finding.first_seen = *audit::parse_time("2026-01-05T09:00:00Z");
    finding.last_seen = *audit::parse_time("2026-01-05T11:00:00Z");
    finding.mitre = {"T1562"};
    finding.rule_id = "id";
    finding.rule_source = "f.toml";
    const std::string line = to_json(finding);
    const boost::json::value written = boost::json::parse(line);
    for (const auto& [key, value] : written.as_object())
        EXPECT_FALSE(value.is_null() || value == "" || value == 0) << key;
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto again = finding_from_json(line);
    ASSERT_TRUE(again);
    EXPECT_EQ(to_json(*again), line);
}

TEST(FindingJson, HasNoActorAndNoObjectWhereThereIsNone) {
    const Finding finding{.id = "f_x", .summary = "s"};
    const boost::json::object written = json_of(finding);
    EXPECT_FALSE(written.contains("actor"));
    EXPECT_FALSE(written.contains("object"));
    const auto again = finding_of(written);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->actor);
    EXPECT_FALSE(again->object);
    EXPECT_EQ(again->who().user, "");
    EXPECT_EQ(again->what().name, "");
}

TEST(FindingJson, IsOneLineInTheOrderOfTheDocument) {
    const Finding finding{
        .id = "f_x", .detector = "d", .kind = "k", .title = "t", .summary = "s", .cluster = "c"};
    EXPECT_EQ(
        to_json(finding),
        R"({"id":"f_x","time":"1970-01-01T00:00:00.000000Z","detector":"d","kind":"k","severity":"info",)"
        R"("status":"firing","title":"t","summary":"s","cluster":"c","count":0,)"
        R"("first_seen":"1970-01-01T00:00:00.000000Z","last_seen":"1970-01-01T00:00:00.000000Z",)"
        R"("reasons":[],"mitre":[],"evidence":[]})");
}

TEST(FindingJson, IsTheSameAsAnObjectAndAsText) {
    Finding finding{.id = "f_x", .summary = "cut \xe6\xbc", .verb = "get\xff"};
    finding.title = "\x01\b\n\t\x1f\x7f\"\\/é";
    finding.object = FindingObject{.name = "\xc0"};
    finding.actor = FindingActor{.user = "a", .uid = "u", .groups = {"g", "h"}, .impersonated = "i"};
    finding.also = {"b"};
    finding.code = -1;
    finding.count = UINT64_MAX;
    finding.grant = "g";
    finding.reasons = {{"n", "t", "v"}, {}};
    finding.mitre = {"T1"};
    finding.rule_id = "r";
    finding.evidence = {{"a-1", {}, "audit.log", 42}, {"a-2", {}, "audit.log", 43}};
    EXPECT_EQ(to_json(finding), boost::json::serialize(json_of(finding)));
    EXPECT_EQ(json_of(finding).at("object").at("name").as_string(), "\ufffd");
    EXPECT_EQ(json_of(finding).at("verb").as_string(), "get\ufffd");
    EXPECT_TRUE(finding_from_json(to_json(finding)));
}

TEST(FindingJson, EvidenceIsReadInEveryForm) {
    const audit::Time time = *audit::parse_time("2026-01-05T10:00:00.123456Z");
    const Evidence written{"a-1", time, "audit.log", 42};
    const boost::json::object by_text = json_of(written);
    boost::json::object by_number = by_text;
    by_number["time"] = time.time_since_epoch().count();
    for (const boost::json::object& from : {by_text, by_number}) {
        const Evidence read = evidence_of(from);
        EXPECT_EQ(read.audit_id, "a-1");
        EXPECT_EQ(read.time, time);
        EXPECT_EQ(read.source, "audit.log");
        EXPECT_EQ(read.offset, 42u);
    }
    boost::json::object odd;
    odd["time"] = true;
    odd["offset"] = "x";
    EXPECT_EQ(evidence_of(odd).time, audit::Time{});
    EXPECT_EQ(evidence_of(odd).offset, 0u);
}

TEST(FindingId, DependsOnThePartsAndNothingElse) {
    EXPECT_EQ(finding_id({"a", "b"}), finding_id({"a", "b"}));
    EXPECT_NE(finding_id({"ab", ""}), finding_id({"a", "b"}));
    EXPECT_EQ(finding_id({"a"}).size(), 28u);
    EXPECT_EQ(finding_id({"a", "b"}), "f_7lg546v7d2wfwmasoovs4kbppg");  // base32 of SHA-256 of "1:a1:b"
}

}  // namespace
}  // namespace redshank
