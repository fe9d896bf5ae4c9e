#include "audit/usual_line.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "audit/event_parser.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"
#include "tests/support/usual_lines.h"

namespace redshank::audit {
namespace {

using test::BothReaders;
using test::EventSpec;

const std::string kStart =
    R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a-1","stage":"ResponseComplete",)"
    R"("requestURI":"/x","verb":"get","user":{"username":"alice"})";
const std::string kTimes =
    R"(,"requestReceivedTimestamp":"2026-01-05T10:00:00.000000Z","stageTimestamp":"2026-01-05T10:00:00.000100Z")";

std::string with(std::string_view middle) {
    return kStart + std::string(middle) + kTimes + "}";
}

std::string changed(std::string text, std::string_view from, std::string_view to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

// Every key that the reader knows, and both escapes.
std::string full_line() {
    return EventSpec{
        .uri = R"(/a?b=c&d=<e>)",
        .user = R"({"username":"u","uid":"1","groups":["g","h"],"extra":{"k":["v","w"],"l":["x"]}})",
        .impersonated = R"({"username":"i","groups":["j"]})",
        .object =
            R"({"resource":"r","namespace":"n","name":"m","uid":"2","apiGroup":"g","apiVersion":"v1","resourceVersion":"7","subresource":"s"})",
        .status =
            R"({"metadata":{},"status":"Failure","message":"no \"m\"","reason":"Invalid","details":{"name":"dn","group":"dg","kind":"dk","uid":"du","causes":[{"reason":"cr","message":"cm","field":"cf"},{}],"retryAfterSeconds":3},"code":422})",
        .request_object = R"({"a":"}"})",
        .response_object = R"([{"b":"\"]"}])",
        .reason = R"(RBAC "b\c")",
        .more_annotations = R"(,"k":"v")",
    }
        .json();
}

TEST(UsualLine, ReadsWhatTheApiServerWrites) {
    const std::string line = full_line();
    BothReaders readers;
    ASSERT_TRUE(readers.read(line));
    EXPECT_EQ(readers.difference(), "");
    EXPECT_EQ(
        test::facts(readers.event()),
        "level=Metadata\nstage=ResponseComplete\naudit_id=a-1\nrequest_uri=/a?b=c&d=<e>\nverb=get\nuser=u\n"
        "uid=1\ngroup=g\ngroup=h\nextra=k\nvalue=v\nvalue=w\nextra=l\nvalue=x\nis_impersonated=1\n"
        "impersonated_user=i\nuid=\ngroup=j\nsource_ip=10.0.0.7\n"
        "user_agent=kubectl/v1.32.0 (linux/amd64) kubernetes/abc\nobject=1\npart=r\npart=n\npart=m\npart=2\n"
        "part=g\npart=v1\npart=7\npart=s\nresponse=1\ncode=422\nretry=3\npart=Failure\npart=no \"m\"\n"
        "part=Invalid\npart=dn\npart=dg\npart=dk\npart=du\ncause=cr\nmessage=cm\nfield=cf\ncause=\nmessage=\n"
        "field=\nrequest_object={\"a\":\"}\"}\nresponse_object=[{\"b\":\"\\\"]\"}]\nreceived="
        "1767607200000000\n"
        "stage_time=1767607200000100\nannotation=authorization.k8s.io/decision\nvalue=allow\n"
        "annotation=authorization.k8s.io/reason\nvalue=RBAC \"b\\c\"\nannotation=k\nvalue=v\ndecision=allow\n"
        "reason=RBAC \"b\\c\"\nis_shortened=0\n");
}

