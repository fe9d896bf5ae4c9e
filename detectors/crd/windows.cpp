#include "detectors/crd/windows.h"

#include <charconv>

namespace redshank::crd {

namespace {

struct Resolution {
    audit::Duration width;
    int64_t buckets;
};

constexpr std::array<Resolution, 3> kResolutions{{
    {std::chrono::minutes{1}, 60},
    {std::chrono::minutes{10}, 36},
    {std::chrono::hours{1}, 72},
}};

int64_t index_of(audit::Time time, audit::Duration width) {
    return time.time_since_epoch() / width;
}

template <typename Number>
bool take_number(std::string_view& text, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return true;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

void Windows::add(audit::Time now, uint64_t n) {
    for (size_t i = 0; i < rings_.size(); ++i) {
        const int64_t index = index_of(now, kResolutions[i].width);
        auto& ring = rings_[i];
        if (ring.empty() || ring.back().index < index) ring.push_back({index, 0});
        ring.back().count += n;
        while (ring.front().index <= index - kResolutions[i].buckets) ring.pop_front();
    }
}

uint64_t Windows::sum(audit::Time now, audit::Duration window) const {
    size_t at = 0;
    while (at + 1 < kResolutions.size() && window > kResolutions[at].width * kResolutions[at].buckets) ++at;
    const audit::Duration width = kResolutions[at].width;
    const int64_t oldest = index_of(now, width) - (window + width - audit::Duration{1}) / width;
    uint64_t total = 0;
    for (auto bucket = rings_[at].rbegin(); bucket != rings_[at].rend() && bucket->index > oldest; ++bucket) {
        total += bucket->count;
    }
    return total;
}

std::string Windows::to_text() const {
    std::string text;
    for (const auto& ring : rings_) {
        for (const Bucket& bucket : ring) {
            text += std::to_string(bucket.index);
            text += ':';
            text += std::to_string(bucket.count);
            text += ',';
        }
        text += ';';
    }
    return text;
}

bool Windows::from_text(std::string_view text) {
    decltype(rings_) rings;
    for (auto& ring : rings) {
        while (!take(text, ';')) {
            Bucket bucket{};
            if (!take_number(text, bucket.index) || !take(text, ':') || !take_number(text, bucket.count) ||
                !take(text, ',')) {
                return false;
            }
            ring.push_back(bucket);
        }
    }
    rings_ = std::move(rings);
    return true;
}

}  // namespace redshank::crd
