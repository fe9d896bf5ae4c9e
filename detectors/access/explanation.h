// What Kubernetes does by itself, as hypotheses. Each says which requests it explains, predicts what must
// happen, and falls with the first prediction that fails; then what it explained is told after all. What is
// explained counts for nobody: it is no refusal of a burst, and is not scored.
#pragma once

#include <memory>
#include <vector>

#include "detectors/access/config.h"
#include "detectors/access/look.h"
#include "detectors/access/novelty.h"
#include "detectors/finding_book.h"

namespace redshank::access {

class Explanation {
  public:
    virtual ~Explanation() = default;
    // Sees what NamedReason sees. May tell of the cluster itself.
    virtual bool explains(const Look& look, const Novelty& novelty, FindingBook& findings) = 0;
    // Time has passed: tells what did not come true.
    virtual void advance(audit::Time /*now*/, FindingBook& /*findings*/) {}
    virtual void load(const StateReader& state) = 0;
    virtual void save(StateWriter& state) = 0;
    virtual uint64_t evictions() const = 0;
};

std::unique_ptr<Explanation> make_lost_rights();
std::unique_ptr<Explanation> make_node_life(const Config& config);
std::unique_ptr<Explanation> make_node_join();

std::vector<std::unique_ptr<Explanation>> make_explanations(const Config& config);

}  // namespace redshank::access
