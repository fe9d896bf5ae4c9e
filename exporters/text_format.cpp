#include "exporters/text_format.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace redshank {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return {text, end};
}

void append_escaped(std::string& out, const std::string& text, bool quotes) {
    for (const char c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quotes) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
}

using Extra = std::pair<const char*, std::string>;

void append_sample(std::string& out, const std::string& name, const char* suffix, const ClientMetric& metric,
                   double value, const Extra* extra = nullptr) {
    out += name;
    out += suffix;
    char before = '{';
    const auto label = [&](const std::string& key, const std::string& text) {
        out += before;
        out += key + "=\"";
        append_escaped(out, text, true);
        out += '"';
        before = ',';
    };
    for (const auto& [key, text] : metric.label) label(key, text);
    if (extra) label(extra->first, extra->second);
    if (before == ',') out += '}';
    out += ' ' + number(value) + '\n';
}

void append_histogram(std::string& out, const std::string& name, const ClientMetric& metric) {
    bool has_infinity = false;
    for (const auto& bucket : metric.histogram.bucket) {
        const Extra bound{"le", number(bucket.upper_bound)};
        has_infinity |= std::isinf(bucket.upper_bound);
        append_sample(out, name, "_bucket", metric, static_cast<double>(bucket.cumulative_count), &bound);
    }
    const double count = static_cast<double>(metric.histogram.sample_count);
    if (const Extra bound{"le", "+Inf"}; !has_infinity) {
        append_sample(out, name, "_bucket", metric, count, &bound);
    }
    append_sample(out, name, "_sum", metric, metric.histogram.sample_sum);
    append_sample(out, name, "_count", metric, count);
}

// At the end of the sample's line.
void append_exemplar(std::string& out, const std::string& name, const ClientMetric& metric,
                     const Exemplars& exemplars) {
    const auto known = exemplars.empty() ? exemplars.end() : exemplars.find({name, metric.label});
    if (known == exemplars.end() || metric.counter.value == 0) return;
    const auto& [key, id, time] = known->second;
    out.insert(out.size() - 1, " # {" + key + "=\"" + id + "\"} 1 " + number(time));
}

const char* type_word(MetricType type) {
    switch (type) {
        case MetricType::Counter:
            return "counter";
        case MetricType::Gauge:
            return "gauge";
        case MetricType::Histogram:
            return "histogram";
        default:
            return "untyped";
    }
}

bool by_labels(const ClientMetric& a, const ClientMetric& b) {
    return a.label < b.label;
}

}  // namespace

std::string write_metrics(std::vector<MetricFamily> families, bool openmetrics, const Exemplars& exemplars) {
    std::sort(families.begin(), families.end(),
              [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; });
    std::string out;
    for (MetricFamily& family : families) {
        if (family.metric.empty()) continue;
        std::sort(family.metric.begin(), family.metric.end(), by_labels);
        // OpenMetrics names the family of a counter without _total.
        std::string name = family.name;
        const bool is_counter = family.type == MetricType::Counter;
        if (openmetrics && is_counter && name.ends_with("_total")) name.resize(name.size() - 6);
        out += "# HELP " + name + ' ';
        append_escaped(out, family.help, openmetrics);
        out += "\n# TYPE " + name + ' ' + type_word(family.type) + '\n';
        for (const ClientMetric& metric : family.metric) {
            if (family.type == MetricType::Histogram) {
                append_histogram(out, name, metric);
                continue;
            }
            append_sample(out, family.name, "", metric,
                          is_counter ? metric.counter.value : metric.gauge.value);
            if (openmetrics && is_counter) append_exemplar(out, family.name, metric, exemplars);
        }
    }
    if (openmetrics) out += "# EOF\n";
    return out;
}

}  // namespace redshank
