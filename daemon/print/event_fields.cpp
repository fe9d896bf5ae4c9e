#include "daemon/print/event_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "audit/request_uri.h"

namespace redshank {

namespace {

// k8s.io/apiserver and k8s.io/pod-security-admission write below these.
constexpr std::array<std::string_view, 5> kServersOwn{
    "authorization.k8s.io/", "authentication.kubernetes.io/", "authentication.k8s.io/",
    "pod-security.kubernetes.io/", "k8s.io/"};

bool is_servers_own(std::string_view key) {
    return std::any_of(kServersOwn.begin(), kServersOwn.end(),
                       [&](std::string_view begin) { return key.starts_with(begin); });
}

class FieldList {
  public:
    void add(std::string name, std::string_view value) {
        if (!value.empty()) out_.push_back({std::move(name), std::string(value)});
    }
    void add_size(std::string name, std::string_view hidden) {
        if (!hidden.empty()) add(std::move(name), fmt::format("{} bytes, not shown", hidden.size()));
    }
    void add_user(const std::string& name, const audit::User& user) {
        add(name + ".username", user.username);
        add(name + ".uid", user.uid);
        add(name + ".groups", fmt::format("{}", fmt::join(user.groups, ", ")));
        for (const audit::ExtraEntry& entry : user.extra) {
            const std::string key = fmt::format("{}.extra[{}]", name, entry.key);
            add(key,
                is_servers_own(entry.key) ? fmt::format("{}", fmt::join(entry.values, ", ")) : "not shown");
        }
    }
    void add_time(std::string name, audit::Time time) {
        if (time != audit::Time{}) add(std::move(name), audit::format_time(time));
    }
    std::vector<EventField> take() { return std::move(out_); }

  private:
    std::vector<EventField> out_;
};

std::string uri_words(std::string_view uri) {
    const std::string_view path = audit::uri_path(uri);
    return std::string(path) + (path.size() < uri.size() ? "?… (the query is not shown)" : "");
}

void add_object(FieldList& out, const audit::ObjectRef& object) {
    if (!object.present) return;
    out.add("objectRef.resource", object.resource);
    out.add("objectRef.namespace", object.namespace_);
    out.add("objectRef.name", object.name);
    out.add("objectRef.uid", object.uid);
    out.add("objectRef.apiGroup", object.api_group);
    out.add("objectRef.apiVersion", object.api_version);
    out.add("objectRef.resourceVersion", object.resource_version);
    out.add("objectRef.subresource", object.subresource);
}

void add_response(FieldList& out, const audit::ResponseStatus& response) {
    if (!response.present) return;
    if (response.code != 0) out.add("responseStatus.code", std::to_string(response.code));
    out.add("responseStatus.status", response.status);
    out.add("responseStatus.reason", response.reason);
    out.add_size("responseStatus.message", response.message);
}

}  // namespace

std::vector<EventField> fields_of(const audit::Event& event) {
    FieldList out;
    out.add("level", audit::to_string(event.level));
    out.add("auditID", event.audit_id);
    out.add("stage", audit::to_string(event.stage));
    out.add("requestURI", uri_words(event.request_uri));
    out.add("verb", event.verb);
    out.add_user("user", event.user);
    if (event.is_impersonated) out.add_user("impersonatedUser", event.impersonated_user);
    out.add("sourceIPs", fmt::format("{}", fmt::join(event.source_ips, ", ")));
    out.add("userAgent", event.user_agent);
    add_object(out, event.object);
    add_response(out, event.response);
    out.add_size("requestObject", event.request_object);
    out.add_size("responseObject", event.response_object);
    out.add_time("requestReceivedTimestamp", event.received);
    out.add_time("stageTimestamp", event.stage_time);
    for (const audit::KeyValue& one : event.annotations)
        out.add(fmt::format("annotations[{}]", one.key), is_servers_own(one.key) ? one.value : "not shown");
    return out.take();
}

}  // namespace redshank
