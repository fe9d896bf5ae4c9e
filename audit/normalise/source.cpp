#include "audit/normalise/source.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace redshank::audit {

namespace {

constexpr int kMappedBits = 96;  // the prefix length of ::ffff:0:0/96

bool is_mapped(const Address& address) {
    static constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return address.size == 16 && std::memcmp(address.bytes, kMapped, sizeof kMapped) == 0;
}

// Parses the address as written, without unmapping it.
Address parse_text(std::string_view text) {
    Address out;
    char buffer[64];
    if (text.empty() || text.size() >= sizeof buffer) return out;
    std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = '\0';
    if (inet_pton(AF_INET, buffer, out.bytes) == 1) {
        out.size = 4;
    } else if (inet_pton(AF_INET6, buffer, out.bytes) == 1) {
        out.size = 16;
    }
    return out;
}

Address unmapped(Address address) {
    if (!is_mapped(address)) return address;
    Address out{.size = 4};
    std::memcpy(out.bytes, address.bytes + 12, 4);
    return out;
}

}  // namespace

Address Address::parse(std::string_view text) {
    return unmapped(parse_text(text));
}

bool Network::parse(std::string_view text) {
    const size_t slash = text.find('/');
    Address address = parse_text(text.substr(0, slash));
    if (address.size == 0) return false;
    int prefix = address.size * 8;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        if (error != std::errc{} || end != digits.data() + digits.size()) return false;
        if (prefix < 0 || prefix > address.size * 8) return false;
    }
    if (is_mapped(address) && prefix >= kMappedBits) {
        address = unmapped(address);
        prefix -= kMappedBits;
    }
    address_ = address;
    prefix_ = prefix;
    return true;
}

bool Network::contains(const Address& address) const {
    if (address_.size == 0 || address.size != address_.size) return false;
    const auto whole = static_cast<size_t>(prefix_ / 8);
    if (std::memcmp(address.bytes, address_.bytes, whole) != 0) return false;
    if (prefix_ % 8 == 0) return true;
    const int mask = 0xff00 >> (prefix_ % 8) & 0xff;
    return (address.bytes[whole] & mask) == (address_.bytes[whole] & mask);
}

void leave_out_proxies(Event& event, const std::vector<Network>& trusted_proxies) {
    const auto is_proxy = [&](const Address& address) {
        return std::any_of(trusted_proxies.begin(), trusted_proxies.end(),
                           [&](const Network& network) { return network.contains(address); });
    };
    if (trusted_proxies.empty()) return;
    while (event.source_ips.size() > 1 && is_proxy(Address::parse(event.source_ips.back()))) {
        event.source_ips.pop_back();
        event.sender_text = 0;
    }
}

std::string source_network(std::string_view address) {
    const Address parsed = Address::parse(address);
    if (parsed.size == 0) return "unknown";
    const unsigned char* b = parsed.bytes;
    char out[48];
    if (parsed.size == 4) {
        // Only 127.0.0.1 is the control plane's own loopback; the rest of 127/8 is treated as any network.
        if (b[0] == 127 && b[1] == 0 && b[2] == 0 && b[3] == 1) return "loopback";
        std::snprintf(out, sizeof out, "%d.%d.%d.*", b[0], b[1], b[2]);
        return out;
    }
    if (address == "::1") return "loopback";
    std::snprintf(out, sizeof out, "%x:%x:%x:%x:*", b[0] << 8 | b[1], b[2] << 8 | b[3], b[4] << 8 | b[5],
                  b[6] << 8 | b[7]);
    return out;
}

std::string source_caller(std::string_view address) {
    const Address parsed = Address::parse(address);
    if (parsed.size != 4) return source_network(address);
    const unsigned char* b = parsed.bytes;
    char out[16];
    std::snprintf(out, sizeof out, "%d.%d.%d.%d", b[0], b[1], b[2], b[3]);
    return out;
}

bool is_public(std::string_view address) {
    static const std::vector<Network> kPrivate = [] {
        std::vector<Network> all;
        for (const std::string_view one :
             {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16",
              "100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10"}) {
            all.emplace_back().parse(one);
        }
        return all;
    }();
    const Address parsed = Address::parse(address);
    return parsed.size != 0 && std::none_of(kPrivate.begin(), kPrivate.end(),
                                            [&](const Network& network) { return network.contains(parsed); });
}

}  // namespace redshank::audit
