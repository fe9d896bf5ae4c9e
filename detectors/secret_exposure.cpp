#include "detectors/secret_exposure.h"

namespace redshank {

namespace {

// Did someone access an important Secret while it was not protected?
class SecretExposure : public Detector {
  public:
    explicit SecretExposure(const SecretExposureConfig& config) : config_(config) {}

    std::string_view name() const override { return "secret_exposure"; }

    void observe(const Observation& /*observation*/, FindingBook& /*findings*/) override {}

  private:
    const SecretExposureConfig config_;
};

}  // namespace

std::unique_ptr<Detector> make_secret_exposure(const SecretExposureConfig& config) {
    return std::make_unique<SecretExposure>(config);
}

}  // namespace redshank
