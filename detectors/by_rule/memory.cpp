#include "detectors/by_rule/memory.h"

#include "audit/utf8.h"
#include "core/state/key.h"
#include "detectors/finding_book.h"
#include "detectors/short_hash.h"

namespace redshank::by_rule {

namespace {

constexpr size_t kMaxKey = 512;      // bytes of one value in a key
constexpr size_t kUsualKey = 128;    // bytes of most keys
constexpr size_t kMaxDistinct = 64;  // bytes of a value that is kept as it is
// The form of the rows; rows of other forms are dropped. 2: keys begin with the cluster.
constexpr std::string_view kForm = "2";

// An object of the whole cluster has no namespace: its name says enough.
bool may_be_empty(const rules::Field& field) {
    return field.entry->name == "objectRef.namespace" || field.entry->name == "grant.bindingNamespace";
}

bool append_values(std::string& key, rules::Context& context, const std::vector<rules::Field>& fields,
                   bool whole) {
    bool is_empty = true;
    for (size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) key += kKeyMark;
        const std::string_view value = fields[i].first(context);
        if (value.empty() && whole && !may_be_empty(fields[i])) return false;
        is_empty = is_empty && value.empty();
        key += audit::cut_utf8(value, kMaxKey);
        // Callers that come through a proxy are told apart.
        if (context.event().is_impersonated && fields[i].entry->name == "user.username") {
            key.append(" as ").append(audit::cut_utf8(context.event().impersonated_user.username, kMaxKey));
        }
    }
    return !whole || !is_empty;
}

}  // namespace

std::optional<std::string> rule_key(rules::Context& context, const std::vector<rules::Field>& fields,
                                    bool whole) {
    std::string key;
    key.reserve(kUsualKey);
    if (!append_values(key, context, fields, whole)) return std::nullopt;
    return key;
}

bool write_window_key(std::string& key, rules::Context& context, const Observation& observation,
                      const std::vector<rules::Field>& fields, bool whole) {
    key.assign(observation.origin.cluster) += kKeyMark;
    return append_values(key, context, fields, whole);
}

std::optional<std::string> window_key(rules::Context& context, const Observation& observation,
                                      const std::vector<rules::Field>& fields, bool whole) {
    std::string key;
    key.reserve(kUsualKey);
    if (!write_window_key(key, context, observation, fields, whole)) return std::nullopt;
    return key;
}

RuleHit hit_of(std::string_view window_key) {
    const size_t end = window_key.find(kKeyMark);
    return {.cluster = std::string(window_key.substr(0, end)),
            .key = std::string(window_key.substr(end + 1)),
            .earlier = {},
            .alone = {},
            .began = {}};
}

void write_distinct_value(std::string& value, rules::Context& context,
                          const std::vector<rules::Field>& fields) {
    value.clear();
    append_values(value, context, fields, false);
    if (value.size() > kMaxDistinct) value = finding_id({value});
}

RuleMemory::RuleMemory(rules::RulePtr rule)
    : rule_(std::move(rule)), stamp_(short_hash({kForm, rule_->fingerprint}, 12)) {}

std::string RuleMemory::prefix() const {
    return rule_->id + kKeyMark;
}

std::string object_key(std::string_view cluster, std::string_view namespace_, std::string_view name) {
    return row_key({cluster, namespace_, name});
}

}  // namespace redshank::by_rule
