// A YAML or JSON text as the API server reads it: the values that Go's yaml.v2 and JSON decoders would see,
// with the place of each.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/policy/policy.h"

namespace redshank::audit::policy {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

// One key of a map, in the order of the file.
struct Entry {
    Text key;
    NodePtr value;
    bool is_merged = false;  // by <<: the map's own key comes before it
};

struct Node {
    enum class Kind : uint8_t { Null, Bool, Number, String, List, Map };
    Kind kind = Kind::Null;
    Place place;
    std::string text;            // of a scalar, as written
    std::vector<NodePtr> items;  // of a list
    std::vector<Entry> entries;  // of a map; a key may come twice
};

// "null", "bool", "number", "string", "array", "object": the words of encoding/json.
std::string_view json_word(Node::Kind kind);

struct Document {
    NodePtr root;           // nullptr: the text cannot be read, see `problem`
    bool is_json = false;   // begins with {: the server then wants strict JSON
    Place second_document;  // where one begins; the server reads only the first
    std::string problem;    // the server's words where they are known
    Place problem_place;
};

// Never throws. Texts over 1 MiB, and texts that unfold by aliases to more than 100,000 values, are refused.
Document read_document(std::string_view text);

}  // namespace redshank::audit::policy
