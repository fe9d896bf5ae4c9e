#include "audit/envelope/continuation.h"

#include <gmock/gmock.h>

#include "audit/envelope/parts.h"

namespace redshank::audit {
namespace {

using testing::ElementsAre;

// The texts of a file's lines, with | for a newline inside.
std::vector<std::string> texts(const std::vector<std::string>& lines) {
    using Says = Continuation::Says;
    Continuation continuation;
    std::vector<std::string> out;
    std::string held;
    for (const std::string& line : lines) {
        Says says = continuation.add(line);
        if (says == Says::EndsBefore) {
            out.push_back(std::exchange(held, ""));
            says = continuation.add(line);
        }
        held += (held.empty() ? "" : "|") + line;
        if (says == Says::Ends) out.push_back(std::exchange(held, ""));
    }
    if (!held.empty()) out.push_back(held);
    return out;
}

TEST(Continuation, ALineIsATextByItself) {
    EXPECT_THAT(texts({R"({"kind":"Event"})", "", "{}", "]", "  x", "2026 y"}),
                ElementsAre(R"({"kind":"Event"})", "", "{}", "]", "  x", "2026 y"));
}

TEST(Continuation, PartsOfARuntimeAreOne) {
    const std::string t = "2026-01-05T10:00:00.1Z ";
    EXPECT_THAT(texts({t + "stdout P a", t + "stdout P b", t + "stdout F c", t + "stdout F d"}),
                ElementsAre(t + "stdout P a|" + t + "stdout P b|" + t + "stdout F c", t + "stdout F d"));
    EXPECT_THAT(texts({t + "stdout P a", t + "stderr F klog", t + "stdout F c"}),
                ElementsAre(t + "stdout P a|" + t + "stderr F klog|" + t + "stdout F c"));
    EXPECT_THAT(texts({t + "stdout P a", R"({"kind":"Event"})"}),
                ElementsAre(t + "stdout P a", R"({"kind":"Event"})"));
    const auto docker = [](const std::string& log) {
        return R"({"log":")" + log + R"(","stream":"stdout","time":"2026-01-05T10:00:00Z"})";
    };
    const std::string part = docker(std::string(16'384, 'a')), end = docker(R"(b\n)");
    EXPECT_THAT(texts({part, end, end}), ElementsAre(part + "|" + end, end));
}

TEST(Continuation, APrettyPrintedObjectIsOne) {
    EXPECT_THAT(texts({"{", "  \"a\": {", "    \"b\": 1", "  }", "}", "{}"}),
                ElementsAre("{|  \"a\": {|    \"b\": 1|  }|}", "{}"));
    EXPECT_THAT(texts({"[", "  {", "    \"a\": 1", "  },", "  {", "  }", "]"}),
                ElementsAre("[", "  {|    \"a\": 1|  },", "  {|  }", "]"));
    // The live log goes on behind a torn line.
    EXPECT_THAT(texts({"{", R"({"kind":"Event"})", R"({"kind":"Event"})"}),
                ElementsAre("{", R"({"kind":"Event"})", R"({"kind":"Event"})"));
}

TEST(Continuation, ItemsOfAListAreTextsOfTheirOwn) {
    EXPECT_THAT(
        texts({"{", " \"kind\": \"EventList\",", " \"items\": [", "  {", "   \"a\": 1", "  }", " ]", "}"}),
        ElementsAre("{| \"kind\": \"EventList\",| \"items\": [", "  {|   \"a\": 1|  }", " ]", "}"));
}

// What a client has written into a body never stands alone.
TEST(Continuation, ListsInsideOfAMemberAreNoneOfTheExport) {
    const std::vector<std::string> body{"{",
                                        " \"requestObject\": {",
                                        "  \"items\": [",
                                        "   {",
                                        "    \"kind\": \"Event\"",
                                        "   }",
                                        "  ]",
                                        " }",
                                        "}"};
    EXPECT_EQ(texts(body).size(), 1u);
    std::vector<std::string> item{"["};
    for (const std::string& line : body) item.push_back(" " + line);
    item[3] = "  \"items\": [";
    EXPECT_EQ(texts(item).size(), 2u);
}

TEST(Continuation, AListIsOpenedByItsQuotedName) {
    for (const char* line : {R"("items": [)", R"(  "items" : [ )", "\t\"items\":[", R"("Records": [)"})
        EXPECT_NE(opens_list(line), "") << line;
    for (const char* line :
         {"", "[", ": [", R"("items": )", R"("items" [)", R"("items": {)", R"(items": [)", R"("items: [)",
          R"(xitems": [)", R"("itemsx: [)", R"("": [)", R"(": [)", R"("spec": [)"})
        EXPECT_EQ(opens_list(line), "") << line;
}

TEST(Parts, AreJoinedByStream) {
    const std::string t = "2026-01-05T10:00:00.1Z ";
    const std::vector<Joined> cri =
        join_parts(t + "stdout P {\"a\n" + t + "stderr F klog\n" + t + "stdout F \":1}");
    ASSERT_EQ(cri.size(), 2u);
    EXPECT_EQ(cri[0].text, "klog");
    EXPECT_EQ(cri[1].text, "{\"a\":1}");
    EXPECT_EQ(cri[1].time, parse_time("2026-01-05T10:00:00.1Z"));
    EXPECT_TRUE(join_parts("no part").empty());
    EXPECT_FALSE(cri_line("2026-01-05T10:00:00Z stdout X y"));
    EXPECT_FALSE(cri_line("2026-01-05T10:00:00Z other F y"));
    EXPECT_FALSE(docker_part(R"({"log":"a","time":"t"})"));
}

}  // namespace
}  // namespace redshank::audit
