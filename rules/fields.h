// What rules can ask of an event: one table, from which the language, the templates and docs/rules.md take
// the names.
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

// The least audit level that fills a field.
enum class Needs : uint8_t { Metadata, Request, RequestResponse };
std::string_view to_string(Needs needs);

// How a field is written after its name.
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
    // Its value may be a credential, or hold one: templates write "[redacted]".
    bool is_secret;
    std::string_view doc;
    // One of these: a text of the event itself or of the context ("" when absent), a flag, a number (0 when
    // absent), or any number of values.
    std::string_view (*text)(const audit::Event& event) = nullptr;
    void (*values)(Context& context, const Path& path, Values& out) = nullptr;
    std::string_view (*derived)(Context& context) = nullptr;
    bool (*flag)(Context& context) = nullptr;
    int (*number)(const audit::Event& event) = nullptr;
};

std::span<const FieldEntry> field_table();
std::vector<std::string_view> field_names();
// The table of docs/rules.md.
std::string field_table_markdown();
// By name without argument; null when there is none.
const FieldEntry* find_field(std::string_view name);

// The body that a field with a path looks into.
Body body_of(const FieldEntry& entry);

// Values that are worked out from those of other fields: Falco's concat, join and getopt. Immutable.
struct Computed {
    FieldEntry entry;  // what a Field of it points to

    explicit Computed(const FieldEntry& as) : entry(as) {}
    virtual ~Computed() = default;
    virtual void values(Context& context, Values& out) const = 0;
};

// A field as a rule names it.
struct Field {
    const FieldEntry* entry = nullptr;
    Path path;
    std::shared_ptr<const Computed> computed = nullptr;  // asked instead of the entry

    std::string to_string() const { return std::string(entry->name) + path.to_string(); }
    void values(Context& context, Values& out) const;
    bool exists(Context& context) const;
    // The first value, or "".
    std::string_view first(Context& context) const;
};

// Reads a field from the front of `text` and removes it. False, with `problem`, when it is none. Inside
// `any … has (…)` a field may begin with a dot.
bool read_field(std::string_view& text, Field& field, std::string& problem, bool in_scope = false);

}  // namespace redshank::rules
