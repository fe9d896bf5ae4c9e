// Secrets that the audit log itself reveals, because bodies that contain them are logged.
#pragma once

#include <optional>
#include <string_view>

#include "audit/event.h"

namespace redshank::secrets {

// The kind of secret that the event's bodies reveal to every reader of the log: "secrets",
// "serviceaccounts/token" or "tokenreviews"; nothing when they contain none. Only the presence of bodies is
// checked, not their content.
std::optional<std::string_view> leaks_by_logging(const audit::Event& event);

}  // namespace redshank::secrets
