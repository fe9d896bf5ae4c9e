#include "rules/fields.h"

namespace redshank::rules {

std::string field_table_markdown() {
    std::string out = "| field | holds | from level | what it is |\n| --- | --- | --- | --- |\n";
    for (const FieldEntry& entry : field_table()) {
        out += "| `" + std::string(entry.name);
        if (entry.argument == Argument::Key) out += "[\"key\"]";
        if (entry.argument == Argument::Path) out += ".path";
        out += "` | " + std::string(to_string(entry.type)) + " | " + std::string(to_string(entry.needs)) +
               " | " + std::string(entry.doc) + (entry.is_secret ? " (redacted in summaries)" : "") + " |\n";
    }
    return out;
}

}  // namespace redshank::rules
