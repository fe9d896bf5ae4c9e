// Falco's transformers of several arguments: concat, join and getopt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/falco_fields.h"

namespace redshank::rules {

// A field, maybe transformed, or a text.
struct FalcoArgument {
    FalcoField field;  // without an entry: the text
    std::string text;
};

bool is_falco_computed(std::string_view name);
// `selector` is what stands in brackets behind a getopt, "" for none. False, with `problem`, for arguments
// that the transformer does not take.
bool make_falco_computed(std::string_view name, std::vector<FalcoArgument> arguments,
                         const std::string& selector, FalcoField& out, std::string& problem);

}  // namespace redshank::rules
