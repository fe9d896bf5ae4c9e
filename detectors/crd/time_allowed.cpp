#include "detectors/crd/time_allowed.h"

#include <charconv>

#include "audit/request_uri.h"

namespace redshank::crd {

namespace {

struct Unit {
    std::string_view name;
    double microseconds;
};

// Longer names before those that they begin with.
constexpr Unit kUnits[] = {{"ns", 1e-3}, {"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"m", 60e6}, {"h", 3600e6}};

}  // namespace

std::optional<audit::Duration> parse_go_duration(std::string_view text) {
    constexpr double kLongest = 1e15;  // some thirty years
    if (text.empty()) return std::nullopt;
    double total = 0;
    while (!text.empty()) {
        double number = 0;
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
        // Also of "nan" and "inf", which from_chars reads: what is not in range is refused, not what is out
        // of it.
        if (error != std::errc{} || !(number >= 0 && number <= kLongest)) return std::nullopt;
        text.remove_prefix(static_cast<size_t>(end - text.data()));
        const Unit* found = nullptr;
        for (const Unit& unit : kUnits) {
            if (!text.starts_with(unit.name)) continue;
            found = &unit;
            break;
        }
        if (!found) return std::nullopt;
        text.remove_prefix(found->name.size());
        total += number * found->microseconds;
        if (!(total <= kLongest)) return std::nullopt;
    }
    return audit::Duration{static_cast<int64_t>(total)};
}

audit::Duration time_allowed(const audit::Event& event) {
    const auto given = parse_go_duration(audit::query_value(event.request_uri, "timeout"));
    return given && *given > audit::Duration{} ? *given : audit::Duration{std::chrono::minutes{1}};
}

std::optional<audit::Duration> watch_time_asked(const audit::Event& event) {
    const std::string text = audit::query_value(event.request_uri, "timeoutSeconds");
    uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || seconds == 0) return std::nullopt;
    return audit::Duration{std::chrono::seconds{seconds}};
}

}  // namespace redshank::crd
