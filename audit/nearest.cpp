#include "audit/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace redshank::audit {

namespace {

// Two transposed letters count as one edit.
size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> before, row(b.size() + 1), next(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        next[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            next[j] = std::min({row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), row[j] + 1, next[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                next[j] = std::min(next[j], before[j - 2] + 1);
            }
        }
        before = std::exchange(row, next);
    }
    return row.back();
}

}  // namespace

std::string nearest_name(std::string_view word, const std::vector<std::string_view>& known) {
    size_t best = std::max<size_t>(word.size() / 3, 1) + 1;
    std::string_view nearest;
    for (const std::string_view name : known) {
        const size_t distance = edit_distance(word, name);
        if (distance >= best) continue;
        best = distance;
        nearest = name;
    }
    return std::string(nearest);
}

}  // namespace redshank::audit
