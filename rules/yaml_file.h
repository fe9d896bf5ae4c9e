// Reads YAML rule files and keeps places for errors. The only header that includes yaml-cpp; for loaders.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "rules/error.h"

namespace redshank::rules {

// A YAML file, with helpers that throw RuleError at the place of a node.
class YamlFile {
  public:
    explicit YamlFile(std::string file) : file_(std::move(file)) {}

    // Every document of the text. Throws RuleError.
    std::vector<YAML::Node> parse(std::string_view text) const;

    Place place(const YAML::Node& node) const {
        return {file_, static_cast<size_t>(node.Mark().line + 1),
                static_cast<size_t>(node.Mark().column + 1)};
    }
    [[noreturn]] void fail(const YAML::Node& node, const std::string& what) const {
        throw RuleError(place(node), what);
    }
    // "" when the key is absent.
    std::string text(const YAML::Node& map, const char* key) const;
    std::string required(const YAML::Node& map, const char* key) const;
    bool boolean(const YAML::Node& map, const char* key, bool otherwise) const;
    // A list of texts, or one text; empty when absent.
    std::vector<std::string> texts(const YAML::Node& map, const char* key) const;
    void check_keys(const YAML::Node& map, const std::vector<std::string_view>& known) const;

    const std::string& name() const { return file_; }

  private:
    std::string file_;
};

}  // namespace redshank::rules
