// The content of Falco rules files, before lists, macros and conditions are compiled.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/error.h"
#include "rules/rule.h"

namespace redshank::rules {

struct FalcoList {
    Place place;
    std::vector<std::string> items;  // values, and names of other lists
};

struct FalcoMacro {
    Place place;
    std::string condition;
};

struct FalcoExceptionValue {
    bool is_list = false;
    std::vector<std::string> texts;  // exactly one when it is no list
};

struct FalcoException {
    Place place;
    std::string name;
    std::vector<std::string> fields, comps;
    bool single = false;  // one field, written without a list: `values` may then be a plain list
    std::vector<std::vector<FalcoExceptionValue>> values;  // rows with one value for each field
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
    std::vector<std::string> order;  // names of the rules, in the order of the files
};

// Returns the enabled rules. Throws RuleError; appends probable mistakes to `warnings`.
std::vector<RulePtr> compile_falco(const FalcoDefinitions& definitions, std::vector<std::string>& warnings);

}  // namespace redshank::rules
