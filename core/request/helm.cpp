#include "core/request/helm.h"

#include <string>
#include <string_view>

#include "audit/request_uri.h"

namespace redshank {

bool selects_helm_releases(const audit::Event& event) {
    if (event.object.resource != "secrets" || (event.verb != "list" && event.verb != "watch")) return false;
    const std::string selector = audit::query_value(event.request_uri, "labelSelector");
    std::string_view rest = selector;
    while (!rest.empty()) {
        const size_t comma = rest.find(',');
        const std::string_view one = rest.substr(0, comma);
        if (one == "owner=helm" || one == "owner==helm") return true;
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    return false;
}

bool is_helm_release(const audit::ObjectRef& object) {
    return object.resource == "secrets" && object.name.starts_with("sh.helm.release.v1.");
}

}  // namespace redshank
