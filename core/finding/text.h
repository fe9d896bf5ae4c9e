// Text for people, made from text that an attacker chose. Every sink puts every name through fit().
#pragma once

#include <string>
#include <string_view>

namespace redshank {

enum class Escape {
    None,   // the receiver shows plain text
    Slack,  // & < > as entities, so that <!channel> and <http://x|y> are only text
};

// One line of valid UTF-8, not longer than `limit` bytes after escaping (and so never longer in characters).
// What cannot be seen or reorders the line (control characters, bidirectional marks, zero-width and tag
// characters, line separators) is written as an escape: \n, \u202e; broken UTF-8 becomes U+FFFD; "://"
// becomes
// "[:]//", so that no receiver makes a link of it. When text is left out, the result ends in "… (12 more)",
// counted in characters. `limit` is at least 32.
std::string fit(std::string_view text, size_t limit, Escape escape = Escape::None);

// Like fit(), but keeps "://": for receivers that are programs.
std::string fit_exact(std::string_view text, size_t limit);

// JSON that means the same, for a terminal: what fit() would escape stands as \u202e in it. `json` is a line
// of JSON, in which such characters occur inside strings only.
std::string fit_json(std::string_view json);

// Percent-encoded for one segment or value of a URL.
std::string url_encode(std::string_view text);

// "https://hooks.example.com/…": scheme and host only, for logs and errors. Paths and queries of receivers
// are secrets.
std::string redact_url(std::string_view url);

}  // namespace redshank
