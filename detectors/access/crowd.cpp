#include "detectors/access/crowd.h"

#include <algorithm>

#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/key.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

constexpr int64_t kLately = 3 * kDay;
constexpr size_t kMembers = 24, kNamedMembers = 12;

std::string key_of(const Look& look) {
    return row_key({look.observation.origin.cluster, look.actor.peers, look.action.key, look.client});
}

// "group dev", with the name of the group safe.
std::string peers_words(std::string_view peers) {
    for (const std::string_view kind : {"group ", "service accounts named "}) {
        if (peers.starts_with(kind)) return std::string(kind) + name_words(peers.substr(kind.size()), 64);
    }
    return std::string(peers);
}

// The first names of those who did it, as many as leave the sentence short.
std::string summary_of(const CrowdRow& row, const Look& look, const Candidate& candidate) {
    std::vector<std::string> names;
    for (const CrowdRow::Member& one : row.members) names.push_back(user_words(one.name));
    const std::string start =
        counted(row.members.size(), look.actor.is(ActorClass::Human) ? "member" : "account") + " of " +
        peers_words(look.actor.peers) + " " + candidate.hit.what + " with " + name_words(look.client) +
        " within 3 days: ";
    for (size_t most = std::min(names.size(), kNamedMembers); most > 1; --most) {
        const std::string out = start + list_words(names, most) + ".";
        if (out.size() <= kMostSummary) return out;
    }
    return cut_words(start + list_words(names, 1), kMostSummary - 1) + ".";
}

}  // namespace

bool Crowd::join(const Look& look, const Candidate& candidate) {
    const int64_t now = look.now();
    CrowdRow& row = rows_.change(key_of(look));
    std::erase_if(row.members, [now](const CrowdRow::Member& one) { return now - one.last >= kLately; });
    double strongest = 0;
    for (const CrowdRow::Member& one : row.members) {
        if (one.key != look.actor.key) strongest = std::max(strongest, one.bits);
    }
    row.last = now;
    const auto known = std::find_if(row.members.begin(), row.members.end(),
                                    [&](const CrowdRow::Member& one) { return one.key == look.actor.key; });
    if (known == row.members.end()) {
        if (row.members.size() >= kMembers) row.members.erase(row.members.begin());
        row.members.push_back({.key = look.actor.key,
                               .name = std::string(look.user()),
                               .bits = candidate.bits,
                               .last = now,
                               .evidence = evidence_of(look.observation)});
    } else {
        known->bits = std::max(known->bits, candidate.bits);
        known->last = now;
    }
    return row.members.size() >= kMany && candidate.bits <= strongest + kBeyond;
}

void Crowd::tell(const Look& look, const Candidate& candidate, FindingBook& findings) {
    CrowdRow& row = rows_.change(key_of(look));
    const FindingBook::Subject subject{"unusual_access", "unusual-access", look.observation.origin.cluster,
                                       row_key({"crowd", look.actor.peers, look.action.key, look.client})};
    const bool is_open = findings.find(subject) != nullptr;
    Finding& finding = findings.report(subject, look.observation);
    if (!is_open) {
        for (const CrowdRow::Member& one : row.members) {
            if (one.key == look.actor.key) continue;
            findings.add_evidence(finding, one.evidence);
            ++finding.count;
            finding.first_seen = std::min(finding.first_seen, one.evidence.time);
        }
        if (!candidate.hit.mitre.empty()) finding.mitre.emplace_back(candidate.hit.mitre);
        finding.title = "Several accounts of one group do the same new thing";
    }
    finding.severity = std::max(finding.severity, Severity::Medium);
    std::string summary = summary_of(row, look, candidate);
    const bool has_joined = is_open && summary != finding.summary;
    finding.summary = std::move(summary);
    finding.reasons = {{"crowd", counted(row.members.size(), "account") + " of one group did the same",
                        std::to_string(row.members.size())}};
    if (has_joined) findings.renew(subject);
}

bool Crowd::counts(const Look& look, const Candidate& candidate) {
    const CrowdRow* known = rows_.find(key_of(look));
    const int64_t now = look.now();
    if (candidate.bits <= 0 || (known != nullptr && known->counted != 0 && now - known->counted < kDay))
        return false;
    rows_.change(key_of(look)).counted = now;
    return true;
}

}  // namespace redshank::access
