#include "daemon/questions/seen.h"

#include "core/state/key.h"
#include "daemon/questions/findings.h"
#include "daemon/questions/last_access.h"
#include "daemon/questions/secrets.h"
#include "daemon/questions/visibility.h"
#include "daemon/store/checked.h"
#include "detectors/access/last_access.h"
#include "detectors/coverage/needs.h"
#include "detectors/engine.h"

namespace redshank {

SeenNames names_in_findings(const Store& store) {
    SeenNames seen;
    each_finding(store, {}, [&](const Finding& finding) {
        seen.ids.insert(finding.id);
        seen.kinds.insert(finding.kind);
        seen.users.insert({finding.who().user, finding.who().impersonated});
        seen.clusters.insert(finding.cluster);
    });
    const CheckedState state = checked_state(store);
    seen.users.merge(seen_users(detectors_state(state)));
    seen.clusters.merge(seen_clusters(detectors_state(state)));
    if (!seen.kinds.empty()) {
        for (const coverage::Need& need : coverage::needs()) seen.kinds.emplace(need.kind);
    }
    for (std::set<std::string>* names : {&seen.kinds, &seen.users, &seen.clusters}) names->erase("");
    return seen;
}

std::set<std::string> seen_clusters(const StateReader& state) {
    std::set<std::string> names = visible_clusters(state);
    for (const WatchedRow& row : watched_clusters(state, "")) names.insert(row.cluster);
    for (const ExposureRow& row : exposures(state, {})) names.insert(row.cluster);
    for (const ReaderRow& row : secret_readers(state, {})) names.insert(row.cluster);
    return names;
}

std::set<std::string> seen_users(const StateReader& state) {
    std::set<std::string> names;
    for (const AccessedRow& row : last_accesses(state, {})) names.insert(row.user);
    return names;
}

std::set<std::string> seen_namespaces(const StateReader& state) {
    std::set<std::string> names;
    state.scan(access::kLastAccessByNamespace, "", [&](std::string_view key, std::string_view) {
        names.emplace(key.substr(0, key.find(kKeyMark)));
    });
    for (const std::string& secret : seen_secrets(state)) names.insert(secret.substr(0, secret.find('/')));
    names.erase("");
    names.erase("*");
    return names;
}

std::set<std::string> seen_secrets(const StateReader& state) {
    std::set<std::string> names;
    for (const ExposureRow& row : exposures(state, {})) names.insert(row.window.target);
    for (const ReaderRow& row : secret_readers(state, {})) names.insert(stored(row.reads.secret));
    return names;
}

}  // namespace redshank
