#include "rules/raw_filter.h"

#include <gmock/gmock.h>

#include <random>

#include "rules/condition_parser.h"
#include "tests/support/events.h"

namespace redshank::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Group = std::vector<std::string>;

RawFilter::Groups groups(const std::string& condition) {
    return RawFilter(*parse_condition(condition)).groups();
}

TEST(RawFilter, WhatAnyMatchMustHold) {
    for (const auto& [condition, expected] : std::vector<std::pair<std::string, RawFilter::Groups>>{
             {R"(user.username = "ann")", {{"ann"}}},
             {R"(verb in ("get", "list"))", {{"get", "list"}}},
             {R"(verb = "get" and user.username = "ann-marie")", {{"ann-marie"}, {"get"}}},
             {R"(verb = "get" or user.username = "ann")", {{"get", "ann"}}},
             {R"((verb = "get" and objectRef.name = "longer") or user.username = "ann")",
              {{"longer", "ann"}}},
             {R"(objectRef.name startswith "web-" and objectRef.name endswith "-xyz")", {{"web-"}, {"-xyz"}}},
             {R"(userAgent contains "curl/")", {{"curl/"}}},
             {R"(objectRef.name glob "db-*-password")", {{"-password"}}},
             {R"(objectRef.name glob "a\\*xyz?d")", {{"xyz"}}},
             {R"(user.username = "a\"bcd")", {{"bcd"}}},
             {R"(user.username = "ab\\c")", {{"ab"}}},
             {R"(user.username = "line1\nln2")", {{"line1"}}},
             {R"(user.username = "jürgen")", {{"jürgen"}}},
             {R"(requestObject.spec.image contains "docker.io/xmrig:6")", {{"io/xmrig"}}},
             {R"(grant.binding = "debug-open")", {{"debug-open"}}},
             {R"(false)", {{}}},
             {R"(false or verb = "get")", {{"get"}}},
             // A value that was cut: what stands behind … is a hash, and not in the line.
             {"user.username = \"begin…0123456789abcdef\"", {{"begin"}}},
         }) {
        EXPECT_EQ(groups(condition), expected) << condition;
    }
}

TEST(RawFilter, WhatCannotBeToldFromTheBytes) {
    for (const char* condition : {
             R"(not user.username = "ann")",
             R"(user.username != "ann")",
             R"(user.username icontains "ann")",
             R"(user.username iglob "ann*")",
             R"(user.username regex "ann")",
             R"(user.username exists)",
             R"(user.username = "ann" or responseStatus.code = 403)",
             R"(user.username = objectRef.name)",
             R"(user.username = "")",
             R"(user.username = "\"")",
             R"(user.username glob "*")",
             R"(source.ip cidr "10.0.0.0/8")",
             R"(source.network = "10.0.0.*")",
             R"(query["fieldSelector"] contains "metadata")",  // decoded
             R"(exec.command contains "nc")",                  // decoded
             R"(actor.kind = "node")",                         // worked out
             R"(created)",
             R"(responseStatus.code = 403)",
             R"(requestObject.spec.replicas = 300)",
             R"(requestObject.spec.replicas = "300")",       // written anew
             R"(requestObject.spec.image contains ":1e9")",  // an e may be a number's
             R"(change.spec.image = "busybox")",
             R"(any requestObject.items[*] has (.name = "web"))",
             R"(user.username endswith "0123456789abcdef")",  // may be the hash of a long name
             R"(user.username contains "cafe")",
             "user.username contains \"…01\"",
             R"(verb in ("a1", "b1", "c1", "d1", "e1", "f1", "g1", "h1", "i1"))",  // parsing costs less
         }) {
        EXPECT_THAT(groups(condition), IsEmpty()) << condition;
    }
}

TEST(RawFilter, LineThatSpellsOtherwiseIsNeverRuledOut) {
    const RawFilter filter(*parse_condition(R"(user.username = "a/b" and verb in ("get", "list"))"));
    for (const auto& [line, expected] : std::vector<std::pair<std::string, bool>>{
             {R"({"username":"a/b","verb":"get"})", true},
             {R"({"username":"a/b","verb":"list"})", true},
             {R"({"username":"a/b","verb":"watch"})", false},
             {R"({"username":"a/c","verb":"get"})", false},
             {R"({"username":"a\/b","verb":"get"})", true},
             {R"({"username":"\u0061/b","verb":"get"})", true},
             {R"({"username":"a/b","verb":"\u0067et"})", true},
             {R"({"log":"{\"username\":\"\\u0061/b\",\"verb\":\"get\"}"})", true},
             {R"({"log":"{\"username\":\"a/c\",\"verb\":\"get\"}"})", false},
             {R"({"log":"{\"username\":\"a/b\",\"verb\":\"get\"}"})", true},
             {R"({"reason":"to Group \"dev\"","username":"a/c","verb":"get"})", false},
             {R"({"username":"x","verb":"\u003c\u003e\u0026"})", false},  // < > & as Go writes them
             {R"({"username":"\u003ca/b","verb":"watch"})", false},
             {R"({"username":"\u00e9","verb":"get"})", false},
             {R"({"username":"\ud83d\ude00","verb":"get"})", false},
             {R"({"username":"\u00","verb":"get"})", true},  // no JSON: whoever reads it decides
             {R"({"log":"{\"username\":\"\u005cu0061/b\",\"verb\":\"get\"}"})", true},
             {R"({"log":"{\"username\":\"\\\u0075007a\",\"verb\":\"get\"}"})", true},
             {R"({"username":"z\/","verb":"get"})", true},
             {"", false},
         }) {
        EXPECT_EQ(filter.may_hold(line), expected) << line;
    }
}

