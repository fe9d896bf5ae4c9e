#include "audit/salvage.h"

namespace redshank::audit {

Salvage parse_line(EventParser& parser, std::string_view line, Event& event) {
    static constexpr std::string_view kStart = R"({"kind":"Event")";
    static constexpr int kTries = 64;  // bounds the work that a hostile line can cause

    Salvage result{.error = parser.parse(line, event)};
    if (result.error == ParseError::None) return result;
    result.skipped = line.size();
    if (result.error != ParseError::BadJson && result.error != ParseError::BadUtf8) return result;
    size_t at = line.find(kStart, 1);
    for (int i = 0; i < kTries && at != line.npos; ++i, at = line.find(kStart, at + 1)) {
        if (parser.parse(line.substr(at), event) == ParseError::None) {
            result.recovered = true;
            result.skipped = at;
            return result;
        }
    }
    return result;
}

}  // namespace redshank::audit
