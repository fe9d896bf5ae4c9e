#include "daemon/commands/caveats.h"

#include <boost/json.hpp>

#include "core/log.h"

namespace redshank {

void print_caveats(OutputFormat format, const std::vector<Caveat>& caveats) {
    if (format == OutputFormat::Text && !caveats.empty()) print_text("");
    for (const Caveat& caveat : caveats) {
        if (format == OutputFormat::Text) {
            print_text("Caveat: " + caveat.text);
        } else {
            log_text(LogLevel::Notice, "caveat: " + caveat.text);
        }
    }
}

std::string with_caveats(std::string row, const std::vector<Caveat>& caveats, std::string_view cluster) {
    boost::json::array own;
    for (const Caveat& caveat : caveats) {
        if (caveat.cluster == cluster) own.push_back(json_of(caveat));
    }
    if (own.empty()) return row;
    row.back() = ',';
    return row + "\"caveats\":" + boost::json::serialize(own) + "}";
}

}  // namespace redshank
