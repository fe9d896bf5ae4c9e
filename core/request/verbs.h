#pragma once

#include <string_view>

namespace redshank {

// Shows objects and changes nothing: get, list, watch.
inline bool is_read(std::string_view verb) {
    return verb == "get" || verb == "list" || verb == "watch";
}

// Writes an object as a whole or in part: create, update, patch.
inline bool puts_object(std::string_view verb) {
    return verb == "create" || verb == "update" || verb == "patch";
}

// The same, or takes it away.
inline bool changes_object(std::string_view verb) {
    return puts_object(verb) || verb == "delete";
}

}  // namespace redshank
