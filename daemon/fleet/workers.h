// Asks the workers of a fleet what each of them knows: docs/scale-out.md.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "exporters/receiver_config.h"

namespace redshank {

class ConfigTable;

// [fleet]
struct FleetConfig {
    std::vector<std::string> workers;  // URLs of their pages: "https://redshank-0.example:9465"
    std::string user, password_file;   // of their web configuration files
    HttpOptions http{.timeout = std::chrono::seconds{10}};
};
void read(ConfigTable& table, FleetConfig& config);

// Why this is no worker's URL, and what is; "" when it is one. `has_password`: one goes with each question.
std::string worker_problem(std::string_view url, bool has_password);

struct WorkerAnswer {
    std::string worker;                     // "redshank-0.example:9465"
    std::vector<boost::json::object> rows;  // as far as it answered
    std::string problem;                    // why it did not, in words for people
};

// All workers at once, each of which has `http.timeout`; in the order of the configuration. `asked`: a path
// of daemon/pages/answers.h with its arguments, encoded. Throws std::runtime_error when the password cannot
// be read.
std::vector<WorkerAnswer> ask_workers(const FleetConfig& config, const std::string& asked);

}  // namespace redshank
