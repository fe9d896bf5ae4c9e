// What is said about each mistake in a file of Falco's or Sigma's, and where.
#include <gmock/gmock.h>

#include "rules/context.h"
#include "rules/falco_condition.h"
#include "rules/transform.h"
#include "rules/yaml_loaders.h"
#include "tests/unit/rules/rule_cases.h"

namespace redshank::rules {
namespace {

using ::testing::HasSubstr;

std::string said(std::unique_ptr<YamlLoader> loader, const std::string& text) {
    std::vector<std::string> warnings;
    try {
        loader->add(text, "f");
        loader->finish(warnings);
    } catch (const RuleError& error) {
        return error.what();
    }
    return warnings.empty() ? "" : "warning " + warnings.front();
}

struct Mistake {
    const char *text, *says;
};

const std::string kRule =
    "- rule: r\n  desc: d\n  condition: ka.verb=get\n  output: o\n  priority: WARNING\n  source: k8s_audit\n";

TEST(FalcoMistakes, AreNamedWithTheirPlace) {
    const Mistake kMistakes[] = {
        {"a: 1\n", "f:1:1: a Falco rules file is a list of items"},
        {"- x\n", "f:1:3: each item is a table with rule, macro, list or required_"},
        {"- rle: x\n", "f:1:3: unknown item rle (did you mean rule?)"},
        {"- {}\n", "f:1:3: unknown item "},
        {"- ? [a]\n  : b\n", "unknown item "},
        {"- [a: b\n", "f:"},
        {"- required_engine_version: 0.50.x\n", "f:1:28: required_engine_version is a number or like 0.50.0"},
        {"- required_engine_version: 0.1.2.3\n", "required_engine_version is a number or like 0.50.0"},
        {"- required_engine_version: 1000000\n", "required_engine_version is a number or like 0.50.0"},
        {"- required_engine_version: 1.0.0\n", "needs Falco's engine 1.0.0; the language is covered up to "},
        {"- required_engine_version: []\n", "needs Falco's engine ; the language"},
        {"- required_plugin_versions: x\n", "f:1:29: required_plugin_versions is a list"},
        {"- required_plugin_versions: [x]\n", "f:1:30: a plugin has name and version"},
        {"- required_plugin_versions: [{version: 1}]\n", "needs the key name"},
        {"- required_plugin_versions: [{name: json}]\n", "needs the key version"},
        {"- required_plugin_versions: [{name: json, version: 1}]\n", ""},
        {"- required_plugin_versions: [{name: k8saudit-eks, version: 1}]\n", ""},
        {"- required_plugin_versions: [{name: x, version: 1, alternatives: [{name: json}]}]\n", ""},
        {"- required_plugin_versions: [{name: x, version: 1}]\n",
         "warning f:1:30: the plugin x is not covered"},
        {"- list: l\n", "f:1:3: the list l needs items"},
        {"- list: [l]\n  items: [a]\n", "f:1:9: list is a text"},
        {"- list:\n  items: [a]\n", "f:1:3: needs the key list"},
        {"- list: l\n  items: {a: b}\n", "f:2:10: items is a list"},
        {"- list: l\n  items: [[a]]\n", "f:2:11: items is a list of texts"},
        {"- list: l\n  items: [a]\n  append: maybe\n", "f:3:11: append is true or false"},
        {"- list: l\n  items: [a]\n  append: [true]\n", "f:3:11: append is true or false"},
        {"- list: l\n  items: [a]\n  append: true\n", "f:1:3: there is no list l to append to"},
        {"- list: l\n  items: [a]\n  itms: 1\n",
         "warning f:3:3: unknown key itms (did you mean items?), passed over"},
        {"- list: l\n  items: [a]\n  ? [b]\n  : 1\n", "f:3:5: a key is a text"},
        {"- macro: m\n", "f:1:3: needs the key condition"},
        {"- macro: m\n  condition: [a]\n", "f:2:14: condition is a text"},
        {"- macro: m\n  condition: ka.verb=get\n  append: true\n", "f:1:3: there is no macro m to append to"},
        {"- list: l\n  items: [a]\n  append: true\n  override: {items: append}\n",
         "f:4:13: append and override cannot both be given"},
        {"- list: l\n  items: [a]\n  override: items\n",
         "f:3:13: override is a table of key: append or key: replace"},
        {"- list: l\n  items: [a]\n  override: {items: add}\n", "f:3:21: override is append or replace"},
        {"- list: l\n  items: [a]\n  override: {itms: append}\n",
         "f:3:14: itms cannot be given to override: append (did you mean items?)"},
        {"- list: l\n  override: {items: append}\n", "f:2:14: override names items, which is not given"},
        {"- rule: r\n  condition: ka.verb=x\n  tags: [a]\n  override: {tags: replace}\n",
         "f:2:3: condition is given, but override does not say how to take it"},
        {"- rule: r\n  enabled: true\n  override: {enabled: append}\n",
         "enabled cannot be given to override: append"},
        {"- rule: r\n  enabled: false\n", "f:1:3: there is no rule r to change"},
        {"- rule: r\n  condition: ka.verb=x\n  append: true\n", "f:1:3: there is no rule r to change"},
    };
    for (const auto& [text, says] : kMistakes) {
        const std::string what = said(make_falco_loader(), text);
        EXPECT_THAT(what, HasSubstr(says)) << text;
        EXPECT_EQ(what.empty(), *says == '\0') << text << what;
    }
}

TEST(FalcoMistakes, OfARuleAndItsExceptions) {
    EXPECT_EQ(said(make_falco_loader(), kRule), "");
    for (const char* key : {"desc", "condition", "output", "priority"}) {
        std::string without = kRule;
        const size_t at = without.find(std::string("  ") + key);
        without.erase(at, without.find('\n', at) + 1 - at);
        // Without condition, output and priority it is no whole rule.
        EXPECT_THAT(said(make_falco_loader(), without), HasSubstr(std::string("f:1:3: needs the key ") + key))
            << without;
    }
    std::string unknown = kRule;
    unknown.replace(unknown.find("WARNING"), 7, "WARNIN");
    EXPECT_THAT(said(make_falco_loader(), unknown),
                HasSubstr("f:5:13: unknown priority WARNIN (did you mean WARNING?)"));
    const Mistake kMistakes[] = {
        {"  enabled: 3\n", "f:7:12: enabled is true or false"},
        {"  tags: {a: b}\n", "f:7:9: tags is a list"},
        {"  exceptions: x\n", "f:7:15: exceptions is a list"},
        {"  exceptions:\n", ""},
        {"  exceptions: [x]\n", "f:7:16: an exception is a table"},
        {"  exceptions: [{fields: ka.verb}]\n", "f:7:16: needs the key name"},
        {"  exceptions: [{name: e}]\n", "f:7:16: the exception e needs fields"},
        {"  exceptions: [{name: e, fields: [ka.verb, ka.uri], comps: [=]}]\n",
         "f:7:16: fields and comps differ in number"},
        {"  exceptions: [{name: e, fields: ka.verb, comps: '='}]\n",
         "f:7:16: with one field, comps is in, intersects, pmatch"},
        {"  exceptions: [{name: e, fields: ka.verb, values: x}]\n", "f:7:51: values is a list"},
        {"  exceptions: [{name: e, fields: ka.verb, values: [[x]]}]\n",
         "with one field, each of values is a text"},
        {"  exceptions: [{name: e, fields: ka.verb, values: [x]}]\n", ""},
        {"  exceptions: [{name: e, fields: [ka.verb], values: [x]}]\n",
         "each of values has as many items as there are fields"},
        {"  exceptions: [{name: e, fields: [ka.verb, ka.uri], values: [[x]]}]\n",
         "each of values has as many items as there are fields"},
        {"  exceptions: [{name: e, fields: [ka.verb, ka.uri], values: [[x, {a: b}]]}]\n",
         "a value is a text or a list of texts"},
        {"  exceptions: [{name: e, fields: [ka.verb, ka.uri], comps: [=, in], values: [[x, [[y]]]]}]\n",
         "a value is a text or a list of texts"},
        {"  exceptions: [{name: e, fields: ka.verb, values: [x]}, {name: e, fields: ka.uri}]\n",
         "warning f:7:57: another exception is called e, passed over"},
        {"  exceptions: [{name: e, fields: ka.verb, valus: [x]}]\n",
         "unknown key valus (did you mean values?), passed over"},
    };
    for (const auto& [text, says] : kMistakes) {
        const std::string what = said(make_falco_loader(), kRule + text);
        EXPECT_THAT(what, HasSubstr(says)) << text;
        EXPECT_EQ(what.empty(), *says == '\0') << text << what;
    }
}

TEST(SigmaMistakes, AreNamedWithTheirPlace) {
    const std::string head = "title: t\nlogsource: {product: kubernetes, service: audit}\n";
    const std::string rule = head + "name: n\ndetection:\n  s: {verb: get}\n  condition: s\n";
    const std::string count = rule + "---\ntitle: c\ncorrelation:\n  rules: [n]\n  timespan: 5m\n";
    const std::pair<std::string, const char*> kMistakes[] = {
        {rule, ""},
        {"[a]\n", "f:1:1: a Sigma rule is a table"},
        {head + "action: global\n", "collections with action: were removed from Sigma"},
        {head, "f:1:1: needs detection or correlation"},
        {"title: t\ndetection: {}\n", "needs a logsource"},
        {"title: t\nlogsource: x\ndetection: {}\n", "needs a logsource"},
        {"title: t\nlogsource: {product: linux, service: audit}\ndetection: {}\n",
         "warning f:1:1: \"t\" is skipped: it is for product linux, service audit, not for product "
         "kubernetes"},
        {rule + "---\ntitle: c\ncorrelation: {type: temporal, rules: [n, m], timespan: 5m}\n",
         "there is no rule m"},
        {rule + "level: hihg\n", "f:7:8: unknown level hihg (did you mean high?)"},
        {rule + "level: informational\n", ""},
        {rule + "references: {a: b}\n", "references is a list"},
        {rule + "---\nfilter: x\nlogsource: {product: kubernetes, service: audit}\n",
         "filter is a table of rules, selections and a condition"},
        {rule +
             "---\nfilter: {condition: s, s: {verb: x}}\nlogsource: {product: kubernetes, service: audit}\n",
         "filter needs rules"},
        {rule + "---\nfilter: {rules: [n], s: {verb: x}}\nlogsource: {product: kubernetes, service: audit}\n",
         "filter needs a condition"},
        {rule + "---\nfilter: {rules: [nn], condition: s, s: {verb: x}}\nlogsource: {product: kubernetes, "
                "service: audit}\n",
         "there is no rule nn"},
        {rule + "---\nfilter: {rules: any, condition: s, s: {verb: x}}\nlogsource: {product: kubernetes, "
                "service: audit}\n",
         ""},
        {rule + "---\ntitle: c\ncorrelation: x\n", "correlation is a table"},
        {count + "  typ: event_count\n", "unknown key typ (did you mean type?)"},
        {count + "  ? [a]\n  : b\n", "a key is a text"},
        {count + "  type: event_counts\n  condition: {gte: 3}\n", "unknown type event_counts"},
        {count + "  condition: {gte: 3}\n", "needs the key type"},
        {count + "  type: event_count\n  condition: {gte: 3}\n", ""},
        {count + "  type: event_count\n  condition: {gte: 10000}\n", ""},
        {count + "  type: event_count\n  condition: {gte: 10001}\n", "gte is a number up to 10000"},
        {count + "  type: event_count\n  condition: {gte: 3x}\n", "gte is a number up to 10000"},
        {count + "  type: event_count\n  condition: {gte: x}\n", "gte is a number up to 10000"},
        {count + "  type: event_count\n  condition: {gtee: 3}\n", "unknown key gtee (did you mean gte?)"},
        {count + "  type: event_count\n  condition: {}\n", "needs gt, gte, lt, lte, eq or neq"},
        {count + "  type: event_count\n", "event_count needs a condition such as gte: 10"},
        {count + "  type: event_count\n  condition: 3\n", "event_count needs a condition such as gte: 10"},
        {count + "  type: event_count\n  condition: {gte: 3, field: verb}\n", "event_count takes no field"},
        {count + "  type: value_count\n  condition: {gte: 3}\n", "value_count needs a field"},
        {count + "  type: value_count\n  condition: {gte: 3, field: verb}\n", ""},
        {count + "  type: temporal\n", "temporal needs two rules or more"},
        {rule + "---\ntitle: c\ncorrelation: {type: event_count, rules: [], timespan: 5m}\n",
         "correlation needs rules"},
        {rule + "---\ntitle: c\ncorrelation: {type: event_count, rules: [x], timespan: 5m}\n",
         "there is no rule x"},
        {rule + "---\ntitle: c\ncorrelation: {type: event_count, rules: [n]}\n", "needs the key timespan"},
        {rule + "---\ntitle: c\ncorrelation: {type: event_count, rules: [n], timespan: 0s}\n",
         "timespan is like 30s"},
        {rule + "---\ntitle: c\ncorrelation: {type: event_count, rules: [n], timespan: soon}\n",
         "timespan is like 30s"},
        {rule + "---\ntitle: c\nname: cc\ncorrelation: {type: event_count, rules: [cc], timespan: 5m}\n",
         "correlations of correlations are not supported"},
    };
    for (const auto& [text, says] : kMistakes) {
        const std::string what = said(make_sigma_loader(), text);
        EXPECT_THAT(what, HasSubstr(says)) << text;
        EXPECT_EQ(what.empty(), *says == '\0') << text << what;
    }
}

// A lower limit is a count that is reached; any other is held against the whole window.
TEST(SigmaCorrelations, OnlyALowerLimitIsACount) {
    const struct {
        const char* condition;
        uint64_t count;
        size_t limits;
    } kCases[] = {{"gt: 3", 4, 0}, {"gte: 3", 3, 0}, {"gte: 0", 1, 0},
                  {"lt: 3", 0, 1}, {"eq: 3", 0, 1},  {"gte: 3, lte: 5", 0, 2}};
    for (const auto& [condition, count, limits] : kCases) {
        const auto loader = make_sigma_loader();
        loader->add(std::string("title: t\nlogsource: {product: kubernetes, service: audit}\nname: "
                                "n\ndetection:\n  s: {verb: get}\n"
                                "  condition: s\n---\ntitle: c\ncorrelation: {type: event_count, rules: [n], "
                                "timespan: 5m, condition: {") +
                        condition + "}}\n",
                    "f");
        std::vector<std::string> warnings;
        const RulePtr rule = loader->finish(warnings).back();
        EXPECT_EQ(rule->limits.size(), limits) << condition;
        if (limits == 0) {
            EXPECT_EQ(rule->count, count) << condition;
        }
    }
}

TEST(YamlLimits, OfSizeAndNesting) {
    const std::string deep(1000, '['), closed(1000, ']');
    EXPECT_THAT(said(make_falco_loader(), "- list: l\n  items: [a]\n# " + deep + closed + "\n"), "");
    EXPECT_THAT(said(make_falco_loader(), "- list: l\n  items: [a]\n# [" + deep + closed + "]\n"),
                HasSubstr("nests too deeply"));
    const std::string head = "- list: l\n  items: [a]\n#";
    EXPECT_EQ(said(make_falco_loader(), head + std::string((8u << 20) - head.size(), ' ')), "");
    EXPECT_THAT(said(make_falco_loader(), head + std::string((8u << 20) - head.size() + 1, ' ')),
                HasSubstr("is larger than 8 MiB"));
}

// Each letter of base64, and the ends of texts.
TEST(Transforms, GiveTheTextThatIsCompared) {
    const FalcoNames none{[](std::string_view name, size_t at) -> ConditionPtr {
                              throw ConditionError(at, "there is no macro " + std::string(name));
                          },
                          [](std::string_view) -> const std::vector<std::string>* { return nullptr; }};
    const struct {
        const char *agent, *condition;
        bool holds;
    } kCases[] = {
        {"QUJD", "b64(ka.useragent) = ABC", true},
        {"YWJjeHl6", "b64(ka.useragent) = abcxyz", true},
        {"QQ==", "b64(ka.useragent) = A", true},
        {"QQ", "b64(ka.useragent) = A", true},
        {"MDk=", "b64(ka.useragent) = 09", true},
        {"fn5+", "b64(ka.useragent) = '~~~'", true},
        {"fn5-", "b64(ka.useragent) = '~~~'", true},
        {"Pz8/", "b64(ka.useragent) = \"???\"", true},
        {"Pz8_", "b64(ka.useragent) = \"???\"", true},
        {"QU!D", "b64(ka.useragent) glob *", false},
        {"Zm9v", "b64(ka.useragent) = foo", true},
        {"Zm9w", "b64(ka.useragent) = foo", false},
        {"Zm9w", "b64(ka.useragent) glob *", true},
        {"QUJD QUJD", "b64(ka.useragent) glob *", false},
        {"aZ@[`{", "toupper(ka.useragent) = 'AZ@[`{'", true},
        {"aZ@[`{", "tolower(ka.useragent) = 'az@[`{'", true},
        {"a/b/c", "basename(ka.useragent) = c", true},
        {"abc", "basename(ka.useragent) = abc", true},
        {"abc/", "basename(ka.useragent) = abc", false},
        {"abc", "len(ka.useragent) = 3", true},
        {"abc", "len(ka.useragent) > 3", false},
        {"abc", "len(ka.useragent) >= 3", true},
        {"abc", "len(ka.useragent) < 3", false},
    };
    for (const auto& [agent, condition, holds] : kCases) {
        Rule rule;
        rule.condition = parse_falco_condition(condition, none);
        EXPECT_EQ(test::matches(rule, {.agent = agent}), holds) << agent << " " << condition;
    }
}

}  // namespace
}  // namespace redshank::rules
