#include "detectors/unusual_access.h"

namespace redshank {

namespace {

// When did X last access the cluster, and is what X does unusual for X?
class UnusualAccess : public Detector {
  public:
    explicit UnusualAccess(const UnusualAccessConfig& config) : config_(config) {}

    std::string_view name() const override { return "unusual_access"; }

    void observe(const Observation& /*observation*/, FindingBook& /*findings*/) override {}

  private:
    const UnusualAccessConfig config_;
};

}  // namespace

std::unique_ptr<Detector> make_unusual_access(const UnusualAccessConfig& config) {
    return std::make_unique<UnusualAccess>(config);
}

}  // namespace redshank
