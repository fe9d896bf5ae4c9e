#include "daemon/alerts/silence.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "core/finding/fields.h"
#include "core/state/row.h"

namespace redshank {
namespace {

TEST(Silence, MatchesWhenAllMatchersDo) {
    Finding finding{.detector = "rule", .kind = "crd-failing", .cluster = "c"};
    finding.actor = FindingActor{.user = "alice"};
    const struct {
        std::vector<const char*> matchers;
        bool matches;
    } cases[] = {
        {{"actor=alice"}, true},
        {{"actor=ali"}, false},
        {{"actor=~ali"}, false},  // must match the whole text
        {{"actor=~ali.*"}, true},
        {{"actor!=bob", "kind=~crd-.*"}, true},
        {{"actor!=bob", "kind!~crd-.*"}, false},
        {{"namespace="}, true},
        {{}, false},
    };
    for (const auto& expected : cases) {
        Silence silence;
        for (const char* text : expected.matchers) silence.matchers.push_back(parse_matcher(text));
        EXPECT_EQ(silence.matches(finding), expected.matches);
        const auto again = read_row<Silence>(write_row(silence));
        EXPECT_EQ(again && again->matches(finding), expected.matches);
    }
}

TEST(Silence, MatchesTheIncidentByItsIdOrHowThatBegins) {
    Finding finding{.detector = "rule", .kind = "k"};
    finding.actor = FindingActor{.user = "alice", .source_ip = "192.0.2.7"};
    const struct {
        const char *matcher, *incident;
        bool matches;
    } cases[] = {
        {"incident=i_4k2mab", "i_4k2mabcd", true},  {"incident=i_4k2mabcd", "i_4k2mabcd", true},
        {"incident=i_4k2mac", "i_4k2mabcd", false}, {"incident=i_4k2mabcde", "i_4k2mabcd", false},
        {"incident=i_4k2mab", "", false},           {"incident=", "", true},
        {"incident=", "i_4k2mabcd", false},         {"incident!=i_4k2mab", "i_4k2mabcd", false},
        {"incident!=i_4k2mab", "i_5k2mabcd", true}, {"incident=~i_4.*", "i_4k2mabcd", true},
        {"source_ip=192.0.2.7", "", true},          {"source_ip=192.0.2.8", "", false},
    };
    for (const auto& c : cases) {
        const Silence silence{.matchers = {parse_matcher(c.matcher)}};
        EXPECT_EQ(silence.matches(finding, c.incident), c.matches) << c.matcher << ' ' << c.incident;
    }
}

TEST(Silence, SaysWhatIsWrongWithAMatcher) {
    const std::pair<const char*, const char*> cases[] = {
        {"alice", "a matcher is FIELD=VALUE"},        {"user=alice", "is no field (known: cluster, detector"},
        {"actor!alice", "the operator must be"},      {"actor=~(", "missing )"},
        {"incident=i_4k", "at least six characters"}, {"incident=4k2mab", "such as i_4k2m"},
    };
    for (const auto& [text, problem] : cases) {
        try {
            parse_matcher(text);
            ADD_FAILURE() << text;
        } catch (const std::runtime_error& error) {
            EXPECT_NE(std::string(error.what()).find(problem), std::string::npos) << error.what();
        }
    }
}

TEST(Fields, ExpandLinksWithoutLettingAnythingOut) {
    Finding finding{.id = "f_1", .kind = "off-hours"};
    finding.object.emplace().namespace_ = "a b/{id}&x=<!channel>";
    EXPECT_EQ(expand_link("https://wiki/{kind}?ns={namespace}&id={id}", finding),
              "https://wiki/off-hours?ns=a%20b%2F%7Bid%7D%26x%3D%3C%21channel%3E&id=f_1");
}

}  // namespace
}  // namespace redshank
