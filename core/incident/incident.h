// What people are told about: the findings that share a cause, from its beginning to its end. The JSON shape
// is an interface: docs/incidents.md.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/advice.h"
#include "core/finding/finding.h"
#include "core/state/describe.h"

namespace redshank {

enum class IncidentState : uint8_t { Open, Closed };
std::span<const std::string_view> words_of(IncidentState);
std::string_view to_string(IncidentState state);

// The first values that were met, and how often another one was.
struct FirstNames {
    static constexpr size_t kMost = 16;
    std::vector<std::string> names;
    uint64_t more = 0;

    // True when it is new and among the first. An empty one is none.
    bool add(const std::string& name);
};
template <class V>
void describe(V& v, FirstNames& row) {
    v.must("names", row.names);
    v.sparse("more", row.more);
}

// A finding in it, as it was last told.
struct IncidentPart {
    std::string id, kind;
    Severity severity = Severity::Info;
    FindingStatus status = FindingStatus::Firing;
    uint64_t count = 0;
    audit::Time told{};  // event time
    std::string window;  // of an exposure: the binding and the role that opened it
};
template <class V>
void describe(V& v, IncidentPart& row) {
    v.must("id", row.id);
    v.must("kind", row.kind);
    v("severity", row.severity);
    v("status", row.status);
    v("count", row.count);
    v("told", micros(row.told));
    v.sparse("window", row.window);
}

struct IncidentStep {
    audit::Time time{};
    std::string text, finding;  // one sentence; the finding's id
};
template <class V>
void describe(V& v, IncidentStep& row) {
    v.must("time", micros(row.time));
    v("text", row.text);
    v("finding", row.finding);
}

// What somebody said about it by command.
struct IncidentNote {
    audit::Time time{};  // of the host
    std::string by, because;
};
template <class V>
void describe(V& v, IncidentNote& row) {
    v.must("time", row.time);
    v("by", row.by);
    v("because", row.because);
}

// Of the finding that began it. It never changes, so receivers may label by it.
struct IncidentOrigin {
    std::string detector, kind, user, source_ip, namespace_, resource;
};
template <class V>
void describe(V& v, IncidentOrigin& row) {
    v("detector", row.detector);
    v.must("kind", row.kind);
    v.sparse("user", row.user);
    v.sparse("source_ip", row.source_ip);
    v.sparse("namespace", row.namespace_);
    v.sparse("resource", row.resource);
}

IncidentOrigin origin_of(const Finding& finding);

// What its gravest finding says of itself.
struct IncidentLead {
    std::string lead, lead_kind;  // its id and kind
    Severity lead_severity = Severity::Info;
    std::string title, summary;
    std::string from, with, grant;  // source address, user agent, how it was allowed
    std::string matters;            // why it matters
    std::vector<Step> first;  // and what to do first: more than kFirstSteps, of which some may be undone
};

// Everything is bounded: lists keep their beginnings, or both ends, and count what they leave out.
struct Incident : IncidentLead {
    static constexpr size_t kMostParts = 300, kStepsAtEachEnd = 10, kMostUndone = 16;

    std::string id;  // "i_…": a hash of the finding that began it and of its time. Never changes.
    IncidentState state = IncidentState::Open;
    Severity severity = Severity::Info;  // rises only
    std::string cluster;
    audit::Time opened{}, last{};  // event time: of its first and its last event
    std::optional<audit::Time> closed;
    std::string closed_because;
    std::string joined;  // the older incident that it turned out to be a part of
    std::optional<IncidentNote> acknowledged;
    IncidentOrigin origin;
    // "GROUP/RESOURCE". The first: findings of crd_health are in it, and all others are about the same. The
    // second: all findings so far are about it, so that they may come.
    std::string custom_resource, only_about;
    std::vector<Undone> undone;  // the first kMostUndone that the findings show
    FirstNames actors, objects, kinds, mitre;
    std::vector<IncidentPart> findings;  // the first kMostParts
    uint64_t findings_more = 0;
    std::vector<IncidentStep> steps;  // by time; the first and the last kStepsAtEachEnd
    uint64_t steps_more = 0;          // left out between them

    bool is_open() const { return state == IncidentState::Open; }
    // "i_4k2m": enough for a person to tell incidents apart, and for commands to find one.
    std::string short_id() const { return id.substr(0, 8); }
};
template <class V>
void describe(V& v, Incident& row) {
    v.must("id", row.id);
    v.must("state", row.state);
    v.must("severity", row.severity);
    v("cluster", row.cluster);
    v.must("opened", row.opened);
    v.must("last", row.last);
    v("closed", row.closed);
    v.sparse("closed_because", row.closed_because);
    v.sparse("joined", row.joined);
    v("acknowledged", row.acknowledged);
    v("origin", row.origin);
    v("lead", row.lead);
    v("lead_kind", row.lead_kind);
    v("lead_severity", row.lead_severity);
    v("title", row.title);
    v("summary", row.summary);
    v.sparse("from", row.from);
    v.sparse("with", row.with);
    v.sparse("grant", row.grant);
    v.sparse("matters", row.matters);
    v.sparse("first", row.first);
    v.sparse("custom_resource", row.custom_resource);
    v.sparse("only_about", row.only_about);
    v.sparse("undone", row.undone);
    v("actors", row.actors);
    v("objects", row.objects);
    v("kinds", row.kinds);
    v("mitre", row.mitre);
    v("findings", row.findings);
    v.sparse("findings_more", row.findings_more);
    v("steps", row.steps);
    v.sparse("steps_more", row.steps_more);
}
// Closed ones go first, then the lesser, then those that have been quiet for longest.
inline auto worth(const Incident& row) {
    return std::tuple(row.is_open(), row.is_open() ? row.severity : Severity::Info, row.last);
}

// Puts the step at its place by time.
void add_step(Incident& incident, IncidentStep step);

// In the field order of docs/incidents.md. `evidence` may be null: then there is no such field.
boost::json::object json_of(const Incident& incident, const std::vector<Evidence>* evidence = nullptr);

}  // namespace redshank
