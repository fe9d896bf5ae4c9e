// Counts which of a unit's requests a policy logs. Used by coverage.
#pragma once

#include <map>
#include <string>

#include "audit/policy/policy.h"
#include "detectors/coverage/coverage.h"

namespace redshank::coverage {

// Connections that stay open are reported at ResponseStarted.
bool is_stream(const audit::policy::Request& request);

class Tally {
  public:
    // Tests one request against the policy. `least`, `full` and `fields` as in Need; `variant` names the
    // account and place, if they are special.
    void add(const audit::policy::Request& request, const audit::policy::Decision& decision,
             audit::Level least, audit::Level full, std::string_view fields, const std::string& variant);

    Unit unit(std::string_view kind, std::string name) const;

  private:
    struct Row {
        size_t asked = 0, lost = 0, lacking = 0;
        std::vector<std::string> lost_by;  // variants
        std::string fields;
    };
    void blame(const audit::policy::Decision& decision);

    size_t asked_ = 0, lost_ = 0, late_ = 0, lacking_ = 0;
    std::map<std::string, Row> rows_;                          // by "get secrets"
    std::map<std::pair<size_t, std::string>, size_t> blamed_;  // by line and level
};

}  // namespace redshank::coverage
