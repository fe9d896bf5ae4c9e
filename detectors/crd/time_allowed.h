// The time that a request may take.
#pragma once

#include <optional>
#include <string_view>

#include "audit/event.h"

namespace redshank::crd {

// Parses a duration as Go's time.ParseDuration does: "300ms", "1m30s", "1.5h". Nothing for another text.
std::optional<audit::Duration> parse_go_duration(std::string_view text);

// The value of ?timeout=; by default a minute (apiserver/pkg/endpoints/filters/request_deadline.go).
audit::Duration time_allowed(const audit::Event& event);

// The duration that a watch asked for: ?timeoutSeconds=; nothing when the server decides.
std::optional<audit::Duration> watch_time_asked(const audit::Event& event);

}  // namespace redshank::crd
