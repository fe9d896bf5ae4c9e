#include "core/shell.h"

namespace redshank {

std::string in_shell_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
    return out + "'";
}

}  // namespace redshank
