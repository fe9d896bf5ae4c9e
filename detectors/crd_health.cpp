#include "detectors/crd_health.h"

namespace redshank {

namespace {

// Does my CRD work properly?
class CrdHealth : public Detector {
  public:
    explicit CrdHealth(const CrdHealthConfig& config) : config_(config) {}

    std::string_view name() const override { return "crd_health"; }

    void observe(const Observation& /*observation*/, FindingBook& /*findings*/) override {}

  private:
    const CrdHealthConfig config_;
};

}  // namespace

std::unique_ptr<Detector> make_crd_health(const CrdHealthConfig& config) {
    return std::make_unique<CrdHealth>(config);
}

}  // namespace redshank
