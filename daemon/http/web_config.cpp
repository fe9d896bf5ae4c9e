#include "daemon/http/web_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>

#include "core/config/error.h"
#include "daemon/http/password.h"
#include "rules/yaml_file.h"

namespace redshank {

namespace {

using rules::YamlFile;
using Words = std::vector<std::string_view>;

// exporter-toolkit refuses unknown keys and keys that come twice; so a misspelt key protects nothing in
// silence.
void check_keys(const YamlFile& file, const YAML::Node& map, const Words& known) {
    if (!map.IsMap()) file.fail(map, fmt::format("has keys: {}", fmt::join(known, ", ")));
    file.check_keys(map, known);
    Words seen;
    for (const auto& entry : map) {
        const std::string& key = entry.first.Scalar();
        if (std::find(seen.begin(), seen.end(), key) != seen.end())
            file.fail(entry.first, "the key " + key + " comes twice");
        seen.push_back(key);
    }
}

template <class Value>
Value one_of(const YamlFile& file, const YAML::Node& map, const char* key, Value otherwise,
             const std::vector<std::pair<std::string_view, Value>>& known) {
    const std::string word = file.text(map, key);
    if (word.empty()) return otherwise;
    Words words;
    for (const auto& [name, value] : known) {
        if (name == word) return value;
        words.push_back(name);
    }
    file.fail(map[key], fmt::format("{} is one of {}", key, fmt::join(words, ", ")));
}

// Go's names of cipher suites as OpenSSL's. Those of TLS 1.3 cannot be chosen, in Go neither.
std::string ciphers(const YamlFile& file, const YAML::Node& tls) {
    std::vector<std::string> out;
    for (const std::string& name : file.texts(tls, "cipher_suites")) {
        if (name.find("_WITH_") == name.npos && name.starts_with("TLS_")) continue;
        std::string known = OPENSSL_cipher_name(name.c_str());
        if (known == "(NONE)") known = OPENSSL_cipher_name((name + "_SHA256").c_str());
        if (known == "(NONE)")
            file.fail(
                tls["cipher_suites"],
                fmt::format("{} is no cipher suite, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", name));
        out.push_back(known);
    }
    return fmt::format("{}", fmt::join(out, ":"));
}

std::string groups(const YamlFile& file, const YAML::Node& tls) {
    static const std::map<std::string, std::string> known{
        {"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}, {"X25519", "X25519"}};
    std::vector<std::string> out;
    for (const std::string& name : file.texts(tls, "curve_preferences")) {
        const auto at = known.find(name);
        if (at == known.end())
            file.fail(tls["curve_preferences"], "a curve is one of CurveP256, CurveP384, CurveP521, X25519");
        out.push_back(at->second);
    }
    return fmt::format("{}", fmt::join(out, ":"));
}

std::string beside(const YamlFile& file, const std::string& path) {
    if (path.empty() || path.starts_with('/')) return path;
    return (std::filesystem::path(file.name()).parent_path() / path).string();
}

WebConfig::Tls read_tls(const YamlFile& file, const YAML::Node& map) {
    using Auth = WebConfig::ClientAuth;
    check_keys(
        file, map,
        {"cert_file", "key_file", "client_ca_file", "client_auth_type", "client_allowed_sans", "min_version",
         "max_version", "cipher_suites", "curve_preferences", "prefer_server_cipher_suites"});
    WebConfig::Tls tls;
    const auto place = [&](const char* key) { return file.place(map[key] ? map[key] : map); };
    tls.place = file.place(map);
    tls.cert_file = beside(file, file.required(map, "cert_file"));
    tls.key_file = beside(file, file.required(map, "key_file"));
    tls.client_ca_file = beside(file, file.text(map, "client_ca_file"));
    tls.cert_place = place("cert_file");
    tls.key_place = place("key_file");
    tls.client_ca_place = place("client_ca_file");
    tls.client_auth = one_of<Auth>(file, map, "client_auth_type", Auth::None,
                                   {{"NoClientCert", Auth::None},
                                    {"RequestClientCert", Auth::Request},
                                    {"RequireAnyClientCert", Auth::Demand},
                                    {"VerifyClientCertIfGiven", Auth::VerifyIfGiven},
                                    {"RequireAndVerifyClientCert", Auth::DemandAndVerify}});
    const bool verifies = tls.client_auth == Auth::VerifyIfGiven || tls.client_auth == Auth::DemandAndVerify;
    if (verifies && tls.client_ca_file.empty())
        file.fail(map["client_auth_type"], "verifies certificates by client_ca_file; add that key");
    if (!tls.client_ca_file.empty() && tls.client_auth == Auth::None)
        file.fail(map["client_ca_file"],
                  "asks nobody for a certificate; add client_auth_type: RequireAndVerifyClientCert");
    tls.client_sans = file.texts(map, "client_allowed_sans");
    if (!tls.client_sans.empty() && tls.client_auth != Auth::DemandAndVerify)
        file.fail(map["client_allowed_sans"], "needs client_auth_type: RequireAndVerifyClientCert");
    const std::vector<std::pair<std::string_view, int>> versions{{"TLS12", TLS1_2_VERSION},
                                                                 {"TLS13", TLS1_3_VERSION}};
    tls.min_version = one_of<int>(file, map, "min_version", TLS1_2_VERSION, versions);
    tls.max_version = one_of<int>(file, map, "max_version", 0, versions);
    if (tls.max_version != 0 && tls.max_version < tls.min_version)
        file.fail(map["max_version"], "is below min_version");
    tls.ciphers = ciphers(file, map);
    tls.groups = groups(file, map);
    tls.prefers_own_ciphers = file.boolean(map, "prefer_server_cipher_suites", true);
    return tls;
}

std::vector<WebConfig::User> read_users(const YamlFile& file, const YAML::Node& map) {
    if (!map.IsMap()) file.fail(map, "has a user name and the bcrypt hash of the password in each line");
    std::vector<WebConfig::User> users;
    for (const auto& entry : map) {
        if (!entry.first.IsScalar() || !entry.second.IsScalar())
            file.fail(entry.first, "has one text for each user");
        const std::string& name = entry.first.Scalar();
        if (name.empty() || name.find(':') != name.npos) file.fail(entry.first, "a user name has no ':'");
        for (const WebConfig::User& user : users) {
            if (user.name == name) file.fail(entry.first, "the user " + name + " comes twice");
        }
        if (const std::string why = why_no_bcrypt(entry.second.Scalar()); !why.empty())
            file.fail(entry.second, why);
        users.push_back({name, entry.second.Scalar()});
    }
    return users;
}

std::vector<std::pair<std::string, std::string>> read_headers(const YamlFile& file, const YAML::Node& map) {
    static const std::map<std::string_view, Words> known{{"Strict-Transport-Security", {}},
                                                         {"Content-Security-Policy", {}},
                                                         {"X-XSS-Protection", {}},
                                                         {"X-Content-Type-Options", {"nosniff"}},
                                                         {"X-Frame-Options", {"deny", "sameorigin"}}};
    Words names;
    for (const auto& [name, values] : known) names.push_back(name);
    check_keys(file, map, names);
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& entry : map) {
        const std::string& name = entry.first.Scalar();
        const std::string value = file.text(map, name.c_str());
        if (value.empty()) continue;
        if (std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }))
            file.fail(entry.second, "a header is one line of text");
        std::string lower = value;
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        const Words& values = known.at(name);
        if (!values.empty() && std::find(values.begin(), values.end(), lower) == values.end())
            file.fail(entry.second, fmt::format("{} is {}", name, fmt::join(values, " or ")));
        out.emplace_back(name, value);
    }
    return out;
}

WebConfig read_root(const YamlFile& file, const YAML::Node& root) {
    check_keys(file, root, {"tls_server_config", "http_server_config", "basic_auth_users"});
    WebConfig config;
    const auto given = [&](const char* key) { return root[key] && !root[key].IsNull(); };
    if (given("tls_server_config")) config.tls = read_tls(file, root["tls_server_config"]);
    if (given("basic_auth_users")) config.users = read_users(file, root["basic_auth_users"]);
    if (given("http_server_config")) {
        const YAML::Node http = root["http_server_config"];
        check_keys(file, http, {"http2", "headers"});  // there is no HTTP/2 here to switch off
        if (http["headers"] && !http["headers"].IsNull())
            config.headers = read_headers(file, http["headers"]);
    }
    return config;
}

}  // namespace

WebConfig parse_web_config(const std::string& text, const std::string& name) {
    const YamlFile file(name);
    try {
        const std::vector<YAML::Node> documents = file.parse(text);
        if (documents.empty() || documents.front().IsNull()) return {};
        return read_root(file, documents.front());
    } catch (const rules::RuleError& error) {
        throw ConfigError(error.what());
    }
}

}  // namespace redshank
