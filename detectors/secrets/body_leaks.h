// Protection by logging: bodies that hold secrets and stand in the audit log.
#pragma once

#include <optional>
#include <string_view>

#include "audit/event.h"

namespace redshank::secrets {

// What kind of secret the event's own bodies give away to everybody who may read the log: "secrets",
// "serviceaccounts/token" or "tokenreviews"; nothing when they hold none. The bodies are only looked at for
// being there.
std::optional<std::string_view> leaks_by_logging(const audit::Event& event);

}  // namespace redshank::secrets
