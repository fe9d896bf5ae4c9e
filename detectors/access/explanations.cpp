#include "detectors/access/explanation.h"

namespace redshank::access {

std::vector<std::unique_ptr<Explanation>> make_explanations(const Config& config) {
    std::vector<std::unique_ptr<Explanation>> all;
    all.push_back(make_lost_rights());
    all.push_back(make_node_life(config));
    all.push_back(make_node_join());
    return all;
}

}  // namespace redshank::access
