#include "audit/policy/document.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_set>

#include "audit/utf8.h"

namespace redshank::audit::policy {

namespace {

constexpr size_t kMaxBytes = 1 << 20, kMaxValues = 100'000;

Place place_of(const YAML::Mark& mark) {
    return {static_cast<size_t>(mark.line) + 1, static_cast<size_t>(mark.column) + 1};
}

bool is_bool(std::string_view text) {
    // YAML 1.1: "on" and "no" are booleans, not texts.
    static const std::unordered_set<std::string_view> words{
        "y", "Y", "yes", "Yes", "YES", "on",  "On",  "ON",  "true",  "True",  "TRUE",
        "n", "N", "no",  "No",  "NO",  "off", "Off", "OFF", "false", "False", "FALSE"};
    return words.contains(text);
}

bool all_of(std::string_view text, std::string_view allowed) {
    return !text.empty() && text.find_first_not_of(allowed) == text.npos;
}

// Numbers are integers with base prefixes and underscores, decimal floats, and infinities.
bool is_number(std::string text) {
    text.erase(std::remove(text.begin(), text.end(), '_'), text.end());
    std::string_view rest = text;
    if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
    if (rest == ".inf" || rest == ".Inf" || rest == ".INF") return true;
    if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
    if (rest.starts_with("0x")) return all_of(rest.substr(2), "0123456789abcdefABCDEF");
    if (rest.starts_with("0b")) return all_of(rest.substr(2), "01");
    if (rest.starts_with("0o")) return all_of(rest.substr(2), "01234567");
    const std::string_view mantissa = rest.substr(0, rest.find_first_of("eE"));
    if (mantissa.size() < rest.size()) {
        std::string_view exponent = rest.substr(mantissa.size() + 1);
        if (exponent.starts_with('+') || exponent.starts_with('-')) exponent.remove_prefix(1);
        if (!all_of(exponent, "0123456789")) return false;
    }
    return all_of(mantissa, "0123456789.") && mantissa != "." &&
           std::count(mantissa.begin(), mantissa.end(), '.') <= 1;
}

Node::Kind kind_of(const std::string& tag, const std::string& text) {
    if (tag != "?") return Node::Kind::String;  // quoted, or with an explicit tag
    if (is_bool(text)) return Node::Kind::Bool;
    return is_number(text) ? Node::Kind::Number : Node::Kind::String;
}

// Builds the first document; for the second it only records where it begins.
class Builder : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override { start = place_of(mark); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        put(make(Node::Kind::Null, mark), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const NodePtr& node = anchors_[anchor];
        if (node == nullptr) throw YAML::ParserException(mark, "anchor value contains itself");
        put(node, 0);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& text) override {
        auto node = make(kind_of(tag, text), mark);
        node->text = text;
        if (tag == "?" && text == "<<") merge_keys_.insert(node);
        put(node, anchor);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(make(Node::Kind::List, mark), anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(make(Node::Kind::Map, mark), anchor);
    }
    void OnMapEnd() override { close(); }

    NodePtr root;
    Place start;

  private:
    using Made = std::shared_ptr<Node>;
    struct Open {
        Made node;
        YAML::anchor_t anchor;
        NodePtr key;  // the key of the next value
    };

    static Made make(Node::Kind kind, const YAML::Mark& mark) {
        auto node = std::make_shared<Node>();
        node->kind = kind;
        node->place = place_of(mark);
        return node;
    }
    void open(const Made& node, YAML::anchor_t anchor) {
        put(node, 0);
        open_.push_back({node, anchor, nullptr});
    }
    // Registers the anchor only at the end of the node, so that a list cannot contain itself.
    void close() {
        if (open_.back().anchor != 0) anchors_[open_.back().anchor] = open_.back().node;
        open_.pop_back();
    }
    void put(const NodePtr& node, YAML::anchor_t anchor) {
        if (anchor != 0) anchors_[anchor] = node;
        if (open_.empty()) {
            root = node;
            return;
        }
        Open& top = open_.back();
        if (top.node->kind == Node::Kind::List) {
            top.node->items.push_back(node);
        } else if (top.key == nullptr) {
            top.key = node;
        } else {
            const NodePtr key = std::exchange(top.key, nullptr);
            if (merge_keys_.contains(key)) {
                merge(*top.node, node);
            } else {
                std::erase_if(top.node->entries, [&](const Entry& other) {
                    return other.is_merged && other.key.value == key->text;
                });
                top.node->entries.push_back({{key->text, key->place}, node});
            }
        }
    }
    // Implements <<, which merges the entries of one or several other maps; the map's own entries take
    // precedence.
    static void merge(Node& map, const NodePtr& from) {
        if (from == nullptr) return;
        if (from->kind == Node::Kind::List) {
            for (const NodePtr& item : from->items) merge(map, item);
        }
        for (const Entry& entry : from->entries) {
            const auto same = [&](const Entry& own) { return own.key.value == entry.key.value; };
            if (std::any_of(map.entries.begin(), map.entries.end(), same)) continue;
            map.entries.push_back({entry.key, entry.value, true});
        }
    }

    std::vector<Open> open_;
    std::map<YAML::anchor_t, NodePtr> anchors_;
    std::unordered_set<NodePtr> merge_keys_;
};

// The number of values when every alias is expanded; stops at the budget.
size_t unfolded(const Node& node, size_t budget) {
    size_t count = 1;
    const auto add = [&](const NodePtr& child) {
        if (child != nullptr && count < budget) count += unfolded(*child, budget - count);
    };
    for (const NodePtr& item : node.items) add(item);
    for (const Entry& entry : node.entries) add(entry.value);
    return count;
}

// Translates yaml-cpp's errors into those of libyaml, which the server uses. libyaml counts lines from 1 in
// its scanner and from 0 in its parser.
std::string server_words(const YAML::Exception& error) {
    struct Words {
        std::string_view ours, theirs;
        int line;  // added to our line, which counts from 0
    };
    static constexpr Words kWords[] = {
        {"illegal map value", "mapping values are not allowed in this context", 1},
        {"end of map not found", "did not find expected key", 0},
        {"end of sequence not found", "did not find expected '-' indicator", 0},
        {"illegal block entry", "block sequence entries are not allowed in this context", 1},
        {"end of sequence flow not found", "did not find expected ',' or ']'", 0},
        {"end of map flow not found", "did not find expected ',' or '}'", 0},
        {"unknown token", "found character that cannot start any token", 1},
        {"the referenced anchor is not defined", "unknown anchor referenced", 1},
    };
    for (const Words& words : kWords) {
        if (error.msg.find(words.ours) == error.msg.npos) continue;
        return fmt::format("yaml: line {}: {}", error.mark.line + words.line, words.theirs);
    }
    return fmt::format("yaml: line {}: {}", error.mark.line + 1, error.msg);
}

Document refused(std::string problem, Place place) {
    Document document;
    document.problem = std::move(problem);
    document.problem_place = place;
    return document;
}

// The place of a byte.
Place place_at(std::string_view text, size_t at) {
    const std::string_view before = text.substr(0, at);
    const size_t newline = before.rfind('\n');
    return {static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
            newline == before.npos ? at + 1 : at - newline};
}

// The first tab that indents a line of block style: libyaml refuses it, yaml-cpp may accept it.
std::optional<size_t> indenting_tab(std::string_view text) {
    char quote = 0;
    size_t depth = 0;  // of brackets; inside them tabs are white space
    bool is_comment = false, is_indent = true;
    std::optional<size_t> tab;  // in the indent of this line
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\n') {
            is_comment = false;
            is_indent = depth == 0 && quote == 0;
            tab.reset();
        } else if (is_indent && (c == ' ' || c == '\t')) {
            if (c == '\t' && !tab) tab = at;
        } else if (is_comment || c == '\r') {
            continue;
        } else if (quote != 0) {
            if (c == '\\' && quote == '"') ++at;
            if (c == quote) quote = 0;
        } else {
            is_comment = c == '#' && (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n' || is_indent);
            if (is_indent && tab && !is_comment) return tab;
            is_indent = false;
            if (c == '"' || c == '\'') quote = c;
            if (c == '[' || c == '{') ++depth;
            if ((c == ']' || c == '}') && depth > 0) --depth;
        }
    }
    return std::nullopt;
}

// Finds bytes that libyaml refuses and yaml-cpp accepts.
std::optional<Document> refused_bytes(std::string_view text) {
    for (size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f)
            return refused("yaml: control characters are not allowed", place_at(text, at));
    }
    if (valid_utf8(std::string(text)) != text) return refused("yaml: invalid leading UTF-8 octet", {1, 1});
    if (const auto tab = indenting_tab(text)) {
        const Place place = place_at(text, *tab);
        return refused(fmt::format("yaml: line {}: found character that cannot start any token", place.line),
                       place);
    }
    return std::nullopt;
}

// The server's JSON decoder accepts no comments, no bare words and nothing after the object.
std::optional<Document> refused_json(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    const simdjson::error_code error = parser.parse(text.data(), text.size()).get(element);
    if (error == simdjson::SUCCESS) return std::nullopt;
    return refused(fmt::format("couldn't get version/kind; json parse error: {}", error_message(error)),
                   {1, 1});
}

}  // namespace

