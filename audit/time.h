// Times as audit.k8s.io/v1 writes them: RFC 3339 in UTC, microseconds (metav1.MicroTime).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redshank::audit {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<Duration>;  // Time{} (1970) means "not given"

// Accepts "2026-11-23T09:28:46.037912Z", with no fraction or 1 to 9 digits, and an offset in place of Z.
std::optional<Time> parse_time(std::string_view text);

// Accepts what parse_time does, and also the form in which databases export times: a blank in place of T, no
// offset (UTC).
std::optional<Time> parse_exported_time(std::string_view text);

// Converts a count since 1970 as exports write it: seconds, milliseconds, microseconds or nanoseconds, told
// apart by size (in each unit, 1973 to 5138). Nothing for a smaller count.
std::optional<Time> time_since_epoch(int64_t count);

// Always writes six digits and Z, as the API server does.
std::string format_time(Time time);

// "2h 5m", "41s", "312ms": at most the two largest units, for sentences.
std::string format_duration(Duration duration);

// Accepts "3d", "24h", "90m", "1h30m", "500ms": one or more whole numbers, each with d, h, m, s or ms. A
// duration over 36500 days becomes 36500 days.
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace redshank::audit
