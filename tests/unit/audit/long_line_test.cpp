#include "audit/long_line.h"

#include <gtest/gtest.h>

#include "audit/salvage.h"
#include "tests/support/events.h"

namespace redshank::audit {
namespace {

using Gives = LongLine::Gives;

// The result for the line. Fails the test when it depends on how the line is split.
LongLine::Result of(const std::string& line) {
    LongLine whole;
    whole.add(line);
    LongLine::Result result = whole.finish();
    for (const size_t step : {1, 7, 4096}) {
        LongLine pieces;
        for (size_t at = 0; at < line.size(); at += step) pieces.add(std::string_view(line).substr(at, step));
        const LongLine::Result again = pieces.finish();
        EXPECT_EQ(again.gives, result.gives) << "by " << step;
        EXPECT_EQ(again.text, result.text) << "by " << step;
        EXPECT_EQ(again.offset, result.offset) << "by " << step;
    }
    return result;
}

std::string filler(size_t size) {
    return std::string(size, 'x');
}

struct Case {
    const char* name;
    std::string line;
    Gives gives;
    std::string text;
};

TEST(LongLine, KeepsEverythingButTheBodies) {
    const std::string object = R"({"resource":"secrets","namespace":"ns","apiVersion":"v1"})";
    const std::vector<Case> cases{
        {"bodies", R"({"a":1,"requestObject":{"x":[1,{"y":"}"}]},"responseObject":[],"b":{"c":"d"}})",
         Gives::Event, R"({"a":1,"b":{"c":"d"}})"},
        {"bodies alone", R"({"requestObject":"}{","responseObject":1})", Gives::Event, "{}"},
        {"quotes and backslashes in a body", R"({"requestObject":"\\\"},\"z\":1","b":2})", Gives::Event,
         R"({"b":2})"},
        {"a field of that name further in is none", R"({"a":{"requestObject":1},"b":["responseObject"]})",
         Gives::Event, R"({"a":{"requestObject":1},"b":["responseObject"]})"},
        {"a longer name is another field", R"({"requestObjects":1})", Gives::Event,
         R"({"requestObjects":1})"},
        {"a field that does not fit", R"({"a":1,"userAgent":")" + filler(70000) + R"(","b":2})", Gives::Event,
         R"({"a":1,"b":2})"},
        {"the longest goes, not the last",
         R"({"userAgent":")" + filler(65450) + R"(","objectRef":)" + object +
             R"(,"stage":"x","annotations":{"decision":"allow"}})",
         Gives::Event, R"({"objectRef":)" + object + R"(,"stage":"x","annotations":{"decision":"allow"}})"},
        {"the longest of two, the first",
         R"({"a":1,"b":")" + filler(40000) + R"(","c":")" + filler(30000) + R"(","d":2})", Gives::Event,
         R"({"a":1,"c":")" + filler(30000) + R"(","d":2})"},
        {"the longest of two, the second",
         R"({"a":1,"b":")" + filler(30000) + R"(","c":")" + filler(40000) + R"(","d":2})", Gives::Event,
         R"({"a":1,"b":")" + filler(30000) + R"(","d":2})"},
        {"two go, one after the other",
         R"({"a":1,"b":")" + filler(30000) + R"(","c":")" + filler(20000) + R"(","d":")" + filler(20000) +
             R"(","e":")" + filler(30000) + R"(","f":2})",
         Gives::Event, R"({"a":1,"c":")" + filler(20000) + R"(","d":")" + filler(20000) + R"(","f":2})"},
        {"a name that does not fit", R"({"a":1,")" + filler(70000) + R"(":3,"b":2})", Gives::Event,
         R"({"a":1,"b":2})"},
        {"spaces", " {\"a\":1 , \"b\":2}\r", Gives::Event, R"({"a":1 , "b":2})"},
        {"empty", "{}", Gives::Event, "{}"},
        {"nothing", "", Gives::Nothing, ""},
        {"no object", filler(100000), Gives::Nothing, ""},
        {"an array", "[{}]", Gives::Nothing, ""},
        {"not ended", R"({"a":1,"requestObject":{"x":1})", Gives::Nothing, ""},
        {"ended inside a string", R"({"a":1,"requestObject":"x}})", Gives::Nothing, ""},
        {"two objects", R"({"a":1}{"b":2})", Gives::Nothing, ""},
        {"more behind it", R"({"a":1}x)", Gives::Nothing, ""},
    };
    for (const Case& expected : cases) {
        const LongLine::Result result = of(expected.line);
        EXPECT_EQ(result.gives, expected.gives) << expected.name;
        EXPECT_EQ(result.text, expected.text) << expected.name;
    }
}

