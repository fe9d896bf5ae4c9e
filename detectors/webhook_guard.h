// How tightly a webhook configuration guards: which of its webhooks refuse a request when nobody answers, and
// which URLs it asks. A Service of the cluster is what others can see and stop; a URL may be anybody's. One
// on the API server's own host is none.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

namespace redshank {

// Hashes, as names and URLs are others' words.
struct WebhookGuard {
    static constexpr size_t kMost = 32;
    std::vector<std::string> closed;   // webhooks with failurePolicy Fail, by name
    std::vector<std::string> outside;  // URLs
};

// How a write loosens it.
struct Loosened {
    bool asks_outside = false;  // a URL that it did not ask before
    bool fails_open = false;    // a webhook that refused lets through now, or is gone
    explicit operator bool() const { return asks_outside || fails_open; }
};

WebhookGuard guard_of(const boost::json::array& webhooks);
Loosened loosened(const WebhookGuard& before, const WebhookGuard& now);

// By a patch of which the log shows no answer. `before` is null when the log never showed the configuration:
// then a patch loosens it by what it says, unless it is the whole object, as appliers send it.
Loosened loosened_by_patch(const boost::json::value& patch, const WebhookGuard* before);

// Whether a rule of a webhook (apiGroups, resources) shows no Secrets and no tokens; of one that mutates,
// whether it sees custom resources only. Without what it sees named, it is not.
bool intercepts_modestly(const boost::json::object& rule, bool mutates);

}  // namespace redshank
