#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "detectors/access/reasons.h"

namespace redshank::access {

namespace {

// An identity returns after a long absence: intruders look for forgotten accounts. The last-access table has
// everybody's last success, so nothing more is stored here.
class DormantIdentity : public NamedReason {
  public:
    explicit DormantIdentity(const Config& config)
        : people_(config.dormant_people), accounts_(config.dormant_accounts) {}

    std::optional<Hit> observe(const Look& look) override {
        if (look.is_newcomer() || look.before.last_success == 0 || look.action.refused ||
            !look.event().succeeded()) {
            return std::nullopt;
        }
        audit::Duration limit = accounts_;
        if (look.actor.is(ActorClass::Human)) limit = people_;
        // Nodes are replaced under the same name; the control plane has controllers that hardly ever act.
        if (look.actor.is(ActorClass::Node) || look.actor.is(ActorClass::ControlPlane) ||
            look.actor.is(ActorClass::Anonymous)) {
            return std::nullopt;
        }
        const audit::Duration away =
            look.event().received - audit::Time{audit::Duration{look.before.last_success}};
        if (away < limit) return std::nullopt;
        const std::string text =
            "last seen at " + moment_words(audit::Time{audit::Duration{look.before.last_success}});
        Hit hit{.kind = "identity-dormant-returned",
                .title = "An account that was long unused is back",
                .severity = look.action.weight >= 2 ? Severity::High : Severity::Medium,
                .what = "came back after " + span_words(away) + " and " + outcome_words(look.request()),
                .why = {text},
                .mitre = "T1078",
                .tactic = look.action.tactic,
                .behaviour = "dormant"};
        hit.reasons.push_back({"dormant", text, audit::format_duration(away)});
        return hit;
    }

  private:
    const audit::Duration people_, accounts_;
};

}  // namespace

std::unique_ptr<NamedReason> make_dormant_identity(const Config& config) {
    return std::make_unique<DormantIdentity>(config);
}

}  // namespace redshank::access
