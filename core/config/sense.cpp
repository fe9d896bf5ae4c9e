#include "core/config/sense.h"

#include <fmt/format.h>

#include "audit/normalise/source.h"

namespace redshank {

std::string name_problem(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    if (text.empty()) return "must not be empty";
    if (text.find_first_not_of(kBlanks) == text.npos) return "must not be blank";
    if (kBlanks.find(text.front()) != kBlanks.npos) return "begins with a blank; take it out";
    if (kBlanks.find(text.back()) != kBlanks.npos) return "ends with a blank; take it out";
    if (text.find('\n') != text.npos) return "has a line break; take it out";
    return {};
}

void read_name(ConfigTable& table, std::string_view key, std::string& out) {
    table.read(key, out);
    if (!table.has(key)) return;
    if (const std::string problem = name_problem(out); !problem.empty()) table.error(key, problem);
}

void read_names(ConfigTable& table, std::string_view key, std::vector<std::string>& out) {
    table.read(key, out);
    for (const std::string& name : out) {
        if (const std::string problem = name_problem(name); !problem.empty())
            table.error(key, fmt::format("'{}' {}", name, problem));
    }
}

void read_or_off(ConfigTable& table, std::string_view key, audit::Duration& out, audit::Duration least,
                 audit::Duration most) {
    audit::Duration read = out;
    table.read(key, read, {}, most);
    if (read != audit::Duration{} && read < least) {
        return table.error(key, fmt::format("must be 0s, which turns it off, or from {} to {}",
                                            audit::format_duration(least), audit::format_duration(most)));
    }
    out = read;
}

bool is_every_address(std::string_view prefix) {
    audit::Network network;
    if (!network.parse(prefix)) return false;
    return (network.contains("0.0.0.0") && network.contains("255.255.255.255")) ||
           (network.contains("::") && network.contains("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
}

bool is_any(std::string_view glob) {
    return !glob.empty() && glob.find_first_not_of('*') == glob.npos;
}

}  // namespace redshank
