#include "daemon/print/listing.h"

#include <cstdio>

#include "core/finding/text.h"
#include "daemon/print/width.h"

namespace redshank {

namespace {

void write_line(std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
}

}  // namespace

void print_text(std::string_view text) {
    write_line(fit_exact(text, Table::kLongestCell));
}

void print_json(std::string_view object) {
    write_line(fit_json(object));
}

std::string to_seconds(audit::Time time) {
    return audit::format_time(time).substr(0, 19) + "Z";
}

Table table_on_stdout(std::vector<ColumnStyle> columns, Table::Layout layout) {
    return {std::move(columns), terminal_width(), write_line, layout};
}

}  // namespace redshank
