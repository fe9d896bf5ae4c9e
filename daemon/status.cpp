#include "daemon/status.h"

#include <boost/json.hpp>

#include "core/version.h"

namespace redshank {

namespace json = boost::json;

std::string to_json(const DaemonStatus& status, audit::Time now) {
    const auto time = [](audit::Time at) {
        return at == audit::Time{} ? json::value(nullptr) : json::value(audit::format_time(at));
    };
    json::array sources, receivers;
    for (const auto& [name, source] : status.sources) {
        sources.push_back({{"name", name},
                           {"up", source.up},
                           {"caught_up", source.caught_up},
                           {"read_bytes", source.read_bytes},
                           {"lag_bytes", source.lag_bytes},
                           {"last_event", time(source.last_event)}});
    }
    for (const Metrics::ReceiverNow& receiver : status.receivers) {
        receivers.push_back({{"name", receiver.name},
                             {"waiting", receiver.waiting},
                             {"sent", receiver.sent},
                             {"dead", receiver.dead},
                             {"breaker_open", receiver.breaker_open},
                             {"paused_until", time(receiver.paused_until)}});
    }
    return json::serialize(json::object{
        {"version", version()},
        {"cluster", status.cluster},
        {"started", time(status.started)},
        {"uptime_seconds", std::chrono::duration_cast<std::chrono::seconds>(now - status.started).count()},
        {"ready", status.problems.empty()},
        {"problems", json::array(status.problems.begin(), status.problems.end())},
        {"reload", {{"successful", status.reload_successful}, {"time", time(status.reloaded)}}},
        {"sources", std::move(sources)},
        {"receivers", std::move(receivers)}});
}

}  // namespace redshank
