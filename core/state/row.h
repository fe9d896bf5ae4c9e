// Converts rows of the state to JSON and back by their describe() (describe.h). Nothing here throws.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/state/row_columns.h"
#include "core/state/row_kinds.h"
#include "core/state/state.h"

namespace redshank {

// The non-template parts, which need the whole of Boost.JSON.
namespace row_detail {

namespace json = boost::json;

bool read_integer(const json::value& from, int64_t& out);
bool read_integer(const json::value& from, uint64_t& out);
bool read_exact(const json::value& from, double& out);
bool read_time(const json::value& from, audit::Time& out);
bool read_raw(const json::value& from, RawJson& out);
// Returns the index of the word, or the number that an older version wrote; false when it is neither.
bool read_word(const json::value& from, std::span<const std::string_view> words, size_t& out);
void write_text(std::string& out, std::string_view text);
void write_exact(std::string& out, double number);

}  // namespace row_detail

// --- Writing ---

template <class T>
void write_value(std::string& out, const T& value);

class RowWriter {
  public:
    explicit RowWriter(std::string& out) : out_(out) {}

    template <class T>
    void operator()(std::string_view name, const T& field) {
        if constexpr (Optional<T>) {
            if (!field && !is_array_) return;
        }
        begin(name);
        write_value(out_, field);
    }
    template <class T>
    void must(std::string_view name, const T& field) {
        (*this)(name, field);
    }
    template <class T>
    void sparse(std::string_view name, const T& field) {
        if (!(field == T{})) (*this)(name, field);
    }
    template <class T>
    void rest(std::string_view name, const T& fields) {
        for (const auto& field : fields) (*this)(name, field);
    }
    template <class T>
    void whole(std::string_view /*name*/, const T& field) {
        is_whole_ = true;
        write_value(out_, field);
    }
    void as_array() { is_array_ = true; }
    void end();

  private:
    void begin(std::string_view name);

    std::string& out_;
    bool is_array_ = false, is_whole_ = false, has_any_ = false;
};

template <class T>
void write_value(std::string& out, const T& value) {
    if constexpr (std::same_as<T, bool>) {
        out += value ? "true" : "false";
    } else if constexpr (std::integral<T>) {
        out += std::to_string(value);
    } else if constexpr (std::floating_point<T>) {
        out += boost::json::serialize(boost::json::value(value));
    } else if constexpr (std::same_as<T, Exact>) {
        row_detail::write_exact(out, value.number);
    } else if constexpr (std::same_as<T, Micros>) {
        out += std::to_string(value.time.time_since_epoch().count());
    } else if constexpr (std::same_as<T, audit::Time>) {
        row_detail::write_text(out, audit::format_time(value));
    } else if constexpr (std::same_as<T, audit::Duration>) {
        out += std::to_string(value.count());
    } else if constexpr (std::same_as<T, RawJson>) {
        out += value.text;
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        row_detail::write_text(out, value);
    } else if constexpr (Worded<T>) {
        row_detail::write_text(out, words_of(value)[static_cast<size_t>(value)]);
    } else if constexpr (OwnForm<T>) {
        write_value(out, stored(value));
    } else if constexpr (Optional<T>) {
        value ? write_value(out, *value) : void(out += "null");
    } else if constexpr (Mapping<T>) {
        char before = '{';
        for (const auto& [key, item] : value) {
            out += std::exchange(before, ',');
            write_value(out, key);
            out += ':';
            write_value(out, item);
        }
        out += before == '{' ? "{}" : "}";
    } else if constexpr (Sequence<T>) {
        char before = '[';
        for (const auto& item : value) {
            out += std::exchange(before, ',');
            write_value(out, item);
        }
        out += before == '[' ? "[]" : "]";
    } else {
        RowWriter writer(out);
        name_fields(writer, const_cast<T&>(value));  // a writer changes nothing
        writer.end();
    }
}

template <class Row>
std::string write_row(const Row& row) {
    std::string out;
    write_value(out, row);
    return out;
}

// --- Reading ---

// Returns false when the value has another type or is out of range; `out` may then be partly set.
template <class T>
bool read_value(const boost::json::value& from, T& out);

class RowReader {
  public:
    explicit RowReader(const boost::json::value& from)
        : from_(from), array_(from.if_array()), object_(from.if_object()) {}

    template <class T>
    void operator()(std::string_view name, T&& field) {
        if (const auto* value = next(name)) good_ &= read_value(*value, field);
    }
    template <class T>
    void must(std::string_view name, T&& field) {
        const auto* value = next(name);
        good_ &= value != nullptr && read_value(*value, field);
    }
    template <class T>
    void sparse(std::string_view name, T&& field) {
        (*this)(name, field);
    }
    template <class T>
    void rest(std::string_view name, T& fields) {
        while (const auto* value = array_ == nullptr ? nullptr : next(name)) {
            typename T::value_type field{};
            good_ &= read_value(*value, field);
            fields.insert(fields.end(), std::move(field));
        }
    }
    template <class T>
    void whole(std::string_view /*name*/, T&& field) {
        is_whole_ = true;
        good_ &= read_value(from_, field);
    }
    void as_array() {}
    bool good() const { return good_ && (is_whole_ || array_ != nullptr || object_ != nullptr); }

