// How long a request may take.
#pragma once

#include <optional>
#include <string_view>

#include "audit/event.h"

namespace redshank::crd {

// A duration as Go's time.ParseDuration reads it: "300ms", "1m30s", "1.5h". Nothing when it is none.
std::optional<audit::Duration> parse_go_duration(std::string_view text);

// Of ?timeout=; a minute when none is given (apiserver/pkg/endpoints/filters/request_deadline.go).
audit::Duration time_allowed(const audit::Event& event);

// How long a watch was asked to last: ?timeoutSeconds=; nothing when the server decides.
std::optional<audit::Duration> watch_time_asked(const audit::Event& event);

}  // namespace redshank::crd
