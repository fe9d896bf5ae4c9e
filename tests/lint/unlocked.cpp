// Not built: scripts/lint.sh expects clang's analysis of locks to refuse this file, and so knows that it is
// on.
#include "core/mutex.h"

struct Counter {
    void count() { ++value; }  // without the lock

    redshank::Mutex mutex;
    int value GUARDED_BY(mutex) = 0;
};
