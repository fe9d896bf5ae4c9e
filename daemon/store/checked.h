#pragma once

#include "core/state/checked_state.h"
#include "daemon/store/store.h"

namespace redshank {

// The store's committed state, which names unusable rows in the log. The store must outlive it.
CheckedState checked_state(const Store& store);

}  // namespace redshank
