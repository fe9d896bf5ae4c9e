// The recorded failures of custom resources, against what the recording itself says of them.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "detectors/crd/report.h"
#include "tests/support/corpus.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

namespace json = boost::json;
using test::shared_dir;

json::value read_json(const std::filesystem::path& file) {
    std::ifstream in(file);
    return json::parse(std::string{std::istreambuf_iterator<char>(in), {}});
}

std::vector<crd::Report> reports_of(const std::filesystem::path& log, const char* until) {
    Engine engine(DetectorConfig{});
    const audit::Time end = *audit::parse_time(until);
    test::Log(log).each_event([&](const audit::Event& event, uint64_t offset) {
        if (event.stage_time >= end) return;
        engine.observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
    });
    test::MemoryState state;
    engine.save(state);
    return crd::read_reports(state, {});
}

TEST(CrdCorpus, CountsWhatTheSummaryCounts) {
    NEEDS_SHARED("corpus/crd-failures");
    const auto folder = shared_dir() / "corpus/crd-failures";
    struct Counts {
        int64_t total = 0, failures = 0;
        bool operator==(const Counts&) const = default;
    };
    std::map<std::string, Counts> expected, found;
    const json::value summary = read_json(folder / "summary.json");
    for (const auto& [key, row] : summary.at("per_group_resource_verb").as_object()) {
        if (row.at("custom").as_bool())
            expected[key] = {row.at("total").as_int64(), row.at("failures").as_int64()};
    }
    // The summary was made when the last client had left; then the server was stopped, which ended the
    // watches that were still open.
    for (const crd::Report& report : reports_of(folder / "audit.log.zst", "2026-11-23T09:23:30Z")) {
        EXPECT_EQ(report.custom_because, "crd-event") << report.key.name();
        for (const auto& [row, classes] : report.tally.rows()) {
            const auto& [subresource, verb] = row;
            const std::string key = report.key.group + "/" + report.key.resource +
                                    (subresource.empty() ? "" : "/" + subresource) + " " + verb;
            for (const auto& [outcome, n] : classes) {
                found[key].total += static_cast<int64_t>(n);
                if (outcome != crd::OutcomeClass::Ok) found[key].failures += static_cast<int64_t>(n);
            }
        }
    }
    EXPECT_EQ(found.size(), expected.size());
    for (const auto& [key, counts] : expected) {
        EXPECT_EQ(found[key].total, counts.total) << key;
        EXPECT_EQ(found[key].failures, counts.failures) << key;
    }
}

// Findings that a person would be woken for must be true; these recordings hold no broken custom resource.
TEST(CrdCorpus, BenignTrafficWakesNobody) {
    NEEDS_SHARED("corpus/benign-day");
    for (const char* name : {"benign-day", "attacks-dev"}) {
        const test::Log log(shared_dir() / "corpus" / name / "audit.log.zst");
        for (const Finding& finding : test::find_in(log, {})) {
            if (finding.detector != "crd_health") continue;
            EXPECT_LT(finding.severity, Severity::High) << name << ": " << finding.summary;
        }
    }
}

}  // namespace
}  // namespace redshank
