#include "rules/error.h"

#include "audit/nearest.h"

namespace redshank::rules {

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
    // A field whose last part is the word, such as objectRef.namespace for "namespace", is nearer than any
    // misspelling.
    for (const std::string_view name : known) {
        if (name.size() > word.size() && name.ends_with(word) && name[name.size() - word.size() - 1] == '.') {
            return " (did you mean " + std::string(name) + "?)";
        }
    }
    const std::string best = audit::nearest_name(word.substr(0, 64), known);
    return best.empty() ? "" : " (did you mean " + best + "?)";
}

}  // namespace redshank::rules
