#include "rules/left_open.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "rules/signs.h"

namespace redshank::rules {

namespace {

// The fields that depend on the kind of a request only (RequestKind), and on whether its grant is a role that
// gives everything. A field that is missing here costs time; one that depends on more would cost findings.
constexpr std::string_view kFieldsOfKind[] = {"user.username",
                                              "user.uid",
                                              "user.groups",
                                              "user.extra",
                                              "impersonatedUser.username",
                                              "impersonatedUser.uid",
                                              "impersonatedUser.groups",
                                              "impersonatedUser.extra",
                                              "userAgent",
                                              "objectRef.namespace",
                                              "actor.namespace",
                                              "actor.account",
                                              "actor.builtin",
                                              "actor.clusterAdmin",
                                              "grant.bindingKind",
                                              "grant.bindingNamespace",
                                              "grant.binding",
                                              "grant.roleKind",
                                              "grant.role",
                                              "grant.subjectKind",
                                              "grant.subjectNamespace",
                                              "grant.subject",
                                              "source.ip",
                                              "source.network",
                                              "agent.product"};
// The same for the deed of the kind.
constexpr std::string_view kFieldsOfDeed[] = {"level",
                                              "stage",
                                              "verb",
                                              "objectRef.resource",
                                              "objectRef.apiGroup",
                                              "objectRef.apiVersion",
                                              "objectRef.subresource",
                                              "responseStatus.code",
                                              "actor.kind",
                                              "succeeded",
                                              "created",
                                              "verdict",
                                              "refused",
                                              "dryRun"};

// On what the values of a field depend.
enum class Depends : uint8_t {
    OnDeed,  // of the kind
    OnKind,
    // On more, but the field has no value where the kind has none of these:
    OnRequestBody,
    OnResponseBody,
    OnCommand,      // of an exec
    OnCommands,     // of an exec, or in a request body
    OnAnnotations,  // besides the authorizer's
    OnMore
};

Depends depends(const FieldEntry& entry) {
    if (entry.name == "exec.command" || entry.name == "exec.program" || entry.name == "exec.addresses")
        return Depends::OnCommand;
    if (entry.name == "commands" || entry.name == "commands.loaded") return Depends::OnCommands;
    if (entry.name == "annotations") return Depends::OnAnnotations;
    const bool is_of_body = entry.argument == Argument::Path || entry.name == "pod.asController" ||
                            entry.name == "object.letsEverybody";
    if (!is_of_body) return Depends::OnMore;
    return body_of(entry) == Body::Response ? Depends::OnResponseBody : Depends::OnRequestBody;
}

// Compares entries, not names: other dialects have fields of their own under the same names.
Depends depends(const Field& field) {
    static const std::span<const FieldEntry> kTable = field_table();
    static const std::vector<Depends> kOfEntries = [] {
        std::vector<Depends> entries;
        for (const FieldEntry& entry : kTable) entries.push_back(depends(entry));
        const auto place = [](std::string_view name) {
            return static_cast<size_t>(find_field(name) - kTable.data());
        };
        for (const std::string_view name : kFieldsOfKind) entries[place(name)] = Depends::OnKind;
        for (const std::string_view name : kFieldsOfDeed) entries[place(name)] = Depends::OnDeed;
        return entries;
    }();
    const std::less<> before;
    const FieldEntry* const end = kTable.data() + kTable.size();
    if (field.computed || before(field.entry, kTable.data()) || !before(field.entry, end))
        return Depends::OnMore;
    return kOfEntries[static_cast<size_t>(field.entry - kTable.data())];
}

// Whether the field has the same values for all requests of which that is known of the context's request.
bool is_decided(const Field& field, const audit::Event& event, Known known) {
    const std::string_view part = event.object.subresource;
    const bool has_command = part == "exec" || part == "attach";
    switch (depends(field)) {
        case Depends::OnDeed:
            return true;
        case Depends::OnKind:
            return known == Known::Kind;
        case Depends::OnRequestBody:
            return event.request_object.empty();
        case Depends::OnResponseBody:
            return event.response_object.empty();
        case Depends::OnCommand:
            return !has_command;
        case Depends::OnCommands:
            return !has_command && event.request_object.empty();
        case Depends::OnAnnotations:
            return !event.has_other_annotations() && !field.path.steps.empty() &&
                   !may_be_of_authorizer(field);
        case Depends::OnMore:
            break;
    }
    return false;
}

bool has_no_items(const Condition& has, const audit::Event& event) {
    switch (has.scope) {
        case Body::Request:
        case Body::Change:
        case Body::Pod:
        case Body::Containers:
            return event.request_object.empty();
        case Body::Response:
            return event.response_object.empty();
        case Body::Whole:
        case Body::Scope:
            break;
    }
    return false;
}

enum class Truth : uint8_t { No, Maybe, Yes };

Truth not_of(Truth truth) {
    return truth == Truth::Maybe ? truth : truth == Truth::Yes ? Truth::No : Truth::Yes;
}

Truth truth_of(const Condition& condition, Context& context, Known known);

Truth one_of(const Condition& condition, Context& context, Known known) {
    size_t yes = 0, maybe = 0;
    for (const ConditionPtr& part : condition.parts) {
        const Truth truth = truth_of(*part, context, known);
        yes += truth == Truth::Yes ? 1 : 0;
        maybe += truth == Truth::Maybe ? 1 : 0;
    }
    if (yes > 1 || yes + maybe == 0) return Truth::No;
    return maybe > 0 ? Truth::Maybe : Truth::Yes;
}

Truth truth_of(const Condition& condition, Context& context, Known known) {
    Truth all = Truth::Yes, any = Truth::No;
    switch (condition.kind) {
        case Condition::Kind::And:
            for (const ConditionPtr& part : condition.parts) {
                all = std::min(all, truth_of(*part, context, known));
                if (all == Truth::No) break;
            }
            return all;
        case Condition::Kind::Or:
            for (const ConditionPtr& part : condition.parts) {
                any = std::max(any, truth_of(*part, context, known));
                if (any == Truth::Yes) break;
            }
            return any;
        case Condition::Kind::One:
            return one_of(condition, context, known);
        case Condition::Kind::Not:
            return not_of(truth_of(*condition.parts.front(), context, known));
        case Condition::Kind::Has:
            if (!has_no_items(condition, context.event())) return Truth::Maybe;
            break;
        case Condition::Kind::Compare:
        case Condition::Kind::Exists:
            if (!is_decided(condition.field, context.event(), known) ||
                (condition.other && !is_decided(*condition.other, context.event(), known)))
                return Truth::Maybe;
            break;
        case Condition::Kind::True:
        case Condition::Kind::False:
            break;
    }
    return condition.test(context) ? Truth::Yes : Truth::No;
}

constexpr size_t kLastBit = 63, kMostSteps = 16;

Open bit(size_t at) {
    return Open{1} << at;
}

}  // namespace

bool is_of_kind(const Field& field) {
    return depends(field) <= Depends::OnKind;
}

std::optional<Open> left_open(const Condition& condition, Context& context, Known known) {
    if (condition.kind != Condition::Kind::And) {
        const Truth truth = truth_of(condition, context, known);
        if (truth == Truth::No) return std::nullopt;
        return truth == Truth::Maybe ? bit(0) : Open{0};
    }
    Open open = 0;
    for (size_t i = 0; i < condition.parts.size(); ++i) {
        const Truth truth = truth_of(*condition.parts[i], context, known);
        if (truth == Truth::No) return std::nullopt;
        if (truth == Truth::Maybe) open |= bit(std::min(i, kLastBit));
    }
    return open;
}

std::optional<Open> left_open(const Rule& rule, Context& context, Known known) {
    if (rule.kind != RuleKind::Sequence) return left_open(*rule.condition, context, known);
    if (rule.steps.size() > kMostSteps) return kAllOpen;
    Open open = 0;
    for (size_t i = 0; i < rule.steps.size(); ++i) {
        const Truth truth = truth_of(*rule.steps[i].condition, context, known);
        if (truth != Truth::No) open |= bit(i);
        if (truth == Truth::Maybe) open |= bit(kUncertain + i);
    }
    return open == 0 ? std::nullopt : std::optional(open);
}

bool test_open(const Condition& condition, Open open, Context& context) {
    if (open == 0) return true;
    if (open == kAllOpen || condition.kind != Condition::Kind::And) return condition.test(context);
    for (size_t i = 0; i < condition.parts.size(); ++i) {
        if ((open & bit(std::min(i, kLastBit))) != 0 && !condition.parts[i]->test(context)) return false;
    }
    return true;
}

}  // namespace redshank::rules
