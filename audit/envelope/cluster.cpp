#include "audit/envelope/cluster.h"

#include <simdjson.h>

#include <algorithm>

namespace redshank::audit {

namespace {

namespace dom = simdjson::dom;

std::string_view text_at(dom::object object, std::string_view key) {
    std::string_view text;
    return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::string of_records(dom::object object) {
    dom::array records;
    if (object["records"].get(records) != simdjson::SUCCESS)
        return cluster_of_resource_id(text_at(object, "resourceId"));
    dom::object first;
    if (records.at(0).get(first) != simdjson::SUCCESS) return {};
    return cluster_of_resource_id(text_at(first, "resourceId"));
}

std::string of_labels(dom::object resource) {
    dom::object labels;
    if (resource["labels"].get(labels) != simdjson::SUCCESS) return {};
    return std::string(text_at(labels, "cluster_name"));
}

}  // namespace

std::string cluster_of_log_group(std::string_view group) {
    constexpr std::string_view kBegin = "/aws/eks/", kEnd = "/cluster";
    if (!group.starts_with(kBegin) || !group.ends_with(kEnd)) return {};
    group.remove_prefix(kBegin.size());
    return std::string(group.substr(0, std::max(group.size(), kEnd.size()) - kEnd.size()));
}

std::string cluster_of_resource_id(std::string_view id) {
    std::string small(id);
    std::transform(small.begin(), small.end(), small.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    constexpr std::string_view kBefore = "/managedclusters/";
    const size_t at = small.find(kBefore);
    if (at == small.npos) return {};
    const size_t begin = at + kBefore.size();
    return small.substr(begin, small.find('/', begin) - begin);
}

std::string cluster_of_resource(std::string_view json) {
    dom::parser parser;
    dom::object resource;
    if (parser.parse(json.data(), json.size()).get(resource) != simdjson::SUCCESS) return {};
    return of_labels(resource);
}

std::string cluster_of_envelope(std::string_view text) {
    dom::parser parser;
    dom::object object;
    if (parser.parse(text.data(), text.size()).get(object) != simdjson::SUCCESS) return {};
    if (std::string name = cluster_of_log_group(text_at(object, "logGroup")); !name.empty()) return name;
    if (std::string name = of_records(object); !name.empty()) return name;
    dom::object resource;
    if (object["resource"].get(resource) != simdjson::SUCCESS) return {};
    return of_labels(resource);
}

}  // namespace redshank::audit
