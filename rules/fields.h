// The fields that rules can use: one table, from which the language, the templates and docs/rules.md take the
// names.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/context.h"

namespace redshank::rules {

enum class FieldType : uint8_t { Text, Number, Bool, Any };
// "text", "number", "yes or no", "any".
std::string_view to_string(FieldType type);

// The lowest audit level whose events contain a field.
enum class Needs : uint8_t { Metadata, Request, RequestResponse };
std::string_view to_string(Needs needs);

// The argument that follows a field's name.
enum class Argument : uint8_t {
    None,  // verb
    Key,   // annotations["a/b"]
    Path,  // requestObject.spec.containers[*].image
};

struct FieldEntry {
    std::string_view name;
    FieldType type;
    Argument argument;
    Needs needs;
    // The value may be, or may contain, a credential: templates write "[redacted]" instead.
    bool is_secret;
    std::string_view doc;
    // Exactly one of these is set: a text of the event or of the context ("" when absent), a flag, a number
    // (0 when absent), or a function that appends any number of values.
    std::string_view (*text)(const audit::Event& event) = nullptr;
    void (*values)(Context& context, const Path& path, Values& out) = nullptr;
    std::string_view (*derived)(Context& context) = nullptr;
    bool (*flag)(Context& context) = nullptr;
    int (*number)(const audit::Event& event) = nullptr;
};

std::span<const FieldEntry> field_table();
std::vector<std::string_view> field_names();
// The table in docs/rules.md.
std::string field_table_markdown();
// Looked up by name without argument; null when there is no such field.
const FieldEntry* find_field(std::string_view name);

// The body in which a field with a path is looked up.
Body body_of(const FieldEntry& entry);

// Values computed from other fields: Falco's concat, join and getopt. Immutable.
struct Computed {
    FieldEntry entry;  // the entry that a Field with this computation points to

    explicit Computed(const FieldEntry& as) : entry(as) {}
    virtual ~Computed() = default;
    virtual void values(Context& context, Values& out) const = 0;
};

// A field as a rule writes it, with its argument.
struct Field {
    const FieldEntry* entry = nullptr;
    Path path;
    std::shared_ptr<const Computed> computed = nullptr;  // if set, supplies the values in place of `entry`

    std::string to_string() const { return std::string(entry->name) + path.to_string(); }
    void values(Context& context, Values& out) const;
    bool exists(Context& context) const;
    // The first value, or "".
    std::string_view first(Context& context) const;
};

// Reads a field from the front of `text` and removes it. False, with `problem`, when there is none. With
// `in_scope` (inside `any … has (…)`) a field may begin with a dot.
bool read_field(std::string_view& text, Field& field, std::string& problem, bool in_scope = false);

}  // namespace redshank::rules
