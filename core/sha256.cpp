#include "core/sha256.h"

#include <openssl/evp.h>

#include <memory>

namespace redshank {

namespace {

struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

// To find the algorithm and to make a context each time takes three times as long as to hash a short text.
Sha256 sha256(std::string_view bytes) {
    static const std::unique_ptr<EVP_MD, Free> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    Sha256 out{};
    EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr);
    EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
    EVP_DigestFinal_ex(context.get(), out.data(), nullptr);
    return out;
}

}  // namespace redshank
