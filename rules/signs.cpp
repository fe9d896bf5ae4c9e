#include "rules/signs.h"

#include <algorithm>

#include "audit/glob.h"
#include "rules/context.h"

namespace redshank::rules {

namespace {

constexpr Signs kAll = ~Signs{0};

bool all_of(const Condition& compare, auto&& fits) {
    return compare.op == Op::Equal && !compare.other && compare.transforms.empty() &&
           std::all_of(compare.literals.begin(), compare.literals.end(), fits);
}

// The signs of an event in which this field has a value.
Signs of_field(const FieldEntry& entry) {
    if (find_field(entry.name) != &entry) return 0;  // a field of another dialect
    if (entry.argument == Argument::Path)
        return body_of(entry) == Body::Response ? kResponseBody : kRequestBody;
    if (entry.name.starts_with("impersonatedUser.")) return kImpersonated;
    if (entry.name == "objectRef.subresource") return kSubresource;
    return 0;
}

Signs of_compare(const Condition& compare) {
    const FieldEntry& entry = *compare.field.entry;
    const bool is_true = all_of(compare, [](const Literal& literal) { return literal.text == "true"; });
    if ((entry.name == "succeeded" || entry.name == "created") && is_true) return kSucceeded;
    if (entry.name == "refused" && is_true) return kFailed;
    if (entry.name == "responseStatus.code" &&
        all_of(compare, [](const Literal& literal) { return literal.is_number && literal.number >= 400; })) {
        return kFailed;
    }
    if (entry.name == "actor.kind" && all_of(compare, [](const Literal& literal) {
            return literal.text == "anonymous" || literal.text == "unauthenticated";
        })) {
        return kAnonymous;
    }
    return of_field(entry);
}

}  // namespace

bool may_be_of_authorizer(const Field& annotation) {
    const std::string& key = annotation.path.steps.front().key;
    return audit::glob_match(key, "authorization.k8s.io/decision") ||
           audit::glob_match(key, "authorization.k8s.io/reason");
}

Signs signs_of(const Request& request) {
    const audit::Event& event = request.event;
    Signs signs = 0;
    if (event.succeeded()) signs |= kSucceeded;
    if (event.response.code >= 400) signs |= kFailed;
    if (request.actor.is_nobody()) signs |= kAnonymous;
    if (event.is_impersonated) signs |= kImpersonated;
    if (!event.object.subresource.empty()) signs |= kSubresource;
    if (!event.request_object.empty()) signs |= kRequestBody;
    if (!event.response_object.empty()) signs |= kResponseBody;
    if (event.has_other_annotations()) signs |= kAnnotated;
    return signs;
}

Signs demanded_signs(const Condition& condition) {
    switch (condition.kind) {
        case Condition::Kind::And: {
            Signs all = 0;
            for (const auto& part : condition.parts) all |= demanded_signs(*part);
            return all;
        }
        case Condition::Kind::Or: {
            Signs common = kAll;
            for (const auto& part : condition.parts) common &= demanded_signs(*part);
            return common;
        }
        case Condition::Kind::False:
            return kAll;
        case Condition::Kind::Compare:
        case Condition::Kind::Exists:
        case Condition::Kind::Has: {
            const FieldEntry& entry = *condition.field.entry;
            if (entry.name == "annotations" && !condition.field.path.steps.empty()) {
                return may_be_of_authorizer(condition.field) ? 0 : kAnnotated;
            }
            return condition.kind == Condition::Kind::Compare ? of_compare(condition) : of_field(entry);
        }
        default:
            return 0;
    }
}

}  // namespace redshank::rules
