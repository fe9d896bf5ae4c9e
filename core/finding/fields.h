// The fields of a finding that grouping, silences and links go by.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"

namespace redshank {

// cluster, detector, kind, severity, actor, namespace, resource, name, rule, finding (its id).
const std::vector<std::string_view>& alert_fields();

// "" when the finding has none; nothing for an unknown field.
std::optional<std::string> alert_field(const Finding& finding, std::string_view field);

// Who is behind a finding, for grouping and inhibition: the user, and for those who did not say who they are
// also the source address; else one anonymous caller would stand in the shadow of another's alert. "" without
// an actor.
std::string actor_identity(const Finding& finding);

// `url` with {kind}, {id}, {cluster}, {namespace} and {user} replaced by percent-encoded values.
std::string expand_link(std::string url, const Finding& finding);

}  // namespace redshank
