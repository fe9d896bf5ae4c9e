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

// Accepts "2026-11-23T09:28:46.037912Z", no fraction or one of 1 to 9 digits, and an offset instead of Z.
std::optional<Time> parse_time(std::string_view text);

// As parse_time, and the spellings of databases that logs are exported from: a blank for the T, no offset
// (UTC).
std::optional<Time> parse_exported_time(std::string_view text);

// A count since 1970 as an export writes it: seconds, milliseconds, microseconds or nanoseconds, told apart
// by size (1973 to 5138 in each). Nothing for a count below.
std::optional<Time> time_since_epoch(int64_t count);

// Always six digits and Z, as the API server writes it.
std::string format_time(Time time);

// "2h 5m 3s", "41s", "312ms": the two largest units, for sentences.
std::string format_duration(Duration duration);

// "3d", "24h", "90m", "1h30m", "500ms": whole numbers with d, h, m, s or ms, at least one. Nothing else.
// Longer than 36500 days is 36500 days.
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace redshank::audit