  private:
    const boost::json::value* next(std::string_view name) {
        if (array_ != nullptr) return at_ < array_->size() ? &(*array_)[at_++] : nullptr;
        return object_ != nullptr ? object_->if_contains(name) : nullptr;
    }

    const boost::json::value& from_;
    const boost::json::array* const array_;
    const boost::json::object* const object_;
    size_t at_ = 0;
    bool good_ = true, is_whole_ = false;
};

template <class T>
bool read_mapping(const boost::json::value& from, T& out) {
    const auto* object = from.if_object();
    if (object == nullptr) return false;
    out.clear();
    for (const auto& [word, item] : *object) {
        typename T::key_type key{};
        if constexpr (Worded<typename T::key_type>) {
            if (!parse_word(word, key)) continue;  // ignored, as an unknown field is
        } else {
            key = std::string_view(word);
        }
        if (!read_value(item, out[std::move(key)])) return false;
    }
    return true;
}

template <class T>
bool read_listing(const boost::json::value& from, T& out) {
    const auto* array = from.if_array();
    if (array == nullptr) return false;
    out.clear();
    for (const auto& item : *array) {
        typename T::value_type value{};
        if (!read_value(item, value)) return false;
        out.insert(out.end(), std::move(value));
    }
    return true;
}

template <class T>
bool read_value(const boost::json::value& from, T& out) {
    if constexpr (std::same_as<T, bool>) {
        if (from.is_bool()) out = from.get_bool();
        return from.is_bool();
    } else if constexpr (std::integral<T>) {
        std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t> number = 0;
        if (!row_detail::read_integer(from, number) || !std::in_range<T>(number)) return false;
        out = static_cast<T>(number);
        return true;
    } else if constexpr (std::same_as<T, double>) {
        return row_detail::read_exact(from, out);
    } else if constexpr (std::same_as<std::remove_const_t<T>, Exact>) {
        return row_detail::read_exact(from, out.number);
    } else if constexpr (std::same_as<std::remove_const_t<T>, Micros>) {
        return row_detail::read_time(from, out.time);
    } else if constexpr (std::same_as<T, audit::Time>) {
        return row_detail::read_time(from, out);
    } else if constexpr (std::same_as<T, audit::Duration>) {
        int64_t count = 0;
        if (!row_detail::read_integer(from, count)) return false;
        out = audit::Duration{count};
        return true;
    } else if constexpr (std::same_as<T, RawJson>) {
        return row_detail::read_raw(from, out);
    } else if constexpr (std::same_as<T, std::string>) {
        if (from.is_string()) out.assign(std::string_view(from.get_string()));
        return from.is_string();
    } else if constexpr (Worded<T>) {
        size_t place = 0;
        if (!row_detail::read_word(from, words_of(T{}), place)) return false;
        out = static_cast<T>(place);
        return true;
    } else if constexpr (OwnForm<T>) {
        decltype(stored(out)) form{};
        return read_value(from, form) && restore(out, form);
    } else if constexpr (Optional<T>) {
        out.reset();
        return from.is_null() || read_value(from, out.emplace());
    } else if constexpr (Mapping<T>) {
        return read_mapping(from, out);
    } else if constexpr (Sequence<T>) {
        return read_listing(from, out);
    } else {
        RowReader reader(from);
        name_fields(reader, out);
        return reader.good();
    }
}

// Parses the text of a row; nothing when it is no JSON. Rows of older versions may contain bytes that are not
// UTF-8.
std::optional<boost::json::value> parse_value(std::string_view text);

// Reads a text into a row with default values, which stays unchanged when the text is unusable. If the row
// has a function `bool restore_old(std::string_view, Row&)`, it is tried first: it reads forms of older
// versions.
template <class Row>
bool read_row(std::string_view text, Row& row) {
    if constexpr (requires(Row & old) { restore_old(text, old); }) {
        if (restore_old(text, row)) return true;
    }
    const auto value = parse_value(text);
    Row fresh = row;
    if (!value || !read_value(*value, fresh)) return false;
    row = std::move(fresh);
    return true;
}

template <class Row>
std::optional<Row> read_row(std::string_view text) {
    Row row{};
    return read_row(text, row) ? std::optional<Row>(std::move(row)) : std::nullopt;
}

// Calls `take(key without the prefix, row)` for every row of a table, in the order of the keys. Rows that are
// unusable, or for which `take` returns false, are reported to the reader.
template <class Row, class Take>
void load_rows(const StateReader& state, std::string_view table, std::string_view prefix, Take take) {
    state.reads(table, &columns_of<Row>);
    state.scan(table, prefix, [&](std::string_view key, std::string_view text) {
        Row row{};
        bool is_used = read_row(text, row);
        if (is_used) {
            const std::string_view name = key.substr(prefix.size());
            if constexpr (std::same_as<decltype(take(name, std::move(row))), bool>) {
                is_used = take(name, std::move(row));
            } else {
                take(name, std::move(row));
            }
        }
        if (!is_used) state.unusable(table, key);
    });
}

// Reads one row. `row` stays unchanged when the row is absent or unusable.
template <class Row>
void load_row(const StateReader& state, std::string_view table, std::string_view key, Row& row) {
    state.reads(table, &columns_of<Row>);
    const auto text = state.get(table, key);
    if (text && !read_row(*text, row)) state.unusable(table, key);
}

}  // namespace redshank
