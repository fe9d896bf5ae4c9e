// Where a request came from. All of sourceIPs except the last address is the client's claim: the API server
// puts X-Forwarded-For and X-Real-Ip in front (k8s.io/apimachinery pkg/util/net).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"

namespace redshank::audit {

// An IPv4 address mapped into IPv6 (::ffff:10.0.0.7), as a server on a dual-stack socket logs it, is treated
// as that IPv4 address.
struct Address {
    unsigned char bytes[16] = {};
    int size = 0;  // 4, 16, or 0 when the text is no address

    static Address parse(std::string_view text);
};

// Parses "10.0.0.0/8", "10.1.2.3", "fd00::/8" or "::ffff:10.0.0.0/104". IPv4 addresses belong to IPv4
// networks only, not to "::/0".
class Network {
  public:
    // Returns false, and leaves the network unchanged, when the text is neither an address nor a prefix.
    bool parse(std::string_view text);
    bool contains(const Address& address) const;
    bool contains(std::string_view address) const { return contains(Address::parse(address)); }

  private:
    Address address_;
    int prefix_ = 0;
};

// Takes our own proxies off the end of sourceIPs, so that Event::peer_ip() is the client. Addresses are
// trusted from right to left, as long as each was added by a trusted proxy; the first one always stays.
void leave_out_proxies(Event& event, const std::vector<Network>& trusted_proxies);

// The network of an address: IPv4 by /24, IPv6 by /64 ("10.2.3.*", "fd00:1:2:3:*"); "loopback"; "unknown" for
// a text that is no address. Pods, DHCP leases and NAT pools move within such a network.
std::string source_network(std::string_view address);

// Who sends without a name: an IPv4 address as it is, IPv6 by /64, since one host has all of these. "unknown"
// for a text that is no address.
std::string source_caller(std::string_view address);

// Whether the address is routed in the internet; not so a private, shared (RFC 6598), link-local or loopback
// one, and no text that is no address.
bool is_public(std::string_view address);

}  // namespace redshank::audit
