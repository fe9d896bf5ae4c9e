#include "detectors/access/story.h"

#include <algorithm>

#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/key.h"

namespace redshank::access {

namespace {

constexpr size_t kSteps = 12, kEvidence = 24;
constexpr std::string_view kScan = "strangers";  // what scanners do is a finding about the API server

std::string key_of(const Look& look, std::string_view hand) {
    return row_key({look.observation.origin.cluster, hand});
}

FindingBook::Subject subject_of(const Look& look, std::string_view kind, const std::string& hand) {
    return {"unusual_access", kind, look.observation.origin.cluster, hand};
}

std::string_view address_of(const Look& look, const Hit& hit) {
    return hit.culprit ? std::string_view(hit.culprit->source_ip) : look.peer;
}

bool is_this(const Evidence& event, const Look& look) {
    return event.offset == look.observation.origin.offset && event.source == look.observation.origin.source;
}

// The finding with what the hit adds to it: this request, or, when another is the culprit, his earlier ones.
Finding& add(const FindingBook::Subject& subject, const Look& look, const Hit& hit, FindingBook& findings) {
    Finding& finding = hit.culprit ? findings.report(subject, look.observation.now)
                                   : findings.report(subject, look.observation);
    if (hit.culprit && !finding.actor) finding.actor = *hit.culprit;
    for (const Evidence& event : hit.earlier) {
        findings.add_evidence(finding, event);
        ++finding.count;
        finding.first_seen = std::min(finding.first_seen, event.time);
    }
    return finding;
}

size_t tactics(const StoryRow& row) {
    unsigned seen = 0;
    bool is_ordinary = false;
    for (const StoryRow::Step& step : row.steps) {
        if (step.is_idle) continue;
        is_ordinary = is_ordinary || step.is_ordinary;
        if (!step.is_ordinary) seen |= 1U << static_cast<unsigned>(step.tactic);
    }
    seen &= ~1U;  // Tactic::None
    return static_cast<size_t>(__builtin_popcount(seen)) + (is_ordinary ? 1 : 0);
}

// Steps that are no installation and no looking around.
int64_t telling(const StoryRow& row) {
    return std::count_if(row.steps.begin(), row.steps.end(),
                         [](const StoryRow::Step& step) { return !step.is_ordinary && !step.is_idle; });
}

bool has_sign(const StoryRow& row) {
    return std::any_of(row.steps.begin(), row.steps.end(),
                       [](const StoryRow::Step& step) { return !step.is_at_home && !step.is_idle; });
}

bool has_wide(const StoryRow& row, Tactic tactic) {
    return std::any_of(row.steps.begin(), row.steps.end(),
                       [&](const StoryRow::Step& step) { return step.is_wide && step.tactic == tactic; });
}

bool is_sequence(const StoryRow& row) {
    if (has_wide(row, Tactic::CredentialAccess) && has_wide(row, Tactic::PrivilegeEscalation)) return true;
    const auto steps = std::count_if(row.steps.begin(), row.steps.end(),
                                     [](const StoryRow::Step& step) { return !step.is_idle; });
    return steps >= 3 && has_sign(row) && telling(row) >= 2 && tactics(row) >= 2;
}

bool has_deed(const StoryRow& row) {
    return std::any_of(row.steps.begin(), row.steps.end(),
                       [](const StoryRow::Step& step) { return !step.is_refused && !step.is_idle; });
}

void add_mitre(Finding& finding, std::string_view technique) {
    if (technique.empty()) return;
    if (std::find(finding.mitre.begin(), finding.mitre.end(), technique) == finding.mitre.end()) {
        finding.mitre.emplace_back(technique);
    }
}

std::string who(const Look& look, const Hit& hit) {
    return hit.who.empty() ? caller_words(look.request(), address_of(look, hit)) : hit.who;
}

// Whether the finding is about more than one anonymous caller.
bool is_crowd(const Look& look, std::string_view hand) {
    return look.actor.is(ActorClass::Anonymous) &&
           (hand == kScan || hand.find(Strangers::kMany) != std::string_view::npos);
}

constexpr std::string_view kThenThey = "Then they ";

// Who did one thing more.
std::string then_words(const Look& look, const Hit& hit, std::string_view hand) {
    if (!hit.part_of.empty() && hand == hit.part_of) return begun(who(look, hit)) + " ";
    if (is_crowd(look, hand)) return "Another (" + name_words(address_of(look, hit)) + ") ";
    return look.actor.is(ActorClass::Human) ? std::string(kThenThey) : "Then it ";
}

// "they tried to list all Secrets and were refused (403)": what somebody did, after "they".
std::string of_they(std::string what) {
    constexpr std::string_view kWas = " and was ";
    if (const size_t at = what.find(kWas); at != std::string::npos)
        what.replace(at, kWas.size(), " and were ");
    return what;
}

// "tried to list all Secrets (refused, 403)": short enough to stand among others.
std::string in_short(std::string deed) {
    constexpr std::string_view kRefused = " and was refused (", kFailed = ", which failed (";
    if (const size_t at = deed.rfind(kRefused); at != std::string::npos && deed.ends_with(')'))
        return deed.replace(at, kRefused.size(), " (refused, ");
    if (const size_t at = deed.rfind(kFailed); at != std::string::npos && deed.ends_with(')'))
        return deed.replace(at, kFailed.size(), " (failed, ");
    return deed;
}

// "alice listed all Secrets in pay, created Pod ci/x and took 2 more steps, within 4 min.": the telling steps
// before the ordinary ones, as many as fit, in their order.
std::string sequence_words(const std::string& who, const std::vector<StoryRow::Step>& steps,
                           audit::Duration span) {
    // One may be the end of another: "was used by curl at 192.0.2.7, which listed all Secrets".
    const auto is_told = [&](size_t at) {
        return std::any_of(steps.begin(), steps.end(), [&](const StoryRow::Step& other) {
            return other.what.size() > steps[at].what.size() && other.what.ends_with(steps[at].what);
        });
    };
    std::vector<size_t> order;
    for (const bool is_ordinary : {false, true}) {
        for (size_t i = 0; i < steps.size(); ++i) {
            if (steps[i].is_ordinary == is_ordinary && !is_told(i)) order.push_back(i);
        }
    }
    const auto words = [&](size_t count) {
        std::vector<size_t> told(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
        std::sort(told.begin(), told.end());
        std::vector<std::string> deeds;
        for (const size_t i : told) deeds.push_back(in_short(steps[i].what));
        if (count < order.size())
            deeds.push_back("took " + counted(order.size() - count, count == 0 ? "step" : "more step"));
        std::string out = who + " " + list_words(deeds, deeds.size());
        return span > audit::Duration{} ? out + ", within " + span_words(span) : out;
    };
    std::string out = words(0);
    for (size_t count = 1; count <= order.size(); ++count) {
        std::string longer = words(count);
        if (longer.size() >= kMostSummary) break;
        out = std::move(longer);
    }
    return Sentence{
        .what = out,
    }
        .to_string();
}

}  // namespace

std::string Story::hand(const Look& look, std::string_view address) const {
    std::string user(look.user());
    if (look.actor.is(ActorClass::Anonymous)) {
        const std::string caller =
            strangers_.find(look.observation.origin.cluster, address, look.observation.now);
        user.append("@").append(caller);
        return caller == Strangers::kMany ? row_key({user, look.action.key}) : user;
    }
    if (!look.is_disputed || !is_open(look, user)) return user;
    const StoryRow* row = stories_.find(key_of(look, user));
    if (row->address != address) user = row_key({user, address});
    return user;
}

bool Story::is_within_gap(const Look& look, const StoryRow& row) const {
    return look.observation.now - audit::Time{audit::Duration{row.last}} < gap_;
}

bool Story::is_open(const Look& look, std::string_view hand) const {
    const StoryRow* row = stories_.find(key_of(look, hand));
    return row != nullptr && !row->is_hushed && is_within_gap(look, *row);
}

bool Story::is_open(const Look& look) const {
    return is_open(look, hand(look, look.peer));
}

size_t Story::steps(const Look& look) const {
    const StoryRow* row = stories_.find(key_of(look, hand(look, look.peer)));
    return row != nullptr && is_open(look) ? row->steps.size() : 0;
}

bool Story::is_hushed(const Look& look) const {
    const StoryRow* row = stories_.find(key_of(look, hand(look, look.peer)));
    return row != nullptr && row->is_hushed && is_within_gap(look, *row);
}

bool Story::add_step(StoryRow& row, const Look& look, const Hit& hit) {
    row.last = std::max(row.last, look.now());
    const bool is_step = std::none_of(row.steps.begin(), row.steps.end(),
                                      [&](const StoryRow::Step& step) { return step.what == hit.what; });
    // Attempts leave no deed without a place.
    if (is_step && !hit.is_idle && !hit.is_refused && row.steps.size() >= kSteps) {
        const auto idle = std::find_if(row.steps.begin(), row.steps.end(), [](const StoryRow::Step& step) {
            return step.is_idle || step.is_refused;
        });
        if (idle != row.steps.end()) row.steps.erase(idle);
    }
    if (is_step && row.steps.size() < kSteps)
        row.steps.push_back({hit.tactic, hit.what, std::string(hit.mitre), hit.is_ordinary, hit.is_at_home,
                             hit.is_idle, hit.is_refused, hit.is_wide});
    for (const Evidence& event : hit.earlier) {
        if (row.evidence.size() < kEvidence) row.evidence.push_back(event);
    }
    if (!hit.culprit && row.evidence.size() < kEvidence)
        row.evidence.push_back(evidence_of(look.observation));
    return is_step;
}

void Story::hush(const Look& look, const Hit& hit) {
    const std::string me = hand(look, look.peer);
    if (is_open(look, me)) return;
    StoryRow& row = stories_.change(key_of(look, me));
    if (!row.is_hushed || !is_within_gap(look, row))
        row = StoryRow{.is_hushed = true, .address = std::string(look.peer)};
    add_step(row, look, hit);
}

void Story::tell(const Look& look, const Hit& told, FindingBook& findings) {
    const std::string_view address = address_of(look, told);
    const std::string& what = told.what;
    if (told.is_undecided) return report(look, told, std::string(look.user()), what, true, findings);
    if (!told.about.empty()) return report(look, told, told.about, what, true, findings);
    if (told.is_scan && !is_open(look)) return report(look, told, std::string(kScan), what, true, findings);
    if (look.actor.is(ActorClass::Anonymous))
        strangers_.place(look.observation.origin.cluster, address, look.observation.now);
    const std::string me = hand(look, address);
    // A weak sign starts no story: the story would lower the bar for the steps that follow.
    if (told.severity < Severity::Medium) return report(look, told, me, what, true, findings);
    StoryRow& row = stories_.change(key_of(look, me));
    if (!is_within_gap(look, row)) row = StoryRow{.address = std::string(address)};
    Hit hit = told;
    if (row.is_hushed) {
        hit.earlier.insert(hit.earlier.begin(), row.evidence.begin(), row.evidence.end());
        const std::string they = look.actor.is(ActorClass::Human) ? "before that they " : "before that it ";
        for (const StoryRow::Step& step : row.steps) hit.why.insert(hit.why.begin(), they + step.what);
        row.evidence.clear();
        row.is_hushed = false;
    }
    const bool is_step = add_step(row, look, hit);

    const bool was_sequence = row.is_sequence;
    row.is_sequence = was_sequence || is_sequence(row);
    if (row.is_sequence) return tell_sequence(look, row, hit, me, findings, !was_sequence);

    const bool is_part = !hit.part_of.empty() && is_open(look, hit.part_of);
    report(look, hit, is_part ? hit.part_of : me, what, is_step, findings);
}

void Story::report(const Look& look, const Hit& hit, const std::string& hand, const std::string& what,
                   bool is_step, FindingBook& findings) {
    Finding& finding = add(subject_of(look, hit.kind, hand), look, hit, findings);
    add_mitre(finding, hit.mitre);
    add_reasons(finding, hit.reasons);
    const bool is_new = finding.title.empty();
    finding.severity = is_new ? hit.severity : std::max(finding.severity, hit.severity);
    if (is_new) {
        finding.title = is_crowd(look, hand) && hand != kScan
                            ? "Anonymous callers at many addresses do the same"
                            : hit.title;
    }
    if (is_new || !hit.headline.empty()) {
        finding.summary =
            Sentence{.what = who(look, hit) + " " + (hit.headline.empty() ? what : hit.headline),
                     .because = hit.because,
                     .why = hit.why}
                .to_string();
    } else if (is_step && finding.summary.find(what) == std::string::npos) {
        const std::string then = then_words(look, hit, hand);
        finding.summary = and_then(finding.summary, then + (then == kThenThey ? of_they(what) : what) + ".");
    }
}

void Story::tell_sequence(const Look& look, const StoryRow& row, const Hit& hit, const std::string& hand,
                          FindingBook& findings, bool is_first) {
    Finding& finding = add(subject_of(look, "attack-sequence", hand), look, hit, findings);
    if (is_first) {
        for (const Evidence& event : row.evidence) {
            const auto is_it = [&](const Evidence& other) {
                return other.offset == event.offset && other.source == event.source;
            };
            if (is_this(event, look) || std::any_of(hit.earlier.begin(), hit.earlier.end(), is_it)) continue;
            findings.add_evidence(finding, event);
            ++finding.count;
            finding.first_seen = std::min(finding.first_seen, event.time);
        }
    }
    add_reasons(finding, hit.reasons);
    finding.title = "One account takes several steps of an attack";
    finding.severity = tactics(row) >= 3 && has_deed(row) ? Severity::Critical : Severity::High;
    for (const StoryRow::Step& step : row.steps) add_mitre(finding, step.mitre);
    finding.summary = sequence_words(who(look, hit), row.steps, look.observation.now - finding.first_seen);
}

}  // namespace redshank::access
