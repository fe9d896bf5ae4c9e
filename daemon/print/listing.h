// The output of commands on standard output. Only this code turns rows into tables or JSON lines, and it
// makes every text safe for a terminal: no command can print a raw name.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "daemon/print/table.h"

namespace redshank {

enum class OutputFormat : uint8_t { Text, Json };

// Prints one line of text.
void print_text(std::string_view text);
// Prints one JSON object, without a newline.
void print_json(std::string_view object);

// "2026-01-05T10:00:00Z"
std::string to_seconds(audit::Time time);

template <class Row>
struct Column {
    ColumnStyle style;
    std::function<std::string(const Row&)> cell;
};

// Rows of one kind, printed as they come.
template <class Row>
class Listing {
  public:
    using ToJson = std::function<std::string(const Row&)>;

    // `nothing` is said in place of a table without rows; "" for nothing.
    Listing(OutputFormat format, std::vector<Column<Row>> columns, ToJson to_json, std::string nothing,
            Table::Layout layout = Table::Layout::Table);

    void add(const Row& row);
    void finish();
    bool empty() const { return rows_ == 0; }

  private:
    const OutputFormat format_;
    const std::vector<Column<Row>> columns_;
    const ToJson to_json_;
    const std::string nothing_;
    size_t rows_ = 0;
    Table table_;
};

// All of them; false when there is none.
template <class Row>
bool print_rows(Listing<Row> listing, const std::vector<Row>& rows) {
    for (const Row& row : rows) listing.add(row);
    listing.finish();
    return !rows.empty();
}

// Inside of the templates.
Table table_on_stdout(std::vector<ColumnStyle> columns, Table::Layout layout);

template <class Row>
std::vector<ColumnStyle> styles_of(const std::vector<Column<Row>>& columns) {
    std::vector<ColumnStyle> styles;
    for (const Column<Row>& column : columns) styles.push_back(column.style);
    return styles;
}

template <class Row>
Listing<Row>::Listing(OutputFormat format, std::vector<Column<Row>> columns, ToJson to_json,
                      std::string nothing, Table::Layout layout)
    : format_(format),
      columns_(std::move(columns)),
      to_json_(std::move(to_json)),
      nothing_(std::move(nothing)),
      table_(table_on_stdout(styles_of(columns_), layout)) {}

template <class Row>
void Listing<Row>::add(const Row& row) {
    ++rows_;
    if (format_ == OutputFormat::Json) return print_json(to_json_(row));
    std::vector<std::string> cells;
    for (const Column<Row>& column : columns_) cells.push_back(column.cell(row));
    table_.add(cells);
}

template <class Row>
void Listing<Row>::finish() {
    if (format_ == OutputFormat::Json) return;
    table_.finish();
    if (rows_ == 0 && !nothing_.empty()) print_text(nothing_);
}

}  // namespace redshank
