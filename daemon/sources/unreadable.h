// Why a log cannot be read, and what to do: the daemon, its /readyz and systemd, and check-config say the
// same.
#pragma once

#include <string>

namespace redshank {

// "cannot read PATH: Permission denied (mode 0600, owner uid 0); let the service's group …". `error` is of
// open(2); EISDIR for what is no regular file.
std::string unreadable(const std::string& path, int error);

// There is no such file.
bool is_gone(int error);

// What is wrong with the log now: it cannot be opened, is empty, or none of its first lines is an event. ""
// when nothing is.
std::string problem_of_log(const std::string& path);

}  // namespace redshank
