#include "daemon/print/note.h"

#include <string>

#include "core/log.h"

namespace redshank {

void print_note(OutputFormat format, std::string_view text) {
    if (format == OutputFormat::Json) return log_text(LogLevel::Notice, text);
    print_text("Note: " + std::string(text));
}

}  // namespace redshank