TEST(RawFilter, EscapesMatterToWhoLooksForWhatTheySpell) {
    const RawFilter less(*parse_condition(R"(userAgent = "a<b")"));
    EXPECT_TRUE(less.may_hold(R"({"userAgent":"a\u003cb"})"));
    EXPECT_FALSE(less.may_hold(R"({"userAgent":"a\u003eb"})"));
    EXPECT_FALSE(less.may_hold(R"({"userAgent":"a\/b"})"));
    const RawFilter beyond(*parse_condition(R"(userAgent = "é")"));
    EXPECT_TRUE(beyond.may_hold(R"({"userAgent":"\u00e9"})"));
    EXPECT_TRUE(beyond.may_hold(R"({"userAgent":"\u0080"})"));
    EXPECT_FALSE(beyond.may_hold(R"({"userAgent":"\u007f"})"));
}

TEST(RawFilter, NeedlesOfAGroupAreAlternativesAndGroupsAreNot) {
    EXPECT_THAT(groups(R"(verb in ("get", "list") and user.username = "ann-marie")"),
                ElementsAre(Group{"ann-marie"}, Group{"get", "list"}));
    const RawFilter filter(*parse_condition("true"));
    EXPECT_TRUE(filter.may_hold(""));
    EXPECT_FALSE(RawFilter(*parse_condition("false")).may_hold("{}"));
}

// Every spelling that JSON has for a text, by chance: what matches is never ruled out.
TEST(RawFilter, NeverRulesOutWhatMatches) {
    std::mt19937 random(7);
    const auto pick = [&](size_t most) { return std::uniform_int_distribution<size_t>(0, most - 1)(random); };
    const std::vector<std::string> pieces{"a", "b/", "\"", "\\",   "\n",   "ü",
                                          "…", "-",  "1",  "cafe", "\x7f", "<"};
    const auto text = [&] {
        std::string out;
        for (size_t i = 0, size = 1 + pick(5); i < size; ++i) out += pieces[pick(pieces.size())];
        return out;
    };
    const auto spelt = [&](const std::string& plain) {
        std::string out;
        for (const char c : plain) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 0x80 && (byte < 0x20 || c == '"' || c == '\\' || pick(6) == 0)) {
                if (c == '/' || c == '"' || c == '\\') {
                    out += std::string("\\") + c;
                } else {
                    char escape[8];
                    std::snprintf(escape, sizeof escape, "\\u%04x", byte);
                    out += escape;
                }
            } else {
                out += c;
            }
        }
        return out;
    };
    const auto quoted = [](const std::string& plain) {
        std::string out = "\"";
        for (const char c : plain) out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
        return out + "\"";
    };
    const char* ops[] = {"=", "contains", "startswith", "endswith", "glob"};
    size_t matches = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string name = text();
        test::EventSpec spec;
        spec.user = R"({"username":")" + spelt(name) + R"(","groups":["dev"]})";
        spec.request_object = R"({"name":")" + spelt(name) + R"(","count":10})";
        const size_t from = pick(name.size());
        const std::string part = pick(3) == 0 ? text() : name.substr(from, 1 + pick(name.size() - from));
        const char* field = pick(2) == 0 ? "user.username " : "requestObject.name ";
        const std::string condition = field + std::string(ops[pick(std::size(ops))]) + " " + quoted(part);
        const auto event = spec.parsed();
        const test::Understood understood(*event);
        Context context;
        context.reset(understood, true);
        const ConditionPtr compiled = parse_condition(condition);
        if (!compiled->test(context)) continue;
        ++matches;
        ASSERT_TRUE(RawFilter(*compiled).may_hold(spec.json())) << condition << "\n" << spec.json();
    }
    EXPECT_GT(matches, 1000U);
}

}  // namespace
}  // namespace redshank::rules
