#include "detectors/coverage/needs.h"

#include <utility>
#include <vector>

namespace redshank::coverage {

namespace {

using audit::Level;

constexpr Level kM = Level::Metadata, kR = Level::Request, kRR = Level::RequestResponse;
constexpr std::string_view kReads = "get list watch", kWrites = "create update patch delete",
                           kAllVerbs = "get list watch create update patch delete deletecollection",
                           kBodyWrites = "create update patch", kSession = "create get",
                           kRbac = "rbac.authorization.k8s.io", kBoth = "requestObject and responseObject",
                           kRequest = "requestObject";
constexpr std::string_view kSecret = "secret_exposure", kAccess = "unusual_access", kCrd = "crd_health";

constexpr Need kNeeds[] = {
    // The reason of an allowed read names the binding: level Metadata is enough.
    {kSecret, "secret-read-unprotected", kReads, "", "secrets", ""},
    // With bodies, the RBAC mirror knows subjects and rules; without them a window is inferred from reads.
    {kSecret, "secret-exposed", kWrites, kRbac, "rolebindings", "", kM, kRR, kBoth},
    {kSecret, "secret-exposed", kWrites, kRbac, "clusterrolebindings", "", kM, kRR, kBoth},
    {kSecret, "secret-exposed", kWrites, kRbac, "roles", "", kM, kRR, kBoth},
    {kSecret, "secret-exposed", kWrites, kRbac, "clusterroles", "", kM, kRR, kBoth},
    {kSecret, "secret-exposed", kReads, "", "secrets", ""},
    {kSecret, "secret-exposure-closed", kWrites, kRbac, "rolebindings", "", kM, kRR, kBoth},
    {kSecret, "secret-exposure-closed", kWrites, kRbac, "clusterrolebindings", "", kM, kRR, kBoth},
    {kSecret, "secret-exposure-closed", kReads, "", "secrets", ""},
    // Only the body shows which Secret a workload gets.
    {kSecret, "secret-read-indirect", kBodyWrites, "", "pods", "", kR, kR, kRequest},
    {kSecret, "secret-read-indirect", kBodyWrites, "apps", "deployments", "", kR, kR, kRequest},
    {kSecret, "secret-read-indirect", kBodyWrites, "apps", "daemonsets", "", kR, kR, kRequest},
    {kSecret, "secret-read-indirect", kBodyWrites, "apps", "statefulsets", "", kR, kR, kRequest},
    {kSecret, "secret-read-indirect", kBodyWrites, "batch", "jobs", "", kR, kR, kRequest},
    {kSecret, "secret-read-indirect", kBodyWrites, "batch", "cronjobs", "", kR, kR, kRequest},
    {kSecret, "secret-obtained-by-token", "create", "", "serviceaccounts", "token"},
    {kSecret, "secret-obtained-by-token", kReads, "", "secrets", ""},

    {kAccess, "permission-enumeration", "create", "authorization.k8s.io", "selfsubjectaccessreviews", ""},
    {kAccess, "permission-enumeration", "create", "authorization.k8s.io", "selfsubjectrulesreviews", ""},
    {kAccess, "token-used-elsewhere", kReads, "", "secrets", "", kM, kM, "", Who::ServiceAccounts},
    {kAccess, "token-used-elsewhere", kAllVerbs, "", "pods", "", kM, kM, "", Who::ServiceAccounts},
    {kAccess, "anonymous-success", kReads, "", "secrets", "", kM, kM, "", Who::Anonymous},
    {kAccess, "anonymous-success", kAllVerbs, "", "pods", "", kM, kM, "", Who::Anonymous},

    {kCrd, "crd-failing", kAllVerbs, kAnyGroup, kAnyResource, ""},
    {kCrd, "crd-failing", "update patch", kAnyGroup, kAnyResource, "status"},
    {kCrd, "crd-degraded", kAllVerbs, kAnyGroup, kAnyResource, ""},
    {kCrd, "crd-degraded", "update patch", kAnyGroup, kAnyResource, "status"},
    {kCrd, "crd-silent", kAllVerbs, kAnyGroup, kAnyResource, ""},
    {kCrd, "crd-slow", "get list create update patch delete", kAnyGroup, kAnyResource, ""},
    {kCrd, "crd-operator-refused", kAllVerbs, kAnyGroup, kAnyResource, "", kM, kM, "", Who::ServiceAccounts},
    {kCrd, "crd-deprecated", kAllVerbs, kAnyGroup, kAnyResource, ""},
};

// Kinds that examine every action of an account; these requests represent all.
constexpr std::string_view kOfAnyAction[] = {"unusual-access",
                                             "budget-spent",
                                             "rights-missing",
                                             "attack-sequence",
                                             "identity-dormant-returned",
                                             "impersonation-new",
                                             "impersonation-refused",
                                             "refusal-burst",
                                             "credential-changed",
                                             "off-hours",
                                             "credential-found"};
constexpr Need kAnyAction[] = {
    {kAccess, "", kReads, "", "secrets", ""},
    {kAccess, "", kAllVerbs, "", "pods", ""},
    {kAccess, "", kSession, "", "pods", "exec"},
    {kAccess, "", kWrites, kRbac, "rolebindings", ""},
    {kAccess, "", kWrites, kRbac, "clusterrolebindings", ""},
};

std::vector<Need> table() {
    std::vector<Need> all;
    bool has_access = false;
    for (const Need& need : kNeeds) {
        if (need.detector == kAccess && !std::exchange(has_access, true)) {
            for (const std::string_view kind : kOfAnyAction) {
                for (Need action : kAnyAction) {
                    action.kind = kind;
                    all.push_back(action);
                }
            }
        }
        all.push_back(need);
    }
    return all;
}

}  // namespace

std::span<const Need> needs() {
    static const std::vector<Need> kAll = table();
    return kAll;
}

}  // namespace redshank::coverage
