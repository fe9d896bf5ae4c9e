#include "daemon/print/rule_columns.h"

namespace redshank {

std::vector<Column<rules::RulePtr>> rule_columns() {
    using Row = rules::RulePtr;
    return {{{"ID", 2, 20}, [](const Row& row) { return row->id; }},
            {{"SEVERITY"}, [](const Row& row) { return std::string(to_string(row->severity)); }},
            {{"KIND"}, [](const Row& row) { return std::string(rules::to_string(row->kind)); }},
            {{"LEVEL"}, [](const Row& row) { return std::string(rules::to_string(row->level)); }},
            {{"DIALECT"}, [](const Row& row) { return row->dialect; }},
            {{"TITLE", 3, 24}, [](const Row& row) { return row->title; }}};
}

}  // namespace redshank
