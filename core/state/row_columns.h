// The fields of a row as text, for docs/state.md.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>

#include "core/state/row_kinds.h"

namespace redshank {

class RowColumns {
  public:
    template <class T>
    void operator()(std::string_view name, const T& field) {
        add(name, field, "");
    }
    template <class T>
    void must(std::string_view name, const T& field) {
        add(name, field, "*");
    }
    template <class T>
    void sparse(std::string_view name, const T& field) {
        add(name, field, "");
    }
    template <class T>
    void rest(std::string_view name, const T& /*fields*/) {
        add(name, typename T::value_type{}, "…");
    }
    template <class T>
    void whole(std::string_view name, const T& field) {
        is_whole_ = true;
        add(name, field, "");
    }
    void as_array() { is_array_ = true; }
    std::string text() const;

  private:
    template <class T>
    void add(std::string_view name, const T& field, std::string_view mark);
    void add(std::string_view name, std::string_view mark, std::string_view type);

    std::string fields_;
    bool is_array_ = false, is_whole_ = false;
};

std::string type_of_words(std::span<const std::string_view> words);

template <class T>
std::string type_of(const T& value) {
    if constexpr (std::same_as<T, bool>) {
        return "bool";
    } else if constexpr (std::integral<T> || std::floating_point<T>) {
        return "number";
    } else if constexpr (std::same_as<T, Exact>) {
        return "exact number";
    } else if constexpr (std::same_as<T, Micros>) {
        return "microseconds since 1970";
    } else if constexpr (std::same_as<T, audit::Time>) {
        return "time";
    } else if constexpr (std::same_as<T, audit::Duration>) {
        return "microseconds";
    } else if constexpr (std::same_as<T, RawJson>) {
        return "JSON";
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        return "text";
    } else if constexpr (Worded<T>) {
        return type_of_words(words_of(value));
    } else if constexpr (OwnForm<T>) {
        return type_of(stored(value));
    } else if constexpr (Optional<T>) {
        return type_of(typename T::value_type{});
    } else if constexpr (Mapping<T>) {
        return "{" + type_of(typename T::key_type{}) + ": " + type_of(typename T::mapped_type{}) + ", …}";
    } else if constexpr (Sequence<T>) {
        return "[" + type_of(typename T::value_type{}) + ", …]";
    } else {
        RowColumns columns;
        name_fields(columns, const_cast<T&>(value));
        return columns.text();
    }
}

template <class T>
void RowColumns::add(std::string_view name, const T& field, std::string_view mark) {
    add(name, mark, type_of(field));
}

// "[count* number, last number]": the fields of a row in order, with types; * marks fields that are required.
template <class Row>
std::string columns_of() {
    return type_of(Row{});
}

}  // namespace redshank
