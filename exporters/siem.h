// Findings and incidents in the words of SIEMs.
//
//   - OCSF 1.3.0 (https://schema.ocsf.io/1.3.0, https://github.com/ocsf/ocsf-schema): a finding is a
//   Detection
//     Finding (class 2004), an incident an Incident Finding (class 2005).
//   - ECS 8.11.0 (https://www.elastic.co/guide/en/ecs/8.11, https://github.com/elastic/ecs): both are
//   documents
//     of event.kind "alert".
//
// Required attributes and values of enumerations are checked in tests/unit/exporters/siem_test.cpp against a
// table that is taken from there; no validator of either schema is in Debian, and none was run. What has no
// place in the schema is left out, but for the words of the finding in OCSF's `unmapped`.
#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "core/finding/finding.h"
#include "core/incident/incident.h"

namespace redshank {

inline constexpr std::string_view kOcsfVersion = "1.3.0", kEcsVersion = "8.11.0";

enum class SiemFormat : uint8_t { Own, Ocsf, Ecs };

// Times in OCSF are milliseconds since 1970. Not for SiemFormat::Own, which gives json_of().
boost::json::object siem_of(const Finding& finding, SiemFormat format);
boost::json::object siem_of(const Incident& incident, SiemFormat format);

}  // namespace redshank