std::string_view json_word(Node::Kind kind) {
    constexpr std::string_view kWords[] = {"null", "bool", "number", "string", "array", "object"};
    return kWords[static_cast<size_t>(kind)];
}

Document read_document(std::string_view text) {
    if (text.size() > kMaxBytes) return refused("is larger than 1 MiB", {1, 1});
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    const size_t first = text.find_first_not_of(" \t\r\n");
    const bool is_json = first != text.npos && text[first] == '{';
    if (auto document = is_json ? refused_json(text) : refused_bytes(text)) return *document;
    Document document{.is_json = is_json};
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        Builder first_one, second;
        if (parser.HandleNextDocument(first_one)) document.root = first_one.root;
        try {
            if (parser.HandleNextDocument(second)) document.second_document = second.start;
        } catch (const YAML::Exception& error) {
            document.second_document = place_of(error.mark);  // the server does not read it
        }
    } catch (const YAML::Exception& error) {
        return refused(server_words(error), place_of(error.mark));
    }
    // After a stray comma yaml-cpp finds empty documents without end.
    if (first != text.npos && text[first] == ',')
        return refused("yaml: did not find expected node content", place_at(text, first));
    if (document.root == nullptr) {
        auto nothing = std::make_shared<Node>();
        nothing->place = {1, 1};
        document.root = nothing;
    }
    if (unfolded(*document.root, kMaxValues) >= kMaxValues)
        return refused("yaml: document contains excessive aliasing", document.root->place);
    return document;
}

}  // namespace redshank::audit::policy
