// How good is unusual_access? Prints the tables of docs/unusual-access.md. `make eval` runs it.
#include <cstring>

#include "tests/eval/recordings.h"

int main(int argc, char** argv) {
    const bool verbose = argc > 1 && std::strcmp(argv[1], "-v") == 0;
    redshank::eval::print_recordings(verbose);
    return 0;
}
