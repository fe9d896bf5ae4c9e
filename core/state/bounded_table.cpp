#include "core/state/bounded_table.h"

#include <charconv>

namespace redshank {

std::string write_numbers(std::initializer_list<int64_t> numbers) {
    std::string out = "[";
    for (const int64_t number : numbers) {
        if (out.size() > 1) out += ',';
        out += std::to_string(number);
    }
    return out + "]";
}

void read_numbers(std::string_view text, std::initializer_list<int64_t*> out) {
    const char* at = text.data();
    const char* const end = at + text.size();
    for (int64_t* const number : out) {
        while (at != end && (*at == '[' || *at == ',' || *at == ' ')) ++at;
        *number = 0;
        at = std::from_chars(at, end, *number).ptr;
    }
}

}  // namespace redshank
