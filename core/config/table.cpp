#include "core/config/table.h"

#define TOML_HEADER_ONLY 0
#include <toml++/toml.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "audit/nearest.h"

namespace redshank {

namespace {

// The data that all tables of a file share.
struct Reading {
    std::vector<std::string> errors;         // in the order of reading
    std::vector<ConfigKey>* keys = nullptr;  // set when keys are listed; the file is then empty

    void error(const Place& place, const std::string& text) {
        errors.push_back(fmt::format("{}: {}", place.to_string(), text));
    }
};

Place place_of(const toml::source_region& at) {
    return {at.path ? *at.path : "configuration", at.begin.line, at.begin.column};
}

// What no value of any key holds, and what to do; "" for nothing. Keys are read as C strings by many.
std::string control_problem(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f)
            return fmt::format("has the control character 0x{:02x} as character {}; take it out", byte,
                               i + 1);
    }
    return {};
}

std::string in_quotes(std::string_view text) {
    return fmt::format("\"{}\"", text);
}

std::string in_quotes(const std::vector<std::string>& list) {
    std::vector<std::string> all;
    for (const std::string& item : list) all.push_back(in_quotes(item));
    return fmt::format("[{}]", fmt::join(all, ", "));
}

}  // namespace

struct ConfigTable::Impl {
    const toml::table& toml;
    const std::string path;  // "detectors.crd_health", for messages
    Reading& reading;
    std::string type = {};  // the type whose keys read_as() is reading
    std::vector<std::string> known = {};

    std::string full(std::string_view key) const {
        return path.empty() ? std::string(key) : path + "." + std::string(key);
    }

    // Returns null when the key is absent. Calls `standard` only when keys are listed.
    template <class Standard>
    const toml::node* find(std::string_view key, Standard standard) {
        known.emplace_back(key);
        if (reading.keys) reading.keys->push_back({path, type, std::string(key), standard()});
        return toml.get(key);
    }

    void inner(std::string_view key, const toml::table& table, const Reader& read) {
        Impl impl{table, full(key), reading, type};
        ConfigTable handed(impl);
        read(handed);
    }

    // Finds a table, or a list of tables. When keys are listed, the reader gets an empty table.
    const toml::node* find_inner(std::string_view key, const Reader& read) {
        known.emplace_back(key);
        if (reading.keys) inner(key, {}, read);
        return toml.get(key);
    }
};

ConfigTable::~ConfigTable() {
    const std::vector<std::string_view> known(impl_.known.begin(), impl_.known.end());
    for (const auto& [key, node] : impl_.toml) {
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
        const std::string nearest = audit::nearest_name(key.str(), known);
        const std::string hint = nearest.empty() ? fmt::format("allowed here: {}", fmt::join(known, ", "))
                                                 : fmt::format("did you mean '{}'?", nearest);
        impl_.reading.error(place_of(key.source()),
                            fmt::format("unknown key '{}'; {}", impl_.full(key.str()), hint));
    }
}

bool ConfigTable::has(std::string_view key) const {
    return impl_.toml.contains(key);
}

Place ConfigTable::place(std::string_view key) const {
    const toml::node* node = impl_.toml.get(key);
    return place_of(node ? node->source() : impl_.toml.source());
}

void ConfigTable::error(std::string_view key, const std::string& text) {
    impl_.reading.error(place(key), fmt::format("{}: {}", impl_.full(key), text));
}

void ConfigTable::refuse(std::string_view key, const std::string& why) {
    impl_.known.emplace_back(key);
    if (has(key)) error(key, why);
}

void ConfigTable::allow(std::string_view key) {
    impl_.find(key, [] { return std::string(); });
}

void ConfigTable::read(std::string_view key, std::string& out) {
    const toml::node* node = impl_.find(key, [&] { return in_quotes(out); });
    if (!node) return;
    if (!node->is_string()) return error(key, "must be a string in quotes");
    const std::string& text = node->as_string()->get();
    if (const std::string problem = control_problem(text); !problem.empty()) return error(key, problem);
    out = text;
}

void ConfigTable::read(std::string_view key, bool& out) {
    const toml::node* node = impl_.find(key, [&] { return std::string(out ? "true" : "false"); });
    if (!node) return;
    if (!node->is_boolean()) return error(key, "must be true or false");
    out = node->as_boolean()->get();
}

void ConfigTable::read(std::string_view key, double& out, double least, double most) {
    const toml::node* node = impl_.find(key, [&] { return fmt::format("{}", out); });
    if (!node) return;
    const auto number = node->value<double>();
    if (!node->is_number() || !number || !(*number >= least && *number <= most)) {
        return error(key, fmt::format("must be a number from {} to {}", least, most));
    }
    out = *number;
}

