#pragma once

#include <any>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/policy/policy.h"
#include "core/config/table.h"
#include "core/place.h"
#include "daemon/sources/line_splitter.h"
#include "daemon/sources/source.h"

namespace redshank {

// [[source]]: the keys that all types have, and in `own` those of its type.
struct SourceConfig {
    std::string type = "file";
    std::string cluster;       // "": the global name
    bool has_cluster = false;  // it has its own
    std::string name;          // "": its type makes one
    std::string policy_file;   // the API server's audit policy; "": not known
    std::string policy_id;     // of its text
    std::shared_ptr<const audit::policy::Policy> policy;
    size_t line_limit = kDefaultLineLimit;  // bytes; longer events lose their bodies
    std::any own;                           // FileSourceConfig, …
    std::string reads;                      // what no other source may read too: a log, an address
    std::string_view key;                   // that says it
    Place place;                            // of that key
};

// Reads every [[source]] of the configuration. Two sources that read the same are an error.
void read_sources(ConfigTable& root, std::vector<SourceConfig>& sources);

// Throws ConfigError when there is none; `file` is the configuration.
std::vector<std::unique_ptr<Source>> make_sources(const std::vector<SourceConfig>& configs,
                                                  const std::string& file);

}  // namespace redshank
