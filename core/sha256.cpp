#include "core/sha256.h"

#include <openssl/evp.h>

namespace redshank {

Sha256 sha256(std::string_view bytes) {
    Sha256 out{};
    EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, EVP_sha256(), nullptr);
    return out;
}

}  // namespace redshank
