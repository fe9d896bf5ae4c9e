#include "exporters/metrics.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <limits>
#include <sstream>

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

std::string family(const std::string& page, const std::string& name) {
    std::string out;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name)) out += line + "\n";
    }
    return out;
}

double value(const std::string& page, const std::string& name) {
    const std::string line = family(page, name + " ");
    return line.empty() ? -2 : std::stod(line.substr(name.size()));
}

TEST(Metrics, OfTheProcessAreTheSystemsOwn) {
    double booted = 0;  // the kernel's, in seconds
    std::ifstream stat("/proc/stat");
    for (std::string word; stat >> word;) {
        if (word == "btime") stat >> booted;
    }
    const std::string page = Metrics().serialize(Format::Text);
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const double cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                       static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    EXPECT_LE(value(page, "process_cpu_seconds_total"), cpu + 0.02);
    EXPECT_GE(value(page, "process_cpu_seconds_total"), cpu / 2 - 0.05);
    EXPECT_LE(value(page, "process_resident_memory_bytes"),
              static_cast<double>(used.ru_maxrss) * 1024 * 1.05);
    EXPECT_GE(value(page, "process_resident_memory_bytes"), 1 << 20);
    EXPECT_GT(value(page, "process_virtual_memory_bytes"), value(page, "process_resident_memory_bytes"));
    EXPECT_GE(value(page, "process_threads"), 1);
    EXPECT_LE(value(page, "process_threads"), 64);
    EXPECT_GT(value(page, "process_start_time_seconds"), booted);
    EXPECT_LE(value(page, "process_start_time_seconds"), static_cast<double>(std::time(nullptr)) + 1);
    EXPECT_GE(value(page, "process_open_fds"), 3);
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(value(page, "process_max_fds"), static_cast<double>(limit.rlim_cur));
    ASSERT_EQ(getrlimit(RLIMIT_AS, &limit), 0);
    EXPECT_EQ(value(page, "process_virtual_memory_max_bytes"),
              limit.rlim_cur == RLIM_INFINITY ? -1 : static_cast<double>(limit.rlim_cur));
    const std::string one_more = [] {
        const std::ifstream open("/dev/null");
        return Metrics().serialize(Format::Text);
    }();
    EXPECT_EQ(value(one_more, "process_open_fds"), value(page, "process_open_fds") + 1);
}

