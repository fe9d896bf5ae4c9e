// The fields of a finding that grouping, silences and links use.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"

namespace redshank {

// cluster, detector, kind, severity, actor, source_ip, namespace, resource, name, rule, finding (its id).
const std::vector<std::string_view>& alert_fields();

// "" when the finding has no value for it; nothing for an unknown field.
std::optional<std::string> alert_field(const Finding& finding, std::string_view field);

// The identity by which findings are grouped and inhibited: the user. For anonymous callers it includes the
// source address, since otherwise one caller's alert would hide another's. "" without an actor.
std::string actor_identity(const Finding& finding);

// Who answers for the actor: for a service account its namespace, since whoever rules there makes as many
// accounts as he likes; else actor_identity(). "" without an actor.
std::string actor_owner(const Finding& finding);

// The slots of expand_link(), with their braces.
const std::vector<std::string_view>& link_slots();

// Replaces {kind}, {id}, {cluster}, {namespace}, {user}, {runbook} (the name of its page in docs/runbooks)
// and {incident} in `url` by percent-encoded values.
std::string expand_link(std::string url, const Finding& finding, std::string_view incident = {});

}  // namespace redshank
