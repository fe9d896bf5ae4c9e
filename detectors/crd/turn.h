// A look at what only time changes. Who finds that something is not due yet says when it will be, so that
// nobody looks before: most custom resources wait for nothing, and a log has 1,440 minutes a day.
#pragma once

#include <algorithm>

#include "audit/time.h"

namespace redshank::crd {

struct Turn {
    audit::Time now{};
    audit::Time next = audit::Time::max();  // when to look again, unless a request comes before

    bool has_come(audit::Time when) {
        if (when <= now) return true;
        next = std::min(next, when);
        return false;
    }
    // For what must be looked at each time.
    void look_again() { next = now; }
};

}  // namespace redshank::crd
