#include "daemon/fleet/workers.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "core/config/credential.h"
#include "core/config/table.h"
#include "core/config/url.h"
#include "exporters/http_sender.h"

namespace redshank {

namespace {

constexpr size_t kMostAnswer = size_t{32} << 20;

// Without scheme and path.
std::string host_of(std::string_view url) {
    url.remove_prefix(url.find("://") + 3);
    return std::string(url.substr(0, url.find('/')));
}

std::string problem_of(const HttpAnswer& answer) {
    switch (answer.status) {
        case 0:
            return answer.detail;
        case 200:
            return "";
        case 401:
            return "401: it wants a user; give [fleet] username and password_file";
        case 404:
            return "404: it has no pages for others ([pages] serve = \"always\" with TLS or users), or is "
                   "older";
        default:
            return describe(answer);
    }
}

// The answer's lines; why they are none goes into `problem`.
std::vector<boost::json::object> rows_of(std::string_view body, std::string& problem) {
    std::vector<boost::json::object> rows;
    while (!body.empty()) {
        const std::string_view line = body.substr(0, body.find('\n'));
        body.remove_prefix(std::min(line.size() + 1, body.size()));
        boost::system::error_code error;
        boost::json::value row = boost::json::parse(line, error);
        if (error || !row.is_object()) {
            problem = "what answers there is no redshank, or its answer is cut off";
            break;
        }
        rows.push_back(std::move(row.get_object()));
    }
    return rows;
}

}  // namespace

void read(ConfigTable& table, FleetConfig& config) {
    table.read("workers", config.workers);
    table.read("username", config.user);
    table.read("password_file", config.password_file);
    if (config.user.empty() != config.password_file.empty())
        table.error(config.user.empty() ? "password_file" : "username",
                    "needs username and password_file together");
    for (const std::string& url : config.workers) {
        if (const std::string problem = worker_problem(url, !config.user.empty()); !problem.empty())
            table.error("workers", problem);
    }
    read(table, config.http);
}

std::string worker_problem(std::string_view url, bool has_password) {
    if (const std::string problem = url_problem(url); !problem.empty()) return "a worker's URL " + problem;
    const std::string host = host_of(url);
    const std::string_view rest = url.substr(url.find(host) + host.size());
    if (!rest.empty() && rest != "/") return "the URL of worker " + host + " has a path; give none";
    if (has_password && !url.starts_with("https://"))
        return "worker " + host + " is asked by http://, and the password would go in clear; give https://";
    return "";
}

std::vector<WorkerAnswer> ask_workers(const FleetConfig& config, const std::string& asked) {
    std::string user;
    if (!config.user.empty()) user = config.user + ":" + read_credential(config.password_file);
    HttpSender sender;
    std::vector<WorkerAnswer> all;
    for (std::string url : config.workers) {
        if (url.ends_with('/')) url.pop_back();
        sender.send(all.size(),
                    {.url = url + asked,
                     .headers = {},
                     .body = {},
                     .is_get = true,
                     .user = user,
                     .most_answer = kMostAnswer},
                    config.http);
        all.push_back({.worker = host_of(url), .rows = {}, .problem = {}});
    }
    while (sender.in_flight() > 0) {
        for (const auto& [token, answer] : sender.poll(config.http.timeout)) {
            WorkerAnswer& of = all[token];
            of.problem = problem_of(answer);
            if (of.problem.empty()) of.rows = rows_of(answer.body, of.problem);
        }
    }
    return all;
}

}  // namespace redshank
