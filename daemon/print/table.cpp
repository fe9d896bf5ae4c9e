#include "daemon/print/table.h"

#include <algorithm>
#include <numeric>

#include "core/finding/text.h"
#include "daemon/print/width.h"

namespace redshank {

namespace {

constexpr size_t kGap = 2;

std::string padded(const std::string& text, size_t width, bool right) {
    const size_t used = display_width(text);
    const std::string space(width > used ? width - used : 0, ' ');
    return right ? space + text : text + space;
}

}  // namespace

std::optional<std::vector<size_t>> fit_columns(const std::vector<ColumnStyle>& columns,
                                               const std::vector<size_t>& natural, size_t width) {
    std::vector<size_t> least(natural);
    for (size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].weight > 0) least[i] = std::min(natural[i], columns[i].min);
    }
    const size_t gaps = kGap * (columns.size() - 1);
    const size_t needed = std::accumulate(least.begin(), least.end(), gaps);
    if (needed > width) return std::nullopt;
    std::vector<size_t> widths(least);
    for (size_t room = width - needed; room > 0; --room) {
        // One more column goes to the one that got the smallest part of its share.
        size_t next = columns.size();
        for (size_t i = 0; i < columns.size(); ++i) {
            if (widths[i] >= natural[i]) continue;
            const bool is_behind =
                next == columns.size() || (widths[i] - least[i]) * columns[next].weight <
                                              (widths[next] - least[next]) * columns[i].weight;
            if (is_behind) next = i;
        }
        if (next == columns.size()) break;
        ++widths[next];
    }
    return widths;
}

Table::Table(std::vector<ColumnStyle> columns, size_t width, Write write, Layout layout)
    : columns_(std::move(columns)), width_(width), write_(std::move(write)), layout_(layout) {}

void Table::add(const Cells& cells) {
    ++rows_;
    Cells safe;
    for (const std::string& cell : cells) safe.push_back(fit_exact(cell, kLongestCell));
    if (is_measured_) return write_row(safe);
    waiting_.push_back(std::move(safe));
    if (waiting_.size() >= kMeasured) measure();
}

void Table::finish() {
    if (!is_measured_ && rows_ > 0) measure();
}

void Table::measure() {
    is_measured_ = true;
    Cells headers;
    std::vector<size_t> natural;
    for (const ColumnStyle& column : columns_) {
        headers.push_back(column.header);
        natural.push_back(display_width(column.header));
    }
    label_ = *std::max_element(natural.begin(), natural.end());
    for (const Cells& cells : waiting_) {
        for (size_t i = 0; i < cells.size(); ++i) natural[i] = std::max(natural[i], display_width(cells[i]));
    }
    if (layout_ == Layout::Table) widths_ = fit_columns(columns_, natural, width_);
    if (widths_) write_line(headers);
    for (const Cells& cells : waiting_) write_row(cells);
    waiting_.clear();
}

void Table::write_row(const Cells& cells) {
    widths_ ? write_line(cells) : write_block(cells);
}

void Table::write_line(const Cells& cells) {
    std::vector<std::vector<std::string>> wrapped;
    size_t height = 0;
    for (size_t i = 0; i < cells.size(); ++i) {
        wrapped.push_back(wrap(cells[i], (*widths_)[i]));
        height = std::max(height, wrapped.back().size());
    }
    for (size_t row = 0; row < height; ++row) {
        std::string line;
        for (size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) line.append(kGap, ' ');
            line += padded(row < wrapped[i].size() ? wrapped[i][row] : "", (*widths_)[i], columns_[i].right);
        }
        write_(std::string_view(line).substr(0, line.find_last_not_of(' ') + 1));
    }
}

void Table::write_block(const Cells& cells) {
    if (has_written_) write_("");
    has_written_ = true;
    for (size_t i = 0; i < cells.size(); ++i) {
        if (cells[i].empty()) continue;
        std::string label = columns_[i].header;
        for (const std::string& line : wrap(cells[i], width_ - label_ - kGap)) {
            write_(padded(label, label_ + kGap, false) + line);
            label.clear();
        }
    }
}

}  // namespace redshank
