#pragma once

#include <string>

namespace redshank {

// Where a file with a secret is: under systemd's LoadCredential= a name that does not begin with '/' is a
// credential, in $CREDENTIALS_DIRECTORY.
std::string credential_path(const std::string& file);

// The one line of such a file, without spaces and newlines at its end. Throws std::runtime_error: "PATH:
// cannot read: …".
std::string read_credential(const std::string& file);

}  // namespace redshank