int64_t ConfigTable::whole(std::string_view key, int64_t value, int64_t least, int64_t most) {
    const toml::node* node = impl_.find(key, [&] { return std::to_string(value); });
    if (!node) return value;
    const toml::value<int64_t>* number = node->as_integer();
    if (number && number->get() >= least && number->get() <= most) return number->get();
    error(key, fmt::format("must be a whole number from {} to {}", least, most));
    return value;
}

void ConfigTable::read(std::string_view key, std::vector<std::string>& out) {
    const toml::node* node = impl_.find(key, [&] { return in_quotes(out); });
    if (!node) return;
    const toml::array* items = node->as_array();
    const auto is_string = [](const toml::node& item) { return item.is_string(); };
    if (!items || !std::all_of(items->begin(), items->end(), is_string)) {
        return error(key, R"(must be a list of strings, e.g. ["a", "b"])");
    }
    out.clear();
    for (const toml::node& item : *items) {
        const std::string& text = item.as_string()->get();
        if (const std::string problem = control_problem(text); !problem.empty()) error(key, problem);
        out.push_back(text);
    }
}

void ConfigTable::read(std::string_view key, audit::Duration& out, audit::Duration least,
                       audit::Duration most) {
    static constexpr std::string_view kForm = R"(write a duration as "3d", "12h", "30m" or "10s")";
    const toml::node* node = impl_.find(key, [&] { return in_quotes(audit::format_duration(out)); });
    if (!node) return;
    const auto duration = node->is_string() ? audit::parse_duration(node->as_string()->get()) : std::nullopt;
    if (!duration) return error(key, std::string(kForm));
    if (*duration < least || *duration > most) {
        const auto text = [](audit::Duration length) {
            return length == audit::Duration{} ? "0s" : audit::format_duration(length);
        };
        return error(key, fmt::format("must be from {} to {}", text(least), text(most)));
    }
    out = *duration;
}

void ConfigTable::read(std::string_view key, Severity& out) {
    std::string word(to_string(out));
    read(key, word, {kSeverityWords.begin(), kSeverityWords.end()});
    parse_severity(word, out);
}

void ConfigTable::read(std::string_view key, std::string& out, const std::vector<std::string_view>& allowed) {
    std::string word = out;
    read(key, word);
    if (word != out && std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
        return error(key, fmt::format("'{}' is not allowed; one of: {}", word, fmt::join(allowed, ", ")));
    }
    out = word;
}

void ConfigTable::table(std::string_view key, const Reader& read) {
    const toml::node* node = impl_.find_inner(key, read);
    if (!node) return;
    if (!node->is_table()) return error(key, fmt::format("must be a table: [{}]", impl_.full(key)));
    impl_.inner(key, *node->as_table(), read);
}

void ConfigTable::tables(std::string_view key, const Reader& read) {
    const toml::node* node = impl_.find_inner(key, read);
    if (!node) return;
    if (!node->is_array_of_tables())
        return error(key, fmt::format("must be a list of tables: [[{}]]", impl_.full(key)));
    for (const toml::node& item : *node->as_array()) impl_.inner(key, *item.as_table(), read);
}

void ConfigTable::read_as(std::string_view type, const std::vector<Type>& types) {
    std::map<std::string, std::vector<std::string_view>> owners;  // of keys that other types have
    bool is_known = false;
    for (const Type& one : types) {
        if (one.name == type || impl_.reading.keys) {
            is_known = true;
            impl_.type = one.name;
            one.read(*this);
            impl_.type.clear();
        } else {
            for (const ConfigKey& key : keys_of(one.read)) {
                if (key.table.empty()) owners[key.name].push_back(one.name);
            }
        }
    }
    for (const auto& [key, names] : owners) {
        if (std::find(impl_.known.begin(), impl_.known.end(), key) != impl_.known.end()) continue;
        impl_.known.push_back(key);
        if (!is_known || !has(key)) continue;  // a wrong type is reported elsewhere
        error(key,
              fmt::format("is a key of type {}, and this is of type {}; take it out, or correct the type",
                          fmt::join(names, ", "), type));
    }
}

void read_config(std::string_view text, const std::string& name, const ConfigTable::Reader& read) {
    Reading reading;
    try {
        const toml::table parsed = toml::parse(text, name);
        ConfigTable::Impl impl{parsed, "", reading};
        ConfigTable root(impl);
        read(root);
    } catch (const toml::parse_error& error) {
        reading.error(place_of(error.source()), std::string(error.description()));
    }
    if (!reading.errors.empty()) throw ConfigError(fmt::format("{}", fmt::join(reading.errors, "\n")));
}

std::vector<ConfigKey> keys_of(const ConfigTable::Reader& read) {
    std::vector<ConfigKey> keys;
    Reading reading{.errors = {}, .keys = &keys};
    const toml::table empty;
    ConfigTable::Impl impl{empty, "", reading};
    ConfigTable root(impl);
    read(root);
    return keys;
}

}  // namespace redshank
