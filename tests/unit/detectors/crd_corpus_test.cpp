// Compares the recorded failures of custom resources with the recording's own notes.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "core/request/request_tracker.h"
#include "detectors/crd/detector.h"
#include "detectors/crd/report.h"
#include "detectors/crd/request_list.h"
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
    return crd::read_reports(state, crd::Config{});
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
    // The recording's summary was made after the last client had left. The server stopped later, which ended
    // the watches that were still open.
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

// The classes that each label of the recording may have. Labels of the background traffic give the code only,
// which is too little to tell classes apart.
const std::map<std::string, std::set<std::string>> kClassesOfLabels{
    {"validation-422", {"validation", "admission-denied"}},  // a webhook may deny with 422
    {"status-invalid-422", {"validation"}},
    {"schema-tightened-422", {"validation"}},
    {"strict-field", {"validation"}},
    {"bad-json-400", {"bad-request"}},
    {"bad-selector-400", {"bad-request"}},
    {"bad-continue-400", {"bad-request"}},
    {"bad-timeout-400", {"bad-request"}},
    {"version-mismatch-400", {"bad-request"}},
    // For a POST on a named object the server may complain about the body first.
    {"method-not-allowed", {"bad-request", "method-not-allowed"}},
    {"unsupported-media-415", {"unsupported-media"}},
    {"not-acceptable-406", {"not-acceptable"}},
    {"too-large-413", {"too-large"}},
    {"already-exists-409", {"already-exists"}},
    {"conflict-409", {"conflict"}},
    {"apply-conflict-409", {"conflict"}},
    {"object-not-found-404", {"object-missing"}},
    {"no-status-subresource-404", {"no-subresource"}},
    {"no-scale-subresource-404", {"no-subresource"}},
    {"rbac-403", {"forbidden"}},
    {"admission-denied", {"admission-denied"}},
    {"admission-webhook-error-500", {"admission-webhook-failed"}},
    {"admission-timeout", {"admission-webhook-failed"}},
    {"admission-webhook-down-500", {"admission-webhook-failed"}},
    {"conversion-failed", {"conversion-webhook"}},
    {"conversion-webhook-error-500", {"conversion-webhook"}},
    {"conversion-webhook-down-500", {"conversion-webhook"}},
    {"conversion-webhook-down-429", {"conversion-webhook"}},
    {"throttled-429", {"throttled"}},
    {"namespace-terminating-403", {"namespace-terminating"}},
    {"namespace-missing-404", {"namespace-missing"}},
    {"version-not-served-404", {"route-missing"}},
    {"version-unknown-404", {"route-missing"}},
    {"crd-deleted-404", {"route-missing"}},
    {"timeout", {"timeout"}},
    {"forbidden-403", {"forbidden", "namespace-terminating"}},
    {"not-found-404", {"object-missing", "route-missing"}},
    {"server-error-500", {"admission-webhook-failed", "conversion-webhook"}},
    // These are logged as successes.
    {"slow-webhook", {"ok"}},
    {"watch-expired", {"ok"}},
};

std::multimap<std::string, crd::FailingRequest> failing_requests(const std::filesystem::path& file) {
    const test::Log log(file);
    crd::RequestList list({});
    std::multimap<std::string, crd::FailingRequest> found;
    RequestTracker tracker;
    log.each_event([&](const audit::Event& event, uint64_t) {
        if (tracker.answers(event)) list.learn("test", event);
    });
    tracker = {};
    log.each_event([&](const audit::Event& event, uint64_t) {
        if (!tracker.answers(event)) return;
        if (auto request = list.classify("test", event)) found.emplace(request->audit_id, *request);
    });
    return found;
}

TEST(CrdCorpus, ClassesAreWhatTheLabelsSay) {
    NEEDS_SHARED("corpus/crd-failures");
    const auto folder = shared_dir() / "corpus/crd-failures";
    const auto found = failing_requests(folder / "audit.log.zst");
    size_t labelled = 0;
    for (const auto& [id, label] : test::read_labels(folder / "labels.jsonl")) {
        const auto request = found.find(id);
        if (label.label.starts_with("crd-object-")) {
            EXPECT_EQ(request, found.end()) << "customresourcedefinitions is built-in";
            continue;
        }
        ++labelled;
        const std::string outcome =
            request == found.end() ? "ok" : std::string(to_string(request->second.outcome));
        ASSERT_TRUE(kClassesOfLabels.contains(label.label)) << label.label;
        EXPECT_TRUE(kClassesOfLabels.at(label.label).contains(outcome)) << label.label << " is " << outcome;
    }
    EXPECT_GT(labelled, 200U);
}

TEST(CrdCorpus, NothingBuiltInIsACustomResource) {
    NEEDS_SHARED("corpus/crd-failures");
    const auto folder = shared_dir() / "corpus/crd-failures";
    const auto found = failing_requests(folder / "audit.log.zst");
    std::ifstream in(folder / "builtin_failures.jsonl");
    size_t lines = 0;
    for (std::string line; std::getline(in, line); ++lines) {
        const auto id = json::value_to<std::string>(json::parse(line).at("auditID"));
        EXPECT_FALSE(found.contains(id)) << line;
    }
    EXPECT_GT(lines, 100U);
}

// These recordings contain no broken custom resource, so nothing may be found that wakes a person.
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
