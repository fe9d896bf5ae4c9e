#pragma once

#include "core/state/checked_state.h"
#include "daemon/store/store.h"

namespace redshank {

// What the store has committed; a row that cannot be used is named in the log. The store must outlive it.
CheckedState checked_state(const Store& store);

}  // namespace redshank
