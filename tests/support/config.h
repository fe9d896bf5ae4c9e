#pragma once

#include <string_view>

#include "core/config/table.h"

namespace redshank::test {

// The struct of a table of the configuration, from the keys of that table.
template <class Config>
Config parsed(std::string_view keys) {
    Config config;
    read_config(keys, "x.toml", [&](ConfigTable& table) { read(table, config); });
    return config;
}

}  // namespace redshank::test
