// Huge pages for what malloc gives. Tables of callers and requests are looked into all over: in pages of 4 KB
// the search for an address takes longer than what is done there. A day takes a sixth less time, its first
// half minute a third.
#pragma once

namespace redshank {

// The heap grows by 8 MB of addresses at once, and is one for all threads. Call it first in main(), before
// there are others.
void prepare_heap();

// Asks for huge pages where the heap has grown since the last call; where it has not, or was not prepared, it
// does nothing. What a kernel without huge pages answers is of no interest. Any thread.
void advise_heap();

}  // namespace redshank
