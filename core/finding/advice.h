// What people are told beside a finding: why its kind matters, and what to do first. One row a kind, and
// docs/runbooks/KIND.md says more.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"

namespace redshank {

// A command and what it is for, or (without a command) something to do by hand.
struct Step {
    std::string command, purpose;
    bool operator==(const Step&) const = default;
};
template <class V>
void describe(V& v, Step& row) {
    v.sparse("command", row.command);
    v.must("purpose", row.purpose);
}

struct Advice {
    // `command` may hold slots (see first_steps()).
    struct Template {
        std::string_view command, purpose;
    };
    std::string_view kind;  // "rule" stands for the id of every rule
    std::string_view why;   // one sentence: what it means when it is real
    std::array<Template, 5> steps;
};

inline constexpr size_t kLongestCommand = 400;

// By kind.
std::span<const Advice> all_advice();

// The row of a finding's kind; that of "rule" for a kind that no row has.
const Advice& advice_for(std::string_view kind);

// Why the finding matters: of a rule, by the first technique that it names (technique.h).
std::string_view why_it_matters(const Finding& finding);

// The first steps whose slots the finding fills, in the order of the row, at most `most`. Slots:
//   {user} {namespace} {name} {group} {resource} (with its group) {kind} {version} {cluster} {since} (RFC
//   3339) {incident}  `incident` {binding}   "rolebinding tmp -n shop": the binding that the grant names
//   {open}      {binding}, when it gives the right to everybody and Kubernetes did not make it
//   {made}      the same of the object, when that is a binding which the request created
//   {account}   "bot -n ci": of the actor, when it is a service account
// Values are made safe for a shell: quoted where they hold more than names need. A step whose value is
// missing, begins with '-' (it would be an option) or holds anything but printable ASCII is left out, and so
// is one of more than kLongestCommand bytes.
inline constexpr size_t kFirstSteps = 3;
std::vector<Step> first_steps(const Finding& finding, std::string_view incident = {},
                              size_t most = kFirstSteps);

// A binding that is gone, or through which nobody reads any longer, in the words of commands.
struct Undone {
    std::string binding;  // "rolebinding tmp -n shop"
    bool is_deleted = false;
    audit::Time time{};
    bool operator==(const Undone&) const = default;
};
template <class V>
void describe(V& v, Undone& row) {
    v.must("binding", row.binding);
    v("is_deleted", row.is_deleted);
    v("time", micros(row.time));
}
// What the finding shows to be undone: it is about a binding that was deleted, or about the end of a window.
std::optional<Undone> undone_by(const Finding& finding);
// Without the commands that have nothing to do any more. When one of them would have closed something, the
// first step says since when it is closed.
void leave_out(std::vector<Step>& steps, const Undone& undone);

}  // namespace redshank
