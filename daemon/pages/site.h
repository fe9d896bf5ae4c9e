// Pages for people: HTML from the store's own rows, made where they are asked for. Every view is a URL and
// works without a script. docs/pages.md describes them.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/http/server.h"
#include "daemon/pages/html.h"
#include "daemon/pages/pages_config.h"
#include "daemon/questions/incidents.h"
#include "daemon/sources/registry.h"
#include "daemon/status.h"
#include "daemon/store/store.h"
#include "detectors/detector_config.h"

namespace redshank {

// What a page is made from.
struct PageAsked {
    std::string path;                         // what follows the name of the view: "/incidents/ID": "ID"
    std::map<std::string, std::string> args;  // decoded; the last of each name
    audit::Time now{};
    std::string user;        // "" where nobody logs in
    bool may_write = false;  // an operator
    std::string token = {};  // what a form of this user must send
    const Store& store;      // read-only
    const DaemonStatus& status;
    const KnownIncidents& incidents;  // at most a second old in the views that say so (site.cpp)
    const DetectorConfig& detectors;
    const std::vector<SourceConfig>& sources;

    const std::string& arg(const std::string& name) const;
    // A number that a link of ours carries; 0 for anything else.
    size_t number(const std::string& name) const;
};

struct Page {
    std::string title;
    Html body;
    int status = 200;
};

// A page that says that there is nothing of this name.
Page nothing_there(std::string_view what);

Page now_page(const PageAsked& asked);
Page incidents_page(const PageAsked& asked);
Page incident_page(const PageAsked& asked);
Page finding_page(const PageAsked& asked);
Page who_page(const PageAsked& asked);
Page event_page(const PageAsked& asked);
Page events_page(const PageAsked& asked);
Page secrets_page(const PageAsked& asked);
Page crds_page(const PageAsked& asked);
Page rules_page(const PageAsked& asked);
Page policy_page(const PageAsked& asked);
Page search_page(const PageAsked& asked);

// The site. answer() on one thread at a time.
class PageSite {
  public:
    struct Daemon {
        std::string state_file;
        // Those in force. Any thread.
        std::function<std::shared_ptr<const DetectorConfig>()> detectors;
        std::vector<SourceConfig> sources = {};  // whose logs are searched
        std::function<DaemonStatus()> status;    // any thread
        std::function<audit::Time()> now;
    };
    PageSite(PagesConfig config, Daemon daemon);

    // Whether the path is one of its views.
    static bool has(const std::string& path);
    HttpReply answer(const HttpQuery& query) const;

  private:
    HttpReply page(const HttpQuery& query) const;
    HttpReply answer_for_program(const HttpQuery& query) const;
    HttpReply write(const HttpQuery& query) const;
    void refresh_incidents(const StateReader& state) const;
    std::string token_of(const std::string& user) const;

    const PagesConfig config_;
    const Daemon daemon_;
    std::string secret_;  // of the tokens
    mutable KnownIncidents incidents_;
    mutable std::optional<std::chrono::steady_clock::time_point> refreshed_;  // incidents_
};

// "%41+b" → "A b". For tests.
std::string url_decoded(std::string_view text);
std::map<std::string, std::string> parse_query(std::string_view query);

}  // namespace redshank
