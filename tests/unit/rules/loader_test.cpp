// Which files are loaded, as which language, and which rules of them remain.
#include "rules/loader.h"

#include <gmock/gmock.h>

#include "rules/path.h"
#include "tests/support/temp_dir.h"

namespace redshank::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFalco =
    "- rule: Falco one\n  desc: d\n  condition: ka.verb=get\n  output: o\n  priority: WARNING\n  source: "
    "k8s_audit\n";
constexpr const char* kSigma =
    "title: Sigma one\nid: sigma-one\nlogsource: {product: kubernetes, service: audit}\n"
    "detection:\n  sel: {verb: get}\n  condition: sel\n";

std::string native(const std::string& id) {
    return "[[rule]]\nid = '" + id + "'\ntitle = 'Title " + id + "'\ncondition = 'verb = \"get\"'\n";
}

class LoaderTest : public ::testing::Test {
  protected:
    std::string put(const std::string& name, const std::string& text) {
        test::write_file(folder_.file(name), text);
        return folder_.file(name);
    }
    static std::vector<std::string> titles(const Rules& rules) {
        std::vector<std::string> out;
        for (const RulePtr& rule : rules) out.push_back(rule->title);
        return out;
    }
    static std::vector<std::string> load(RuleSources sources) {
        sources.packs.clear();
        try {
            return titles(load_rules(sources)->rules());
        } catch (const RuleError& error) {
            return {error.what()};
        }
    }
    test::TempDir folder_;
};

// What stands before the first line that says it is a list or a table.
TEST_F(LoaderTest, AListIsOfFalcoAndATableOfSigma) {
    for (const char* before : {"", "\n", "\n\n", "# c\n", "#\n#\n", "  # c\n", "---\n", "--- # c\n",
                               "%YAML 1.2\n---\n", " \t\r\n", "\r\n# c\r\n---\r\n"}) {
        EXPECT_THAT(load({.files = {put("f.yaml", std::string(before) + kFalco)}}), ElementsAre("Falco one"))
            << before;
        EXPECT_THAT(load({.files = {put("s.yml", std::string(before) + kSigma)}}), ElementsAre("Sigma one"))
            << before;
    }
    EXPECT_THAT(load({.files = {put("f.yaml", "# c\n[]\n")}}), IsEmpty());
    EXPECT_THAT(load({.files = {put("f.yaml", "")}}), IsEmpty());
    EXPECT_THAT(load({.files = {put("f.yaml", "# only a comment")}}), IsEmpty());
}

TEST_F(LoaderTest, NativeRulesComeFirstThenFalcosThenSigmas) {
    const std::string sigma = put("a.yml", kSigma), falco = put("b.yaml", kFalco),
                      two = put("c.toml", native("x") + native("y"));
    EXPECT_THAT(load({.files = {sigma, falco, two}}),
                ElementsAre("Title x", "Title y", "Falco one", "Sigma one"));
    EXPECT_THAT(load({.files = {folder_.file("*.y*ml")}}), ElementsAre("Falco one", "Sigma one"));
    EXPECT_THAT(load({.files = {folder_.file("[c].toml")}}), ElementsAre("Title x", "Title y"));
    EXPECT_THAT(load({.files = {folder_.file("?.toml")}}), ElementsAre("Title x", "Title y"));
}

TEST_F(LoaderTest, SaysWhatCannotBeLoaded) {
    const std::string x = put("x.toml", native("x"));
    EXPECT_THAT(load({.files = {folder_.file("none.toml")}}),
                ElementsAre(HasSubstr("none.toml: does not exist")));
    EXPECT_THAT(load({.files = {folder_.file("none*.toml")}}), IsEmpty());
    for (const char* name : {"x.txt", "xtoml", "x.yaml.bak", "x.TOML", "x.yam"})
        EXPECT_THAT(load({.files = {put(name, native("x"))}}), ElementsAre(HasSubstr("is not called .toml")))
            << name;
    EXPECT_THAT(load({.files = {x, x}}), ElementsAre(HasSubstr("there is another rule with the id x")));
    EXPECT_THAT(load({.files = {folder_.path().string()}}),
                ElementsAre(folder_.path().string() + ": cannot be read: Is a directory"));
}

TEST_F(LoaderTest, DisabledByIdOrTitle) {
    const std::string files = put("x.toml", native("aaaa") + native("bbbb") + native("cccc"));
    EXPECT_THAT(load({.files = {files}, .disable = {"aaaa"}}), ElementsAre("Title bbbb", "Title cccc"));
    EXPECT_THAT(load({.files = {files}, .disable = {"Title bbbb"}}), ElementsAre("Title aaaa", "Title cccc"));
    EXPECT_THAT(load({.files = {files}, .disable = {"cccc", "aaaa"}}), ElementsAre("Title bbbb"));
    EXPECT_THAT(load({.files = {files}, .disable = {"aaab"}}),
                ElementsAre("rules.disable: no rule has the id aaab (did you mean aaaa?)"));
    EXPECT_THAT(load({.files = {files}, .disable = {"aaaa", "aaaa"}}),
                ElementsAre(HasSubstr("no rule has the id aaaa")));
    EXPECT_THAT(load({.files = {files}, .disable = {"zzzz"}}),
                ElementsAre("rules.disable: no rule has the id zzzz"));
}

TEST_F(LoaderTest, PacksAreKnownByName) {
    EXPECT_THAT(pack_names(), ::testing::Contains("kubernetes"));
    try {
        load_rules({.packs = {"kubernets"}, .files = {}, .disable = {}});
        FAIL();
    } catch (const RuleError& error) {
        EXPECT_STREQ(error.what(), "rules.packs: there is no pack kubernets (did you mean kubernetes?)");
    }
}

TEST(Paths, AreReadAsTheyAreWritten) {
    const struct {
        const char *text, *written, *rest;
    } kGood[] = {
        {".a", ".a", ""},
        {".a.b-c_d$1", ".a.b-c_d$1", ""},
        {"[0]", "[0]", ""},
        {"[12][*]", "[12][*]", ""},
        {"['a b']", "[\"a b\"]", ""},
        {"[\"a\"].b", ".a.b", ""},
        {"['']", "[\"\"]", ""},
        {".a = 1", ".a", " = 1"},
        {".", "", "."},
        {".a.", ".a", "."},
        {"..a", "", "..a"},
        {"", "", ""},
        {".a/b", ".a", "/b"},
        {".AZ09", ".AZ09", ""},
        {".a@b", ".a", "@b"},
        {".a[b", nullptr, ""},
        {"[", nullptr, ""},
        {"[1", nullptr, ""},
        {"[1x]", nullptr, ""},
        {"[-1]", nullptr, ""},
        {"[*", nullptr, ""},
        {"['a'", nullptr, ""},
        {"['a]", nullptr, ""},
        {"['a\"]", nullptr, ""},
        {"[]", nullptr, ""},
        {"['a'x]", nullptr, ""},
    };
    for (const auto& [text, written, rest] : kGood) {
        std::string_view left = text;
        Path path;
        std::string problem;
        ASSERT_EQ(read_steps(left, path, problem), written != nullptr) << text;
        EXPECT_EQ(problem.empty(), written != nullptr) << text;
        if (written == nullptr) continue;
        EXPECT_EQ(path.to_string(), written) << text;
        EXPECT_EQ(left, rest) << text;
    }
}

}  // namespace
}  // namespace redshank::rules
