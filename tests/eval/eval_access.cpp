// Measures unusual_access and prints the tables of docs/unusual-access.md. `make eval` runs it.
//   eval_access [-v] [lives|recordings]     -v: prints every harmless finding and every miss
#include <cstring>

#include "tests/eval/life_table.h"
#include "tests/eval/recordings.h"

int main(int argc, char** argv) {
    bool verbose = false, lives = true, recordings = true;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "-v") == 0) verbose = true;
        if (std::strcmp(argv[i], "lives") == 0) recordings = false;
        if (std::strcmp(argv[i], "recordings") == 0) lives = false;
    }
    if (lives) redshank::eval::print_lives(5, verbose);
    if (recordings) redshank::eval::print_recordings(verbose);
    return 0;
}
