// Loads rule files and shipped packs into one RuleSet.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/place.h"
#include "rules/rule_set.h"

namespace redshank::rules {

// The rules of a file, in its order.
using Rules = std::vector<RulePtr>;

// Each throws RuleError. `file` is the name that messages give.
Rules load_native(std::string_view text, const std::string& file);
// The same of a file of a shipped pack, whose text lives on: its examples are read when they are asked for
// (to read them at each start took 276 of 401 million instructions). They are the last of each rule, and in
// no text of several lines one begins with "[".
Rules load_pack(std::string_view text, const std::string& file);

// Names of the packs inside the program.
std::vector<std::string_view> pack_names();

// Loads native, then Falco, then Sigma files; a file can use what earlier files of its language define.
// Appends a warning for each rule or key that is skipped.
Rules load_files(const std::vector<std::string>& files, std::vector<std::string>& warnings);

// The selection that [rules] of the configuration makes.
struct RuleSources {
    std::vector<std::string> packs{"kubernetes"};
    std::vector<std::string> files;    // paths or globs: .toml is native, .yaml and .yml Falco or Sigma
    std::vector<std::string> disable;  // ids or titles
    // Where the configuration says so; nowhere for what it does not say.
    struct Places {
        Place packs, files, disable;
    } places = {};
};

// Whether the path has a wildcard: it may then match no file.
bool is_pattern(std::string_view path);
// The files that a path or glob matches, sorted by name.
std::vector<std::string> matching_files(const std::string& pattern);

// Throws RuleError when a file cannot be read or parsed, an id occurs twice, or no rule has a disabled id.
std::shared_ptr<const RuleSet> load_rules(const RuleSources& sources);

}  // namespace redshank::rules
