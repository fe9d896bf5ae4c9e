#include "audit/cut.h"

#include <array>
#include <cstdio>

#include "audit/fnv.h"
#include "audit/request_uri.h"
#include "audit/utf8.h"

namespace redshank::audit {

namespace {

class Cutter {
  public:
    explicit Cutter(Arena& arena) : arena_(arena) {}

    void operator()(std::string_view& text, size_t most = kLongestName) {
        if (text.size() > most) text = arena_.copy(cut(text, most));
    }

    void operator()(User& user) {
        (*this)(user.username);
        (*this)(user.uid);
        for (std::string_view& group : user.groups.own()) (*this)(group);
        for (ExtraEntry& entry : user.extra.own()) {
            (*this)(entry.key);
            for (std::string_view& value : entry.values) (*this)(value);
        }
    }

    void operator()(ObjectRef& object) {
        for (std::string_view* text :
             {&object.resource, &object.namespace_, &object.name, &object.uid, &object.api_group,
              &object.api_version, &object.resource_version, &object.subresource})
            (*this)(*text);
    }

    void path(std::string_view& uri) {
        const std::string_view path = uri_path(uri);
        if (path.size() <= kLongestPath) return;
        std::string shorter = cut(path, kLongestPath);
        shorter += uri.substr(path.size());
        uri = arena_.copy(shorter);
    }

  private:
    Arena& arena_;
};

}  // namespace

std::string cut(std::string_view text, size_t most) {
    if (text.size() <= most) return std::string(text);
    std::array<char, 20> end{};
    const int size =
        std::snprintf(end.data(), end.size(), "…%016llx", static_cast<unsigned long long>(fnv1a(text)));
    return std::string(cut_utf8(text, most - static_cast<size_t>(size))) + end.data();
}

// What is shown of known texts (KnownTexts) is short.
void cut_long_texts(Event& event) {
    Cutter cutter(event.unescaped);
    cutter(event.audit_id);
    cutter.path(event.request_uri);
    cutter(event.verb);
    cutter(event.user);
    cutter(event.impersonated_user);
    for (std::string_view& address : event.source_ips.own()) cutter(address);
    cutter(event.user_agent, kLongestAgent);
    cutter(event.object);
    for (std::string_view* text :
         {&event.response.details_name, &event.response.details_group, &event.response.details_kind,
          &event.response.details_uid, &event.response.reason})
        cutter(*text);
}

}  // namespace redshank::audit
