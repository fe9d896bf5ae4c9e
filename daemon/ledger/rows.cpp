#include "daemon/ledger/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "core/state/key.h"
#include "core/state/row.h"

namespace redshank {

namespace {

// The number at the end of the key, which is cut off with its separator.
template <class Number>
std::optional<Number> take_number(std::string_view& key) {
    const size_t at = key.rfind(kKeyMark);
    if (at == key.npos) return std::nullopt;
    const std::string_view text = key.substr(at + 1);
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    key = key.substr(0, at);
    return number;
}

}  // namespace

LedgerHour hour_of(audit::Time time) {
    return std::chrono::floor<std::chrono::hours>(time.time_since_epoch()).count();
}

audit::Time begin_of(LedgerHour hour) {
    return audit::Time{std::chrono::hours{hour}};
}

std::string generation_key(std::string_view source, uint64_t number) {
    return fmt::format("{}{}{:010}", source, kKeyMark, number);
}

std::string hours_prefix(std::string_view source, uint64_t number) {
    return generation_key(source, number) + kKeyMark;
}

std::string hour_key(std::string_view source, uint64_t number, LedgerHour hour) {
    return hours_prefix(source, number) + std::to_string(hour);
}

std::optional<HourKey> parse_hour_key(std::string_view key) {
    const auto hour = take_number<LedgerHour>(key);
    const auto number = hour ? take_number<uint64_t>(key) : std::nullopt;
    if (!number) return std::nullopt;
    return HourKey{std::string(key), *number, *hour};
}

std::string source_of(std::string_view generation_key) {
    return std::string(generation_key.substr(0, generation_key.rfind(kKeyMark)));
}

void load_hours(const StateReader& state, std::string_view source, uint64_t number,
                std::map<LedgerHour, HourRow>& hours) {
    const std::string prefix = hours_prefix(source, number);
    load_rows<HourRow>(state, kLedgerHours, prefix, [&](std::string_view hour, HourRow row) {
        const auto key = parse_hour_key(prefix + std::string(hour));
        if (key) hours.emplace(key->hour, std::move(row));
        return key.has_value();
    });
}

uint64_t newest_generation(const StateReader& state, std::string_view source) {
    uint64_t newest = 0;
    load_rows<GenerationRow>(
        state, kLedgerGenerations, fmt::format("{}{}", source, kKeyMark),
        [&](std::string_view, const GenerationRow& row) { newest = std::max(newest, row.number); });
    return newest;
}

}  // namespace redshank