// What it has met twice it knows by its bytes.
TEST(UsualLine, ReadsWhatItKnowsAsBefore) {
    const std::string line = full_line();
    BothReaders readers;
    ASSERT_TRUE(readers.read(line));
    const std::string facts = test::facts(readers.event());
    EXPECT_EQ(readers.event().sender_text, 0U);
    EXPECT_EQ(readers.event().annotations_text, 0U);
    ASSERT_TRUE(readers.read(line));
    uint64_t sender = 0, annotations = 0;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(readers.read(line));
        EXPECT_EQ(readers.difference(), "");
        EXPECT_EQ(test::facts(readers.event()), facts);
        EXPECT_EQ(readers.event().user.raw,
                  R"({"username":"u","uid":"1","groups":["g","h"],"extra":{"k":["v","w"],"l":["x"]}})");
        const char* begin = readers.event().user.raw.data();
        EXPECT_EQ(readers.event().user.username.data(), begin + 13) << "a view into this line";
        ASSERT_NE(readers.event().sender_text, 0U);
        ASSERT_NE(readers.event().annotations_text, 0U);
        if (i > 0) {
            EXPECT_EQ(readers.event().sender_text, sender);
            EXPECT_EQ(readers.event().annotations_text, annotations);
        }
        sender = readers.event().sender_text;
        annotations = readers.event().annotations_text;
    }
    // What differs anywhere is read, after it and in between.
    for (const auto& [from, to] :
         {std::pair(R"(["v","w"])", R"(["v","W"])"), std::pair("kubectl/v1", "kubectl/v2"),
          std::pair(R"("username":"i")", R"("username":"j")"), std::pair("10.0.0.7", "10.0.0.8"),
          std::pair(R"("k":"v"}})", R"("k":"V"}})")}) {
        for (int i = 0; i < 3; ++i) {
            ASSERT_TRUE(readers.read(changed(line, from, to))) << from;
            EXPECT_EQ(readers.difference(), "") << from;
            EXPECT_NE(test::facts(readers.event()), facts) << from;
            ASSERT_TRUE(readers.read(line));
            EXPECT_EQ(test::facts(readers.event()), facts) << from;
        }
    }
}

TEST(UsualLine, ASenderWithoutAnAgentMayGoOn) {
    BothReaders readers;
    const std::string without = with(R"(,"sourceIPs":["10.0.0.7"])");
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(readers.read(without));
    ASSERT_TRUE(readers.read(with(R"(,"sourceIPs":["10.0.0.7"],"userAgent":"curl")")));
    EXPECT_EQ(readers.difference(), "");
    EXPECT_EQ(readers.event().user_agent, "curl");
}

TEST(UsualLine, WhatStandsBehindKnownAnnotationsIsSeen) {
    BothReaders readers;
    const std::string line = kStart + kTimes + R"(,"annotations":{"k":"v"}})";
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(readers.read(line));
    for (const char* end : {"", "}}", R"(,"a":1})"}) {
        EXPECT_FALSE(readers.read(line.substr(0, line.size() - 1) + end)) << end;
    }
}

TEST(UsualLine, KeepsAUserAsItStandsInTheLine) {
    const std::string line = full_line();
    BothReaders readers;
    ASSERT_TRUE(readers.read(line));
    EXPECT_EQ(readers.event().user.raw,
              R"({"username":"u","uid":"1","groups":["g","h"],"extra":{"k":["v","w"],"l":["x"]}})");
    EXPECT_EQ(readers.event().impersonated_user.raw, R"({"username":"i","groups":["j"]})");
    ASSERT_TRUE(readers.read(test::EventSpec{}.json()));
    EXPECT_EQ(readers.event().impersonated_user.raw, "");
}

TEST(UsualLine, ComparesEachByte) {
    const std::string line = full_line();
    BothReaders readers;
    for (size_t at = 0; at < line.size(); ++at) {
        for (const char byte : {'~', '"', '}', ',', '0', '\x1f', '\x80'}) {
            std::string other = line;
            other[at] = byte;
            readers.read(other);
            EXPECT_EQ(readers.difference(), "") << other;
        }
    }
}

