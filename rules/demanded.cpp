#include "rules/demanded.h"

#include <algorithm>

namespace redshank::rules {

using Texts = std::vector<std::string>;

void fold(std::string_view text, std::string& out) {
    const size_t at = out.size();
    out.resize(at + text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        out[at + i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
}

namespace {

// `created` as a condition is true for three verbs only.
bool is_created(const Condition& compare) {
    return compare.field.entry->name == "created" && compare.op == Op::Equal && !compare.other &&
           compare.transforms.empty() &&
           std::all_of(compare.literals.begin(), compare.literals.end(),
                       [](const Literal& literal) { return literal.text == "true"; });
}

}  // namespace

std::optional<Texts> demanded(const Condition& condition, std::string_view field) {
    std::optional<Texts> found;
    switch (condition.kind) {
        case Condition::Kind::And:
            for (const auto& part : condition.parts) {
                auto texts = demanded(*part, field);
                if (texts && (!found || texts->size() < found->size())) found = std::move(texts);
            }
            return found;
        case Condition::Kind::Or:
            found.emplace();
            for (const auto& part : condition.parts) {
                const auto texts = demanded(*part, field);
                if (!texts || found->size() + texts->size() > kMaxDemanded) return std::nullopt;
                found->insert(found->end(), texts->begin(), texts->end());
            }
            return found;
        case Condition::Kind::False:
            return Texts{};
        case Condition::Kind::Compare:
            if (field == "verb" && is_created(condition)) return Texts{"create", "update", "patch"};
            if (condition.field.entry->name != field || condition.op != Op::Equal || condition.other ||
                !condition.transforms.empty() || condition.literals.size() > kMaxDemanded) {
                return std::nullopt;
            }
            found.emplace();
            for (const Literal& literal : condition.literals) fold(literal.text, found->emplace_back());
            return found;
        default:
            return std::nullopt;
    }
}

}  // namespace redshank::rules
