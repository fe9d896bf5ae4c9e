#pragma once

#include <string_view>

namespace redshank {

// The verb by what was done: an apply or an update that was answered 201 made its object, so it is "create".
// Every sentence about a verb and a code goes through it; audit::Event::created_object() says the same of an
// event.
inline std::string_view done_verb(std::string_view verb, int code) {
    return code == 201 && (verb == "patch" || verb == "update") ? std::string_view("create") : verb;
}

}  // namespace redshank
