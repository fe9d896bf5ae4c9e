#include "daemon/sources/line_time.h"

namespace redshank {

namespace {

// What follows the last `key`: after all bodies, which clients write.
std::string_view behind(std::string_view line, std::string_view key) {
    const size_t at = line.rfind(key);
    return at == line.npos ? std::string_view() : line.substr(at + key.size());
}

}  // namespace

audit::Time time_of_line(std::string_view line) {
    std::string_view rest = behind(line, R"("stageTimestamp":")");
    if (rest.empty()) rest = behind(line, R"(\"stageTimestamp\":\")");
    if (rest.empty() && line.find(R"("protoPayload")") != line.npos) {  // Google's LogEntry
        rest = behind(line, R"("timestamp":")");
        if (rest.empty()) rest = behind(line, R"("timestamp": ")");
    }
    return audit::parse_time(rest.substr(0, rest.find_first_of(R"("\)"))).value_or(audit::Time{});
}

}  // namespace redshank
