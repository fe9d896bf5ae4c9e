// The events from which each kind of finding is made. The only place where detectors declare what they read:
// a change of what a detector reads must change its rows here.
#pragma once

#include <span>
#include <string_view>

#include "audit/event.h"

namespace redshank::coverage {

enum class Who : uint8_t {
    Anybody,
    Anonymous,  // without credentials
    ServiceAccounts,
};

// Requests that a kind uses; a kind has a row for each different sort. Any of them is enough to find it, but
// it is found less well when some are missing.
struct Need {
    std::string_view detector, kind;
    std::string_view verbs;                         // "get list watch"
    std::string_view group, resource, subresource;  // "…": any resource that no policy names
    audit::Level least = audit::Level::Metadata;    // below it these requests are useless to the kind
    audit::Level full = audit::Level::Metadata;     // from it on nothing is missing
    std::string_view missing = {};                  // the fields that are missing between the two
    Who who = Who::Anybody;
    bool operator==(const Need&) const = default;
};

inline constexpr std::string_view kAnyGroup = "any.other", kAnyResource = "anything";

// By detector and kind.
std::span<const Need> needs();

}  // namespace redshank::coverage
