#pragma once

#include <string>
#include <vector>

namespace redshank {

class ConfigTable;

// [pages]: the pages for people (docs/pages.md).
struct PagesConfig {
    // When there are pages: loopback (nobody else can reach the listener), always, never.
    std::string serve = "loopback";
    // Users of the web configuration file who may acknowledge, close and silence; "*": whoever sees the
    // pages.
    std::vector<std::string> operators;

    bool is_operator(const std::string& user) const;
};

void read(ConfigTable& table, PagesConfig& config);

}  // namespace redshank
