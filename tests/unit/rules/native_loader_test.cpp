#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "detectors/by_rule/examples.h"
#include "rules/loader.h"
#include "rules/packs.h"

namespace redshank::rules {
namespace {

struct Mistake {
    const char* text;
    const char* says;
};

TEST(NativeRules, ErrorsSayWhereAndWhat) {
    for (const Mistake& mistake :
         {Mistake{
              "[[rule]]\nid = 'a'\ntitle = 'A'\ncondition = '''\nverb = \"get\"\n  and verbb = \"x\"'''\n",
              "r.toml:6:7: unknown field verbb (did you mean verb?)"},
          Mistake{"[[rule]]\nid = 'a'\ntitle = 'A'\ncondition = 'verbb = \"x\"'\n",
                  "r.toml:4:14: unknown field"},
          Mistake{"[[rule]]\nid = 'a'\ntitle = 'A'\ncondition = '''verbb = \"x\"'''\n",
                  "r.toml:4:16: unknown field"},
          Mistake{"[[rule]]\nid = 'a'\ntitle = 'A'\ncondition = 'x'\n", "r.toml:4:14: "},
          Mistake{"[[rule]]\nid = 'a'\ntitel = 'A'\n", "unknown key rule.titel (did you mean title?)"},
          Mistake{"[[rule]]\ntitle = 'A'\n", "r.toml:1:1: needs the key id"},
          Mistake{"[[rule]]\nid = 'A b'\n", "an id is made of"},
          Mistake{"[[rule]]\nid = 'a'\ntitle = 'A'\nseverity = 'hihg'\n", "did you mean high?"},
          Mistake{"[[rule]]\nid = 'a'\ntitle = 'A'\ncondition = 'succeeded'\nsummary = 'x {foo} y'\n",
                  "r.toml:5:15: unknown field foo"},
          Mistake{"[[rule]]\nid = 'a'\ntitle = 'A'\ncondition = 'succeeded'\nthreshold.count = 0\n",
                  "from 1 to 10000"},
          // These once crashed.
          Mistake{"[[rule]]\nid = 'a'\ntitle = 'A'\ncondition = 'verb regex userAgent'\n",
                  "regex needs a text, not another field"},
          Mistake{"[[rule]]\nid = 'a'\ntitle = 'A'\ncondition = 'source.ip cidr userAgent'\n",
                  "cidr needs a text, not another field"},
          Mistake{"x = \n", "r.toml:1:"}, Mistake{"", "holds no [[rule]]"}}) {
        try {
            load_native(mistake.text, "r.toml");
            ADD_FAILURE() << "no error: " << mistake.text;
        } catch (const RuleError& error) {
            EXPECT_NE(std::string(error.what()).find(mistake.says), std::string::npos) << error.what();
        }
    }
}

// Runs each example of each shipped rule; every rule must have one that matches and one that does not.
TEST(ShippedPacks, ExamplesHold) {
    for (const std::string_view pack : pack_names()) {
        const auto rules = load_rules({.packs = {std::string(pack)}, .files = {}, .disable = {}});
        for (const RulePtr& rule : rules->rules()) {
            size_t matching = 0;
            for (const by_rule::ExampleResult& result : by_rule::run_examples(rule)) {
                EXPECT_TRUE(result.passed) << result.example->place.to_string() << " " << rule->id << ": "
                                           << result.example->name << ": " << result.problem;
                matching += result.example->matches;
            }
            EXPECT_GT(matching, 0u) << rule->id << " has no example that must match";
            EXPECT_GT(rule->examples.get().size(), matching)
                << rule->id << " has no example that must not match";
        }
    }
}

void expect_same(const RuleExample& a, const RuleExample& b) {
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.matches, b.matches);
    EXPECT_EQ(a.events, b.events);
    EXPECT_EQ(a.place.to_string(), b.place.to_string());
}

// A pack is read without its examples; when they are asked for they are as if it had been read whole.
TEST(ShippedPacks, LeaveNothingOfTheirFilesOut) {
    for (const PackFile& file : shipped_files()) {
        const Rules whole = load_native(file.text, std::string(file.name));
        const Rules pack = load_pack(file.text, std::string(file.name));
        ASSERT_EQ(pack.size(), whole.size()) << file.name;
        for (size_t i = 0; i < whole.size(); ++i) {
            EXPECT_EQ(pack[i]->id, whole[i]->id);
            EXPECT_EQ(pack[i]->place.to_string(), whole[i]->place.to_string());
            EXPECT_EQ(pack[i]->fingerprint, whole[i]->fingerprint);
            const auto &some = pack[i]->examples.get(), &all = whole[i]->examples.get();
            ASSERT_EQ(some.size(), all.size()) << whole[i]->id;
            for (size_t at = 0; at < all.size(); ++at) expect_same(some[at], all[at]);
        }
    }
}

// The first example is read when it is asked for: its mistake has its place then, and was none before.
TEST(ShippedPacks, ReadExamplesWhenTheyAreAskedFor) {
    const std::string text =
        "[define]\nput = 'verb = \"create\"'\n[[rule]]\nid = 'a'\ntitle = 'A'\ncondition = '@put'\n"
        "[[rule.example]]\nname = 'none'\n[[rule.example]]\nname = 'two'\nevents = [\n    {verb = "
        "'create'},\n]\n"
        "\n[[rule]]\nid = 'b'\ntitle = 'B'\ncondition = '@put'\n[rule.threshold]\ncount = 7\n"
        "[[rule]]\nid = 'c'\ntitle = 'C'\ncondition = '@put'\n[[rule.example]]\nname = 'last'\n"
        "match = false\nevent = {verb = 'get'}";
    const Rules rules = load_pack(text, "p.toml");
    ASSERT_EQ(rules.size(), 3u);
    try {
        (void)rules[0]->examples.get();
        ADD_FAILURE() << "an example without events is none";
    } catch (const RuleError& error) {
        EXPECT_STREQ(error.what(), "p.toml:7:1: an example needs event or events");
    }
    EXPECT_TRUE(rules[1]->examples.get().empty());
    EXPECT_EQ(rules[1]->count, 7u);
    EXPECT_EQ(rules[2]->place.to_string(), "p.toml:21");
    const std::vector<RuleExample>& examples = rules[2]->examples.get();
    ASSERT_EQ(examples.size(), 1u);
    EXPECT_EQ(examples[0].name, "last");
    EXPECT_FALSE(examples[0].matches);
    EXPECT_EQ(examples[0].place.to_string(), "p.toml:25");
    EXPECT_NE(examples[0].events.at(0).find("\"verb\":\"get\""), std::string::npos);
    EXPECT_EQ(examples.data(), rules[2]->examples.get().data()) << "they are read once";
}

TEST(Docs, FieldTableIsThatOfTheCode) {
    std::ifstream in(std::string(REDSHANK_SOURCE_DIR) + "/docs/rules.md");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_NE(text.find(field_table_markdown()), std::string::npos)
        << "put the output of `redshank rules fields` at the end of docs/rules.md";
}

// The rule and the examples at the beginning of docs/rules.md.
TEST(Docs, FirstRuleWorks) {
    std::ifstream in(std::string(REDSHANK_SOURCE_DIR) + "/docs/rules.md");
    std::string rule;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("    [[rule]]")) inside = true;
        if (inside && line.starts_with("    $ ")) break;
        if (inside) rule += line.size() > 4 ? line.substr(4) + "\n" : "\n";
    }
    const auto loaded = load_native(rule, "docs/rules.md");
    ASSERT_EQ(loaded.size(), 1u);
    for (const by_rule::ExampleResult& result : by_rule::run_examples(loaded[0]))
        EXPECT_TRUE(result.passed) << result.example->name;
    EXPECT_EQ(loaded[0]->examples.get().size(), 2u);
}

}  // namespace
}  // namespace redshank::rules
