#include "rules/yaml_file.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>

namespace redshank::rules {

namespace {

constexpr size_t kMaxDocuments = 10'000;

// Parses without keeping anything, to count the documents.
class Skip : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override { at = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

    YAML::Mark at;
};

}  // namespace

std::vector<YAML::Node> YamlFile::parse(std::string_view text) const {
    if (text.size() > 8u << 20) throw RuleError({file_}, "is larger than 8 MiB");
    // The limit on nesting protects the stack: yaml-cpp recurses once for each level.
    size_t depth = 0, deepest = 0;
    for (const char c : text) {
        if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
        if ((c == ']' || c == '}') && depth > 0) --depth;
        if (c == '\n' && depth > 0 && deepest < 100) continue;
    }
    if (deepest > 1000) throw RuleError({file_}, "nests too deeply");
    try {
        // After a stray comma yaml-cpp finds empty documents without end, and LoadAll keeps each of them.
        // Therefore they are counted first.
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        Skip skip;
        for (size_t documents = 0; parser.HandleNextDocument(skip); ++documents) {
            if (documents < kMaxDocuments) continue;
            throw RuleError(
                {file_, static_cast<size_t>(skip.at.line + 1), static_cast<size_t>(skip.at.column + 1)},
                "this is no YAML, or too many documents");
        }
        return YAML::LoadAll(std::string(text));
    } catch (const YAML::Exception& error) {
        throw RuleError(
            {file_, static_cast<size_t>(error.mark.line + 1), static_cast<size_t>(error.mark.column + 1)},
            error.msg);
    }
}

std::string YamlFile::text(const YAML::Node& map, const char* key) const {
    const YAML::Node node = map[key];
    if (!node || node.IsNull()) return {};
    if (!node.IsScalar()) fail(node, std::string(key) + " is a text");
    return node.Scalar();
}

std::string YamlFile::required(const YAML::Node& map, const char* key) const {
    if (!map[key] || map[key].IsNull()) fail(map, std::string("needs the key ") + key);
    return text(map, key);
}

bool YamlFile::boolean(const YAML::Node& map, const char* key, bool otherwise) const {
    const YAML::Node node = map[key];
    if (!node) return otherwise;
    bool value = otherwise;
    if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
        fail(node, std::string(key) + " is true or false");
    }
    return value;
}

std::vector<std::string> YamlFile::texts(const YAML::Node& map, const char* key) const {
    const YAML::Node node = map[key];
    if (!node || node.IsNull()) return {};
    if (node.IsScalar()) return {node.Scalar()};
    if (!node.IsSequence()) fail(node, std::string(key) + " is a list");
    std::vector<std::string> out;
    for (const YAML::Node& item : node) {
        if (!item.IsScalar()) fail(item, std::string(key) + " is a list of texts");
        out.push_back(item.Scalar());
    }
    return out;
}

void YamlFile::check_keys(const YAML::Node& map, const std::vector<std::string_view>& known) const {
    for (const auto& entry : map) {
        if (!entry.first.IsScalar()) fail(entry.first, "a key is a text");
        const std::string& key = entry.first.Scalar();
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            fail(entry.first, "unknown key " + key + did_you_mean(key, known));
        }
    }
}

}  // namespace redshank::rules
