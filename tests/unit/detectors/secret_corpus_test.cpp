// The detector on the recordings; recall and precision are counted from their labels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "detectors/access/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/crd/config.h"
#include "detectors/secrets/detector.h"
#include "tests/support/corpus.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Turns protected.json into the configuration that an operator would write: the owner, and who may always
// read.
secrets::Config config_from(const fs::path& file) {
    std::ifstream in(file);
    const json::object top = json::parse(std::string(std::istreambuf_iterator<char>(in), {})).as_object();
    secrets::ProtectedSecrets protect{.secrets = {std::string(top.at("secret").as_string())},
                                      .readers = {std::string(top.at("owner").as_string())}};
    for (const json::value& entry : top.at("also_always_allowed").as_array()) {
        std::string reader(entry.as_string());
        reader = reader.substr(0, reader.find(" ("));
        if (reader.starts_with("group ")) reader.replace(5, 1, ":");
        protect.readers.push_back(reader);
    }
    return {.protect = {protect}};
}

std::vector<Finding> find_secrets(const fs::path& folder, const secrets::Config& config) {
    DetectorConfig all;
    all.of<secrets::Config>() = config;
    all.keep_all_evidence = true;
    all.of<access::Config>().enabled = all.of<crd::Config>().enabled = false;
    all.of<by_rule::Config>().sources.packs.clear();
    return test::find_in(test::Log(folder / "audit.log.zst"), all);
}

std::set<std::string> evidence_of_kind(const std::vector<Finding>& findings, std::string_view kind) {
    std::set<std::string> ids;
    for (const Finding& finding : findings) {
        if (finding.kind != kind) continue;
        for (const Evidence& evidence : finding.evidence) ids.insert(evidence.audit_id);
    }
    return ids;
}

std::set<std::string> labelled(const fs::path& folder, std::string_view wanted) {
    std::set<std::string> ids;
    for (const auto& [id, label] : test::read_labels(folder / "labels.jsonl")) {
        if (label.label == wanted) ids.insert(id);
    }
    return ids;
}

class SecretExposureCorpus : public ::testing::TestWithParam<std::string> {
  protected:
    fs::path folder() const { return test::shared_dir() / "corpus" / GetParam(); }
};

TEST_P(SecretExposureCorpus, EveryExposedReadIsEvidenceAndNothingElse) {
    NEEDS_SHARED("corpus/" + GetParam());
    const auto findings = find_secrets(folder(), config_from(folder() / "protected.json"));
    EXPECT_EQ(evidence_of_kind(findings, "secret-read-unprotected"), labelled(folder(), "exposed-read"));
}

// A window opens and closes at exactly the writes that the recording's script made. This holds at Metadata
// level as well, where the log does not show their content.
TEST_P(SecretExposureCorpus, WindowsAgreeToTheEvent) {
    NEEDS_SHARED("corpus/" + GetParam());
    const auto findings = find_secrets(folder(), config_from(folder() / "protected.json"));
    EXPECT_EQ(evidence_of_kind(findings, "secret-exposed"), labelled(folder(), "exposure-start"));
    EXPECT_EQ(evidence_of_kind(findings, "secret-exposure-closed"), labelled(folder(), "exposure-end"));
    for (const Finding& finding : findings) {
        if (finding.kind == "secret-exposed") {
            EXPECT_EQ(finding.status, FindingStatus::Resolved) << finding.summary;
        }
        if (finding.kind == "secret-exposure-closed") {
            EXPECT_THAT(finding.summary, ::testing::HasSubstr("readable"));
            EXPECT_THAT(finding.summary, ::testing::AnyOf(::testing::HasSubstr(" reads, by "),
                                                          ::testing::SizeIs(::testing::Gt(100U))))
                << "the reads are left out of long sentences only";
        }
    }
}

