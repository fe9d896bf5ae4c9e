// Never built. scripts/lint.sh expects clang's lock analysis to reject this file, which proves that the
// analysis is on.
#include "core/mutex.h"

struct Counter {
    void count() { ++value; }  // accesses `value` without the lock

    redshank::Mutex mutex;
    int value GUARDED_BY(mutex) = 0;
};
