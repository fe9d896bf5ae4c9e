// Every sentence keeps the rules of language: over recorded logs, the sample, and events mutated into what no
// server would send. REDSHANK_MUTATED_EVENTS asks for more of them than the 4,000 that fit into a unit test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <set>

#include "tests/support/corpus.h"
#include "tests/support/language.h"
#include "tests/unit/language/talkative.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;

// The wrong sentences of all that is told, each once; the first of them.
struct Listener {
    std::set<std::string> wrong, kinds;
    size_t findings = 0;

    void take(const std::vector<Finding>& told) {
        for (const Finding& finding : told) {
            ++findings;
            kinds.insert(finding.kind);
            for (std::string& one : test::wrong_in(finding)) {
                if (wrong.size() < 40) wrong.insert(std::move(one));
            }
        }
    }
    std::string all() const {
        std::string out;
        for (const std::string& one : wrong) out += "\n  " + one;
        return out;
    }
};

void listen(const test::Log& log, Listener& listener) {
    Engine engine(test::talkative());
    log.each_event([&](const audit::Event& event, uint64_t offset) {
        engine.observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
        listener.take(engine.drain());
    });
    listener.take(engine.drain(true));
}

TEST(Language, OfTheSample) {
    Listener listener;
    listen(test::Log(fs::path(REDSHANK_SOURCE_DIR) / "samples/audit.log"), listener);
    EXPECT_GT(listener.findings, 10U);
    EXPECT_TRUE(listener.wrong.empty()) << listener.all();
}

TEST(Language, OfEveryRecording) {
    NEEDS_SHARED("corpus");
    Listener listener;
    size_t logs = 0;
    for (const auto& folder : fs::directory_iterator(test::shared_dir() / "corpus")) {
        const fs::path log = folder.path() / "audit.log.zst";
        // The four weeks are too long for a unit test.
        if (!fs::exists(log) || folder.path().filename() == "long") continue;
        listen(test::Log(log), listener);
        ++logs;
    }
    EXPECT_GT(logs, 5U);
    EXPECT_GT(listener.findings, 100U);
    EXPECT_TRUE(listener.wrong.empty()) << listener.all();
}

// Values that stand where a name stood.
const std::string& odd_value(std::mt19937& random) {
    static const std::vector<std::string> kOdd = {
        "",
        "-",
        "-rf",
        ".",
        "a b",
        "x\\\"y",
        "\\u0007bell",
        "\\u202egnp.exe",
        "\\u200b",
        "did: list secrets",
        "alice was refused: list pods. Then bob did it",
        "{objectRef.name}",
        "once in 0.0 days",
        "\\ud83d\\ude00",
        "<!channel>",
        "https://evil.example/x?token=1",
        "*",
        "system:node:",
        "system:serviceaccount:a:b:c",
        "system:serviceaccount::",
        "system:anonymous",
        std::string(300, 'w'),
        std::string(10'000, 'z'),
        "\\u00e4\\u00f6\\u00fc\\u6f22\\u5b57",
        "a\\nb\\tc",
        "sh.helm.release.v1.x",
        "kube-system",
    };
    return kOdd[random() % kOdd.size()];
}

// Replaces the text after `"key":"` once, at a random place where it occurs.
void mutate_text(std::string& line, std::string_view key, std::mt19937& random) {
    const std::string mark = "\"" + std::string(key) + "\":\"";
    std::vector<size_t> places;
    for (size_t at = line.find(mark); at != std::string::npos; at = line.find(mark, at + 1))
        places.push_back(at + mark.size());
    if (places.empty()) return;
    const size_t start = places[random() % places.size()];
    size_t end = start;
    while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
    if (end < line.size()) line.replace(start, end - start, odd_value(random));
}

void mutate(std::string& line, std::mt19937& random) {
    static constexpr std::string_view kTexts[] = {"username",
                                                  "name",
                                                  "namespace",
                                                  "resource",
                                                  "subresource",
                                                  "apiGroup",
                                                  "apiVersion",
                                                  "verb",
                                                  "userAgent",
                                                  "requestURI",
                                                  "message",
                                                  "kind",
                                                  "authorization.k8s.io/reason"};
    const size_t times = 1 + random() % 3;
    for (size_t i = 0; i < times; ++i) mutate_text(line, kTexts[random() % std::size(kTexts)], random);
    if (random() % 8 == 0) {  // other outcomes
        static constexpr std::string_view kCodes[] = {"401", "403", "404", "409", "422",
                                                      "500", "504", "0",   "999"};
        const size_t code = line.find("\"code\":");
        if (code != std::string::npos)
            line.replace(code + 7, line.find_first_of(",}", code) - code - 7,
                         kCodes[random() % std::size(kCodes)]);
    }
    if (random() % 16 == 0) {  // no object
        const size_t object = line.find(",\"objectRef\":{");
        if (object != std::string::npos) line.erase(object, line.find('}', object) - object + 1);
    }
}

size_t wanted_events() {
    const char* text = std::getenv("REDSHANK_MUTATED_EVENTS");
    return text == nullptr ? 4'000 : std::strtoull(text, nullptr, 10);
}

TEST(Language, OfMutatedEvents) {
    const test::Log sample(fs::path(REDSHANK_SOURCE_DIR) / "samples/audit.log");
    std::vector<std::string> lines;
    sample.each_line([&](std::string_view line, uint64_t) { lines.emplace_back(line); });
    std::mt19937 random(7);
    Listener listener;
    for (size_t made = 0, wanted = wanted_events(); made < wanted;) {
        std::string text;
        for (const std::string& line : lines) {
            std::string other = line;
            if (random() % 2 == 0) mutate(other, random);
            text += other + "\n";
            ++made;
        }
        listen(test::Log::of_text(std::move(text)), listener);
        if (::testing::Test::HasFailure()) break;
    }
    EXPECT_GT(listener.kinds.size(), 20U);
    EXPECT_TRUE(listener.wrong.empty()) << listener.all();
}

TEST(Language, TheCheckerHearsWhatIsWrong) {
    const struct {
        const char *text, *wrong;
    } cases[] = {
        {"alice listed all Secrets in shop.", ""},
        {"Service account ci/bot read Secret shop/db. Never done in 16 days; none of 3 peers did this.", ""},
        {"\"did: x\" listed all Secrets in shop.", ""},
        {"alice did: list secrets in shop.", "it says 'did:'"},
        {"alice listed the secrets of -.", "it says 'of -'"},
        {"service account ci/bot read Secret shop/db.", "it begins without a capital"},
        {"alice listed all Secrets in shop", "it does not end like a sentence"},
        {"alice read  Secret.", "it says '  '"},
        {"alice sent 1 requests.", "it says 'a plural of one'"},
        {"alice sent 21 requests.", ""},
        {"alice read it. Never before; Never before.", "it says twice: Never before"},
        {"", "it is empty"},
        {"alice \x1b[2J read it.", "it holds what cannot be seen"},
    };
    for (const auto& c : cases) EXPECT_EQ(test::wrong_in_summary(c.text), c.wrong) << c.text;
    EXPECT_NE(test::wrong_in_summary(std::string(200, 'a') + "."), "");
}

}  // namespace
}  // namespace redshank
