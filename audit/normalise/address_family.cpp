#include "audit/normalise/address_family.h"

#include "audit/normalise/source.h"

namespace redshank::audit {

std::string_view without_mapping(std::string_view address) {
    const size_t colon = address.rfind(':');
    const bool is_mapped = colon != std::string_view::npos &&
                           address.find('.', colon) != std::string_view::npos &&
                           Address::parse(address).size == 4;
    return is_mapped ? address.substr(colon + 1) : address;
}

bool is_same_family(std::string_view a, std::string_view b) {
    const int size = Address::parse(a).size;
    return size != 0 && size == Address::parse(b).size;
}

}  // namespace redshank::audit
