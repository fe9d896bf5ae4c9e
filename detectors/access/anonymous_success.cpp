#include "audit/normalise/source.h"
#include "audit/request_uri.h"
#include "core/request/words.h"
#include "detectors/access/reasons.h"

namespace redshank::access {

namespace {

// Paths that system:public-info-viewer and similar roles open to everybody, and that load balancers poll.
bool is_public(std::string_view path) {
    for (const std::string_view open : {"/healthz", "/readyz", "/livez", "/version",
                                        "/.well-known/openid-configuration", "/openid/v1/jwks"}) {
        if (path == open || (path.starts_with(open) && path[open.size()] == '/')) return true;
    }
    return false;
}

// bootstrap discovery: kubeadm join reads this config map without credentials.
bool is_cluster_info(const audit::Event& event) {
    return event.is_resource("", "configmaps") && event.object.namespace_ == "kube-public" &&
           event.object.name == "cluster-info";
}

class AnonymousSuccess : public NamedReason {
  public:
    std::optional<Hit> observe(const Look& look) override {
        const audit::Event& event = look.event();
        if (!look.sender.is(ActorClass::Anonymous) || !event.succeeded() ||
            is_public(audit::uri_path(event.request_uri)) || is_cluster_info(event)) {
            return std::nullopt;
        }
        const bool is_discovery = !event.object.present;
        const std::optional<audit::Grant>& grant = look.request().grant();
        Hit hit{.kind = "anonymous-success",
                .title = "A request without credentials was answered",
                .severity = is_discovery             ? Severity::Medium
                            : look.action.weight > 0 ? Severity::Critical
                                                     : Severity::High,
                .what = deed_words(look.request()),
                .because = grant ? grant_words(*grant) : "",
                .why = {"nobody had to log in"},
                .mitre = "T1078.001",
                .tactic = look.action.weight > 0 ? look.action.tactic : Tactic::Discovery,
                .behaviour = look.action.phrase};
        hit.is_scan = is_discovery && audit::is_public(look.peer);
        hit.reasons.push_back({"anonymous", "the request carried no credentials and was answered", ""});
        return hit;
    }
};

}  // namespace

std::unique_ptr<NamedReason> make_anonymous_success() {
    return std::make_unique<AnonymousSuccess>();
}

}  // namespace redshank::access
