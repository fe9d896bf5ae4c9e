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

TEST(Silence, SaysWhatIsWrongWithAMatcher) {
    const std::pair<const char*, const char*> cases[] = {
        {"alice", "a matcher is FIELD=VALUE"},
        {"user=alice", "is no field (known: cluster, detector"},
        {"actor!alice", "the operator must be"},
        {"actor=~(", "missing )"},
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