TEST(Metrics, OfASourceAreAllItsNumbers) {
    Metrics metrics;
    metrics.source("a.log", "prod",
                   {.up = true,
                    .caught_up = true,
                    .read_bytes = 1,
                    .lag_bytes = 2,
                    .rotations = 3,
                    .truncations = 4,
                    .gaps = 5,
                    .torn_lines = 6,
                    .parse_errors = 7,
                    .oversize_lines = 8,
                    .nul_bytes = 9,
                    .far_ahead = 10,
                    .lag_seconds = 11.5,
                    .last_event = audit::Time{std::chrono::milliseconds{12'500}}});
    const std::string of = R"({cluster="prod",source="a.log"} )";
    const std::string page = metrics.serialize(Format::Text);
    for (const auto& [name, number] : {std::pair{"up", "1"},
                                       {"caught_up", "1"},
                                       {"read_bytes_total", "1"},
                                       {"lag_bytes", "2"},
                                       {"rotations_total", "3"},
                                       {"truncations_total", "4"},
                                       {"gaps_total", "5"},
                                       {"torn_lines_total", "6"},
                                       {"parse_errors_total", "7"},
                                       {"oversize_lines_total", "8"},
                                       {"nul_bytes_total", "9"},
                                       {"far_ahead_events_total", "10"},
                                       {"lag_seconds", "11.5"},
                                       {"last_event_timestamp_seconds", "12.5"}}) {
        EXPECT_TRUE(has(page, std::string("redshank_source_") + name + of + number)) << name;
    }
}

TEST(Metrics, OfAReceiverAreAllItsReasonsAndNoOther) {
    Metrics metrics;
    Metrics::Receiver& receiver = metrics.receiver("r");
    for (const char* reason : {"http-4xx", "http-5xx", "rate-limited", "redirect", "answer", "dns", "connect",
                               "timeout", "tls", "connection-lost", "local", "moon"})
        receiver.failed(reason);
    receiver.queued.Set(4);
    receiver.dead.Increment(2);
    EXPECT_EQ(family(metrics.serialize(Format::Text), "redshank_notifications_failed_total{"),
              R"(redshank_notifications_failed_total{reason="answer",receiver="r"} 1
redshank_notifications_failed_total{reason="connect",receiver="r"} 1
redshank_notifications_failed_total{reason="connection-lost",receiver="r"} 1
redshank_notifications_failed_total{reason="dns",receiver="r"} 1
redshank_notifications_failed_total{reason="http-4xx",receiver="r"} 1
redshank_notifications_failed_total{reason="http-5xx",receiver="r"} 1
redshank_notifications_failed_total{reason="local",receiver="r"} 2
redshank_notifications_failed_total{reason="rate-limited",receiver="r"} 1
redshank_notifications_failed_total{reason="redirect",receiver="r"} 1
redshank_notifications_failed_total{reason="timeout",receiver="r"} 1
redshank_notifications_failed_total{reason="tls",receiver="r"} 1
)");
    ASSERT_EQ(metrics.receivers().size(), 1u);
    EXPECT_EQ(metrics.receivers()[0].waiting, 4u);
    EXPECT_EQ(metrics.receivers()[0].dead, 2u);
    EXPECT_FALSE(metrics.receivers()[0].breaker_open);
    receiver.breaker_open.Set(1);
    EXPECT_TRUE(metrics.receivers()[0].breaker_open);
}

TEST(Metrics, KnowTwentyTwoReasonsOfOthersAndNoMore) {
    Metrics metrics;
    for (int i = 1; i <= 23; ++i) metrics.skipped("r" + std::to_string(i), 1, 1);
    const std::string page = metrics.serialize(Format::Text);
    EXPECT_TRUE(has(page, R"(redshank_lines_skipped_total{reason="r22"} 1)"));
    EXPECT_EQ(page.find(R"({reason="r23"})"), std::string::npos);
    EXPECT_TRUE(has(page, R"(redshank_lines_skipped_total{reason="other"} 1)"));
    for (const char* reason : {"empty", "bad_utf8", "bad_json", "legacy_format", "torn", "not_an_event",
                               "bad_time", "oversize", "nul"})
        EXPECT_TRUE(has(page, std::string("redshank_lines_skipped_total{reason=\"") + reason + "\"} 0"));
}

TEST(Metrics, SaySinceWhenTheConfigurationIsTheNewestThatWorks) {
    Metrics metrics;
    metrics.config_reloaded(true, audit::Time{std::chrono::seconds{100}});
    metrics.config_reloaded(false, audit::Time{std::chrono::seconds{200}});
    std::string page = metrics.serialize(Format::Text);
    EXPECT_TRUE(has(page, "redshank_config_last_reload_successful 0"));
    EXPECT_TRUE(has(page, "redshank_config_last_reload_success_timestamp_seconds 100"));
    metrics.config_reloaded(true, audit::Time{std::chrono::seconds{300}});
    page = metrics.serialize(Format::Text);
    EXPECT_TRUE(has(page, "redshank_config_last_reload_successful 1"));
    EXPECT_TRUE(has(page, "redshank_config_last_reload_success_timestamp_seconds 300"));
}

TEST(Metrics, HaveBucketsThatAddUp) {
    Metrics metrics;
    for (const double delay : {0.005, 0.01, 0.02, 2.0, 4000.0}) metrics.detection_delay.Observe(delay);
    EXPECT_EQ(family(metrics.serialize(Format::Text), "redshank_detection_delay_seconds"),
              R"(redshank_detection_delay_seconds_bucket{le="0.01"} 2
redshank_detection_delay_seconds_bucket{le="0.05"} 3
redshank_detection_delay_seconds_bucket{le="0.1"} 3
redshank_detection_delay_seconds_bucket{le="0.25"} 3
redshank_detection_delay_seconds_bucket{le="0.5"} 3
redshank_detection_delay_seconds_bucket{le="1"} 3
redshank_detection_delay_seconds_bucket{le="2"} 4
redshank_detection_delay_seconds_bucket{le="5"} 4
redshank_detection_delay_seconds_bucket{le="30"} 4
redshank_detection_delay_seconds_bucket{le="300"} 4
redshank_detection_delay_seconds_bucket{le="3600"} 4
redshank_detection_delay_seconds_bucket{le="+Inf"} 5
redshank_detection_delay_seconds_sum 4002.035
redshank_detection_delay_seconds_count 5
)");
}

TEST(Metrics, WriteEveryNumberAndAFamilyOnlyWhenItHasOne) {
    const auto gauge = [](double value, std::vector<prometheus::ClientMetric::Label> labels = {}) {
        prometheus::ClientMetric metric;
        metric.gauge.value = value;
        metric.label = std::move(labels);
        return metric;
    };
    const double infinity = std::numeric_limits<double>::infinity();
    const auto type = prometheus::MetricType::Gauge;
    EXPECT_EQ(
        write_metrics(
            {{"z", "Z.", type, {gauge(2, {{"a", "2"}, {"b", "x"}}), gauge(1, {{"a", "1"}, {"b", "x"}})}},
             {"b", "B.", type, {gauge(infinity)}},
             {"c", "C.", type, {gauge(-infinity)}},
             {"a", "A \"a\".", type, {gauge(std::nan(""))}},
             {"none", "Nothing.", type, {}}},
            true),
        "# HELP a A \\\"a\\\".\n# TYPE a gauge\na NaN\n"
        "# HELP b B.\n# TYPE b gauge\nb +Inf\n"
        "# HELP c C.\n# TYPE c gauge\nc -Inf\n"
        "# HELP z Z.\n# TYPE z gauge\nz{a=\"1\",b=\"x\"} 1\nz{a=\"2\",b=\"x\"} 2\n# EOF\n");
    EXPECT_EQ(write_metrics({{"a", "A \"a\".", type, {gauge(1)}}}, false),
              "# HELP a A \"a\".\n# TYPE a gauge\na 1\n");
}

TEST(Metrics, PreferTheFormatThatIsNamedFirst) {
    EXPECT_EQ(Metrics::negotiate("text/plain;q=0.9, application/openmetrics-text"), Format::Text);
    EXPECT_EQ(Metrics::negotiate("application/openmetrics-text"), Format::OpenMetrics);
    EXPECT_EQ(Metrics::negotiate("*/*"), Format::Text);
    EXPECT_STREQ(Metrics::content_type(Format::Text), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_STREQ(Metrics::content_type(Format::OpenMetrics),
                 "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

// Three names in at most 120 bytes.
TEST(Metrics, NameTheFirstOfManyActors) {
    const auto actor = [](const std::vector<std::string>& names, uint64_t more) {
        Incident incident;
        incident.actors = {names, more};
        Metrics metrics;
        metrics.open_incidents({&incident});
        const std::string line = family(metrics.serialize(Format::Text), "redshank_incident_opened");
        const size_t at = line.find("actor=\"") + 7;
        return line.substr(at, line.find('"', at) - at);
    };
    EXPECT_EQ(actor({"a"}, 0), "a");
    EXPECT_EQ(actor({"a", "b", "c"}, 0), "a, b, c");
    EXPECT_EQ(actor({"a", "b", "c", "d"}, 0), "a, b, c and 1 more");
    EXPECT_EQ(actor({"a", "b", "c", "d"}, 5), "a, b, c and 6 more");
    EXPECT_EQ(actor({std::string(120, 'x')}, 0), std::string(120, 'x'));
    EXPECT_EQ(actor({std::string(121, 'x')}, 2), std::string(88, 'x') + "… (33 more) and 2 more");
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
