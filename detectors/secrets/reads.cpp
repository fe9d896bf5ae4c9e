#include "detectors/secrets/reads.h"

#include <algorithm>

#include "core/state/key.h"

namespace redshank::secrets {

namespace {

// "shop/db␟alice␟␟": what all rows of one user on one scope begin with.
std::string stem(const audit::Event& event, const SecretScope& scope) {
    return row_key({scope.to_string(), event.user.username,
                    event.is_impersonated ? event.impersonated_user.username : "", ""});
}

// The key of a caller. No grant begins with \x1f, so that callers and grants share one table.
std::string caller_key(std::string_view user, std::string_view impersonated) {
    return row_key({"", user, impersonated});
}

// "ClusterRoleBinding ops → ClusterRole cluster-admin → ": what the words of its grants begin with.
std::string binding_words(const audit::Grant& grant) {
    constexpr std::string_view kTo = " → ";
    std::string words = grant.to_string();
    return words.erase(words.rfind(kTo) + kTo.size());
}

// Each is followed by a mark.
template <class Visit>
void each_verb(std::string_view joined, Visit visit) {
    while (!joined.empty()) {
        const size_t end = joined.find(kKeyMark);
        visit(joined.substr(0, end));
        joined.remove_prefix(end + 1);
    }
}

bool was_harmless(const Reads::Row& row) {
    const std::string_view verdict = row.verdict.get();
    return verdict == "in-order" || verdict == "not-judged";
}

}  // namespace

std::set<std::string> Reads::Verbs::all() const {
    std::set<std::string> verbs;
    each_verb(joined.get(), [&](std::string_view verb) { verbs.emplace(verb); });
    return verbs;
}

void Reads::Verbs::add(std::string_view verb) {
    bool is_known = false;
    size_t count = 0;
    each_verb(joined.get(), [&](std::string_view known) {
        is_known = is_known || known == verb;
        ++count;
    });
    if (is_known || count >= kMost) return;
    std::set<std::string> verbs = all();
    verbs.emplace(verb);
    restore(*this, verbs);
}

bool restore(Reads::Verbs& verbs, const std::set<std::string>& all) {
    std::string joined;
    for (const std::string& verb : all) (joined += verb) += kKeyMark;
    verbs.joined = joined;
    return true;
}

void Reads::count_use(const Row& row, bool add) {
    if (row.verdict.get() == "refused") return;
    for (const std::string& key : {stored(row.grant), caller_key(row.user.get(), row.impersonated.get())}) {
        size_t& count = uses_[key];
        count = add ? count + 1 : count - 1;
        if (count == 0) uses_.erase(key);
    }
}

bool Reads::has_read(const audit::Event& event, const SecretScope& scope) const {
    bool found = false;
    rows_.each_with(stem(event, scope), [&](const std::string&, const Row& row) {
        found = row.verdict.get() != "refused";
        return !found;
    });
    return found;
}

bool Reads::knows_caller(const audit::Event& event) const {
    return uses_.contains(
        caller_key(event.user.username, event.is_impersonated ? event.impersonated_user.username : ""));
}

bool Reads::has_used(std::string_view user, const std::optional<audit::Grant>& grant) const {
    if (!grant || !knows_binding(*grant)) return false;
    const std::string binding = binding_words(*grant);
    bool found = false;
    rows_.each([&](const std::string&, const Row& row) {
        found = found || (row.user.get() == user && row.impersonated.empty() && was_harmless(row) &&
                          row.grant.get().starts_with(binding));
    });
    return found;
}

bool Reads::knows_binding(const audit::Grant& grant) const {
    return is_used(binding_words(grant));
}

// Whether a grant whose words begin so was used.
bool Reads::is_used(std::string_view binding) const {
    const auto at = uses_.lower_bound(binding);
    return at != uses_.end() && at->first.starts_with(binding);
}

std::vector<Reads::Row> Reads::only_through(const std::string& binding, audit::Time since) const {
    std::vector<Row> found;
    const std::string words = binding + " → ";
    if (!is_used(words)) return found;
    rows_.each([&](const std::string&, const Row& row) {
        if (!was_harmless(row) || row.first < since || !row.grant.get().starts_with(words)) return;
        const std::string prefix = row_key({row.secret.get(), row.user.get(), row.impersonated.get(), ""});
        bool has_other = false;
        rows_.each_with(prefix, [&](const std::string&, const Row& other) {
            has_other = was_harmless(other) && other.first < row.first;
            return !has_other;
        });
        if (!has_other) found.push_back(row);
    });
    return found;
}

void Reads::add(const audit::Event& event, const SecretScope& scope, const std::string& grant,
                uint64_t window, std::string_view verdict) {
    const std::string key = stem(event, scope) + row_key({grant, std::to_string(window), verdict});
    const bool is_new = !rows_.contains(key);
    Row& row = rows_.change(key, [this](const std::string&, const Row& gone) { count_use(gone, false); });
    if (is_new) {
        row.cluster = cluster_;
        row.secret = scope.to_string();
        row.user = event.user.username;
        if (event.is_impersonated) row.impersonated = event.impersonated_user.username;
        row.grant = grant;
        row.window = window;
        row.verdict = verdict;
        row.first = row.last = event.stage_time;
        count_use(row, true);
    }
    row.verbs.add(event.verb);
    ++row.count;
    row.first = std::min(row.first, event.stage_time);
    row.last = std::max(row.last, event.stage_time);
    // Most rows see the same again: to compare takes less than to share.
    if (row.source_ip.get() != event.peer_ip()) row.source_ip = event.peer_ip();
}

bool Reads::has_own_right(const audit::Event& event, const SecretScope& scope,
                          const std::string& grant) const {
    bool found = false;
    rows_.each_with(stem(event, scope), [&](const std::string&, const Row& row) {
        found = was_harmless(row) && row.grant.get() != grant;
        return !found;
    });
    return found;
}

void Reads::load(const StateReader& state, const std::string& prefix) {
    rows_.load(state, prefix, [this](const std::string&, const Row& row) {
        count_use(row, true);
        return true;
    });
}

}  // namespace redshank::secrets
