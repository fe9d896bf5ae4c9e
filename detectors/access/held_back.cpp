#include "detectors/access/held_back.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "audit/fnv.h"
#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/key.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

constexpr int64_t kOwed = 30 * kDay;
constexpr size_t kRows = 16;

std::string in_bits(double bits) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f bits", bits);
    return text;
}

}  // namespace

double HeldBack::raise(const Look& look, const Candidate& candidate) const {
    const HeldRow* row = actors_.find(look.actor.key);
    if (row == nullptr || row->strongest == audit::fnv1a(candidate.key)) return 0;
    const auto days = static_cast<double>(look.now() - row->last) / static_cast<double>(kDay);
    const double bits = row->bits / 2 * std::exp2(-std::max(0.0, days));
    return bits < 0.5 ? 0 : bits;
}

bool HeldBack::owes(const Look& look, const Candidate& candidate) const {
    const HeldRow* row = actors_.find(look.actor.key);
    if (row == nullptr) return false;
    const uint64_t key = audit::fnv1a(candidate.key);
    return std::any_of(row->all.begin(), row->all.end(), [&](const HeldRow::One& one) {
        return one.key == key && look.now() - one.time < kOwed;
    });
}

void HeldBack::pay(const Look& look, const Candidate& candidate) {
    if (!owes(look, candidate)) return;
    const uint64_t key = audit::fnv1a(candidate.key);
    std::erase_if(actors_.change(look.actor.key).all,
                  [key](const HeldRow::One& one) { return one.key == key; });
}

bool HeldBack::note(const Look& look, const Candidate& candidate) {
    const int64_t now = look.now();
    const uint64_t key = audit::fnv1a(candidate.key);
    HeldRow& row = actors_.change(look.actor.key);
    std::erase_if(row.all, [now](const HeldRow::One& one) { return now - one.time >= kOwed; });
    const auto known = std::find_if(row.all.begin(), row.all.end(),
                                    [key](const HeldRow::One& one) { return one.key == key; });
    if (known != row.all.end()) {
        if (now - known->time < kDay) return false;
        row.all.erase(known);
    }
    if (row.all.size() >= kRows) row.all.erase(row.all.begin());
    row.all.push_back({key, now});
    if (candidate.bits >= row.bits || now - row.last >= kDay) {
        row.bits = candidate.bits;
        row.strongest = key;
    }
    row.last = now;
    ++count_;
    return true;
}

void HeldBack::report(const Look& look, const Candidate& candidate, std::string_view actors,
                      FindingBook& findings) {
    const std::string_view cluster = look.observation.origin.cluster;
    const int64_t today = look.now() / kDay;
    HeldDay& day = days_.change(row_key({cluster, actors}));
    if (day.day != today) day = HeldDay{.day = today};
    ++day.count;
    if (candidate.bits >= day.bits) {
        day.bits = candidate.bits;
        day.strongest = caller_words(look.request(), look.peer) + " " + candidate.hit.what;
    }
    const std::string date = audit::format_time(audit::Time{std::chrono::days{today}}).substr(0, 10);
    Finding& finding = findings.report({"unusual_access", "budget-spent", cluster, row_key({actors, date})},
                                       look.observation);
    finding.actor.reset();
    finding.object.reset();
    finding.verb.clear();
    finding.code = 0;
    finding.severity = Severity::Low;
    finding.title = "The day's budget of findings is spent";
    const std::string held = counted(day.count, "novel act");
    finding.summary = and_then("Redshank held back " + held + " of " + std::string(actors) + " on " + date +
                                   ": the budget of the day was spent.",
                               "The strongest: " + cut_words(day.strongest, 110) + ".");
    finding.reasons = {{"held-back", held + " became no finding", in_bits(day.bits)}};
}

void HeldBack::load(const StateReader& state) {
    actors_.load(state);
    days_.load(state);
}

void HeldBack::save(StateWriter& state) {
    actors_.save(state);
    days_.save(state);
}

}  // namespace redshank::access
