// The failures of one class on one resource: how many, since when, of which callers and objects.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "core/finding/finding.h"
#include "core/request/observation.h"
#include "detectors/crd/outcome.h"
#include "detectors/crd/windows.h"

namespace redshank::crd {

// What two requests must share for one to say something about the other.
enum class VerbClass : uint8_t { Read, Watch, Write, Status };
VerbClass verb_class_of(const audit::Event& event);
std::span<const std::string_view> words_of(VerbClass);
std::string_view to_string(VerbClass verbs);

// One failing request, as findings name it.
struct Failure {
    audit::Time time{};
    std::string user, verb, version, subresource, namespace_, name;
    int code = 0;
};
template <class V>
void describe(V& v, Failure& row) {
    v.must("time", micros(row.time));
    v("user", row.user);
    v("verb", row.verb);
    v("version", row.version);
    v("subresource", row.subresource);
    v("namespace", row.namespace_);
    v("name", row.name);
    v("code", row.code);
}
Failure failure_of(const audit::Event& event);

// The event as evidence. Clients choose audit IDs, so a very long one is cut, since many are kept.
Evidence bounded_evidence(const Observation& observation);

struct Track {
    static constexpr size_t kCallers = 8, kObjects = 8, kCauses = 6, kVersions = 4, kPending = 64;

    Windows bad;
    // The episode, which begins with the first failure after a healthy time, or after six hours without
    // failures.
    Failure first;
    uint64_t count = 0;
    audit::Time last{};
    std::vector<std::string> callers;        // the first kCallers
    std::vector<uint64_t> objects;           // hashes of (verb, namespace, name), the first kObjects
    std::map<std::string, uint64_t> causes;  // the first kCauses
    uint8_t verb_classes = 0;                // bits of VerbClass that failed
    std::vector<std::string> versions;       // API versions that failed, the first kVersions
    std::deque<Evidence> pending;            // failures that are in no finding yet, the last kPending
    // The run: failures since the last success of such requests.
    uint64_t run = 0;
    audit::Time run_start{};
    uint64_t good_since = 0;
    std::vector<uint64_t> run_objects;  // of the run, as `objects`

    uint8_t level = 0;        // Level of the open finding
    audit::Time unhealthy{};  // the last time that it looked unhealthy
    std::string change;       // the change just before, for people; "" when none is known

    void add_failure(const Observation& observation, const Outcome& outcome);
    void add_success(const audit::Event& event);
    // Ends the episode. Its causes stay until the next one begins, since the windows still count them.
    void end_episode();

    // Whether different requests or callers fail, so that it is not one client in a loop.
    bool is_broad() const { return callers.size() >= 2 || objects.size() >= 3; }
    // The same for the run alone, without noise from before.
    bool is_broad_run() const { return run_objects.size() >= 3; }
    bool has_failed(VerbClass verbs) const { return (verb_classes >> static_cast<unsigned>(verbs)) & 1U; }
    // The causes, most frequent first, "; " between them; at most `most` bytes (but at least one), what is
    // left out being ", and more".
    static constexpr size_t kShortCause = 100, kLongCause = 200;
    std::string cause_text(size_t most = kLongCause) const;
};
template <class V>
void describe(V& v, Track& row) {
    v("bad", row.bad);
    v("first", row.first);
    v.must("count", row.count);
    v("last", micros(row.last));
    v("callers", row.callers);
    v("objects", row.objects);
    v("causes", row.causes);
    v("verb_classes", row.verb_classes);
    v("versions", row.versions);
    v("pending", row.pending);
    v("run", row.run);
    v("run_start", micros(row.run_start));
    v("good_since", row.good_since);
    v("run_objects", row.run_objects);
    v("level", row.level);
    v("unhealthy", micros(row.unhealthy));
    v("change", row.change);
}

}  // namespace redshank::crd
