// Reading TOML with positions in every error. Whoever owns a table of the configuration reads it with this,
// into a struct of its own. toml++ stays in table.cpp.
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

// A key that a reader asks for.
struct ConfigKey {
    std::string table;     // "detectors.crd_health", "" for the top level
    std::string type;      // of a table whose `type` decides about its keys: "slack"; else ""
    std::string name;      // "objective"
    std::string standard;  // its default as TOML: `0.99`, `"3d"`, `[]`; "" when it has none
};

// One table while it is read. Each read() names a key that is allowed; a key that is absent leaves `out` as
// it is, a wrong type or value is an error. When the table is destroyed, keys that nobody read are errors
// that name the nearest allowed one.
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
    // MiB in the file, bytes in `out`.
    template <std::integral Number>
    void read_mebibytes(std::string_view key, Number& out, int64_t least, int64_t most) {
        out = static_cast<Number>(whole(key, static_cast<int64_t>(out >> 20), least, most)) << 20;
    }
    // What is absent is no value.
    template <class Value>
    void read(std::string_view key, std::optional<Value>& out) {
        if (has(key)) return read(key, out.emplace());
        allow(key);
    }
    // A word out of a list.
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

    // [key] and [[key]]; not called when absent.
    void table(std::string_view key, const Reader& read);
    void tables(std::string_view key, const Reader& read);

    bool has(std::string_view key) const;
    // Where the key stands, or the table when the key is absent.
    Place place(std::string_view key = {}) const;
    // A mistake at that place.
    void error(std::string_view key, const std::string& text);
    // A key that is known and must not be here: an error when it is.
    void refuse(std::string_view key, const std::string& why);

    // Of a table whose `type` decides about its keys: the reader of this type reads, and keys that only other
    // types have are errors that name those types.
    struct Type {
        std::string_view name;
        Reader read;
    };
    void read_as(std::string_view type, const std::vector<Type>& types);

  private:
    friend void read_config(std::string_view text, const std::string& name, const Reader& read);
    friend std::vector<ConfigKey> keys_of(const Reader& read);

    struct Impl;  // knows toml++
    explicit ConfigTable(Impl& impl) : impl_(impl) {}

    int64_t whole(std::string_view key, int64_t value, int64_t least, int64_t most);
    void allow(std::string_view key);

    Impl& impl_;
};

// Reads a TOML text. Throws ConfigError; `name` stands for the file in it.
void read_config(std::string_view text, const std::string& name, const ConfigTable::Reader& read);

// Every key that the reader asks for, in its order, those of inner tables and of every type too.
std::vector<ConfigKey> keys_of(const ConfigTable::Reader& read);

}  // namespace redshank
