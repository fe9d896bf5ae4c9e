#pragma once

#include <vector>

#include "daemon/print/listing.h"
#include "rules/rule_set.h"

namespace redshank {

// What is told of rules: for the command and the page.
std::vector<Column<rules::RulePtr>> rule_columns();

}  // namespace redshank
