#include "core/state/checked_state.h"

#include <algorithm>

#include "core/finding/text.h"
#include "core/state/key.h"

namespace redshank {

void CheckedState::unusable(std::string_view table, std::string_view key) const {
    std::pair row{std::string(table), std::string(key)};
    if (seen_.contains(row)) return;
    if (seen_.size() < kRemembered) seen_.insert(std::move(row));
    auto count = counts_.find(table);
    if (count == counts_.end()) count = counts_.emplace(table, 0).first;
    ++count->second;
    if (++named_ > kNamed) return;
    std::string parts(key);
    std::replace(parts.begin(), parts.end(), kKeyMark, ' ');
    say_("a row of the state cannot be used and is passed over: table " + fit_exact(table, 64) + ", key \"" +
         fit_exact(parts, 200) + "\"");
}

}  // namespace redshank
