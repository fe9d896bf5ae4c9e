#include "core/config/url.h"

#include <fmt/format.h>

#include <algorithm>

namespace redshank {

namespace {

// RFC 3986, section 2: all other characters must be written as %XX.
bool may_stand_in_url(char c) {
    return c > ' ' && c < '\x7f' && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

bool is_port(std::string_view text) {
    if (text.empty()) return true;  // "http://host:/"
    if (text.size() > 5 || text.find_first_not_of("0123456789") != text.npos) return false;
    const int port = std::stoi(std::string(text));
    return port >= 1 && port <= 65535;
}

}  // namespace

std::string url_problem(std::string_view url) {
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
    host.remove_prefix(host.rfind('@') + 1);  // npos + 1 is 0
    const size_t end = host.starts_with('[') ? host.find(']') : host.rfind(':');
    const size_t colon = host.find(':', std::min(end, host.size()));
    if (host.empty() || colon == 0 || (host.starts_with('[') && end == host.npos)) {
        return "names no host; write http://HOST:PORT/PATH";
    }
    if (colon != host.npos && !is_port(host.substr(colon + 1))) {
        return "has a port that is no number from 1 to 65535";
    }
    return "";
}

void read_url(ConfigTable& table, std::string_view key, std::string& out) {
    table.read(key, out);
    if (out.empty()) return;
    if (const std::string problem = url_problem(out); !problem.empty()) table.error(key, problem);
}

}  // namespace redshank
