#pragma once

#include <string>
#include <vector>

#include "audit/normalise/source.h"
#include "audit/time.h"

namespace redshank {
class ConfigTable;
}

namespace redshank::access {

// [[detectors.unusual_access.suppress]]
struct Suppress {
    std::string actor = "*";      // glob over the user name
    std::string behaviour = "*";  // glob over a kind ("off-hours") or an action ("list secrets", "* secrets")
    std::string namespace_ = "*";  // glob
    audit::Time expires{};         // Time{}: never

    bool operator==(const Suppress&) const = default;
};

// [detectors.unusual_access]
struct Config {
    bool enabled = true;
    audit::Duration learning = std::chrono::days{3};  // no findings for so long, and until …
    int64_t learning_candidates = 200;  // … so many novelties were seen; ends after 3 × learning
    double budget_per_day = 3;          // findings of the model at medium in a day; up to twice that at once
    double min_bits = 4;                // novelties with a lower score go to the digest
    audit::Duration memory = std::chrono::days{30};  // after so long an action counts as new again
    audit::Duration young = std::chrono::days{3};    // an account known for less is judged by its peers
    int64_t young_requests = 50;                     // … or with fewer requests
    audit::Duration new_namespace = std::chrono::days{14};  // a namespace counts as new for so long
    audit::Duration quarantine = std::chrono::hours{24};    // nothing is learnt for so long after a finding
    audit::Duration story_gap = std::chrono::hours{24};     // steps of one account within this are one story
    audit::Duration gap = std::chrono::minutes{15};         // silence that last-access names as a gap
    audit::Duration dormant_people = std::chrono::days{45};
    audit::Duration dormant_accounts = std::chrono::days{90};
    size_t max_rows = 100'000;                 // of each last-access table
    size_t max_habits = 300'000;               // cells of the habit model
    std::vector<std::string> trusted_proxies;  // addresses or prefixes; their X-Forwarded-For is believed
    std::vector<audit::Network> proxies() const;
    std::vector<std::string> disable;  // kinds that are not wanted
    std::vector<Suppress> suppress;
};

void read(ConfigTable& table, Config& config);

}  // namespace redshank::access
