#include "audit/policy/request.h"

#include <algorithm>

#include "audit/request_uri.h"

namespace redshank::audit::policy {

namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    const size_t first = path.find_first_not_of('/');
    if (first == path.npos) return segments;
    path = path.substr(first, path.find_last_not_of('/') + 1 - first);
    for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/')) {
        segments.push_back(path.substr(0, slash));
        path.remove_prefix(slash + 1);
    }
    segments.push_back(path);
    return segments;
}

// + is a plus in a path, unlike in a query.
std::string decoded_path(std::string_view uri) {
    std::string raw;
    for (const char c : uri_path(uri)) {
        if (c == '+') {
            raw += "%2B";
        } else {
            raw += c;
        }
    }
    return percent_decode(raw);
}

void take_object(const Event& event, Request& request) {
    request.is_resource = event.object.present;
    request.group = event.object.api_group;
    request.resource = event.object.resource;
    request.subresource = event.object.subresource;
    request.namespace_ = event.object.namespace_;
    // A create on a collection has no name in its URL: objectRef's name comes from the body.
    if (event.verb != "create" || !event.object.subresource.empty()) request.name = event.object.name;
}

}  // namespace

void read_path(std::string path, Request& request) {
    request.path = std::move(path);
    std::vector<std::string_view> parts = segments_of(request.path);
    const auto drop = [&](size_t count) {
        parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(count));
    };
    if (parts.size() < 3 || (parts[0] != "api" && parts[0] != "apis")) return;
    const bool has_group = parts[0] == "apis";
    if (has_group && parts.size() < 4) return;
    request.is_resource = true;
    if (has_group) request.group = parts[1];
    drop(has_group ? 3 : 2);  // prefix, group, version
    const bool is_proxy = parts[0] == "proxy";
    if ((is_proxy || parts[0] == "watch") && parts.size() > 1) drop(1);
    if (parts[0] == "namespaces" && parts.size() > 1) {
        request.namespace_ = parts[1];
        // The rest is an object in the namespace, or a subresource of the namespace itself.
        if (parts.size() > 2 && parts[2] != "status" && parts[2] != "finalize") drop(2);
    }
    request.resource = parts[0];
    if (parts.size() > 1) request.name = parts[1];
    if (parts.size() > 2 && !is_proxy) request.subresource = parts[2];
}

Request request_of(const Event& event) {
    Request request;
    request.user = event.user.username;
    request.has_user = !event.user.username.empty();
    request.groups.assign(event.user.groups.begin(), event.user.groups.end());
    request.verb = event.verb;
    if (!event.is_shortened) read_path(decoded_path(event.request_uri), request);
    if (!request.is_resource && event.object.present) take_object(event, request);
    if (request.is_resource && request.name.empty() && (event.verb == "list" || event.verb == "watch"))
        request.name = event.object.name;
    return request;
}

}  // namespace redshank::audit::policy
