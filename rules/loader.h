// From files and shipped packs to one RuleSet.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_set.h"

namespace redshank::rules {

// What a rule file says when it is added: rules, in its order.
using Rules = std::vector<RulePtr>;

// Each throws RuleError. `file` stands for it in messages.
Rules load_native(std::string_view text, const std::string& file);

// The packs that are shipped inside the program.
std::vector<std::string_view> pack_names();

// Native, Falco and Sigma files, in this order; files of one language see what earlier ones define. Appends
// to `warnings` what was passed over.
Rules load_files(const std::vector<std::string>& files, std::vector<std::string>& warnings);

// What [rules] of the configuration selects.
struct RuleSources {
    std::vector<std::string> packs{"kubernetes"};
    std::vector<std::string> files;    // paths or globs: .toml is native, .yaml and .yml Falco or Sigma
    std::vector<std::string> disable;  // ids or titles
};

// Whether it has a wildcard, and so may match no file.
bool is_pattern(std::string_view path);
// The files that a path or glob names, by name.
std::vector<std::string> matching_files(const std::string& pattern);

// Throws RuleError: a file that cannot be read or understood, an id that is there twice, a disabled id that
// nothing has.
std::shared_ptr<const RuleSet> load_rules(const RuleSources& sources);

}  // namespace redshank::rules
