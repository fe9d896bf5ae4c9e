#include "daemon/pages/answers.h"

#include <boost/json.hpp>

#include "daemon/print/access_json.h"
#include "daemon/questions/last_access.h"
#include "detectors/engine.h"

namespace redshank {

namespace {

using Args = std::map<std::string, std::string>;

constexpr size_t kMostRows = 10'000;  // of each kind in an answer

std::string arg(const Args& args, const std::string& name) {
    const auto found = args.find(name);
    return found == args.end() ? "" : found->second;
}

HttpReply refusal(const std::string& why) {
    return {.status = 400, .body = why + "\n"};
}

// One JSON object a line.
class Lines {
  public:
    void add(const boost::json::object& row) {
        if (++rows_ <= kMostRows) body_ += boost::json::serialize(row) + "\n";
    }
    HttpReply reply() { return {.content_type = "application/x-ndjson", .body = std::move(body_)}; }

  private:
    std::string body_;
    size_t rows_ = 0;
};

HttpReply incidents_answer(const Args& args, const KnownIncidents& incidents) {
    IncidentsFilter filter{.only_open = arg(args, "open") == "1",
                           .since = {},
                           .cluster = arg(args, "cluster"),
                           .user = arg(args, "user")};
    const std::string least = arg(args, "min_severity");
    if (!least.empty() && !parse_severity(least, filter.least))
        return refusal("min_severity is info, low, medium, high or critical");
    Lines lines;
    for (const Incident* incident : incidents.matching(filter)) lines.add(json_of(*incident));
    return lines.reply();
}

// Of everybody it could be tens of megabytes: redshank last-access prints that on the host itself.
HttpReply last_access_answer(const Args& args, const StateReader& state) {
    AccessFilter filter{.user = arg(args, "user"),
                        .cluster = arg(args, "cluster"),
                        .ns = arg(args, "namespace"),
                        .by_resource = arg(args, "by_resource") == "1",
                        .since = {},
                        .until = {}};
    if (filter.user.empty()) return refusal("say whose access: ?user=NAME");
    const AllPartitions detectors = detectors_state(state);
    Lines lines;
    for (const AccessedRow& row : last_accesses(detectors, filter)) lines.add(json_of(row));
    for (const WatchedRow& row : watched_clusters(detectors, filter.cluster)) lines.add(json_of(row));
    return lines.reply();
}

}  // namespace

bool is_answer(const std::string& path) {
    return path == kIncidentsAnswer || path == kLastAccessAnswer;
}

bool reads_incidents(const std::string& path) {
    return path == kIncidentsAnswer;
}

HttpReply answer_of(const std::string& path, const Args& args, const StateReader& state,
                    const KnownIncidents& incidents) {
    return path == kIncidentsAnswer ? incidents_answer(args, incidents) : last_access_answer(args, state);
}

}  // namespace redshank
