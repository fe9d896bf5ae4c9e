// Reads TOML and reports errors with their places. The owner of a configuration table reads it with this
// class into a struct of its own. Only table.cpp includes toml++.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/time.h"
#include "core/config/error.h"
#include "core/finding/finding.h"
#include "core/place.h"

namespace redshank {

// A key that a reader accepts.
struct ConfigKey {
    std::string table;     // "detectors.crd_health", "" for the top level
    std::string type;      // for a table whose `type` decides which keys it allows: "slack"; otherwise ""
    std::string name;      // "objective"
    std::string standard;  // its default as TOML: `0.99`, `"3d"`, `[]`; "" when there is none
};

// A table during reading. Each read() allows a key; an absent key leaves `out` unchanged, a wrong type or
// value is an error. When the object is destroyed, every key that was not read is an error that names the
// nearest allowed key.
class ConfigTable {
  public:
    using Reader = std::function<void(ConfigTable&)>;
    static constexpr audit::Duration kLongest = std::chrono::days{3650};

    ~ConfigTable();
    ConfigTable(const ConfigTable&) = delete;
    ConfigTable& operator=(const ConfigTable&) = delete;

    void read(std::string_view key, std::string& out);
    void read(std::string_view key, bool& out);
    void read(std::string_view key, double& out, double least, double most);
    void read(std::string_view key, std::vector<std::string>& out);
    void read(std::string_view key, audit::Duration& out, audit::Duration least = {},
              audit::Duration most = kLongest);  // "3d", "30m"
    void read(std::string_view key, Severity& out);
    template <std::integral Number>
    void read(std::string_view key, Number& out, int64_t least, int64_t most) {
        out = static_cast<Number>(whole(key, static_cast<int64_t>(out), least, most));
    }
    // The file has MiB, `out` gets bytes.
    template <std::integral Number>
    void read_mebibytes(std::string_view key, Number& out, int64_t least, int64_t most) {
        out = static_cast<Number>(whole(key, static_cast<int64_t>(out >> 20), least, most)) << 20;
    }
    // An absent key leaves the optional as it is.
    template <class Value>
    void read(std::string_view key, std::optional<Value>& out) {
        if (has(key)) return read(key, out.emplace());
        allow(key);
    }
    // Reads one of the allowed words.
    void read(std::string_view key, std::string& out, const std::vector<std::string_view>& allowed);
    template <class Choice>
    void read_choice(std::string_view key, Choice& out,
                     const std::vector<std::pair<std::string_view, Choice>>& allowed) {
        std::vector<std::string_view> words;
        std::string word;
        for (const auto& [name, choice] : allowed) {
            words.push_back(name);
            if (choice == out && word.empty()) word = name;
        }
        read(key, word, words);
        for (const auto& [name, choice] : allowed) {
            if (name == word) out = choice;
        }
    }

    // Read [key] and [[key]]; the reader is not called when the key is absent.
    void table(std::string_view key, const Reader& read);
    void tables(std::string_view key, const Reader& read);

    bool has(std::string_view key) const;
    // The place of the key, or of the table when the key is absent.
    Place place(std::string_view key = {}) const;
    // Reports a mistake at that place.
    void error(std::string_view key, const std::string& text);
    // Reports an error if this key, which is known but not allowed here, is present.
    void refuse(std::string_view key, const std::string& why);

    // Reads a table whose `type` decides which keys it allows: calls the reader of this type. Keys that only
    // other types have are errors that name those types.
    struct Type {
        std::string_view name;
        Reader read;
    };
    void read_as(std::string_view type, const std::vector<Type>& types);

  private:
    friend void read_config(std::string_view text, const std::string& name, const Reader& read);
    friend std::vector<ConfigKey> keys_of(const Reader& read);

    struct Impl;  // holds the toml++ objects
    explicit ConfigTable(Impl& impl) : impl_(impl) {}

    int64_t whole(std::string_view key, int64_t value, int64_t least, int64_t most);
    void allow(std::string_view key);

    Impl& impl_;
};

// Parses a TOML text. Throws ConfigError, in which `name` stands for the file.
void read_config(std::string_view text, const std::string& name, const ConfigTable::Reader& read);

// All keys that the reader accepts, in its order, with those of inner tables and of every type.
std::vector<ConfigKey> keys_of(const ConfigTable::Reader& read);

}  // namespace redshank
