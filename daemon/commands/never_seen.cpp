#include "daemon/commands/never_seen.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "audit/nearest.h"
#include "core/log.h"

namespace redshank {

bool is_never_seen(std::string_view what, const std::string& word,
                   const std::function<std::set<std::string>()>& all_known) {
    constexpr size_t kNamed = 8;
    if (word.empty()) return false;
    const std::set<std::string> known = all_known();
    if (known.empty() || known.contains(word)) return false;
    std::string nearest = audit::nearest_name(word.substr(0, 256), {known.begin(), known.end()});
    if (nearest.empty() && known.size() <= kNamed) nearest = fmt::format("{}", fmt::join(known, ", "));
    log_error("no {} {} was ever seen{}{}", what, word, nearest.empty() ? "" : "; nearest: ", nearest);
    return true;
}

}  // namespace redshank
