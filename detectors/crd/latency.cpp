#include "detectors/crd/latency.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace {

using std::chrono::milliseconds;

constexpr double kSmallestMicroseconds = 100;
constexpr uint8_t kBuckets = 96;  // up to some half an hour
constexpr uint64_t kFull = 100'000;
constexpr uint64_t kEnough = 50;  // fewer requests do not show what is usual

uint8_t bucket_of(audit::Duration took) {
    const double steps = 4 * std::log2(static_cast<double>(took.count()) / kSmallestMicroseconds);
    return static_cast<uint8_t>(std::clamp(steps, 0.0, static_cast<double>(kBuckets - 1)));
}

// {"configuration":"sidecar","webhook":"tune.example.com","mutated":false}
std::string webhook_of(std::string_view value) {
    const size_t at = value.find("\"webhook\":");
    return at == std::string_view::npos ? "?" : quoted_name(value.substr(at + 10));
}

}  // namespace

void Quantiles::add(audit::Duration took) {
    ++counts_[bucket_of(took)];
    if (++total_ < kFull) return;
    total_ = 0;
    for (auto bucket = counts_.begin(); bucket != counts_.end();) {
        total_ += bucket->second /= 2;
        bucket = bucket->second == 0 ? counts_.erase(bucket) : std::next(bucket);
    }
}

std::vector<Quantiles::Bucket> stored(const Quantiles& quantiles) {
    std::vector<Quantiles::Bucket> out;
    for (const auto& [bucket, count] : quantiles.counts_) out.push_back({bucket, count});
    return out;
}

bool restore(Quantiles& quantiles, const std::vector<Quantiles::Bucket>& buckets) {
    quantiles = {};
    for (const auto& [bucket, count] : buckets) {
        if (bucket >= kBuckets) return false;
        quantiles.counts_[bucket] += count;
        quantiles.total_ += count;
    }
    return true;
}

std::vector<LatencyRow> stored(const LatencyList& list) {
    std::vector<LatencyRow> rows;
    for (const auto& [verbs, latency] : list.all) rows.push_back({verbs, latency});
    return rows;
}

bool restore(const LatencyList& list, const std::vector<LatencyRow>& rows) {
    for (const LatencyRow& row : rows) list.all[row.verbs] = row.latency;
    return true;
}

audit::Duration Quantiles::at(double quantile) const {
    const auto wanted = static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(total_)));
    uint64_t seen = 0;
    for (const auto& [bucket, count] : counts_) {
        seen += count;
        if (seen < wanted) continue;
        return audit::Duration{static_cast<int64_t>(kSmallestMicroseconds * std::exp2((bucket + 1) / 4.0))};
    }
    return {};
}

audit::Duration slow_limit(const Quantiles& usual, audit::Duration configured) {
    if (usual.total() < kEnough) return configured;
    return std::clamp(10 * usual.at(0.9), std::min<audit::Duration>(milliseconds{200}, configured),
                      configured);
}

std::string slow_cause(const audit::Event& event) {
    std::string text;
    const auto add = [&text](std::string part) {
        if (text.find(part) != std::string::npos) return;
        if (!text.empty()) text += ", ";
        text += part;
    };
    for (const audit::KeyValue& annotation : event.annotations) {
        constexpr std::string_view kLatency = "apiserver.latency.k8s.io/";
        if (annotation.key.starts_with("mutation.webhook.admission.k8s.io/")) {
            add("mutating webhook " + webhook_of(annotation.value) + " was called");
        } else if (annotation.key.starts_with(kLatency) && !annotation.key.ends_with("/total")) {
            const std::string_view layer = annotation.key.substr(kLatency.size());
            if (layer == "etcd" || layer == "mutating-webhook" || layer == "validating-webhook" ||
                layer == "apf-queue-wait") {
                add(fmt::format("{} took {}", layer, shown(annotation.value)));
            }
        }
    }
    return text;
}

}  // namespace redshank::crd
