#include "detectors/secrets/protection.h"

#include <algorithm>

#include "audit/glob.h"

namespace redshank::secrets {

bool ProtectedGlob::touches(const SecretScope& scope) const {
    if (!scope.namespace_.empty() && !audit::glob_match(namespace_, scope.namespace_)) return false;
    if (scope.is_named()) return audit::glob_match(name, scope.name);
    return std::find(scope.not_names.begin(), scope.not_names.end(), name) == scope.not_names.end();
}

bool is_reader(const ProtectedSecrets& entry, const audit::User& user) {
    return std::any_of(entry.readers.begin(), entry.readers.end(), [&](std::string_view reader) {
        constexpr std::string_view kGroup = "group:";
        if (reader.starts_with(kGroup)) return user.in_group(reader.substr(kGroup.size()));
        return reader == user.username;
    });
}

Protection::Protection(const std::vector<ProtectedSecrets>& entries) : entries_(entries) {
    for (const ProtectedSecrets& entry : entries_) {
        for (const std::string& glob : entry.secrets) {
            const size_t slash = glob.find('/');
            if (slash == std::string::npos) continue;  // refused by the configuration
            globs_.push_back({glob.substr(0, slash), glob.substr(slash + 1), &entry});
        }
    }
}

}  // namespace redshank::secrets
