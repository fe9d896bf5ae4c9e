// A way into a JSON body: spec.containers[*].image, metadata.labels["app/name"], items[0].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redshank::rules {

struct Step {
    enum class Kind : uint8_t { Key, Index, Each };
    Kind kind = Kind::Key;
    std::string key;
    size_t index = 0;
};

struct Path {
    std::vector<Step> steps;
    // False: a step by key goes through an array by itself, and an array at the end gives its items: the
    // native language. True: neither happens, as with a JSON pointer; what stands there is one value,
    // null too.
    bool exact = false;

    bool empty() const { return steps.empty(); }
    std::string to_string() const;  // ".spec.containers[*].image"
};

// Reads ".key", "[\"key\"]", "[0]" and "[*]" from the front of `text` up to the first character that belongs
// to none of them, and removes what it read. False, with `problem` set, when a bracket is malformed.
bool read_steps(std::string_view& text, Path& path, std::string& problem);

// Characters of a key that needs no quotes.
bool is_key_char(char c);

}  // namespace redshank::rules
