// Prints rows as a table that fits a width: long cells are wrapped, nothing is cut silently. If even the
// narrowest columns do not fit, each row becomes a block of lines "HEADER  value" without its empty cells.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redshank {

struct ColumnStyle {
    std::string header;
    // Columns with a weight are wrapped: they share the available width by weight, down to `min` columns of
    // the terminal. 0: as wide as its widest cell.
    size_t weight = 0, min = 0;
    bool right = false;  // aligned, as numbers are
};

// Widths of the columns, two spaces between them; nothing when they cannot fit. `natural`: of the widest cell
// or the header.
std::optional<std::vector<size_t>> fit_columns(const std::vector<ColumnStyle>& columns,
                                               const std::vector<size_t>& natural, size_t width);

// The widths follow from the first kMeasured rows; further ones are written as they come, so a table of any
// length takes little memory.
class Table {
  public:
    static constexpr size_t kMeasured = 1000;
    static constexpr size_t kLongestCell = 8000;               // bytes; longer ones say how much is left out
    using Write = std::function<void(std::string_view line)>;  // without its newline

    enum class Layout : uint8_t { Table, Blocks };  // Blocks: at any width
    Table(std::vector<ColumnStyle> columns, size_t width, Write write, Layout layout = Layout::Table);

    // A cell for each column. Every cell is made safe here, by fit_exact().
    void add(const std::vector<std::string>& cells);
    void finish();
    bool empty() const { return rows_ == 0; }

  private:
    using Cells = std::vector<std::string>;

    void measure();
    void write_row(const Cells& cells);
    void write_line(const Cells& cells);
    void write_block(const Cells& cells);

    const std::vector<ColumnStyle> columns_;
    const size_t width_;
    const Write write_;
    const Layout layout_;
    size_t rows_ = 0;
    std::vector<Cells> waiting_;  // until the widths are known
    bool is_measured_ = false;
    std::optional<std::vector<size_t>> widths_;  // nothing: blocks
    size_t label_ = 0;                           // width of the widest header
    bool has_written_ = false;
};

}  // namespace redshank