TEST(UsualLine, AcceptsEachPartThatMayBeMissing) {
    const std::string long_name(513, 'n');
    BothReaders readers;
    for (const std::string& line : {
             with(""),
             changed(with(""), R"({"username":"alice"})", "{}"),
             changed(with(""), R"({"username":"alice"})", R"({"uid":"1"})"),
             changed(with(""), R"("Metadata")", R"("Request")"),
             changed(with(""), R"("Metadata")", R"("RequestResponse")"),
             changed(with(""), R"("ResponseComplete")", R"("ResponseStarted")"),
             changed(with(""), R"("ResponseComplete")", R"("RequestReceived")"),
             changed(with(""), R"("ResponseComplete")", R"("Panic")"),
             changed(with(""), R"("verb":"get")", R"("verb":"")"),
             changed(with(""), R"("/x")", R"("/x\u0026y=\u003cz\u003e\"\\")"),
             changed(with(""), R"("/x")", R"("/)" + std::string(2'100, 'x') + R"(?q")"),
             changed(with(""), R"("/x")", R"("/\u0026)" + std::string(4'000, 'x') + '"'),
             changed(with(""), R"("alice")", '"' + long_name + '"'),
             changed(with(""), "05T10:00:00.000100Z", "05T10:00:01.999999Z"),
             with(R"(,"sourceIPs":["10.0.0.7"])"),
             with(R"(,"userAgent":"agent \"x\"")"),
             with(R"(,"impersonatedUser":{})"),
             with(R"(,"objectRef":{})"),
             with(R"(,"objectRef":{"name":")" + long_name + R"("})"),
             with(R"(,"responseStatus":{})"),
             with(R"(,"responseStatus":{"metadata":{}})"),
             with(R"(,"responseStatus":{"code":1})"),
             with(R"(,"responseStatus":{"details":{"retryAfterSeconds":999999}})"),
             with(R"(,"requestObject":{})"),
             with(R"(,"requestObject":{"a":{"é":"\u00e9"}})"),
             with(R"(,"responseObject":[1, {"a" : null}])"),
             kStart + kTimes + R"(,"annotations":{"a":"1","a":"2"}})",
             kStart + kTimes + R"(,"annotations":{"authorization.k8s.io/reason":""}})",
         }) {
        EXPECT_TRUE(readers.read(line)) << line;
        EXPECT_EQ(readers.difference(), "") << line;
    }
}

TEST(UsualLine, LeavesEverythingElseToTheFullReader) {
    const std::string good =
        with(R"(,"sourceIPs":["::1"],"objectRef":{"resource":"pods"},"responseStatus":{"code":200})");
    const std::string annotated = kStart + kTimes + R"(,"annotations":{"a":"1"}})";
    BothReaders readers;
    ASSERT_TRUE(readers.read(good));
    ASSERT_TRUE(readers.read(annotated));
    for (const std::string& line : {
             std::string(),
             std::string("{}"),
             "[" + good + "]",
             good + "}",
             good + good,
             good.substr(1),
             changed(good, R"("kind":"Event",)", ""),
             changed(good, "audit.k8s.io/v1", "audit.k8s.io/v1beta1"),
             changed(good, "Metadata", "None"),
             changed(good, "Metadata", "Meta"),
             changed(good, "ResponseComplete", "Other"),
             changed(good, R"("auditID":"a-1",)", ""),
             changed(good, R"("a-1")", "1"),
             changed(good, R"("verb":"get",)", ""),
             changed(good, R"("verb":"get")", R"("verb":"get","verb":"get")"),
             changed(good, R"("requestURI":"/x","verb":"get")", R"("verb":"get","requestURI":"/x")"),
             changed(good, R"(,"verb")", R"( ,"verb")"),
             changed(good, R"("verb":)", R"("verb": )"),
             changed(good, "alice", "al\\u00e9ice"),
             changed(good, "alice", "al\\u003Cice"),
             changed(good, "alice", "al\\/ice"),
             changed(good, "alice", "al\\nice"),
             changed(good, "alice", "al\xc3\xa9ice"),
             changed(good, "alice", "al\xffice"),
             changed(good, "alice", "al\x1fice"),
             changed(good, "alice", "\\\"" + std::string(4'100, 'x')),
             changed(good, R"("username":"alice")", R"("username":"alice","zzz":1)"),
             changed(good, R"("username":"alice")", R"("username":"alice",)"),
             changed(good, R"("username":"alice")", R"("username":"alice""uid":"1")"),
             changed(good, R"("username":"alice")", R"("username":"alice","username":"bob")"),
             changed(good, R"("username":"alice")", R"("username":"alice","groups":[])"),
             changed(good, R"("username":"alice")", R"("username":"alice","groups":["a",])"),
             changed(good, R"("username":"alice")", R"("username":"alice","groups":["a" "b"])"),
             changed(good, R"("username":"alice")", R"("username":"alice","groups":null)"),
             changed(good, R"("username":"alice")", R"("username":"alice","extra":{})"),
             changed(good, R"("username":"alice")", R"("username":"alice","extra":{"k\"":["v"]})"),
             changed(good, R"("username":"alice")", R"("username":"alice","extra":{"k":"v"})"),
             changed(good, R"(["::1"])", R"("::1")"),
             changed(good, R"({"resource":"pods"})", "null"),
             changed(good, R"("resource":"pods")", R"("resource":"pods","zzz":"1")"),
             changed(good, R"("resource":"pods")", R"("name":"x","resource":"pods")"),
             changed(good, R"("code":200)", R"("code":0)"),
             changed(good, R"("code":200)", R"("code":-1)"),
             changed(good, R"("code":200)", R"("code":020)"),
             changed(good, R"("code":200)", R"("code":200.5)"),
             changed(good, R"("code":200)", R"("code":2e2)"),
             changed(good, R"("code":200)", R"("code":"200")"),
             changed(good, R"("code":200)", R"("code":1000000)"),
             changed(good, R"("code":200)", R"("metadata":{"resourceVersion":"1"},"code":200)"),
             changed(good, R"("code":200)", R"("code":200,"details":{})"),
             changed(good, R"("code":200)", R"("details":{"causes":[]},"code":200)"),
             with(R"(,"requestObject":"text")"),
             with(R"(,"requestObject":null)"),
             with(R"(,"requestObject":)"),
             changed(full_line(), R"("apiVersion":"v1")", R"("apiVersion":"g/v1")"),
             with(R"(,"requestObject":{"a":"b")"),
             with(","
                  "\"requestObject\":{\"a\":\"\x01\"}"),
             with(","
                  "\"requestObject\":{\"a\":\"\xff\"}"),
             with(",\"requestObject\":{\t}"),
             changed(good, "00:00.000000Z", "00:00Z"),
             changed(good, "00:00.000000Z", "00:00.000000+00:00"),
             changed(good, "00:00.000000Z", "00:00,000000Z"),
             changed(good, "00:00.000000Z", "00:00.00000xZ"),
             changed(good, "00:00.000000Z", "00:00.00000/Z"),
             changed(good, "00:00.000000Z", "00:61.000000Z"),
             changed(good, "00:00.000000Z", "00:00.0000000"),
             changed(good, "2026-01-05T10:00:00.000000Z", "1970-01-01T00:00:00.000000Z"),
             changed(good, "2026-01-05T10:00:00.000100Z", "1969-12-31T23:59:59.000000Z"),
             changed(annotated, R"({"a":"1"})", "{}"),
             changed(annotated, R"({"a":"1"})", R"({"a":1})"),
             changed(annotated, R"({"a":"1"})", R"({"a\"":"1"})"),
             changed(annotated, R"({"a":"1"})", R"({"a":"1",})"),
             changed(annotated, R"({"a":"1"})", R"({"a":"1"},"zzz":1)"),
             kStart + R"(,"stageTimestamp":"2026-01-05T10:00:00.000100Z"})",
         })
        EXPECT_FALSE(readers.read(line)) << line;
    for (const std::string& whole : {good, annotated})
        for (size_t size = 0; size < whole.size(); ++size)
            EXPECT_FALSE(readers.read(whole.substr(0, size))) << size;
}

