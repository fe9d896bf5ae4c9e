#include "daemon/config/toml_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "audit/nearest.h"

namespace redshank {

void ConfigErrors::add(const toml::source_region& where, const std::string& text) {
    const std::string file = where.path ? *where.path : std::string("configuration");
    all_.push_back(fmt::format("{}:{}:{}: {}", file, where.begin.line, where.begin.column, text));
}

TomlTable::TomlTable(const toml::table& table, std::string path, ConfigErrors& errors)
    : table_(table), path_(std::move(path)), errors_(errors) {}

TomlTable::~TomlTable() {
    for (const auto& [key, node] : table_) {
        if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
        const std::string nearest = audit::nearest_name(key.str(), known_);
        const std::string hint = nearest.empty() ? fmt::format("allowed here: {}", fmt::join(known_, ", "))
                                                 : fmt::format("did you mean '{}'?", nearest);
        errors_.add(key.source(), fmt::format("unknown key '{}'; {}", full(key.str()), hint));
    }
}

std::string TomlTable::full(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const toml::node* TomlTable::find(std::string_view key) {
    known_.push_back(key);
    return table_.get(key);
}

void TomlTable::error(std::string_view key, const std::string& text) {
    const toml::node* node = table_.get(key);
    errors_.add(node ? node->source() : table_.source(), fmt::format("{}: {}", full(key), text));
}

void TomlTable::read(std::string_view key, std::string& out) {
    const toml::node* node = find(key);
    if (!node) return;
    if (!node->is_string()) return error(key, "must be a string in quotes");
    out = node->as_string()->get();
}

void TomlTable::read(std::string_view key, bool& out) {
    const toml::node* node = find(key);
    if (!node) return;
    if (!node->is_boolean()) return error(key, "must be true or false");
    out = node->as_boolean()->get();
}

void TomlTable::read(std::string_view key, double& out, double least, double most) {
    const toml::node* node = find(key);
    if (!node) return;
    const auto number = node->value<double>();
    if (!node->is_number() || !number || !(*number >= least && *number <= most)) {
        return error(key, fmt::format("must be a number from {} to {}", least, most));
    }
    out = *number;
}

void TomlTable::read(std::string_view key, int64_t& out, int64_t least, int64_t most) {
    const toml::node* node = find(key);
    if (!node) return;
    const toml::value<int64_t>* number = node->as_integer();
    if (!number || number->get() < least || number->get() > most) {
        return error(key, fmt::format("must be a whole number from {} to {}", least, most));
    }
    out = number->get();
}

void TomlTable::read(std::string_view key, std::vector<std::string>& out) {
    const toml::node* node = find(key);
    if (!node) return;
    const toml::array* items = node->as_array();
    const auto is_string = [](const toml::node& item) { return item.is_string(); };
    if (!items || !std::all_of(items->begin(), items->end(), is_string)) {
        return error(key, R"(must be a list of strings, e.g. ["a", "b"])");
    }
    out.clear();
    for (const toml::node& item : *items) out.push_back(item.as_string()->get());
}

void TomlTable::read(std::string_view key, audit::Duration& out) {
    static constexpr std::string_view kForm = R"(write a duration as "3d", "12h", "30m" or "10s")";
    const toml::node* node = find(key);
    if (!node) return;
    const auto duration = node->is_string() ? audit::parse_duration(node->as_string()->get()) : std::nullopt;
    if (!duration) return error(key, std::string(kForm));
    out = *duration;
}

void TomlTable::read(std::string_view key, Severity& out) {
    std::string word(to_string(out));
    read(key, word, {kSeverityWords.begin(), kSeverityWords.end()});
    parse_severity(word, out);
}

void TomlTable::read(std::string_view key, std::string& out, const std::vector<std::string_view>& allowed) {
    std::string word = out;
    read(key, word);
    if (word != out && std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
        return error(key, fmt::format("'{}' is not allowed; one of: {}", word, fmt::join(allowed, ", ")));
    }
    out = word;
}

void TomlTable::table(std::string_view key, const std::function<void(TomlTable&)>& handle) {
    const toml::node* node = find(key);
    if (!node) return;
    if (!node->is_table()) return error(key, fmt::format("must be a table: [{}]", full(key)));
    TomlTable inner(*node->as_table(), full(key), errors_);
    handle(inner);
}

void TomlTable::tables(std::string_view key, const std::function<void(TomlTable&)>& handle) {
    const toml::node* node = find(key);
    if (!node) return;
    if (!node->is_array_of_tables())
        return error(key, fmt::format("must be a list of tables: [[{}]]", full(key)));
    for (const toml::node& item : *node->as_array()) {
        TomlTable inner(*item.as_table(), full(key), errors_);
        handle(inner);
    }
}

}  // namespace redshank
