// Fields of Falco's plugins that are computed, not read from one place in the event.
#pragma once

#include <string_view>
#include <vector>

#include "rules/fields.h"

namespace redshank::rules {

// The argument, a key or an index, becomes the first step of the path that `entry` gets.
struct FalcoSpecial {
    enum class Argument : uint8_t { None, Key, Index };  // a key is required, an index is optional
    FieldEntry entry;
    Argument argument = Argument::None;
    bool is_list = false;
};
// Looked up by Falco's name; null when the name is not one of these.
const FalcoSpecial* falco_special(std::string_view name);
std::vector<std::string_view> falco_special_names();

// A field below ka.req.pod.containers, .initContainers or .ephemeralContainers. Its path is the name of that
// list and an optional index. Null for any other name.
const FieldEntry* falco_container_field(std::string_view name);

// The value of any kind at a path of the whole event.
extern const FieldEntry kFalcoWhole;

}  // namespace redshank::rules
