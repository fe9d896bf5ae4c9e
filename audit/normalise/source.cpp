#include "audit/normalise/source.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstdio>
#include <cstring>

namespace redshank::audit {

namespace {

// 4, 16, or 0 for what is no address. An IPv4 address inside IPv6 counts as IPv4.
int parse_address(std::string_view text, unsigned char* out) {
    char buffer[64];
    if (text.empty() || text.size() >= sizeof buffer) return 0;
    std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = '\0';
    if (inet_pton(AF_INET, buffer, out) == 1) return 4;
    if (inet_pton(AF_INET6, buffer, out) != 1) return 0;
    static constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::memcmp(out, kMapped, sizeof kMapped) != 0) return 16;
    std::memmove(out, out + 12, 4);
    return 4;
}

}  // namespace

bool Network::parse(std::string_view text) {
    const size_t slash = text.find('/');
    unsigned char bytes[16];
    const int size = parse_address(text.substr(0, slash), bytes);
    if (size == 0) return false;
    int prefix = size * 8;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        if (error != std::errc{} || end != digits.data() + digits.size()) return false;
        if (prefix < 0 || prefix > size * 8) return false;
    }
    std::memcpy(bytes_, bytes, static_cast<size_t>(size));
    size_ = size;
    prefix_ = prefix;
    return true;
}

bool Network::contains(std::string_view address) const {
    unsigned char bytes[16];
    if (size_ == 0 || parse_address(address, bytes) != size_) return false;
    for (int bit = 0; bit < prefix_; ++bit) {
        const int mask = 0x80 >> (bit % 8);
        if ((bytes[bit / 8] & mask) != (bytes_[bit / 8] & mask)) return false;
    }
    return true;
}

std::string_view peer_address(const Event& event, const std::vector<Network>& trusted_proxies) {
    std::string_view peer;
    for (auto at = event.source_ips.rbegin(); at != event.source_ips.rend(); ++at) {
        peer = *at;
        bool is_proxy = false;
        for (const Network& network : trusted_proxies) is_proxy = is_proxy || network.contains(peer);
        if (!is_proxy) break;
    }
    return peer;
}

std::string source_network(std::string_view address) {
    unsigned char b[16];
    const int size = parse_address(address, b);
    if (size == 0) return "unknown";
    char out[48];
    if (size == 4) {
        // The control plane's own loopback is one address; the rest of 127/8 is used like any network.
        if (b[0] == 127 && b[1] == 0 && b[2] == 0 && b[3] == 1) return "loopback";
        std::snprintf(out, sizeof out, "%d.%d.%d.*", b[0], b[1], b[2]);
        return out;
    }
    if (address == "::1") return "loopback";
    std::snprintf(out, sizeof out, "%x:%x:%x:%x:*", b[0] << 8 | b[1], b[2] << 8 | b[3], b[4] << 8 | b[5],
                  b[6] << 8 | b[7]);
    return out;
}

}  // namespace redshank::audit
