// What Falco rules files say, before lists, macros and conditions are compiled.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/error.h"
#include "rules/rule.h"

namespace redshank::rules {

struct FalcoList {
    Place place;
    std::vector<std::string> items;  // names of other lists among them
};

struct FalcoMacro {
    Place place;
    std::string condition;
};

struct FalcoExceptionValue {
    bool is_list = false;
    std::vector<std::string> texts;  // one when it is no list
};

struct FalcoException {
    Place place;
    std::string name;
    std::vector<std::string> fields, comps;
    bool single = false;  // one field that is no list: values are a plain list, too
    std::vector<std::vector<FalcoExceptionValue>> values;  // rows of one for each field
};

struct FalcoRule {
    Place place;
    std::string name, condition, output, desc;
    Severity severity = Severity::Info;
    std::vector<std::string> tags;
    std::vector<FalcoException> exceptions;
    bool enabled = true, skip_unknown = false;
};

struct FalcoDefinitions {
    std::map<std::string, FalcoList, std::less<>> lists;
    std::map<std::string, FalcoMacro, std::less<>> macros;
    std::map<std::string, FalcoRule, std::less<>> rules;
    std::vector<std::string> order;  // of rules
};

// The enabled rules. Throws RuleError; appends to `warnings` what is probably a mistake.
std::vector<RulePtr> compile_falco(const FalcoDefinitions& definitions, std::vector<std::string>& warnings);

}  // namespace redshank::rules
