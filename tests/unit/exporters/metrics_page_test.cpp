// Compares the metrics page of an engine that has read the sample log with docs/metrics.md.
// metrics_docs_test.py finds metrics that are documented but on no page.
#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "exporters/metrics.h"
#include "tests/support/corpus.h"

namespace redshank {
namespace {

struct Family {
    std::string type, help;
    std::set<std::string> labels;
    bool operator==(const Family&) const = default;
};
using Families = std::map<std::string, Family>;

void PrintTo(const Family& family, std::ostream* out) {
    *out << family.type << ' ' << ::testing::PrintToString(family.labels) << ' ' << family.help;
}

std::vector<std::string> matches(const std::string& text, const char* pattern) {
    const std::regex regex(pattern);
    std::vector<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) {
        found.push_back((*at)[1]);
    }
    return found;
}

// On a page, each family has HELP, TYPE and then its samples.
Families on_page(const std::string& page) {
    Families families;
    std::string name, line;
    for (std::istringstream lines(page); std::getline(lines, line);) {
        std::istringstream words(line);
        std::string hash, word;
        words >> hash >> word;
        if (word == "HELP") {
            words >> name >> std::ws;
            std::getline(words, families[name].help);
        } else if (word == "TYPE") {
            words >> name >> families[name].type;
        } else {
            for (const std::string& label : matches(line, R"re(([a-z_]+)="(?:[^"\\]|\\.)*")re")) {
                if (label != "le") families[name].labels.insert(label);
            }
        }
    }
    std::erase_if(families, [](const auto& family) { return family.first.starts_with("process_"); });
    return families;
}

Families documented() {
    std::ifstream document(REDSHANK_SOURCE_DIR "/docs/metrics.md");
    const std::regex row(R"(^\| `(redshank_\w+)` \| (\w+) \|(.*)\| (.*) \|$)");
    Families families;
    std::smatch cell;
    for (std::string line; std::getline(document, line);) {
        if (!std::regex_match(line, cell, row)) continue;
        const std::vector<std::string> labels = matches(cell[3], "`(\\w+)`");
        families[cell[1]] = {cell[2], cell[4], {labels.begin(), labels.end()}};
    }
    return families;
}

class MetricsPage : public ::testing::Test {
  protected:
    MetricsPage() {
        Engine engine({});
        test::Log(REDSHANK_SOURCE_DIR "/samples/audit.log")
            .each_event([&](const audit::Event& event, uint64_t offset) {
                engine.observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
            });
        engine.measure(metrics_);
        metrics_.source("audit.log", "c", {});
        metrics_.receiver("chat");
    }

    Metrics metrics_;
};

TEST_F(MetricsPage, EveryFamilyIsTheOneThatTheDocumentDescribes) {
    const Families page = on_page(metrics_.serialize(Metrics::Format::Text)), described = documented();
    EXPECT_GT(page.size(), 50u);
    for (const auto& [name, family] : page) {
        ASSERT_TRUE(described.contains(name)) << name << " is not in docs/metrics.md";
        EXPECT_EQ(family, described.at(name)) << name;
    }
}

}  // namespace
}  // namespace redshank
