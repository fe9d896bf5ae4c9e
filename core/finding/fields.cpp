#include "core/finding/fields.h"

#include <array>

#include "audit/normalise/source.h"
#include "core/finding/advice.h"
#include "core/finding/text.h"
#include "core/request/names.h"

namespace redshank {

namespace {

struct Field {
    std::string_view name;
    std::string (*value)(const Finding&);
};

const std::array kFields{
    Field{"cluster", [](const Finding& f) { return f.cluster; }},
    Field{"detector", [](const Finding& f) { return f.detector; }},
    Field{"kind", [](const Finding& f) { return f.kind; }},
    Field{"severity", [](const Finding& f) { return std::string(to_string(f.severity)); }},
    Field{"actor", [](const Finding& f) { return f.who().user; }},
    Field{"source_ip", [](const Finding& f) { return f.who().source_ip; }},
    Field{"namespace", [](const Finding& f) { return f.what().namespace_; }},
    Field{"resource", [](const Finding& f) { return f.what().resource; }},
    Field{"name", [](const Finding& f) { return f.what().name; }},
    Field{"rule", [](const Finding& f) { return f.rule_id; }},
    Field{"finding", [](const Finding& f) { return f.id; }},
};

}  // namespace

const std::vector<std::string_view>& alert_fields() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> out;
        for (const Field& field : kFields) out.push_back(field.name);
        return out;
    }();
    return names;
}

std::optional<std::string> alert_field(const Finding& finding, std::string_view name) {
    for (const Field& field : kFields) {
        if (field.name == name) return field.value(finding);
    }
    return std::nullopt;
}

std::string actor_identity(const Finding& finding) {
    const FindingActor& who = finding.who();
    return finding.actor && who.is_anonymous() ? who.user + '@' + audit::source_caller(who.source_ip)
                                               : who.user;
}

std::string actor_owner(const Finding& finding) {
    const std::string identity = actor_identity(finding);
    if (identity.empty()) return {};
    const bool is_account = identity.starts_with(kServiceAccountPrefix);
    return finding.cluster + ' ' +
           (is_account ? identity.substr(0, identity.find(':', kServiceAccountPrefix.size())) : identity);
}

const std::vector<std::string_view>& link_slots() {
    static const std::vector<std::string_view> slots{"{kind}", "{id}",      "{cluster}", "{namespace}",
                                                     "{user}", "{runbook}", "{incident}"};
    return slots;
}

std::string expand_link(std::string url, const Finding& finding, std::string_view incident) {
    const std::pair<std::string_view, std::string> values[] = {
        {"{kind}", finding.kind},
        {"{id}", finding.id},
        {"{cluster}", finding.cluster},
        {"{namespace}", finding.what().namespace_},
        {"{user}", finding.who().user},
        {"{runbook}", std::string(advice_for(finding.kind).kind)},
        {"{incident}", std::string(incident)}};
    for (const auto& [name, value] : values) {
        const std::string encoded = url_encode(value);  // contains no brace, so nothing is replaced twice
        for (size_t at = 0; (at = url.find(name, at)) != std::string::npos; at += encoded.size()) {
            url.replace(at, name.size(), encoded);
        }
    }
    return url;
}

}  // namespace redshank
