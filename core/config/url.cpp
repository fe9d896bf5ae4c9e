#include "core/config/url.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

namespace redshank {

namespace {

// RFC 3986, section 2: all other characters must be written as %XX.
bool may_stand_in_url(char c) {
    return c > ' ' && c < '\x7f' && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

// A name of RFC 1123, or with underscores, as some have; or four numbers of an address.
bool is_host(std::string_view host) {
    constexpr size_t kLongest = 253, kLongestLabel = 63;
    constexpr std::string_view kDigits = "0123456789";
    const std::string all(host);
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.empty() || host.size() > kLongest) return false;
    std::string_view label;
    for (std::string_view rest = host;;) {
        const size_t dot = rest.find('.');
        label = rest.substr(0, dot);
        const bool is_word = std::all_of(label.begin(), label.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '_';
        });
        if (label.empty() || label.size() > kLongestLabel || !is_word || label.starts_with('-') ||
            label.ends_with('-')) {
            return false;
        }
        if (dot == rest.npos) break;
        rest.remove_prefix(dot + 1);
    }
    in_addr address{};
    return label.find_first_not_of(kDigits) != label.npos || inet_pton(AF_INET, all.c_str(), &address) == 1;
}

// Between the brackets; a zone may follow.
bool is_ipv6(std::string_view text) {
    in6_addr address{};
    return inet_pton(AF_INET6, std::string(text.substr(0, text.find('%'))).c_str(), &address) == 1;
}

// The position of a % without two hexadecimal digits behind it, or npos.
size_t bad_escape(std::string_view url) {
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    for (size_t at = url.find('%'); at != url.npos; at = url.find('%', at + 1)) {
        if (url.size() < at + 3 || url.substr(at + 1, 2).find_first_not_of(kHex) != url.npos) return at;
    }
    return url.npos;
}

bool is_port(std::string_view text) {
    if (text.empty()) return true;  // "http://host:/"
    if (text.size() > 5 || text.find_first_not_of("0123456789") != text.npos) return false;
    const int port = std::stoi(std::string(text));
    return port >= 1 && port <= 65535;
}

}  // namespace

std::string url_problem(std::string_view url, bool may_have_user) {
    const size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
    if (scheme == 0) return "must begin with https:// or http://";
    const auto bad = std::find_if_not(url.begin(), url.end(), may_stand_in_url);
    if (bad != url.end()) {
        const auto byte = static_cast<uint8_t>(*bad);
        return fmt::format("has {} as character {}, which no URL holds; take it out, or write it as %{:02X}",
                           byte == ' ' ? "a blank" : fmt::format("the byte 0x{:02x}", byte),
                           bad - url.begin() + 1, byte);
    }
    std::string_view host = url.substr(scheme, url.find_first_of("/?#", scheme) - scheme);
    const size_t behind_host = scheme + host.size();
    if (may_have_user) host.remove_prefix(host.rfind('@') + 1);  // npos + 1 is 0
    if (host.find('@') != host.npos)
        return "holds a user or a password, which everybody who reads it sees; put secrets into a file";
    const size_t end = host.starts_with('[') ? host.find(']') : host.rfind(':');
    const size_t colon = host.find(':', std::min(end, host.size()));
    if (host.empty() || colon == 0 || (host.starts_with('[') && end == host.npos)) {
        return "names no host; write http://HOST:PORT/PATH";
    }
    if (colon != host.npos && !is_port(host.substr(colon + 1))) {
        return "has a port that is no number from 1 to 65535";
    }
    const bool is_good = host.starts_with('[')
                             ? is_ipv6(host.substr(1, end - 1)) &&
                                   (colon == host.npos ? end + 1 == host.size() : colon == end + 1)
                             : is_host(host.substr(0, colon));
    if (!is_good) return "names a host that cannot be; write http://HOST:PORT/PATH";
    if (const size_t at = bad_escape(url.substr(behind_host)); at != url.npos)
        return fmt::format(
            "has a % as character {} without two hexadecimal digits behind it; write it as %25",
            behind_host + at + 1);
    return "";
}

void read_url(ConfigTable& table, std::string_view key, std::string& out, bool may_have_user) {
    table.read(key, out);
    if (out.empty()) return;
    if (const std::string problem = url_problem(out, may_have_user); !problem.empty())
        table.error(key, problem);
}

}  // namespace redshank
