#include "daemon/http/password.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <boost/beast/core/string.hpp>
#include <memory>
#include <vector>

namespace redshank {

namespace {

constexpr size_t kHashSize = 60;       // "$2b$10$" and 53 characters
constexpr size_t kLongest = 4 * 1024;  // of credentials; bcrypt reads 72 bytes of a password

}  // namespace

std::string why_no_bcrypt(const std::string& hash) {
    constexpr const char* kHow = "is no bcrypt hash; make one: htpasswd -nBC 10 USER";
    const auto is_digit = [&](size_t at) { return hash[at] >= '0' && hash[at] <= '9'; };
    if (hash.size() != kHashSize || !hash.starts_with("$2") || hash[3] != '$' || hash[6] != '$') return kHow;
    if (hash[2] != 'a' && hash[2] != 'b' && hash[2] != 'y') return kHow;
    if (!is_digit(4) || !is_digit(5)) return kHow;
    const int cost = (hash[4] - '0') * 10 + (hash[5] - '0');
    if (cost > 14) return "costs seconds to check; use a cost of 14 or less: htpasswd -nBC 10 USER";
    return crypt_checksalt(hash.c_str()) == CRYPT_SALT_OK ? "" : kHow;
}

bool is_password(const std::string& hash, const std::string& password) {
    if (password.find('\0') != password.npos) return false;
    const auto room = std::make_unique<crypt_data>();
    const char* made = crypt_r(password.c_str(), hash.c_str(), room.get());
    const std::string_view got = made ? made : "";
    const bool is_same = got.size() == hash.size() && CRYPTO_memcmp(got.data(), hash.data(), got.size()) == 0;
    OPENSSL_cleanse(room.get(), sizeof *room);
    return is_same;
}

std::optional<std::pair<std::string, std::string>> basic_credentials(std::string_view authorization) {
    constexpr std::string_view kScheme = "basic ";
    const std::string_view scheme = authorization.substr(0, kScheme.size());
    if (authorization.size() > kLongest ||
        !boost::beast::iequals({scheme.data(), scheme.size()}, {kScheme.data(), kScheme.size()}))
        return std::nullopt;
    std::string_view coded = authorization.substr(kScheme.size());
    while (coded.starts_with(' ')) coded.remove_prefix(1);
    if (coded.empty() || coded.size() % 4 != 0) return std::nullopt;
    std::string plain(coded.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(plain.data()),
                        reinterpret_cast<const unsigned char*>(coded.data()), static_cast<int>(coded.size()));
    if (size < 0) return std::nullopt;
    for (size_t padding = 0; padding < 2 && coded.ends_with('='); ++padding) {
        coded.remove_suffix(1);
        plain.pop_back();
    }
    const size_t colon = plain.find(':');
    if (colon == plain.npos) return std::nullopt;
    return std::pair{plain.substr(0, colon), plain.substr(colon + 1)};
}

}  // namespace redshank
