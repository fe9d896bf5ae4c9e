// A YAML or JSON text as the API server reads it: the values that Go's yaml.v2 and JSON decoders produce,
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
    bool is_merged = false;  // merged by <<; the map's own key of the same name takes precedence
};

struct Node {
    enum class Kind : uint8_t { Null, Bool, Number, String, List, Map };
    Kind kind = Kind::Null;
    Place place;
    std::string text;            // for a scalar, as written
    std::vector<NodePtr> items;  // for a list
    std::vector<Entry> entries;  // for a map; a key may occur twice
};

// The type names of encoding/json: "null", "bool", "number", "string", "array", "object".
std::string_view json_word(Node::Kind kind);

struct Document {
    NodePtr root;           // nullptr: the text cannot be parsed, see `problem`
    bool is_json = false;   // the text begins with {, so the server requires strict JSON
    Place second_document;  // where a second document begins; the server reads only the first
    std::string problem;    // in the server's words where they are known
    Place problem_place;
};

// Never throws. Refuses texts over 1 MiB, and texts whose aliases expand to more than 100,000 values.
Document read_document(std::string_view text);

}  // namespace redshank::audit::policy
