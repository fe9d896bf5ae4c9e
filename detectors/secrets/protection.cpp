#include "detectors/secrets/protection.h"

#include <algorithm>

namespace redshank {

bool glob_matches(std::string_view glob, std::string_view text) {
    size_t g = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = g++;
            resume = t;
        } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
            ++g, ++t;
        } else if (star != std::string_view::npos) {
            g = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', g) == std::string_view::npos;
}

bool ProtectedGlob::touches(const SecretScope& scope) const {
    if (!scope.namespace_.empty() && !glob_matches(namespace_, scope.namespace_)) return false;
    if (scope.is_named()) return glob_matches(name, scope.name);
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

}  // namespace redshank
