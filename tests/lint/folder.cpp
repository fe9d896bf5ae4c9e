// Never built. scripts/lint.sh reads a folder as one file like this, and must see what is wrong in the files
// of it.
#include "tests/lint/unlocked.cpp"
