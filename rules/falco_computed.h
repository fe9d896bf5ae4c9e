// Falco's transformers that take several arguments: concat, join and getopt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/falco_fields.h"

namespace redshank::rules {

// An argument: a field, which may be transformed, or a text.
struct FalcoArgument {
    FalcoField field;  // without an entry: the argument is `text`
    std::string text;
};

bool is_falco_computed(std::string_view name);
// The list of these; it has no values when one of them has none.
FalcoArgument make_falco_list(std::vector<FalcoArgument> items);
// `selector` is the text in brackets after a getopt, "" for none. Returns false, with `problem`, for
// arguments that the transformer does not accept.
bool make_falco_computed(std::string_view name, std::vector<FalcoArgument> arguments,
                         const std::string& selector, FalcoField& out, std::string& problem);

}  // namespace redshank::rules
