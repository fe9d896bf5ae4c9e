#pragma once

#include <string>
#include <vector>

#include "daemon/doctor/check.h"

namespace redshank::doctor {

struct Step {
    std::string text;                   // a sentence
    std::vector<std::string> commands;  // for a root shell on this host
};

// How to change audit logging on this host and see that it works: off, wait, on, wait, test. Without a
// manifest ("") the flags are in the configuration of k3s or Talos.
std::vector<Step> procedure(const std::string& manifest, const Host& host);

}  // namespace redshank::doctor
