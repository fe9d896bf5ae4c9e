#include "detectors/by_rule/pattern.h"

#include <algorithm>
#include <array>
#include <set>

#include "audit/normalise/stem.h"
#include "core/state/key.h"
#include "detectors/by_rule/memory.h"
#include "detectors/short_hash.h"

namespace redshank::by_rule {

namespace {

// The parts of a body that belong to a habit's pattern.
constexpr std::array<std::string_view, 12> kContent = {
    "pod.anyContainer.image",
    "pod.volumes.hostPath.path",
    "change.rules.verbs",
    "change.rules.resources",
    "change.rules.apiGroups",
    "change.subjects.name",
    "change.subjects.namespace",
    "change.roleRef.name",
    "change.webhooks.clientConfig.url",
    "change.webhooks.clientConfig.service.name",
    R"(change.metadata.labels["pod-security.kubernetes.io/enforce"])",
    "exec.program"};
constexpr size_t kHash = 16;        // characters of a hash in a key
constexpr size_t kMostValues = 64;  // of one field

const std::vector<rules::Field>& content_fields() {
    static const std::vector<rules::Field> kFields = [] {
        std::vector<rules::Field> fields;
        for (std::string_view text : kContent) {
            std::string problem;
            read_field(text, fields.emplace_back(), problem);
        }
        return fields;
    }();
    return kFields;
}

// web-7, web-142 and web-x7k2p are one family.
std::string family(std::string_view name) {
    std::string stem = audit::name_stem(name);
    std::replace(stem.begin(), stem.end(), '#', '*');
    return stem;
}

// The repository of an image: without digest and tag.
std::string_view repository(std::string_view image) {
    image = image.substr(0, image.find('@'));
    const size_t colon = image.rfind(':');
    const bool is_tag = colon != image.npos && image.find('/', colon) == image.npos;
    return is_tag ? image.substr(0, colon) : image;
}

std::string content_of(rules::Context& context) {
    std::string out;
    const auto& fields = content_fields();
    for (size_t i = 0; i < fields.size(); ++i) {
        // Each namespace that a program makes for others has others.
        if (context.beside().in_own_namespace && kContent[i].starts_with("change.subjects.")) continue;
        rules::Values values;
        fields[i].values(context, values);
        std::set<std::string> different;
        for (const rules::Value& value : values) {
            if (different.size() < kMostValues)
                different.insert(i == 0 ? std::string(repository(value.text)) : family(value.text));
        }
        out += kKeyMark;
        for (const std::string& one : different) out += one + '\n';
    }
    return out;
}

Pattern begin(std::string_view of, const Observation& observation) {
    const Request& request = observation.request;
    const std::string cluster = std::string(observation.origin.cluster) + kKeyMark;
    const std::string_view agent = request.agent.product;
    Pattern out;
    out.key = cluster + std::string(of) + kKeyMark;
    out.who = cluster + request.effective.key;
    out.place.network = request.peer.network;
    // k3s appends its host to the program: helm-controller@cp1.
    out.place.agent = agent.substr(0, agent.find('@'));
    out.place.pod = observation.event.user.extra_value("authentication.kubernetes.io/pod-uid");
    return out;
}

std::string name_of(const audit::ObjectRef& object) {
    return short_hash({object.namespace_, object.name}, 10);
}

// The sender, if it is not the account whose rights decide.
std::string_view through(const Request& request) {
    return &request.actor == &request.effective ? std::string_view() : request.actor.key;
}

// Of what an account does wherever it is. A few accounts do most: to hash each time took 250 instructions an
// event of a day.
std::string hash_of(std::string_view what, const Request& request) {
    struct Known {
        uint64_t actor = 0, effective = 0;  // symbols; 0: nothing
        std::string_view what;              // a literal
        std::string hash;
    };
    thread_local std::array<Known, 256> all;
    Known& known = all[(request.actor.symbol * 2 + request.effective.symbol + what.size()) % all.size()];
    if (known.actor != request.actor.symbol || known.effective != request.effective.symbol ||
        known.what != what) {
        known = {request.actor.symbol, request.effective.symbol, what,
                 short_hash({what, request.effective.key, through(request)}, kHash)};
    }
    return known.hash;
}

}  // namespace

Pattern pattern_of(const rules::Rule& rule, rules::Context& context, const Observation& observation) {
    return pattern_of(rule, context, observation, observation.event.verb);
}

Pattern pattern_of(const rules::Rule& rule, rules::Context& context, const Observation& observation,
                   std::string_view verb) {
    const Request& request = observation.request;
    const audit::ObjectRef& object = observation.event.object;
    const std::string role =
        request.grant() ? request.grant()->role_kind + "/" + request.grant()->role_name : "";
    const std::string_view body = observation.event.request_object;
    Pattern out = begin(rule.id, observation);
    out.name = name_of(object);
    if (!body.empty()) out.body = short_hash({body}, kHash);
    out.key += short_hash(
        {request.effective.key, through(request), verb, object.api_group, object.resource, object.subresource,
         family(object.namespace_), family(object.name), role, content_of(context)},
        kHash);
    return out;
}

Pattern keeper_of(const rules::Rule& rule, const Observation& observation) {
    const Request& request = observation.request;
    const audit::ObjectRef& object = observation.event.object;
    Pattern out = begin(rule.id, observation);
    out.name = name_of(object);
    out.key += short_hash({"keeper", request.effective.key, through(request), object.api_group,
                           object.resource, object.namespace_, object.name},
                          kHash);
    return out;
}

Pattern controller_of(const Observation& observation) {
    const Request& request = observation.request;
    Pattern out = begin({}, observation);
    out.key += hash_of("controls", request);
    out.name.clear();
    return out;
}

Pattern installer_of(const Observation& observation) {
    const Request& request = observation.request;
    Pattern out = begin({}, observation);  // no rule has an empty id
    out.key += hash_of("installs", request);
    out.name = observation.event.object.resource;
    return out;
}

}  // namespace redshank::by_rule
