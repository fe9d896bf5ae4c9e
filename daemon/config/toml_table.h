// Reading TOML with positions in every error. The only place that knows toml++.
#pragma once

#define TOML_HEADER_ONLY 0
#include <toml++/toml.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "core/finding/finding.h"

namespace redshank {

// Every mistake of a file, in the order of reading: "FILE:LINE:COLUMN: what is wrong; what is allowed".
class ConfigErrors {
  public:
    void add(const toml::source_region& where, const std::string& text);
    const std::vector<std::string>& all() const { return all_; }
    bool empty() const { return all_.empty(); }

  private:
    std::vector<std::string> all_;
};

// One table while it is read. Each read() names a key that is allowed; a key that is absent leaves `out` as
// it is, a wrong type or value is an error. When the table is destroyed, keys that nobody read are errors
// that name the nearest allowed one.
class TomlTable {
  public:
    TomlTable(const toml::table& table, std::string path, ConfigErrors& errors);
    ~TomlTable();
    TomlTable(const TomlTable&) = delete;
    TomlTable& operator=(const TomlTable&) = delete;

    void read(std::string_view key, std::string& out);
    void read(std::string_view key, bool& out);
    void read(std::string_view key, double& out, double least, double most);
    void read(std::string_view key, int64_t& out, int64_t least, int64_t most);
    void read(std::string_view key, std::vector<std::string>& out);
    void read(std::string_view key, audit::Duration& out);  // "3d", "30m"
    void read(std::string_view key, Severity& out);
    // A word out of a list.
    void read(std::string_view key, std::string& out, const std::vector<std::string_view>& allowed);

    // [key] and [[key]]; not called when absent.
    void table(std::string_view key, const std::function<void(TomlTable&)>& handle);
    void tables(std::string_view key, const std::function<void(TomlTable&)>& handle);

    bool has(std::string_view key) const { return table_.contains(key); }
    // An error at the key, or at the table when the key is absent.
    void error(std::string_view key, const std::string& text);

  private:
    const toml::node* find(std::string_view key);
    std::string full(std::string_view key) const;

    const toml::table& table_;
    const std::string path_;  // "detectors.crd_health", for messages
    ConfigErrors& errors_;
    std::vector<std::string_view> known_;
};

}  // namespace redshank
