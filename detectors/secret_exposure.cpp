#include "detectors/secret_exposure.h"

#include "detectors/secrets/access.h"
#include "detectors/secrets/sentences.h"

namespace redshank {

namespace {

class SecretExposure : public Detector {
  public:
    explicit SecretExposure(const SecretExposureConfig& config)
        : protection_(config.protect), by_grant_(config.by_grant) {}

    std::string_view name() const override { return "secret_exposure"; }

    void observe(const Observation& observation, FindingBook& findings) override {
        const audit::Event& event = observation.event;
        if (!observation.answers || event.object.resource != "secrets") return;
        if (const auto scope = secret_scope(event); scope && discloses_secret(event)) {
            take_read(observation, *scope, findings);
        }
    }

  private:
    void take_read(const Observation& observation, const SecretScope& scope, FindingBook& findings) {
        const audit::Event& event = observation.event;
        const auto grant = audit::parse_grant(event.reason);
        const auto judgement = judge_access(event, scope, grant, protection_, by_grant_);
        if (!judgement) return;
        const std::string grant_text = grant ? grant->to_string() : std::string(event.reason);
        Finding& finding = findings.report(
            {.detector = name(),
             .kind = judgement->kind,
             .cluster = observation.origin.cluster,
             .key = std::string(event.user.username) + '\x1f' + std::string(event.effective_user().username) +
                    '\x1f' + grant_text + '\x1f' + scope.to_string()},
            observation);
        finding.grant = grant_text;
        describe_read(finding, event, scope, *judgement);
    }

    const Protection protection_;
    const ByGrant by_grant_;
};

}  // namespace

std::unique_ptr<Detector> make_secret_exposure(const SecretExposureConfig& config) {
    return std::make_unique<SecretExposure>(config);
}

}  // namespace redshank
