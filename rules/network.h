// Addresses and networks of IPv4 and IPv6: 10.0.0.0/8, fd00::/8, one address.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redshank::rules {

struct Network {
    bool is_v6 = false;
    unsigned char address[16] = {};
    unsigned bits = 0;
};

// False when the text is no network.
bool parse_network(const std::string& text, Network& out);
// False, too, when the text is no address.
bool in_any_network(const std::vector<Network>& networks, std::string_view address);

}  // namespace redshank::rules
