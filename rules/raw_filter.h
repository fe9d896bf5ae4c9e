// Which lines of a log cannot hold an event that fulfils a condition, told from their bytes: a search need
// not parse them.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"

namespace redshank::rules {

// `user.username = "ann" and verb in ("get", "list")` can hold only where "ann" stands, and "get" or "list".
// JSON can spell a byte in two ways, as itself or as an escape that begins with \u or \/, so a line with such
// an escape of a byte that is looked for is never ruled out; bytes with escapes of their own (" \ and control
// characters) are no part of a text that is looked for. Immutable; may be shared by threads.
class RawFilter {
  public:
    explicit RawFilter(const Condition& condition);

    // False: no event in this line fulfils the condition, whatever envelope it is in.
    bool may_hold(std::string_view line) const;

    // One of each group must stand in the line. No group: nothing is known of the condition.
    using Groups = std::vector<std::vector<std::string>>;
    const Groups& groups() const { return groups_; }

  private:
    static bool may_be_hidden(std::string_view line);
    bool may_be_escaped(std::string_view line) const;

    Groups groups_;
    std::bitset<256> is_watched_;  // bytes whose escapes matter
    bool looks_beyond_ascii_ = false;
};

}  // namespace redshank::rules
