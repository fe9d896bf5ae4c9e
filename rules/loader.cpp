#include "rules/loader.h"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>

#include "core/config/file_text.h"
#include "rules/packs.h"
#include "rules/yaml_loaders.h"

namespace redshank::rules {

namespace {

std::string read_file(const std::string& file) {
    std::optional<std::string> text = file_text(file);
    if (!text) throw RuleError({file}, std::string("cannot be read: ") + std::strerror(errno));
    return *std::move(text);
}

void check_ids(const Rules& rules) {
    std::set<std::string_view> seen;
    for (const RulePtr& rule : rules) {
        if (!seen.insert(rule->id).second)
            throw RuleError(rule->place, "there is another rule with the id " + rule->id);
    }
}

// `place` is that of a key of the configuration, if it says so at all.
RuleError mistake(const Place& place, const std::string& what_of, const std::string& what) {
    return place.file.empty() ? RuleError({what_of}, what) : RuleError(place, what_of + ": " + what);
}

void disable(Rules& rules, const std::vector<std::string>& names, const Place& place) {
    for (const std::string& name : names) {
        const auto removed = std::remove_if(rules.begin(), rules.end(), [&](const RulePtr& rule) {
            return rule->id == name || rule->title == name;
        });
        if (removed == rules.end()) {
            std::vector<std::string_view> ids;
            for (const RulePtr& rule : rules) ids.push_back(rule->id);
            throw mistake(place, "rules.disable", "no rule has the id " + name + did_you_mean(name, ids));
        }
        rules.erase(removed, rules.end());
    }
}

// A Falco file is a list, a Sigma file a table.
bool is_falco(std::string_view text) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const size_t first = line.find_first_not_of(" \t\r");
        if (first == line.npos || line[first] == '#' || line.starts_with("---") || line.starts_with('%'))
            continue;
        return line[first] == '-' || line[first] == '[';
    }
    return true;
}

}  // namespace

Rules load_files(const std::vector<std::string>& files, std::vector<std::string>& warnings) {
    Rules all;
    const auto falco = make_falco_loader(), sigma = make_sigma_loader();
    for (const std::string& file : files) {
        const std::string text = read_file(file);
        if (file.ends_with(".toml")) {
            const Rules rules = load_native(text, file);
            all.insert(all.end(), rules.begin(), rules.end());
        } else if (!file.ends_with(".yaml") && !file.ends_with(".yml")) {
            throw RuleError({file}, "is not called .toml (native rules), .yaml or .yml (Falco or Sigma)");
        } else if (is_falco(text)) {
            falco->add(text, file);
        } else {
            sigma->add(text, file);
        }
    }
    for (const Rules& rules : {falco->finish(warnings), sigma->finish(warnings)})
        all.insert(all.end(), rules.begin(), rules.end());
    return all;
}

std::vector<std::string_view> pack_names() {
    std::vector<std::string_view> names;
    for (const PackFile& file : shipped_files()) {
        if (names.empty() || names.back() != file.pack) names.push_back(file.pack);
    }
    return names;
}

bool is_pattern(std::string_view path) {
    return path.find_first_of("*?[") != path.npos;
}

std::vector<std::string> matching_files(const std::string& pattern) {
    std::vector<std::string> files;
    glob_t found{};
    if (::glob(pattern.c_str(), GLOB_ERR, nullptr, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; ++i) files.emplace_back(found.gl_pathv[i]);
    }
    ::globfree(&found);
    return files;
}

std::shared_ptr<const RuleSet> load_rules(const RuleSources& sources) {
    Rules all;
    for (const std::string& name : sources.packs) {
        const std::vector<std::string_view> known = pack_names();
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            throw mistake(sources.places.packs, "rules.packs",
                          "there is no pack " + name + did_you_mean(name, known));
        }
        for (const PackFile& file : shipped_files()) {
            if (file.pack != name) continue;
            Rules rules = load_pack(file.text, std::string(file.name));
            all.insert(all.end(), rules.begin(), rules.end());
        }
    }
    std::vector<std::string> files;
    for (const std::string& pattern : sources.files) {
        std::vector<std::string> found = matching_files(pattern);
        // A pattern may match nothing, but a file that is named must exist.
        if (found.empty() && !is_pattern(pattern))
            throw sources.places.files.file.empty()
                ? RuleError({pattern}, "does not exist")
                : RuleError(sources.places.files, "rules.files: " + pattern + " does not exist");
        for (std::string& file : found) files.push_back(std::move(file));
    }
    std::vector<std::string> warnings;
    const Rules own = load_files(files, warnings);
    all.insert(all.end(), own.begin(), own.end());
    check_ids(all);
    disable(all, sources.disable, sources.places.disable);
    return std::make_shared<const RuleSet>(std::move(all), std::move(warnings));
}

}  // namespace redshank::rules
