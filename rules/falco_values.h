// Fields of Falco's plugins that are more than a place in the event.
#pragma once

#include <string_view>
#include <vector>

#include "rules/fields.h"

namespace redshank::rules {

// `entry` takes its argument, a key or an index, as the first step of the path.
struct FalcoSpecial {
    enum class Argument : uint8_t { None, Key, Index };  // a key must be given, an index may be
    FieldEntry entry;
    Argument argument = Argument::None;
    bool is_list = false;
};
// By Falco's name; null when it is none of these.
const FalcoSpecial* falco_special(std::string_view name);
std::vector<std::string_view> falco_special_names();

// A field below ka.req.pod.containers, .initContainers and .ephemeralContainers; its path is the name of the
// list, then maybe an index. Null for another name.
const FieldEntry* falco_container_field(std::string_view name);

// What stands in the event at a path, whatever that is.
extern const FieldEntry kFalcoWhole;

}  // namespace redshank::rules
