// Which Secrets the configuration protects, and who may read them: [[detectors.secret_exposure.protect]].
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"
#include "core/finding/finding.h"
#include "detectors/secrets/access.h"
#include "detectors/secrets/config.h"

namespace redshank::secrets {

// One glob of one entry.
struct ProtectedGlob {
    std::string namespace_, name;  // of the glob "namespace/name"
    const ProtectedSecrets* entry = nullptr;

    std::string to_string() const { return namespace_ + "/" + name; }
    // Whether a request with this scope may concern a Secret that the glob matches.
    bool touches(const SecretScope& scope) const;
};

bool is_reader(const ProtectedSecrets& entry, const audit::User& user);

// Constant after construction.
class Protection {
  public:
    explicit Protection(const std::vector<ProtectedSecrets>& entries);
    Protection(const Protection&) = delete;  // globs point into entries_
    Protection& operator=(const Protection&) = delete;

    bool is_configured() const { return !globs_.empty(); }
    const std::vector<ProtectedGlob>& globs() const { return globs_; }

  private:
    const std::vector<ProtectedSecrets> entries_;
    std::vector<ProtectedGlob> globs_;
};

}  // namespace redshank::secrets
