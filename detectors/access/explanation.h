// Hypotheses about what Kubernetes does by itself. Each says which requests it explains and predicts what
// must follow. If a prediction fails, the hypothesis is dropped and the requests that it explained become
// findings. An explained request is not scored and is no part of a burst of refusals.
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
    // Sees the requests that NamedReason sees. May report findings about the cluster itself.
    virtual bool explains(const Look& look, const Novelty& novelty, FindingBook& findings) = 0;
    // Time has passed: reports predictions that failed.
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
