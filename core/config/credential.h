#pragma once

#include <string>

namespace redshank {

// Where a file with a secret is: under systemd's LoadCredential= a name that does not begin with '/' is a
// credential, in $CREDENTIALS_DIRECTORY.
std::string credential_path(const std::string& file);

}  // namespace redshank
