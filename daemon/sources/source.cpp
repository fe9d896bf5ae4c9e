#include "daemon/sources/source.h"

namespace redshank {

void Batch::clear() {
    file.clear();
    cluster.clear();
    generation = {};
    lines.clear();
    position.clear();
    notices.clear();
    skips.clear();
    can_be_cut = false;
}

}  // namespace redshank
