#include "detectors/secrets/reads.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "detectors/secrets/row.h"

namespace redshank::secrets {

namespace json = boost::json;

namespace {

constexpr std::string_view kTable = "secret_exposure.reads";

// "shop/db␟alice␟␟": what all rows of one user on one scope begin with.
std::string stem(const audit::Event& event, const SecretScope& scope) {
    std::string key = scope.to_string();
    key += '\x1f';
    key += event.user.username;
    key += '\x1f';
    if (event.is_impersonated) key += event.impersonated_user.username;
    return key += '\x1f';
}

// The key of a caller. No grant begins with \x1f, so that callers and grants share one table.
std::string caller_key(std::string_view user, std::string_view impersonated) {
    return '\x1f' + std::string(user) + '\x1f' + std::string(impersonated);
}

}  // namespace

void Reads::count_use(const Row& row, bool add) {
    if (row.verdict == "refused") return;
    for (const std::string& key : {row.grant, caller_key(row.user, row.impersonated)}) {
        size_t& count = uses_[key];
        count = add ? count + 1 : count - 1;
        if (count == 0) uses_.erase(key);
    }
}

bool Reads::has_read(const audit::Event& event, const SecretScope& scope) const {
    const std::string prefix = stem(event, scope);
    for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix); ++at) {
        if (at->second.verdict != "refused") return true;
    }
    return false;
}

bool Reads::knows_caller(const audit::Event& event) const {
    return uses_.contains(
        caller_key(event.user.username, event.is_impersonated ? event.impersonated_user.username : ""));
}

std::vector<Reads::Row> Reads::only_through(const std::string& binding, audit::Time since) const {
    std::vector<Row> found;
    for (const auto& [key, row] : rows_) {
        if (row.verdict != "in-order" || row.first < since || !row.grant.starts_with(binding + " → "))
            continue;
        const std::string prefix = row.secret + '\x1f' + row.user + '\x1f' + row.impersonated + '\x1f';
        bool has_other = false;
        for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix); ++at) {
            has_other |= at->second.verdict == "in-order" && at->second.first < row.first;
        }
        if (!has_other) found.push_back(row);
    }
    return found;
}

void Reads::add(const audit::Event& event, const SecretScope& scope, const std::string& grant,
                uint64_t window, std::string_view verdict) {
    const std::string key =
        stem(event, scope) + grant + '\x1f' + std::to_string(window) + '\x1f' + std::string(verdict);
    auto [entry, is_new] = rows_.try_emplace(key);
    Row& row = entry->second;
    if (is_new) {
        row.secret = scope.to_string();
        row.user = event.user.username;
        if (event.is_impersonated) row.impersonated = event.impersonated_user.username;
        row.grant = grant;
        row.window = window;
        row.verdict = verdict;
        row.first = row.last = event.stage_time;
        count_use(row, true);
    }
    if (row.verbs.size() < 8) row.verbs.emplace(event.verb);
    ++row.count;
    row.first = std::min(row.first, event.stage_time);
    row.last = std::max(row.last, event.stage_time);
    row.source_ip = event.peer_ip();
    changed_.insert(key);
    if (rows_.size() > kMax) evict_oldest();
}

bool Reads::has_own_right(const audit::Event& event, const SecretScope& scope,
                          const std::string& grant) const {
    const std::string prefix = stem(event, scope);
    for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix); ++at) {
        if (at->second.verdict == "in-order" && at->second.grant != grant) return true;
    }
    return false;
}

void Reads::evict_oldest() {
    std::vector<std::pair<audit::Time, std::string>> all;
    all.reserve(rows_.size());
    for (const auto& [key, row] : rows_) all.emplace_back(row.last, key);
    const auto cut = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 10);
    std::nth_element(all.begin(), cut, all.end());
    for (auto at = all.begin(); at != cut; ++at) {
        count_use(rows_.at(at->second), false);
        rows_.erase(at->second);
        changed_.insert(at->second);
        ++evictions_;
    }
}

Reads::Row Reads::read_row(std::string_view text) {
    const secrets::Row fields(text);
    Row row;
    row.secret = fields.text("secret");
    row.user = fields.text("user");
    row.impersonated = fields.text("impersonated");
    row.grant = fields.text("grant");
    row.window = fields.number("window");
    row.verdict = fields.text("verdict");
    if (const json::value* verbs = fields.find("verbs"); verbs && verbs->is_array()) {
        for (const json::value& verb : verbs->get_array()) {
            if (verb.is_string()) row.verbs.emplace(verb.get_string());
        }
    }
    row.count = fields.number("count");
    row.first = fields.time("first");
    row.last = fields.time("last");
    row.source_ip = fields.text("source_ip");
    return row;
}

void Reads::load(const StateReader& state, const std::string& prefix) {
    state.scan(kTable, prefix, [&](std::string_view key, std::string_view value) {
        const auto [entry, is_new] =
            rows_.insert_or_assign(std::string(key.substr(prefix.size())), read_row(value));
        if (is_new) count_use(entry->second, true);
    });
}

void Reads::save(StateWriter& state, const std::string& prefix) {
    for (const std::string& key : std::exchange(changed_, {})) {
        const auto entry = rows_.find(key);
        if (entry == rows_.end()) {
            state.erase(kTable, prefix + key);
            continue;
        }
        const Row& row = entry->second;
        const json::object fields{{"cluster", cluster_},
                                  {"secret", row.secret},
                                  {"user", row.user},
                                  {"impersonated", row.impersonated},
                                  {"grant", row.grant},
                                  {"window", row.window},
                                  {"verdict", row.verdict},
                                  {"verbs", json::array(row.verbs.begin(), row.verbs.end())},
                                  {"count", row.count},
                                  {"first", audit::format_time(row.first)},
                                  {"last", audit::format_time(row.last)},
                                  {"source_ip", row.source_ip}};
        state.put(kTable, prefix + key, json::serialize(fields));
    }
}

}  // namespace redshank::secrets
