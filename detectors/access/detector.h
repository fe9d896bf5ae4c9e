// When did X last access the cluster, and is what X does unusual for X? docs/unusual-access.md tells how it
// decides.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "detectors/detector.h"

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
    audit::Duration learning = std::chrono::days{3};  // no findings of the model for this time, and until …
    int64_t learning_candidates = 200;  // … so many novelties were seen; at most 3 × learning
    double budget_per_day = 3;          // findings of the model a day; never more than twice that
    double min_bits = 4;                // weaker surprise goes to the digest
    audit::Duration memory = std::chrono::days{30};  // an action counts as new again after this time
    audit::Duration young = std::chrono::days{3};    // an account is judged by its peers for this time
    int64_t young_requests = 50;                     // … and until it has made so many requests
    audit::Duration new_namespace =
        std::chrono::days{14};  // no first use of a new namespace counts as unusual for this time
    audit::Duration quarantine =
        std::chrono::hours{24};  // a told action does not become a habit within this time
    audit::Duration story_gap =
        std::chrono::hours{24};                      // steps of one account within this time are one story
    audit::Duration gap = std::chrono::minutes{15};  // silence that last-access names as a gap
    audit::Duration dormant_people = std::chrono::days{45};
    audit::Duration dormant_accounts = std::chrono::days{90};
    int64_t max_rows = 250'000;                // of each last-access table
    int64_t max_habits = 500'000;              // cells of the habit model
    std::vector<std::string> trusted_proxies;  // addresses or prefixes; their X-Forwarded-For is believed
    std::vector<std::string> disable;          // kinds that are not wanted
    std::vector<Suppress> suppress;
};

// Whether this is a kind of finding that `disable` may name.
bool is_kind(std::string_view kind);

std::unique_ptr<Detector> make_detector(const Config& config);

}  // namespace redshank::access
