// What each kind of finding is made from. The one place where detectors declare what they read: a detector
// that comes to read something else changes its rows here.
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

// Requests that tell the kind something; a kind has as many rows as there are different ones. It is found
// from any of them, and less well when some are missing.
struct Need {
    std::string_view detector, kind;
    std::string_view verbs;                         // "get list watch"
    std::string_view group, resource, subresource;  // "…": any resource that no policy names
    audit::Level least = audit::Level::Metadata;    // below it these requests tell the kind nothing
    audit::Level full = audit::Level::Metadata;     // from it on nothing is missing
    std::string_view missing = {};                  // the fields between the two
    Who who = Who::Anybody;
};

inline constexpr std::string_view kAnyGroup = "any.other", kAnyResource = "anything";

// By detector and kind.
std::span<const Need> needs();

}  // namespace redshank::coverage
