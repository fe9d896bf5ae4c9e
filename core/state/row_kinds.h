// The kinds of fields that the visitors of describe.h tell apart.
#pragma once

#include <concepts>
#include <string>
#include <type_traits>

#include "core/state/describe.h"

namespace redshank {

template <class T, class V>
concept DescribedInside = requires(T& row, V& v) {
    row.describe(v);
};
template <class T>
concept Worded = std::is_enum_v<T> && requires(T value) {
    words_of(value);
};
template <class T>
concept OwnForm = requires(const T& value) {
    stored(value);
};
template <class T>
concept Optional = requires(T& value) {
    value.has_value();
    value.emplace();
};
template <class T>
concept Mapping = requires {
    typename T::mapped_type;
};
template <class T>
concept Sequence = !Mapping<T> && requires(T & list) {
    list.begin();
    list.insert(list.end(), typename T::value_type{});
}
&&!std::same_as<T, std::string>;

template <class V, class T>
void name_fields(V& v, T& row) {
    if constexpr (DescribedInside<T, V>) {
        row.describe(v);
    } else {
        describe(v, row);
    }
}

}  // namespace redshank
