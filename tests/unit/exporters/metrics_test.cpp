#include "exporters/metrics.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "core/finding/finding.h"
#include "core/incident/incident.h"
#include "exporters/text_format.h"

namespace redshank {
namespace {

using Format = Metrics::Format;

bool has(const std::string& page, const std::string& line) {
    return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, AreAllThereBeforeAnythingHappened) {
    Metrics metrics;
    const std::string page = metrics.serialize(Format::Text);
    EXPECT_TRUE(has(page, R"(redshank_events_total{outcome="parsed"} 0)"));
    EXPECT_TRUE(has(page, R"(redshank_lines_skipped_total{reason="bad_json"} 0)"));
    EXPECT_TRUE(has(page, "# TYPE process_resident_memory_bytes gauge"));
    EXPECT_NE(page.find("redshank_build_info{"), std::string::npos);
}

TEST(Metrics, CountWhatTheyAreTold) {
    Metrics metrics;
    metrics.events_parsed.Increment(3);
    metrics.skipped("bad_json", 2, 100);
    metrics.source("a.log", "prod",
                   {.up = true,
                    .read_bytes = 5,
                    .lag_bytes = 7,
                    .torn_lines = 2,
                    .oversize_lines = 3,
                    .nul_bytes = 9,
                    .lag_seconds = 1.5});
    metrics.receiver("r").failed("timeout");
    const std::string page = metrics.serialize(Format::Text);
    EXPECT_TRUE(has(page, R"(redshank_events_total{outcome="parsed"} 3)"));
    EXPECT_TRUE(has(page, R"(redshank_skipped_bytes_total{reason="bad_json"} 100)"));
    EXPECT_TRUE(has(page, R"(redshank_source_lag_bytes{cluster="prod",source="a.log"} 7)"));
    EXPECT_TRUE(has(page, R"(redshank_source_torn_lines_total{cluster="prod",source="a.log"} 2)"));
    EXPECT_TRUE(has(page, R"(redshank_source_parse_errors_total{cluster="prod",source="a.log"} 0)"));
    EXPECT_TRUE(has(page, R"(redshank_source_oversize_lines_total{cluster="prod",source="a.log"} 3)"));
    EXPECT_TRUE(has(page, R"(redshank_source_nul_bytes_total{cluster="prod",source="a.log"} 9)"));
    EXPECT_TRUE(has(page, R"(redshank_source_lag_seconds{cluster="prod",source="a.log"} 1.5)"));
    EXPECT_TRUE(has(page, R"(redshank_notifications_failed_total{reason="timeout",receiver="r"} 1)"));
}

TEST(Metrics, ForgetAReceiverThatIsGone) {
    Metrics metrics;
    metrics.receiver("stays").sent.Increment();
    metrics.receiver("goes").sent.Increment(5);
    metrics.receiver("goes").failed("timeout");
    metrics.forget_receiver("goes");
    metrics.forget_receiver("never was");
    std::string page = metrics.serialize(Format::Text);
    EXPECT_EQ(page.find("\"goes\""), std::string::npos);
    EXPECT_TRUE(has(page, R"(redshank_notifications_total{receiver="stays"} 1)"));
    ASSERT_EQ(metrics.receivers().size(), 1u);
    metrics.receiver("goes").sent.Increment();
    page = metrics.serialize(Format::Text);
    EXPECT_TRUE(has(page, R"(redshank_notifications_total{receiver="goes"} 1)"));
    EXPECT_TRUE(has(page, R"(redshank_notifications_failed_total{reason="timeout",receiver="goes"} 0)"));
}

TEST(Metrics, AreBoundedWhateverTheInput) {
    Metrics metrics;
    constexpr Metric thing{"redshank_thing", Metric::Gauge, "user", "A thing."};
    for (int i = 0; i < 100'000; ++i) {
        metrics.set(thing, {{"user", std::to_string(i)}}, i);
        metrics.skipped("reason" + std::to_string(i), 1, 1);
    }
    const std::string page = metrics.serialize(Format::Text);
    EXPECT_LT(std::count(page.begin(), page.end(), '\n'), 3000);
    EXPECT_TRUE(has(page, "redshank_metric_series_refused_total 98000"));
    EXPECT_NE(page.find(R"(redshank_lines_skipped_total{reason="other"})"), std::string::npos);
}

TEST(Metrics, EscapeLabelsAndHelp) {
    prometheus::ClientMetric metric;
    metric.label = {{"path", "a\\b\"c\nd"}};
    metric.gauge.value = 0.1;
    const std::string page =
        write_metrics({{"m", "x\\y\nz", prometheus::MetricType::Gauge, {metric}}}, false);
    EXPECT_EQ(page, "# HELP m x\\\\y\\nz\n# TYPE m gauge\nm{path=\"a\\\\b\\\"c\\nd\"} 0.1\n");
}

TEST(Metrics, SpeakOpenMetricsWhenAsked) {
    EXPECT_EQ(Metrics::negotiate("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3"),
              Format::OpenMetrics);
    EXPECT_EQ(Metrics::negotiate("text/plain"), Format::Text);
    EXPECT_EQ(Metrics::negotiate(""), Format::Text);
    Metrics metrics;
    const std::string page = metrics.serialize(Format::OpenMetrics);
    EXPECT_TRUE(has(page, "# TYPE redshank_events counter"));
    EXPECT_TRUE(has(page, R"(redshank_events_total{outcome="parsed"} 0)"));
    EXPECT_TRUE(page.ends_with("# EOF\n"));
}

Finding told(const char* id, Severity severity) {
    Finding finding;
    finding.id = id;
    finding.detector = "unusual_access";
    finding.cluster = "prod";
    finding.severity = severity;
    finding.time = audit::Time{std::chrono::milliseconds{1'700'000'000'500}};
    return finding;
}

TEST(Metrics, NameAFindingBehindItsCounter) {
    constexpr Metric findings{"redshank_findings_total", Metric::Counter, "cluster, detector, severity",
                              "Findings."};
    Metrics metrics;
    for (const char* severity : {"high", "low"}) {
        metrics.set(findings, {{"cluster", "prod"}, {"detector", "unusual_access"}, {"severity", severity}},
                    severity == std::string("high") ? 2 : 0);
    }
    metrics.told(told("f_first", Severity::High));
    metrics.told(told("f_last", Severity::High));
    metrics.told(told("f_none", Severity::Low));  // counted later
    const std::string series =
        R"(redshank_findings_total{cluster="prod",detector="unusual_access",severity=)";
    const std::string page = metrics.serialize(Format::OpenMetrics);
    EXPECT_TRUE(has(page, series + R"("high"} 2 # {finding_id="f_last"} 1 1700000000.5)")) << page;
    EXPECT_TRUE(has(page, series + R"("low"} 0)"));
    EXPECT_TRUE(has(metrics.serialize(Format::Text), series + R"("high"} 2)"));
}

TEST(Metrics, NameTheIncidentsThatAreOpen) {
    Incident incident;
    incident.id = "i_one";
    incident.cluster = "prod";
    incident.severity = Severity::Critical;
    incident.origin.detector = "secret_exposure";
    incident.lead_kind = "secret-exposed";
    incident.opened = audit::Time{std::chrono::seconds{1'700'000'001}};
    for (const char* name : {"a", "b\nc", "d", "e"}) incident.actors.add(name);
    incident.objects.add(std::string(500, 'x'));
    Metrics metrics;
    metrics.open_incidents({&incident});
    const std::string page = metrics.serialize(Format::Text);
    const size_t at = page.find("redshank_incident_opened_timestamp_seconds{");
    ASSERT_NE(at, std::string::npos);
    const std::string line = page.substr(at, page.find('\n', at) - at);
    EXPECT_TRUE(line.starts_with(R"(redshank_incident_opened_timestamp_seconds{actor="a, b)")) << line;
    EXPECT_NE(
        line.find(
            R"(, d and 1 more",cluster="prod",detector="secret_exposure",incident="i_one",kind="secret-exposed",)"),
        std::string::npos)
        << line;
    EXPECT_TRUE(line.ends_with(R"(,severity="critical"} 1700000001)")) << line;
    EXPECT_LT(line.size(), 400u);
    metrics.open_incidents({});
    EXPECT_EQ(metrics.serialize(Format::Text).find("redshank_incident_opened"), std::string::npos);
}

TEST(Metrics, PleasePromtool) {
    if (std::system("command -v promtool >/dev/null") != 0)
        GTEST_SKIP() << "needs promtool (package prometheus)";
    Metrics metrics;
    metrics.source("a.log", "prod", {});
    metrics.receiver("r");
    const std::string file = ::testing::TempDir() + "redshank_metrics.txt";
    std::ofstream(file) << metrics.serialize(Format::Text);
    EXPECT_EQ(std::system(("promtool check metrics <" + file + " >&2").c_str()), 0);
}

}  // namespace
}  // namespace redshank
