#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "detectors/by_rule/examples.h"
#include "rules/loader.h"

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
            EXPECT_GT(rule->examples.size(), matching) << rule->id << " has no example that must not match";
        }
    }
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
    EXPECT_EQ(loaded[0]->examples.size(), 2u);
}

}  // namespace
}  // namespace redshank::rules
