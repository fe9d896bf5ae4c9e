// Short events for rule tests, and functions that evaluate rules on them.
#pragma once

#include <string>

#include "rules/condition_parser.h"
#include "rules/rule.h"
#include "tests/support/events.h"

namespace redshank::test {

struct Request {
    std::string verb = "get", resource = "pods", name = "web", subresource, body;
    int code = 200;
    std::string ns = "shop", group, user = "alice", stage = "ResponseComplete", uri = "/x",
                decision = "allow";
    std::string agent = "kubectl/v1.32.0 (linux/amd64) kubernetes/abc", extra_annotations, response_body;

    EventSpec spec() const {
        EventSpec out;
        out.level = "RequestResponse";
        out.stage = stage;
        out.verb = verb;
        out.uri = uri;
        out.agent = agent;
        out.user = user.empty() ? "{}"
                                : "{\"username\":\"" + user + "\",\"groups\":[" +
                                      (user.starts_with("system:node:") ? "\"system:nodes\"," : "") +
                                      "\"system:authenticated\"]}";
        out.object = resource.empty()
                         ? ""
                         : "{\"resource\":\"" + resource + "\"" + part("namespace", ns) + part("name", name) +
                               part("apiGroup", group) + part("subresource", subresource) + "}";
        out.status = code == 0 ? "" : "{\"metadata\":{},\"code\":" + std::to_string(code) + "}";
        out.request_object = body;
        out.response_object = response_body;
        out.decision = decision;
        out.more_annotations = extra_annotations;
        return out;
    }

  private:
    static std::string part(const char* key, const std::string& value) {
        return value.empty() ? "" : std::string(",\"") + key + "\":\"" + value + "\"";
    }
};

// Evaluates the condition on an event that answers a request.
inline bool holds(const audit::Event& event, const std::string& condition) {
    const Understood understood(event);
    rules::Context context;
    context.reset(understood, true);
    return rules::parse_condition(condition)->test(context);
}

inline bool matches(const rules::Rule& rule, const Request& request) {
    const ParsedEvent event = request.spec().parsed();
    const test::Understood understood(*event);
    rules::Context context;
    context.reset(understood, event->stage != audit::Stage::RequestReceived);
    return rule.condition->test(context) && !rule.is_excepted(context);
}

}  // namespace redshank::test
