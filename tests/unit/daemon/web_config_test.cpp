#include "daemon/http/web_config.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <string>

#include "core/config/error.h"
#include "daemon/http/password.h"
#include "daemon/http/web_file.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

// Of "secret" and "other".
const std::string kSecret = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
const std::string kOther = "$2y$05$zyxwvutsrqponmlkjihgfeOvtEFCzoMoo8CtVHaIiihsg6tnhW4IO";

std::string mistake(const std::string& text) {
    try {
        parse_web_config(text, "web.yml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return {};
}

TEST(WebConfig, ReadsTheFileOfExporterToolkit) {
    const WebConfig config = parse_web_config(R"(
tls_server_config:
  cert_file: server.crt
  key_file: /keys/server.key
  client_auth_type: "RequireAndVerifyClientCert"
  client_ca_file: ca.crt
  client_allowed_sans: [ "prometheus.example" ]
  min_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305, TLS_AES_128_GCM_SHA256]
  curve_preferences: [X25519, CurveP256]
  prefer_server_cipher_suites: false
http_server_config:
  http2: true
  headers:
    X-Frame-Options: DENY
    Content-Security-Policy: ""
    Strict-Transport-Security: max-age=31536000
basic_auth_users:
  prometheus: )" + kSecret,
                                              "/etc/redshank/web.yml");
    ASSERT_TRUE(config.tls);
    EXPECT_EQ(config.tls->cert_file, "/etc/redshank/server.crt");
    EXPECT_EQ(config.tls->key_file, "/keys/server.key");
    EXPECT_EQ(config.tls->client_ca_file, "/etc/redshank/ca.crt");
    EXPECT_EQ(config.tls->client_auth, WebConfig::ClientAuth::DemandAndVerify);
    EXPECT_EQ(config.tls->client_sans, std::vector<std::string>{"prometheus.example"});
    EXPECT_EQ(config.tls->min_version, TLS1_3_VERSION);
    EXPECT_EQ(config.tls->ciphers, "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305");
    EXPECT_EQ(config.tls->groups, "X25519:P-256");
    EXPECT_FALSE(config.tls->prefers_own_ciphers);
    ASSERT_EQ(config.users.size(), 1u);
    EXPECT_EQ(config.users[0].name, "prometheus");
    EXPECT_EQ(config.users[0].hash, kSecret);
    const std::vector<std::pair<std::string, std::string>> headers{
        {"X-Frame-Options", "DENY"}, {"Strict-Transport-Security", "max-age=31536000"}};
    EXPECT_EQ(config.headers, headers);
}

TEST(WebConfig, AnEmptyFileIsHttpForEverybody) {
    for (const char* text :
         {"", "# nothing\n", "tls_server_config:\nbasic_auth_users:\nhttp_server_config:\n"}) {
        const WebConfig config = parse_web_config(text, "web.yml");
        EXPECT_FALSE(config.tls) << text;
        EXPECT_TRUE(config.users.empty() && config.headers.empty()) << text;
    }
}

TEST(WebConfig, NamesThePlaceAndTheFix) {
    const std::string tls = "tls_server_config:\n  cert_file: a\n  key_file: b\n  ";
    const struct {
        std::string text, place, words;
    } cases[] = {
        {"tls_sever_config:\n", "web.yml:1:1: ", "did you mean tls_server_config?"},
        {"tls_server_config:\n  cert_file: a\n", "web.yml:2:3: ", "needs the key key_file"},
        {"tls_server_config:\n  key_file: a\n", "web.yml:2:3: ", "needs the key cert_file"},
        {"tls_server_config: a\n", "web.yml:1:20: ", "has keys: cert_file"},
        {tls + "client_auth_type: Require\n", "web.yml:4:21: ", "RequireAndVerifyClientCert"},
        {tls + "client_auth_type: VerifyClientCertIfGiven\n", "web.yml:4:21: ", "client_ca_file"},
        {tls + "client_ca_file: c\n", "web.yml:4:19: ", "add client_auth_type"},
        {tls + "client_allowed_sans: [a]\n", "web.yml:4:24: ", "RequireAndVerifyClientCert"},
        {tls + "min_version: TLS10\n", "web.yml:4:16: ", "TLS12, TLS13"},
        {tls + "min_version: TLS13\n  max_version: TLS12\n", "web.yml:5:16: ", "below min_version"},
        {tls + "cipher_suites: [RC4]\n", "web.yml:4:18: ", "RC4 is no cipher suite"},
        {tls + "curve_preferences: [P256]\n", "web.yml:4:22: ", "CurveP256"},
        {tls + "cert_file: c\n", "web.yml:4:3: ", "comes twice"},
        {"basic_auth_users: [a]\n", "web.yml:1:19: ", "user name and the bcrypt hash"},
        {"basic_auth_users:\n  a: secret\n", "web.yml:2:6: ", "htpasswd -nBC 10"},
        {"basic_auth_users:\n  a: " + kSecret + "\n  a: " + kOther + "\n", "web.yml:3:3: ", "twice"},
        {"basic_auth_users:\n  a:b: " + kSecret + "\n", "web.yml:2:3: ", "no ':'"},
        {"basic_auth_users:\n  a: $2b$15$" + kSecret.substr(7) + "\n", "web.yml:2:6: ", "14 or less"},
        {"http_server_config:\n  headers:\n    Server: x\n", "web.yml:3:5: ", "unknown key Server"},
        {"http_server_config:\n  headers:\n    X-Frame-Options: no\n",
         "web.yml:3:22: ", "deny or sameorigin"},
        {"http_server_config:\n  headers:\n    X-XSS-Protection: \"a\\r\\nb: c\"\n",
         "web.yml:3:23: ", "one line"},
        {"a: [\n", "web.yml:2:1: ", ""},
    };
    for (const auto& each : cases) {
        const std::string said = mistake(each.text);
        EXPECT_TRUE(said.starts_with(each.place)) << each.text << said;
        EXPECT_NE(said.find(each.words), std::string::npos) << each.text << said;
    }
}

