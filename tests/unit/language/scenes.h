// Short invented logs for kinds of findings that no recording has, for docs/messages.md.
#pragma once

#include <vector>

#include "core/finding/finding.h"

namespace redshank::test {

std::vector<Finding> findings_of_scenes();

}  // namespace redshank::test
