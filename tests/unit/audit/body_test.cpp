#include "audit/body.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <string>

#include "audit/event_parser.h"

namespace redshank::audit {
namespace {

// What follows may end strings and objects: it does not count.
size_t size_of(std::string text) {
    const size_t size = text.size();
    while (text.size() < size + kPadding) text += "\"}]";
    const std::string_view body = std::string_view(text).substr(0, size);
    const size_t found = body_size(body, false);
    EXPECT_EQ(body_size(body, has_wide_steps()), found) << text;
    return found;
}

TEST(Body, EndsWithTheBracketThatClosesTheFirst) {
    EXPECT_EQ(size_of("{}"), 2u);
    EXPECT_EQ(size_of("[]]"), 2u);
    EXPECT_EQ(size_of(R"({"a":[{"b":1}]},"c":{}})"), 15u);
    EXPECT_EQ(size_of(R"({"a":"}]{["})"), 12u);
    for (const std::string value :
         {"1", "-1", "true", "false", "null", "{}", "[]", "\"b\"", "\"b\",\"\xc3\xa9\""}) {
        EXPECT_EQ(size_of("[" + value + "]"), value.size() + 2);
        EXPECT_EQ(size_of("{\"a\":" + value + "}"), value.size() + 6);
    }
}

TEST(Body, IsReadInStepsThatMayEndAnywhere) {
    for (size_t size = 0; size < 200; ++size) {
        const std::string filling(size, 'x');
        for (const std::string& body :
             {R"({"a":0,")" + filling + R"(\"}":"\\"})", R"({"a":0,")" + filling + R"(\\\"}":[]})",
              R"({")" + filling + R"(":{"a":[[]]}})",
              R"({"a":[)" + std::string(size, '[') + std::string(size, ']') + "]}",
              R"({"":0,"a":")" + std::string(2 * size, '\\') + R"("})",
              R"({"":0,"a":")" + std::string(2 * size + 1, '\\') + R"("}"})"}) {
            EXPECT_EQ(size_of(body), body.size()) << body;
            EXPECT_EQ(size_of(body + ",\"b\":{}}"), body.size()) << body;
            EXPECT_EQ(size_of(body.substr(0, body.size() - 1)), 0u) << body;
        }
    }
}

TEST(Body, EachByteIsLookedAt) {
    if (!has_wide_steps()) std::puts("this processor has no wide steps: only the plain ones are tested");
    for (size_t at = 0; at < 130; ++at) {
        const auto with = [&](char byte) {
            std::string filling(130, 'x');
            filling[at] = byte;
            return size_of(R"({"a":0,"b":")" + filling + "\"}");
        };
        for (const char fine : {' ', '\x7f', '{', ']', '['}) EXPECT_EQ(with(fine), 144u) << at << ' ' << fine;
        for (const char wrong : {'\0', '\x01', '\x1f', '\x80', '\xff'}) EXPECT_EQ(with(wrong), 0u) << at;
    }
}

TEST(Body, IsNothingElse) {
    for (const char* other : {"",
                              "1",
                              "null",
                              "{ }",
                              "{1}",
                              "{\"a\"}",
                              "{\"a\":}",
                              "{\"a\":,\"b\":1}",
                              "{\"a\"::1}",
                              "{\"a\":\"b\":1}",
                              "{\"a\":]}}",
                              "{\"a\\\"\":1}",
                              "{\"a\": 1}",
                              "{{}}",
                              "{]}",
                              "{,}",
                              "[,]",
                              "[:]",
                              "[}]",
                              "[\"a\":1]",
                              "[ 1]",
                              "\"{}\"",
                              " {}",
                              "}",
                              "{",
                              "[{]",
                              "{\"a\":\"}",
                              "{\"\x01\":1}",
                              "{\n}",
                              "{\"a\":\"\xff\"}",
                              "{\"a\":\"\xc3\"}",
                              "{\"a\":\"\xed\xa0\x80\"}"})
        EXPECT_EQ(size_of(other), 0u) << other;
    EXPECT_EQ(size_of(std::string(1'000, '[') + std::string(1'000, ']')), 2'000u);
    EXPECT_EQ(size_of(std::string(1'200, '[') + std::string(1'200, ']')), 0u);
}

}  // namespace
}  // namespace redshank::audit
