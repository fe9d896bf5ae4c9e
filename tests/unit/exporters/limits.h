// What the tests of limits share: sinks of every type, and a check that a text is cut at its limit.
#pragma once

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <functional>

#include "exporters/alertmanager.h"
#include "exporters/pagerduty.h"
#include "exporters/registry.h"
#include "exporters/slack.h"
#include "exporters/teams.h"
#include "exporters/webhook.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/exporters/sample_alerts.h"

namespace redshank::test {

class Receivers {
  public:
    Receivers() { write_file(folder_.file("key"), "0123456789abcdef0123456789abcdef\n"); }

    std::vector<NamedSink> sinks(const std::string& type) const {
        const Target host{.url = "http://host"};
        ReceiverConfig config{.name = "r", .type = type};
        if (type == "slack") config.own = SlackConfig{host};
        if (type == "teams") config.own = TeamsConfig{host};
        if (type == "webhook") config.own = WebhookConfig{.target = host};
        if (type == "alertmanager") config.own = AlertmanagerConfig{.target = host};
        if (type == "pagerduty") config.own = PagerdutyConfig{.routing_key_file = folder_.file("key")};
        return make_sinks(config);
    }
    boost::json::value body(const std::string& type, const Alert& alert, size_t which = 0) const {
        const auto all = sinks(type);
        return boost::json::parse(
            std::get<HttpRequest>(all.at(which).sink->render({&alert, 1}, kAlertTime)).body);
    }
    std::string text(const std::string& type, const Alert& alert, const char* pointer) const {
        return body(type, alert).at_pointer(pointer).as_string().c_str();
    }

  private:
    TempDir folder_;
};

// `shown` gives what is seen of a text that the alert holds.
inline void expect_limit(const char* what, size_t limit,
                         const std::function<std::string(std::string)>& shown) {
    for (const size_t size : {limit - 1, limit}) {
        const std::string whole(size, 'x');
        EXPECT_THAT(shown(whole), ::testing::EndsWith(whole)) << what << " of " << size;
    }
    const std::string cut = shown(std::string(limit + 1, 'x'));
    EXPECT_THAT(cut, ::testing::EndsWith(" more)")) << what << " of " << limit + 1;
    EXPECT_THAT(cut, ::testing::Not(::testing::HasSubstr(std::string(limit, 'x')))) << what;
}

inline Alert finding_alert(const std::function<void(Finding&)>& change) {
    Finding finding = secret_read();
    change(finding);
    return alert_of(finding, kAlertTime);
}

}  // namespace redshank::test
