#include "detectors/webhook_guard.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string_view>

#include "core/state/json_fields.h"
#include "detectors/rbac/reach.h"
#include "detectors/short_hash.h"

namespace redshank {

namespace {

namespace json = boost::json;

std::string hash_of_text(std::string_view text) {
    return short_hash({text}, 10);
}

bool knows(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

// "https://127.0.0.1:23443/mutate": a program beside the API server, as clouds and static Pods have it.
bool is_on_own_host(std::string_view url) {
    const size_t begin = url.find("://");
    if (begin == url.npos) return false;
    const std::string_view rest = url.substr(begin + 3);
    const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
    // A name before @ is no host.
    return host.find('@') == host.npos &&
           (host.starts_with("127.0.0.1:") || host == "127.0.0.1" || host.starts_with("localhost:") ||
            host == "localhost" || host.starts_with("[::1]"));
}

// The URL that a clientConfig asks; "" for none, and for one on the API server's own host.
std::string outside_of(const json::object& client) {
    std::string url = json_text(client, "url");
    return is_on_own_host(url) ? std::string() : url;
}

void add_client(WebhookGuard& to, const json::object& client) {
    const std::string url = outside_of(client);
    if (!url.empty() && to.outside.size() < WebhookGuard::kMost) to.outside.push_back(hash_of_text(url));
}

// An operation of a JSON patch: the last word of its path says of what.
void add_operation(const json::object& operation, Loosened& out, WebhookGuard& asked) {
    const std::string path = json_text(operation, "path"), kind = json_text(operation, "op");
    if (!path.starts_with("/webhooks") || (kind != "add" && kind != "replace")) return;
    const json::value* value = operation.if_contains("value");
    if (value == nullptr) return;
    if (path.ends_with("/failurePolicy")) out.fails_open = out.fails_open || *value == "Ignore";
    if (path.ends_with("/clientConfig/url")) add_client(asked, {{"url", *value}});
    const json::object* object = value->if_object();
    if (object == nullptr) return;
    if (path.ends_with("/clientConfig")) add_client(asked, *object);
    if (const json::object* client = json_object(*object, "clientConfig")) add_client(asked, *client);
}

bool has_other(const std::vector<std::string>& all, const std::vector<std::string>& known) {
    return std::any_of(all.begin(), all.end(), [&](const std::string& one) { return !knows(known, one); });
}

}  // namespace

WebhookGuard guard_of(const json::array& webhooks) {
    WebhookGuard out;
    for (const json::value& one : webhooks) {
        const json::object* webhook = one.if_object();
        if (webhook == nullptr) continue;
        const std::string policy = json_text(*webhook, "failurePolicy");
        if (policy != "Ignore" && out.closed.size() < WebhookGuard::kMost)
            out.closed.push_back(hash_of_text(json_text(*webhook, "name")));
        if (const json::object* client = json_object(*webhook, "clientConfig")) add_client(out, *client);
    }
    return out;
}

Loosened loosened(const WebhookGuard& before, const WebhookGuard& now) {
    return {.asks_outside = has_other(now.outside, before.outside),
            .fails_open = has_other(before.closed, now.closed)};
}

Loosened loosened_by_patch(const json::value& patch, const WebhookGuard* before) {
    static const WebhookGuard kNothing;
    const std::vector<std::string>& known = before == nullptr ? kNothing.outside : before->outside;
    Loosened out;
    WebhookGuard asked;
    if (const json::array* operations = patch.if_array()) {
        for (const json::value& one : *operations) {
            if (const json::object* operation = one.if_object()) add_operation(*operation, out, asked);
        }
        out.fails_open = out.fails_open && (before == nullptr || !before->closed.empty());
        out.asks_outside = has_other(asked.outside, known);
        return out;
    }
    const json::object* object = patch.if_object();
    const json::array* webhooks = object == nullptr ? nullptr : json_array(*object, "webhooks");
    if (webhooks == nullptr) return out;
    if (before == nullptr && object->contains("kind") && object->contains("apiVersion")) return out;
    for (const json::value& one : *webhooks) {
        const json::object* webhook = one.if_object();
        if (webhook == nullptr) continue;
        const bool was_closed =
            before == nullptr || knows(before->closed, hash_of_text(json_text(*webhook, "name")));
        out.fails_open = out.fails_open || (was_closed && json_text(*webhook, "failurePolicy") == "Ignore");
        if (const json::object* client = json_object(*webhook, "clientConfig")) add_client(asked, *client);
    }
    out.asks_outside = has_other(asked.outside, known);
    return out;
}

bool intercepts_modestly(const json::object& rule, bool mutates) {
    const auto all_of = [&](std::string_view key, auto accepts) {
        const json::array* all = json_array(rule, key);
        return all != nullptr && std::all_of(all->begin(), all->end(), [&](const json::value& one) {
                   return one.is_string() && accepts(std::string_view(one.get_string()));
               });
    };
    return all_of("apiGroups", rbac::is_custom_group) ||
           (!mutates && all_of("resources", [](std::string_view resource) {
               return resource.find('*') == resource.npos && resource != "secrets" &&
                      resource != "serviceaccounts/token" && resource != "tokenreviews";
           }));
}

}  // namespace redshank