// The script recorded when it sent each write and got its answer; a window's time must lie between, within
// the distance of the log's stages.
TEST_P(SecretExposureCorpus, WindowTimesAgreeWithTheScript) {
    NEEDS_SHARED("corpus/" + GetParam());
    constexpr audit::Duration kSlack = std::chrono::milliseconds{5};
    std::ifstream in(folder() / "windows.json");
    const json::value windows = json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    const auto findings = find_secrets(folder(), config_from(folder() / "protected.json"));
    const auto count_within = [&](std::string_view kind, const json::value& from, const json::value& to) {
        return std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) {
            return finding.kind == kind && !finding.evidence.empty() &&
                   finding.evidence.front().time >= *audit::parse_time(from.as_string()) - kSlack &&
                   finding.evidence.front().time <= *audit::parse_time(to.as_string()) + kSlack;
        });
    };
    for (const json::value& window : windows.as_array()) {
        const json::object& w = window.as_object();
        EXPECT_EQ(count_within("secret-exposed", w.at("start_sent"), w.at("start_done")), 1)
            << w.at("scenario");
        EXPECT_EQ(count_within("secret-exposure-closed", w.at("end_sent"), w.at("end_done")), 1)
            << w.at("scenario");
    }
}

INSTANTIATE_TEST_SUITE_P(Dev, SecretExposureCorpus,
                         ::testing::Values("secret-exposure-metadata", "secret-exposure-secrets-request",
                                           "secret-exposure-rbac-requestresponse"),
                         [](const auto& test) {
                             std::string name = test.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

// Issue 2: every read through a broad grant or by an anonymous caller is found, without configuration.
TEST(SecretExposureCorpora, ReadsThroughBroadGrantsNeedNoConfiguration) {
    for (const char* name : {"attacks-dev", "secret-exposure-metadata", "benign-day"}) {
        NEEDS_SHARED(std::string("corpus/") + name);
        const fs::path folder = test::shared_dir() / "corpus" / name;
        std::set<std::string> expected;
        test::Log(folder / "audit.log.zst").each_event([&](const audit::Event& event, uint64_t) {
            if (event.object.resource != "secrets" || !event.object.api_group.empty()) return;
            if (event.response.code != 200 || event.verb == "create" || event.verb == "delete") return;
            for (const char* broad : {R"(Group "system:authenticated")", R"(Group "system:serviceaccounts")",
                                      R"("system:anonymous")", R"(Group "system:unauthenticated")"}) {
                if (event.reason.ends_with(broad)) expected.insert(std::string(event.audit_id));
            }
        });
        EXPECT_EQ(evidence_of_kind(find_secrets(folder, {}), "secret-read-unprotected"), expected) << name;
    }
}

TEST(SecretExposureCorpora, ABenignDayIsQuiet) {
    NEEDS_SHARED("corpus/benign-day");
    std::vector<std::string> loud;
    for (const Finding& finding : find_secrets(test::shared_dir() / "corpus/benign-day", {})) {
        if (finding.severity >= Severity::Medium) loud.push_back(finding.summary);
    }
    EXPECT_LE(loud.size(), 3u) << ::testing::PrintToString(loud);
}

class Counters : public MetricWriter {
  public:
    void write(const Metric& metric, const Labels& labels, double value) override {
        if (metric.name == std::string_view("redshank_rbac_checked_total")) {
            checked[labels.back().second] = value;
        }
    }
    std::map<std::string, double> checked;
};

// Compares the RBAC mirror with the reasons that the server logged.
TEST(SecretExposureCorpora, TheMirrorAgreesWithEveryReason) {
    for (const char* name : {"secret-exposure-rbac-requestresponse", "fat-everything"}) {
        NEEDS_SHARED(std::string("corpus/") + name);
        DetectorConfig config;
        config.of<access::Config>().enabled = config.of<crd::Config>().enabled = false;
        config.of<by_rule::Config>().sources.packs.clear();
        Engine engine(config);
        test::Log(test::shared_dir() / "corpus" / name / "audit.log.zst")
            .each_event([&](const audit::Event& event, uint64_t offset) {
                engine.observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
            });
        Counters counters;
        engine.measure(counters);
        EXPECT_GT(counters.checked["agrees"], 1000) << name;
        EXPECT_EQ(counters.checked["differs"], 0) << name;
        EXPECT_EQ(counters.checked["unknown"], 0) << name;
    }
}

}  // namespace
}  // namespace redshank
