#pragma once

#include <string_view>

#include "core/config/table.h"

namespace redshank::test {

// Reads the struct of a configuration table from that table's keys.
template <class Config>
Config parsed(std::string_view keys) {
    Config config;
    read_config(keys, "x.toml", [&](ConfigTable& table) { read(table, config); });
    return config;
}

}  // namespace redshank::test
