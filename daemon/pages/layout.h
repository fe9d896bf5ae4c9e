#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"
#include "daemon/pages/html.h"
#include "daemon/pages/site.h"
#include "daemon/print/listing.h"
#include "daemon/questions/visibility.h"

namespace redshank {

// The whole document. `path`: of the request, for the mark in the navigation.
std::string document(const Page& page, std::string_view path);

// A word in a frame with a sign before it: it says the same without its colour.
Html badge(Severity severity);

// <dl> of names and values; those that are empty are left out.
class Facts {
  public:
    Facts& add(Html::Literal name, const Html& value);
    Facts& add(Html::Literal name, const std::string& value) { return add(name, Html() << value); }
    Facts& add_named(std::string_view name, const Html& value);
    Html done() const;

  private:
    Html rows_;
};

// Rows as a table, with the columns of the command that answers the same question. `cell`, when given, makes
// what a column shows from the row and its text: a link, a badge.
class HtmlTable {
  public:
    explicit HtmlTable(const std::vector<std::string>& headers);
    void row(const std::vector<Html>& cells);
    Html done() const;

  private:
    std::vector<std::string> headers_;
    Html rows_;
};

// "NAME OF A COLUMN" as a page writes it: "Name of a column".
std::string header_words(std::string_view header);

template <class Row, class Cell>
Html table_of(const std::vector<Column<Row>>& columns, const std::vector<Row>& rows, size_t from, size_t most,
              const Cell& cell) {
    std::vector<std::string> headers;
    for (const Column<Row>& column : columns) headers.push_back(header_words(column.style.header));
    HtmlTable table(headers);
    for (size_t i = from; i < rows.size() && i < from + most; ++i) {
        std::vector<Html> cells;
        for (const Column<Row>& column : columns) {
            const std::string text = column.cell(rows[i]);
            cells.push_back(cell(column.style.header, rows[i], text));
        }
        table.row(cells);
    }
    return table.done();
}

// What the log does not show, a paragraph each.
Html caveat_notes(const std::vector<Caveat>& unseen);

// Which cluster, for a form; nothing where there is only one.
Html cluster_field(const StateReader& state, const std::string& chosen);

// "21 to 40 of 210" with links to what is before and after; nothing when all is shown. `page`: without
// "from".
Html pager(const Url& page, size_t from, size_t most, size_t all);

}  // namespace redshank
