#include "daemon/store/checked.h"

#include "core/log.h"

namespace redshank {

CheckedState checked_state(const Store& store) {
    return {store.state(), [](const std::string& line) { log_warning("{}", line); }};
}

}  // namespace redshank
