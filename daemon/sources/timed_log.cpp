#include "daemon/sources/timed_log.h"

namespace redshank {

void TimedLog::refill() {
    if (has_next() || is_read_) return;
    is_read_ = !log_.read(read_);
    put(read_, has_times_);
}

}  // namespace redshank
