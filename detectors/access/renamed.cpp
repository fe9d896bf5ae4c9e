#include "detectors/access/renamed.h"

#include <algorithm>

#include "core/finding/sentence.h"
#include "core/request/words.h"

namespace redshank::access {

void tell_renamed(const RenameRow& way, const Observation& observation, FindingBook& findings) {
    const FindingBook::Subject subject{"unusual_access", "unusual-access", observation.origin.cluster,
                                       "renamed " + std::to_string(way.since)};
    const bool is_new = findings.find(subject) == nullptr;
    Finding& finding = findings.report(subject, observation);
    if (is_new) {
        finding.actor.reset();
        finding.object.reset();
        finding.verb.clear();
        for (size_t i = 0; i + 1 < way.all.size(); ++i) {
            findings.add_evidence(finding, way.all[i].evidence);
            ++finding.count;
            finding.first_seen = std::min(finding.first_seen, way.all[i].evidence.time);
        }
    }
    finding.severity = Severity::Low;
    finding.title = "Many people have new names";
    const RenameRow::One& one = way.all.front();
    finding.summary =
        Sentence{
            .what = counted(way.all.size(), "login") + " changed their names in the same way, as " +
                    name_words(one.was) + " to " + name_words(one.name),
            .why =
                {"each came from its network and with its client of before, and no old name is used any more",
                 "what they do is compared with what they did before"}}
            .to_string();
    finding.reasons = {{"renamed", counted(way.all.size(), "login") + " changed their names in the same way",
                        std::to_string(way.all.size())}};
}

}  // namespace redshank::access
