#pragma once

#include <string>

namespace redshank {

// The file with the CAs that this host trusts, by the name that its distribution gives it; $SSL_CERT_FILE
// comes first. Empty when there is none: then only receivers with a `ca_file` can be reached by https.
std::string ca_store();

}  // namespace redshank
