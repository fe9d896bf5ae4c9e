// The fields of Falco's k8saudit and json plugins, as fields of ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"

namespace redshank::rules {

struct FalcoField {
    Field field;
    bool is_list = false;
    bool is_number = false;             // else values are compared as text, as the plugin does
    std::vector<Transform> transforms;  // part of the field's meaning
};

// `argument` is what stands in brackets, "" for none. False, with `problem`, for a field that is unknown or
// cannot be had from an audit event.
bool falco_field(std::string_view name, std::string_view argument, FalcoField& out, std::string& problem);

}  // namespace redshank::rules