TEST(LongLine, KeepsNoMoreThanItsRoom) {
    // The line is {"a":"…"}.
    const std::string most = R"({"a":")" + filler(LongLine::kKeeps - 8) + R"("})";
    EXPECT_EQ(of(most).text, most);
    EXPECT_EQ(of(R"({"a":")" + filler(LongLine::kKeeps - 7) + R"("})").text, "{}");
}

// More fields than any event of Kubernetes has.
TEST(LongLine, KeepsTheFirstOfMoreFieldsThanAnEventHas) {
    std::string all = "{", first = "{";
    for (size_t i = 0; i < 1'000; ++i) {
        const std::string field = '"' + std::to_string(i) + "\":[],";
        all += field;
        if (i < LongLine::kFields) first += field;
    }
    all.back() = first.back() = '}';
    EXPECT_EQ(of(all).text, first);
}

TEST(LongLine, EventOfALongLineIsThatOfTheLineWithoutBodies) {
    // Times and decision, which follow the bodies, are kept as well.
    const std::string body = R"({"kind":"Event","requestReceivedTimestamp":"1999-01-01T00:00:00Z","data":")" +
                             filler(300'000) + "\"}";
    const std::string line =
        test::EventSpec{.verb = "create",
                        .object = R"({"resource":"widgets","namespace":"ns","name":"big"})",
                        .status = R"({"metadata":{},"code":201})",
                        .request_object = body,
                        .response_object = body}
            .json();
    LongLine::Result result = of(line);
    ASSERT_EQ(result.gives, Gives::Event);
    const size_t size = result.text.size();
    EXPECT_LT(size, 2000u);
    result.text.append(kPadding, '\0');
    EventParser parser;
    Event event;
    ASSERT_EQ(parser.parse(std::string_view(result.text).substr(0, size), event), ParseError::None);
    const test::ParsedEvent whole(line);
    EXPECT_EQ(event.user.username, "alice");
    EXPECT_EQ(event.object.name, "big");
    EXPECT_EQ(event.response.code, 201);
    EXPECT_EQ(event.received, whole->received);
    EXPECT_EQ(event.stage_time, whole->stage_time);
    EXPECT_EQ(event.decision, whole->decision);
    EXPECT_EQ(event.request_object, "");
    EXPECT_EQ(event.response_object, "");
}

TEST(LongLine, EventGluedToATornLongOneIsGivenUpWhole) {
    const std::string glued = test::EventSpec{.audit_id = "glued"}.json();
    for (const char* end : {R"("x)", R"("x\)", R"({"y":)", R"([1,)"}) {
        const std::string torn =
            R"({"kind":"Event","auditID":"torn","requestObject":[")" + filler(200'000) + "\"," + end;
        LongLine::Result result = of(torn + glued);
        ASSERT_EQ(result.gives, Gives::Rest) << end;
        EXPECT_EQ(result.text, glued) << end;
        EXPECT_EQ(result.offset, torn.size()) << end;
    }
}

TEST(LongLine, BeginsAnewAfterEachLine) {
    LongLine lines;
    lines.add(R"({"a":"broken)");
    EXPECT_EQ(lines.finish().gives, Gives::Nothing);
    lines.add(R"({"a":1})");
    EXPECT_EQ(lines.finish().text, R"({"a":1})");
    EXPECT_EQ(lines.finish().gives, Gives::Nothing);
}

}  // namespace
}  // namespace redshank::audit
