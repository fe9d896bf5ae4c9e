#include "daemon/questions/names.h"

#include <algorithm>
#include <set>

#include "core/request/names.h"
#include "core/state/key.h"
#include "daemon/questions/seen.h"
#include "detectors/access/last_access.h"

namespace redshank {

namespace {

constexpr size_t kLookedThrough = 20'000;  // rows; a user may have several

struct Enough {};  // ends a scan

bool add_users(const StateReader& state, const std::string& prefix, size_t most,
               std::set<std::string>& users) {
    size_t rows = 0;
    try {
        state.scan(access::kLastAccess, prefix, [&](std::string_view key, std::string_view) {
            std::string user(key.substr(0, key.find(kKeyMark)));
            if (!users.contains(user) && users.size() >= most) throw Enough{};
            users.insert(std::move(user));
            if (++rows >= kLookedThrough) throw Enough{};
        });
    } catch (const Enough&) {
        return true;
    }
    return false;
}

}  // namespace

NamesFound users_called(const StateReader& state, std::string_view text, size_t most) {
    if (text.empty()) return {};
    std::set<std::string> users;
    NamesFound out;
    out.more_users = add_users(state, std::string(text), most, users);
    std::string account = std::string(kServiceAccountPrefix) + std::string(text);
    std::replace(account.begin(), account.end(), '/', ':');
    out.more_users |= add_users(state, account, most, users);
    out.users.assign(users.begin(), users.end());
    return out;
}

std::string account_named(std::string_view text) {
    std::string name = std::string(kServiceAccountPrefix) + std::string(text);
    std::replace(name.begin(), name.end(), '/', ':');
    const auto account = service_account(name);
    return account && text == std::string(account->namespace_) + "/" + std::string(account->name) ? name : "";
}

std::vector<std::string> secrets_named(const StateReader& state, std::string_view name) {
    std::vector<std::string> out;
    for (const std::string& secret : seen_secrets(state)) {
        if (secret == name || secret.substr(secret.find('/') + 1) == name) out.push_back(secret);
    }
    return out;
}

}  // namespace redshank
