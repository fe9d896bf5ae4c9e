#include "daemon/sources/source.h"

namespace redshank {

void Batch::clear() {
    file.clear();
    lines.clear();
    position.clear();
    notices.clear();
    skips.clear();
}

}  // namespace redshank
