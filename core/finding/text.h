// Makes text safe for people that an attacker may have chosen. Every sink puts every name through fit().
#pragma once

#include <string>
#include <string_view>

namespace redshank {

enum class Escape {
    None,   // the receiver shows plain text
    Slack,  // & < > become entities, so that <!channel> and <http://x|y> are plain text
};

// Returns one line of valid UTF-8 of at most `limit` bytes after escaping, and so of at most as many
// characters. Characters that are invisible or reorder the line (control characters, bidirectional marks,
// zero-width and tag characters, line separators) become escapes such as \u202e; broken UTF-8 becomes U+FFFD;
// "://" becomes "[:]//", so that no receiver makes a link of it. A shortened text ends in "… (12 more)",
// which counts characters. `limit` is at least 32.
std::string fit(std::string_view text, size_t limit, Escape escape = Escape::None);

// Like fit(), but keeps "://"; for receivers that are programs.
std::string fit_exact(std::string_view text, size_t limit);

// Returns equivalent JSON that is safe for a terminal: characters that fit() would escape are written as JSON
// escapes (\u202e). `json` is one line, in which such characters occur inside strings only.
std::string fit_json(std::string_view json);

// ASCII letters as capitals: all of them, or only one at the front.
std::string upper(std::string_view text);
std::string capital(std::string_view text);

// Percent-encodes a segment or value of a URL.
std::string url_encode(std::string_view text);

// Scheme and host only, "https://hooks.example.com/…", for logs and errors: paths and queries of receivers
// are secrets.
std::string redact_url(std::string_view url);

}  // namespace redshank
