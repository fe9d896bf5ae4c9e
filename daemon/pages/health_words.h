// Is redshank itself well? The first line of the page, from what /status knows and what the log cannot show.
#pragma once

#include <string>
#include <vector>

#include "daemon/questions/visibility.h"
#include "daemon/status.h"

namespace redshank {

struct HealthWords {
    // Quiet: nothing is wrong that redshank knows of, but there is nothing to judge by either.
    enum class Level : uint8_t { Well, Quiet, Trouble };
    Level level = Level::Well;
    std::string line;                  // "redshank reads 2 logs, and tells 1 receiver."
    std::vector<std::string> because;  // what is wrong, or what was not seen; one sentence each
    std::vector<std::string> blind;    // what the log does not show
};

HealthWords health_words(const DaemonStatus& status, const std::vector<Caveat>& caveats, audit::Time now);

}  // namespace redshank
