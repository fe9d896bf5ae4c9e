#include "daemon/store/failed_starts.h"

#include <sys/stat.h>

#include <cstdio>
#include <fstream>

namespace redshank {

unsigned FailedStarts::count() const {
    unsigned count = 0;
    std::ifstream(file_) >> count;
    return count;
}

void FailedStarts::add() const {
    const unsigned next = count() + 1;
    std::ofstream(file_, std::ios::trunc) << next << '\n';
    ::chmod(file_.c_str(), S_IRUSR | S_IWUSR);
}

void FailedStarts::forget() const {
    std::remove(file_.c_str());
}

}  // namespace redshank
