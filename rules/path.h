// A path into a JSON body: spec.containers[*].image, metadata.labels["app/name"], items[0].
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
    // False, as in the native language: a step by key into an array applies to each of its items, and an
    // array at the end of the path yields its items. True, as with a JSON pointer: arrays are not descended
    // into; the path yields the one value that it names, null included.
    bool exact = false;

    bool empty() const { return steps.empty(); }
    std::string to_string() const;  // ".spec.containers[*].image"
};

// Reads steps such as ".key", "[\"key\"]", "[0]" and "[*]" from the front of `text` and removes them; stops
// at the first character that belongs to no step. False, with `problem` set, when a bracket is malformed.
bool read_steps(std::string_view& text, Path& path, std::string& problem);

// Whether a key with this character needs no quotes for it.
bool is_key_char(char c);
// One digit or more, and nothing else: a place in a list, as a JSON pointer names it.
bool is_digits(std::string_view text);

}  // namespace redshank::rules