TEST(Password, IsComparedByBcrypt) {
    EXPECT_TRUE(is_password(kSecret, "secret"));
    EXPECT_TRUE(is_password(kOther, "other"));
    EXPECT_FALSE(is_password(kSecret, "other"));
    EXPECT_FALSE(is_password(kSecret, ""));
    EXPECT_FALSE(is_password(kSecret, std::string("secret\0x", 8)));
    EXPECT_FALSE(is_password("", "secret"));
}

TEST(Password, ComesInTheHeader) {
    using Pair = std::pair<std::string, std::string>;
    EXPECT_EQ(basic_credentials("Basic YWxpY2U6c2VjcmV0"), Pair("alice", "secret"));
    EXPECT_EQ(basic_credentials("bAsIc  YWI6YzpkZQ=="), Pair("ab", "c:de"));
    EXPECT_EQ(basic_credentials("Basic Og=="), Pair("", ""));
    for (const char* other :
         {"", "Basic", "Basic ", "Basic YWxpY2U=", "Basic YWxpY2", "Bearer YWxpY2U6c2VjcmV0", "Basic !!!!"})
        EXPECT_FALSE(basic_credentials(other)) << other;
    EXPECT_FALSE(basic_credentials("Basic " + std::string(8192, 'A')));
}

TEST(WebFile, IsReadAgainWhenItHasChanged) {
    const test::TempDir folder;
    const std::string path = folder.file("web.yml");
    test::write_file(path, "basic_auth_users:\n  a: " + kSecret + "\n");
    WebFile file(path);
    const auto first = file.current();
    EXPECT_TRUE(first->knows("a"));
    EXPECT_EQ(first->hash_of("a"), kSecret);
    EXPECT_EQ(file.current(), first);
    test::write_file(path, "basic_auth_users:\n  bob: " + kOther + "\n");
    EXPECT_FALSE(file.current()->knows("a"));
    EXPECT_EQ(file.current()->hash_of("bob"), kOther);
    // An unknown user's hash costs the same, and is that of no password.
    EXPECT_EQ(file.current()->hash_of("a").substr(0, 7), "$2y$05$");
    EXPECT_EQ(why_no_bcrypt(file.current()->hash_of("a")), "");
    EXPECT_NE(file.current()->hash_of("a"), kOther);
}

TEST(WebFile, KeepsWhatProtects) {
    const test::TempDir folder;
    const std::string path = folder.file("web.yml");
    test::write_file(path, "basic_auth_users:\n  a: " + kSecret + "\n");
    WebFile file(path);
    for (const char* text :
         {"", "basic_auth_users:\n  a: short\n", "http_server_config:\n  http2: false\n"}) {
        test::write_file(path, text);
        EXPECT_TRUE(file.current()->knows("a")) << text;
    }
    std::filesystem::remove(path);
    EXPECT_TRUE(file.current()->knows("a"));
    test::write_file(path, "basic_auth_users:\n  longer-name: " + kSecret + "\n");
    EXPECT_TRUE(file.current()->knows("longer-name"));
}

TEST(WebFile, NamesTheKeyOfACertificateThatCannotBeRead) {
    const test::TempDir folder;
    const std::string path = folder.file("web.yml");
    test::write_file(path, "tls_server_config:\n  cert_file: no.crt\n  key_file: no.key\n");
    try {
        WebFile{path};
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_EQ(error.what(), path + ":2:14: cert_file " + folder.file("no.crt") +
                                    ": cannot read: No such file or directory");
    }
    EXPECT_THROW(WebFile{folder.file("none.yml")}, ConfigError);
    EXPECT_FALSE(WebFile{""}.current()->wants_password());
}

}  // namespace
}  // namespace redshank
