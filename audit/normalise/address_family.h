// IPv4 and IPv6. An IPv4 address that is mapped into IPv6 (::ffff:10.0.0.7) is IPv4.
#pragma once

#include <string_view>

namespace redshank::audit {

// "10.0.0.7" of "::ffff:10.0.0.7", a view of the same text; any other text as it is.
std::string_view without_mapping(std::string_view address);

// Whether both are IPv4, or both IPv6. False for a text that is no address.
bool is_same_family(std::string_view a, std::string_view b);

}  // namespace redshank::audit
