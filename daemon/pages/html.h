// HTML by type. Markup is what stands in the program as a literal; everything else is a text of somebody and
// comes out escaped. There is no third way: no function takes a text as markup.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "audit/time.h"

namespace redshank {

class Url;

class Html {
  public:
    // A constant of the program: anything else does not compile.
    class Literal {
      public:
        // NOLINTNEXTLINE(google-explicit-constructor): so that a literal can be written where one is taken
        consteval Literal(const char* text) : text_(text) {}
        std::string_view text() const { return text_; }

      private:
        std::string_view text_;
    };
    static constexpr size_t kLongestText = 2000;  // bytes; what is longer is cut, and says so

    Html() = default;
    explicit Html(Literal literal) : out_(literal.text()) {}

    Html& operator<<(Literal literal) {
        out_ += literal.text();
        return *this;
    }
    Html& operator<<(const Html& html) {
        out_ += html.out_;
        return *this;
    }
    // A text, be it of an attacker: one line, invisible and reordering characters as escapes such as \u202e
    // (core/finding/text.h), and nothing that is markup, in elements and in attributes with quotes.
    template <class Text>
    requires(std::same_as<Text, std::string> || std::same_as<Text, std::string_view>) Html& operator<<(
        const Text& text) {
        add_text(text);
        return *this;
    }
    template <class Number>
    requires(std::integral<Number> && !std::same_as<Number, char> && !std::same_as<Number, bool>) Html&
    operator<<(Number number) {
        out_ += std::to_string(number);
        return *this;
    }

    Html& operator<<(const Url& url);  // inside of an attribute

    const std::string& str() const { return out_; }
    bool empty() const { return out_.empty(); }

  private:
    void add_text(std::string_view text);

    std::string out_;
};

// A path of this site with what is asked of it, percent-encoded: "/who?user=bob%20%26%20co".
class Url {
  public:
    explicit Url(Html::Literal path) : out_(path.text()) {}
    // One more segment of the path.
    Url& operator/(std::string_view segment);
    Url& arg(Html::Literal name, std::string_view value);
    // The same, but nothing for an empty value: a filter that is not set.
    Url& filter(Html::Literal name, std::string_view value) {
        return value.empty() ? *this : arg(name, value);
    }
    const std::string& str() const { return out_; }

  private:
    std::string out_;
    bool has_query_ = false;
};

// <a href="…">…</a>
Html link(const Url& to, const Html& text);
template <class Text>
requires(std::same_as<Text, std::string> || std::same_as<Text, std::string_view>) Html
    link(const Url& to, const Text& text) {
    return link(to, Html() << text);
}

// <time>, and how long ago that is: the script keeps it true. "never" for the beginning of time.
Html moment(audit::Time time, audit::Time now);
// A command to copy.
Html command(std::string_view text);

}  // namespace redshank
