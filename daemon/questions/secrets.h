// When were Secrets exposed, and who asked for their content?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/state/state.h"
#include "detectors/secrets/reads.h"
#include "detectors/secrets/window.h"

namespace redshank {

struct SecretsFilter {
    std::string secret;   // "shop/db"; "" for all
    std::string ns;       // their namespace; "" for all
    std::string cluster;  // "" for all
    std::optional<audit::Time> since, until;
};

struct ExposureRow {
    std::string cluster;
    secrets::Window window;
    std::string stored;  // the row of the state, JSON
};

struct ReaderRow {
    std::string cluster;
    secrets::Reads::Row reads;
    std::string stored;  // the row of the state, JSON
};

// Windows that overlap the given time, the last opened first.
std::vector<ExposureRow> exposures(const StateReader& state, const SecretsFilter& filter);

// Readers whose reads overlap the given time, the last read first.
std::vector<ReaderRow> secret_readers(const StateReader& state, const SecretsFilter& filter);

}  // namespace redshank
