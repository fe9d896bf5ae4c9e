#include "core/request/helm.h"

#include <string>
#include <string_view>

#include "audit/request_uri.h"

namespace redshank {

namespace {

template <class Accepts>
bool has_requirement(const audit::Event& event, Accepts accepts) {
    const std::string selector = audit::query_value(event.request_uri, "labelSelector");
    std::string_view rest = selector;
    while (!rest.empty()) {
        const size_t comma = rest.find(',');
        if (accepts(rest.substr(0, comma))) return true;
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    return false;
}

}  // namespace

bool selects_helm_releases(const audit::Event& event) {
    if (event.object.resource != "secrets" || (event.verb != "list" && event.verb != "watch")) return false;
    return has_requirement(event,
                           [](std::string_view one) { return one == "owner=helm" || one == "owner==helm"; });
}

bool selects_one_helm_release(const audit::Event& event) {
    return selects_helm_releases(event) && !event.object.namespace_.empty() &&
           has_requirement(event, [](std::string_view one) {
               return one.starts_with("name=") && one.find_first_not_of('=', 4) != std::string_view::npos;
           });
}

bool is_helm_release(const audit::ObjectRef& object) {
    return object.resource == "secrets" && object.name.starts_with("sh.helm.release.v1.");
}

}  // namespace redshank