// What stands behind the line in memory is mostly the next line: nothing of it belongs to this one.
TEST(UsualLine, EndsWhereTheLineEnds) {
    const std::string whole =
        EventSpec{.request_object = R"({"a":"b"})", .reason = R"("x")"}.json() + std::string(kPadding, '}');
    UsualLine usual;
    Event event;
    for (size_t size = 0; size <= whole.size() - kPadding; ++size) {
        event.clear();
        EXPECT_EQ(usual.read(std::string_view(whole).substr(0, size), event), size == whole.size() - kPadding)
            << size;
    }
}

// An event is filled again and again: nothing stays of the one before, whatever room is kept for the next.
TEST(UsualLine, LeavesNothingOfTheLineBefore) {
    EventParser parser;
    Event event;
    const auto extra = [](size_t entries, size_t values) {
        std::string text;
        for (size_t i = 0; i < entries; ++i) {
            text += (i == 0 ? "" : ",") + ("\"k" + std::to_string(i)) + "\":[";
            for (size_t j = 0; j < values; ++j) text += (j == 0 ? "\"" : ",\"") + std::to_string(j) + '"';
            text += "]";
        }
        return R"({"username":"u","extra":{)" + text + "}}";
    };
    for (const auto& [entries, values] :
         {std::pair<size_t, size_t>{1, 3}, {4, 1}, {40, 1}, {1, 40}, {2, 2}, {1, 1}}) {
        std::string line = EventSpec{.user = extra(entries, values), .impersonated = extra(2, values)}.json();
        const size_t size = line.size();
        line.append(kPadding, '\0');
        ASSERT_EQ(parser.parse(std::string_view(line).substr(0, size), event), ParseError::None);
        ASSERT_EQ(event.user.extra.size(), entries);
        for (const ExtraEntry& entry : event.user.extra) EXPECT_EQ(entry.values.size(), values);
        ASSERT_EQ(event.impersonated_user.extra.size(), 2u);
        for (const ExtraEntry& entry : event.impersonated_user.extra) EXPECT_EQ(entry.values.size(), values);
    }
}

