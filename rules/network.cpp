#include "rules/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace redshank::rules {

namespace {

bool parse_address(const std::string& text, Network& out) {
    if (inet_pton(AF_INET, text.c_str(), out.address) == 1) {
        out.is_v6 = false;
        return true;
    }
    out.is_v6 = true;
    return inet_pton(AF_INET6, text.c_str(), out.address) == 1;
}

bool in_network(const Network& network, const Network& address) {
    if (network.is_v6 != address.is_v6) return false;
    const unsigned bytes = network.bits / 8, rest = network.bits % 8;
    if (std::memcmp(network.address, address.address, bytes) != 0) return false;
    if (rest == 0) return true;
    const unsigned mask = 0xffu << (8 - rest) & 0xffu;
    return (network.address[bytes] & mask) == (address.address[bytes] & mask);
}

}  // namespace

bool parse_network(const std::string& text, Network& out) {
    const size_t slash = text.find('/');
    if (!parse_address(text.substr(0, slash), out)) return false;
    const unsigned most = out.is_v6 ? 128 : 32;
    out.bits = most;
    if (slash == text.npos) return true;
    const std::string bits = text.substr(slash + 1);
    if (bits.empty() || bits.size() > 3 || bits.find_first_not_of("0123456789") != bits.npos) return false;
    out.bits = static_cast<unsigned>(std::stoul(bits));
    return out.bits <= most;
}

bool in_any_network(const std::vector<Network>& networks, std::string_view text) {
    Network address;
    return parse_address(std::string(text.substr(0, 64)), address) &&
           std::any_of(networks.begin(), networks.end(),
                       [&](const Network& network) { return in_network(network, address); });
}

}  // namespace redshank::rules
