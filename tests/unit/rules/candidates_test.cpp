#include "rules/candidates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "rules/condition_parser.h"
#include "rules/loader.h"
#include "rules/may_hold.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

using rules::ConditionPtr;

ConditionPtr condition(const std::string& text) {
    return rules::parse_condition(text);
}

// The event of EventSpec: alice gets the pod "web", and its URI, body and annotations are not of its kind.
bool may_hold(const std::string& text) {
    const test::ParsedEvent event = test::EventSpec{}.parsed();
    const test::Understood understood(*event);
    rules::Context context;
    context.reset(understood, true);
    return rules::may_hold(*condition(text), context);
}

TEST(MayHold, IsDecidedByTheKindWhereThatIsEnough) {
    const std::pair<const char*, bool> cases[] = {
        {R"(verb = "get")", true},
        {R"(verb = "list")", false},
        {R"(not verb = "get")", false},
        {R"(not verb = "list")", true},
        {R"(objectRef.name = "other")", true},
        {R"(not objectRef.name = "web")", true},
        {R"(verb = "get" and objectRef.name = "other")", true},
        {R"(verb = "list" and objectRef.name = "web")", false},
        {R"(objectRef.name = "other" and verb = "list")", false},
        {R"(verb = "list" or objectRef.name = "other")", true},
        {R"(verb = "list" or user.username = "bob")", false},
        {R"(not (verb = "get" or objectRef.name = "other"))", false},
        {R"(not (verb = "get" and objectRef.name = "other"))", true},
        {R"(exists(objectRef.subresource))", false},
        {R"(exists(requestObject.spec))", true},
        {R"(any requestObject.items has (.name = "x"))", true},
        {R"(verb = "list" and any requestObject.items has (.name = "x"))", false},
        {R"(requestURI contains "exec")", true},
        {R"(annotations["k"] = "v")", true},
        {R"(responseStatus.code >= 400)", false},
        {R"(actor.kind = "anonymous")", false},
        {R"(grant.unseen)", true},
        {R"(source.own)", true},
        {R"(answers)", true},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(may_hold(text), expected) << text;
}

// Every rule whose condition holds is among the candidates, whatever was remembered of the event's kind.
void expect_asks_all_that_hold(const std::filesystem::path& file, size_t places) {
    const auto rules = rules::load_rules({.packs = {"kubernetes"}, .files = {}, .disable = {}});
    rules::Candidates candidates(*rules);
    rules::Context context;
    Symbols symbols(places);
    size_t held = 0, asked = 0, events = 0;
    test::Log(file).each_event([&](const audit::Event& event, uint64_t offset) {
        const Request request = symbols.understand(event);
        const std::vector<uint32_t>& found = candidates.of(request, true);
        ASSERT_TRUE(std::is_sorted(found.begin(), found.end()));
        context.reset(request, true);
        ++events;
        asked += found.size();
        for (uint32_t at = 0; at < rules->rules().size(); ++at) {
            if (!rules->rules()[at]->condition->test(context)) continue;
            ++held;
            ASSERT_TRUE(std::binary_search(found.begin(), found.end(), at))
                << rules->rules()[at]->id << " at byte " << offset;
        }
    });
    EXPECT_GT(held, 0U) << file;
    EXPECT_LT(asked, 4 * events) << "most rules are ruled out by the kind: " << file;
}

TEST(Candidates, HoldEveryRuleThatMatches) {
    const auto sample = std::filesystem::path(REDSHANK_SOURCE_DIR) / "samples/audit.log";
    for (const size_t places : {size_t{1}, Symbols::kMost}) expect_asks_all_that_hold(sample, places);
}

TEST(Candidates, HoldEveryRuleThatMatchesInTheRecordings) {
    NEEDS_SHARED("corpus/attacks-dev");
    for (const char* name : {"attacks-dev", "fat-course", "crd-failures", "webhook-bodies-batch"}) {
        const auto file = test::shared_dir() / "corpus" / name / "audit.log.zst";
        if (std::filesystem::exists(file)) expect_asks_all_that_hold(file, Symbols::kMost);
    }
}

}  // namespace
}  // namespace redshank