// Times are read with what is known from the line before: the text must be the same up to the point.
TEST(UsualLine, ReadsTimesOfOtherSeconds) {
    BothReaders readers;
    for (const char* time :
         {"2026-01-05T10:00:00.000001Z", "2026-01-05T10:00:00.999999Z", "2026-01-05T10:00:01.500000Z",
          "2026-01-05T10:00:00.500000Z", "2026-02-05T10:00:00.123456Z", "2026-01-05T10:00:60.000000Z",
          "2026-01-05T10:00:60.000001Z", "2027-01-05T10:00:00.000000Z"}) {
        EXPECT_TRUE(readers.read(changed(changed(with(""), "2026-01-05T10:00:00.000000Z", time),
                                         "2026-01-05T10:00:00.000100Z", time)))
            << time;
        EXPECT_EQ(readers.difference(), "") << time;
        EXPECT_EQ(readers.event().received, readers.event().stage_time);
    }
}

TEST(UsualLine, ReadsChangedLinesOfTheSampleAsTheFullReaderDoes) {
    const test::Log log(std::filesystem::path(REDSHANK_SOURCE_DIR) / "samples/audit.log");
    std::vector<std::string> lines;
    log.each_line([&](std::string_view line, uint64_t) { lines.emplace_back(line); });
    const char* given = std::getenv("REDSHANK_MUTATED_LINES");
    const size_t most = given == nullptr ? 30'000 : std::strtoull(given, nullptr, 10);
    const std::string full = full_line();
    test::LineMutator mutate(most);
    BothReaders readers;
    size_t accepted = 0;
    for (size_t i = 0; i < most; ++i) {
        const std::string line =
            mutate(i % 3 == 0 ? full : lines[i % lines.size()], lines[i * 7 % lines.size()]);
        accepted += readers.read(line) ? 1 : 0;
        ASSERT_EQ(readers.difference(), "") << line;
    }
    RecordProperty("accepted", std::to_string(accepted));
    EXPECT_GT(accepted, most / 10);  // or the test says nothing
}

TEST(Corpus, UsualLinesAreReadAsTheFullReaderReadsThem) {
    NEEDS_SHARED("corpus");
    size_t logs = 0, lines = 0, accepted = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(test::shared_dir() / "corpus")) {
        const std::string name = file.path().filename().string();
        if (!name.ends_with(".log.zst")) continue;
        BothReaders readers;
        test::Log(file.path()).each_line([&](std::string_view line, uint64_t) {
            ++lines;
            accepted += readers.read(line) ? 1 : 0;
            ASSERT_EQ(readers.difference(), "") << name << ": " << line.substr(0, 2'000);
        });
        ++logs;
    }
    EXPECT_GE(logs, 20u);
    EXPECT_GT(accepted, lines / 100 * 95) << "of " << lines;
}

// What an event shows of a known text is not lost with the table's place for it.
TEST(UsualLine, AnEventKeepsWhatItShows) {
    EventParser parser;
    const std::string line = full_line() + std::string(64, ' ');
    const auto text = std::string_view(line).substr(0, line.size() - 64);
    Event first;
    for (int i = 0; i < 3; ++i) ASSERT_EQ(parser.parse(text, first), ParseError::None);
    ASSERT_NE(first.sender_text, 0U);
    ASSERT_NE(first.annotations_text, 0U);
    const std::string before = test::facts(first);
    Event other;
    for (int i = 0; i < 3000; ++i) {
        const std::string user = R"({"username":"u)" + std::to_string(i) + R"("})";
        const std::string padded =
            EventSpec{.user = user, .reason = "reason " + std::to_string(i)}.json() + std::string(64, ' ');
        for (int times = 0; times < 2; ++times)
            ASSERT_EQ(parser.parse(std::string_view(padded).substr(0, padded.size() - 64), other),
                      ParseError::None);
    }
    ASSERT_EQ(parser.parse(text, other), ParseError::None);
    EXPECT_EQ(other.sender_text, 0U) << "it is known no longer";
    EXPECT_EQ(test::facts(first), before);
}

}  // namespace
}  // namespace redshank::audit
