#include "core/config/credential.h"

#include <cstdlib>

namespace redshank {

std::string credential_path(const std::string& file) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    return !file.starts_with('/') && folder ? std::string(folder) + "/" + file : file;
}

}  // namespace redshank
