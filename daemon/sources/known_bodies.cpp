#include "daemon/sources/known_bodies.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "core/sha256.h"
#include "core/state/key.h"
#include "core/state/row.h"

namespace redshank {

namespace {

constexpr std::string_view kTable = "webhook.bodies";

struct BodyRow {
    uint64_t sequence = 0;
    std::string hash;  // hexadecimal

    template <class V>
    void describe(V& v) {
        v.must("sequence", sequence);
        v.must("hash", hash);
    }
};

std::string to_hex(const BodyHash& hash) {
    std::string out;
    for (const uint8_t byte : hash) out += fmt::format("{:02x}", byte);
    return out;
}

std::optional<BodyHash> from_hex(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    BodyHash out{};
    if (text.size() != 2 * out.size()) return std::nullopt;
    for (size_t i = 0; i < text.size(); ++i) {
        const size_t digit = kDigits.find(text[i]);
        if (digit == kDigits.npos) return std::nullopt;
        out[i / 2] = static_cast<uint8_t>(out[i / 2] << 4 | digit);
    }
    return out;
}

}  // namespace

BodyHash hash_of(std::string_view body) {
    const Sha256 whole = sha256(body);
    BodyHash out{};
    std::copy_n(whole.begin(), out.size(), out.begin());
    return out;
}

void KnownBodies::add(const BodyHash& hash) {
    if (ring_.size() < most_) {
        ring_.push_back(hash);
    } else {
        BodyHash& oldest = ring_[next_ % most_];
        hashes_.erase(oldest);
        oldest = hash;
    }
    ++next_;
    hashes_.insert(hash);
}

void KnownBodies::load(const StateReader& state, std::string_view source) {
    std::map<uint64_t, BodyHash> rows;
    load_rows<BodyRow>(state, kTable, std::string(source) + kKeyMark, [&](std::string_view, BodyRow row) {
        const auto hash = from_hex(row.hash);
        if (hash) rows.emplace(row.sequence, *hash);
        return hash.has_value();
    });
    if (rows.empty()) return;
    // Sequences go on where they were; those whose rows are lost leave holes that match nothing.
    const uint64_t newest = rows.rbegin()->first;
    next_ = rows.begin()->first;
    if (newest - next_ >= most_) next_ = newest - most_ + 1;
    ring_.resize(std::min(most_, newest + 1));
    for (const auto& [sequence, hash] : rows) {
        if (sequence < next_) continue;
        ring_[sequence % most_] = hash;
        hashes_.insert(hash);
    }
    next_ = newest + 1;
}

void KnownBodies::save(StateWriter& state, std::string_view source, const BodyHash& hash,
                       size_t before) const {
    const uint64_t sequence = next_ + before;
    state.put(kTable, row_key({source, fmt::format("{:06}", sequence % most_)}),
              write_row(BodyRow{sequence, to_hex(hash)}));
}

}  // namespace redshank
