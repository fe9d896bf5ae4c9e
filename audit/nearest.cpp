#include "audit/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace redshank::audit {

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = std::exchange(row[0], i);
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replace, row[j] + 1, row[j - 1] + 1});
        }
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
