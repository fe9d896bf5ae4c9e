#include "daemon/sources/line_time.h"

namespace redshank {

audit::Time time_of_line(std::string_view line) {
    constexpr std::string_view kKey = R"("stageTimestamp":")";
    const size_t at = line.rfind(kKey);  // the last one, after all bodies, which clients write
    if (at == line.npos) return {};
    const std::string_view rest = line.substr(at + kKey.size());
    return audit::parse_time(rest.substr(0, rest.find('"'))).value_or(audit::Time{});
}

}  // namespace redshank
