#include "audit/normalise/agent.h"

#include "audit/space.h"

namespace redshank::audit {

namespace {

constexpr size_t kMaxProduct = 64;

// Where a version that is part of the name begins: ".1.30", "-v2.3", "_1.0". npos when there is none.
size_t glued_version(std::string_view name) {
    for (size_t at = 1; at + 1 < name.size(); ++at) {
        if (name[at] != '.' && name[at] != '-' && name[at] != '_') continue;
        const size_t next = at + 1 + (name[at + 1] == 'v' ? 1 : 0);
        if (next >= name.size() || !is_digit(name[next])) continue;
        if (name.find_first_not_of("0123456789.", next) == std::string_view::npos) return at;
    }
    return std::string_view::npos;
}

}  // namespace

std::string agent_product(std::string_view user_agent) {
    std::string_view name = user_agent.substr(0, user_agent.find_first_of("/ (;,"));
    name = name.substr(0, kMaxProduct);
    name = name.substr(0, glued_version(name));
    std::string out;
    for (const char c : name) {
        if (c <= ' ' || c > '~') continue;
        out += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (out.ends_with(".exe")) out.resize(out.size() - 4);
    return out.empty() ? "none" : out;
}

}  // namespace redshank::audit
