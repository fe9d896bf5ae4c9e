#include "core/state/row.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iterator>

namespace redshank {

namespace row_detail {

namespace {

// The range of format_time(): years 1 to 9999.
constexpr int64_t kFirst = -62'135'596'800'000'000, kLast = 253'402'300'799'999'999;

template <class Number>
bool read_number(const json::value& from, Number& out) {
    if (const json::string* text = from.if_string()) {
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
        return error == std::errc{} && end == text->data() + text->size();
    }
    if (!from.is_number()) return false;
    boost::system::error_code error;
    out = from.to_number<Number>(error);
    return !error;
}

// Whether JSON has the text as it is: printable ASCII without quotes and backslashes. Looks at eight bytes at
// a time, each in one part of a word, which takes a quarter of the instructions. A part may be taken for
// special wrongly, by a borrow, only above one that is special.
bool is_plain(std::string_view text) {
    constexpr uint64_t kOnes = 0x0101010101010101, kHigh = 0x80 * kOnes;
    const auto holds = [](uint64_t word, unsigned char byte) {
        const uint64_t zero = word ^ (byte * kOnes);
        return (zero - kOnes) & ~zero;
    };
    const auto special = [&](uint64_t word) {
        const uint64_t below_blank = (word - ' ' * kOnes) & ~word;
        return (word | below_blank | holds(word, '"') | holds(word, '\\') | holds(word, 0x7f)) & kHigh;
    };
    uint64_t word = 0;
    for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
        std::memcpy(&word, text.data(), sizeof word);
        if (special(word) != 0) return false;
    }
    word = 'x' * kOnes;
    if (!text.empty()) std::memcpy(&word, text.data(), text.size());
    return special(word) == 0;
}

}  // namespace

bool read_integer(const json::value& from, int64_t& out) {
    return read_number(from, out);
}

bool read_integer(const json::value& from, uint64_t& out) {
    return read_number(from, out);
}

bool read_exact(const json::value& from, double& out) {
    if (const json::string* text = from.if_string()) {
        char* end = nullptr;
        out = std::strtod(text->c_str(), &end);
        return !text->empty() && end == text->c_str() + text->size() && std::isfinite(out);
    }
    boost::system::error_code error;
    if (from.is_number()) out = from.to_number<double>(error);
    return from.is_number() && !error && std::isfinite(out);
}

bool read_time(const json::value& from, audit::Time& out) {
    if (const json::string* text = from.if_string()) {
        const auto time = audit::parse_time(*text);
        if (time) out = *time;
        return time.has_value();
    }
    int64_t count = 0;
    if (!read_integer(from, count) || count < kFirst || count > kLast) return false;
    out = audit::Time{audit::Duration{count}};
    return true;
}

bool read_raw(const json::value& from, RawJson& out) {
    out.text = from.is_string() ? std::string(from.get_string()) : json::serialize(from);
    return true;
}

bool read_word(const json::value& from, std::span<const std::string_view> words, size_t& out) {
    if (const json::string* text = from.if_string()) {
        for (out = 0; out < words.size(); ++out) {
            if (words[out] == std::string_view(*text)) return true;
        }
        return false;
    }
    uint64_t number = 0;
    if (!read_number(from, number) || number >= words.size()) return false;
    out = static_cast<size_t>(number);
    return true;
}

void write_text(std::string& out, std::string_view text) {
    if (is_plain(text)) {
        (out += '"').append(text) += '"';
    } else {
        out += json::serialize(json::string_view(text));
    }
}

// As printf's %a, which takes ten times as long: a row of crd_health has dozens of them.
void write_exact(std::string& out, double number) {
    char text[40];
    const auto end =
        std::to_chars(std::begin(text), std::end(text), std::abs(number), std::chars_format::hex).ptr;
    out += std::signbit(number) ? "\"-" : "\"";
    if (std::isfinite(number)) out += "0x";
    out.append(text, end) += '"';
}

}  // namespace row_detail

void RowWriter::begin(std::string_view name) {
    out_ += std::exchange(has_any_, true) ? ',' : is_array_ ? '[' : '{';
    if (!is_array_) out_.append("\"").append(name).append("\":");
}

void RowWriter::end() {
    if (is_whole_) return;
    if (!has_any_) out_ += is_array_ ? '[' : '{';
    out_ += is_array_ ? ']' : '}';
}

std::optional<boost::json::value> parse_value(std::string_view text) {
    boost::json::parse_options options;
    options.allow_invalid_utf8 = true;
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(text, error, {}, options);
    return error ? std::nullopt : std::optional(std::move(value));
}

std::string RowColumns::text() const {
    if (is_whole_) return fields_;
    return (is_array_ ? "[" : "{") + fields_ + (is_array_ ? "]" : "}");
}

void RowColumns::add(std::string_view name, std::string_view mark, std::string_view type) {
    if (!fields_.empty()) fields_ += ", ";
    fields_.append(name).append(mark).append(": ").append(type);
}

std::string type_of_words(std::span<const std::string_view> words) {
    std::string out;
    for (const std::string_view word : words) {
        if (!word.empty()) out.append(out.empty() ? "" : "|").append(word);
    }
    return out;
}

}  // namespace redshank
