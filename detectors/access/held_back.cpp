#include "detectors/access/held_back.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "audit/fnv.h"
#include "audit/utf8.h"

namespace redshank::access {

namespace {

constexpr int64_t kDay = 86'400'000'000, kOwed = 30 * kDay;
constexpr size_t kRemembered = 16, kWords = 300;

int64_t now_of(const Look& look) {
    return look.observation.now.time_since_epoch().count();
}

std::string in_bits(double bits) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f bits", bits);
    return text;
}

}  // namespace

double HeldBack::raise(const Look& look, const Candidate& candidate) const {
    const HeldRow* row = actors_.find(look.actor.key);
    if (row == nullptr || row->strongest == audit::fnv1a(candidate.key)) return 0;
    const auto days = static_cast<double>(now_of(look) - row->last) / static_cast<double>(kDay);
    const double bits = row->bits / 2 * std::exp2(-std::max(0.0, days));
    return bits < 0.5 ? 0 : bits;
}

bool HeldBack::owes(const Look& look, const Candidate& candidate) const {
    const HeldRow* row = actors_.find(look.actor.key);
    if (row == nullptr) return false;
    const uint64_t key = audit::fnv1a(candidate.key);
    return std::any_of(row->all.begin(), row->all.end(), [&](const HeldRow::One& one) {
        return one.key == key && now_of(look) - one.time < kOwed;
    });
}

void HeldBack::pay(const Look& look, const Candidate& candidate) {
    if (!owes(look, candidate)) return;
    const uint64_t key = audit::fnv1a(candidate.key);
    std::erase_if(actors_.change(look.actor.key).all,
                  [key](const HeldRow::One& one) { return one.key == key; });
}

bool HeldBack::note(const Look& look, const Candidate& candidate) {
    const int64_t now = now_of(look);
    const uint64_t key = audit::fnv1a(candidate.key);
    HeldRow& row = actors_.change(look.actor.key);
    std::erase_if(row.all, [now](const HeldRow::One& one) { return now - one.time >= kOwed; });
    const auto known = std::find_if(row.all.begin(), row.all.end(),
                                    [key](const HeldRow::One& one) { return one.key == key; });
    if (known != row.all.end()) {
        if (now - known->time < kDay) return false;
        row.all.erase(known);
    }
    if (row.all.size() >= kRemembered) row.all.erase(row.all.begin());
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
    const int64_t today = now_of(look) / kDay;
    HeldDay& day = days_.change(std::string(cluster).append("\x1f").append(actors));
    if (day.day != today) day = HeldDay{.day = today};
    ++day.count;
    if (candidate.bits >= day.bits) {
        day.bits = candidate.bits;
        day.strongest = std::string(look.user()) + " " + candidate.hit.what;
        if (!look.event().object.namespace_.empty())
            day.strongest.append(" in namespace ").append(look.event().object.namespace_);
        day.strongest = audit::cut_utf8(day.strongest, kWords);
    }
    const std::string date = audit::format_time(audit::Time{std::chrono::days{today}}).substr(0, 10);
    Finding& finding = findings.report(
        {"unusual_access", "budget-spent", cluster, std::string(actors) + '\x1f' + date}, look.observation);
    finding.actor.reset();
    finding.object.reset();
    finding.verb.clear();
    finding.code = 0;
    finding.severity = Severity::Low;
    finding.title = "The day's budget of findings is spent";
    finding.summary = "What " + std::string(actors) + " may be told for on " + date +
                      " is spent: " + std::to_string(day.count) +
                      (day.count == 1 ? " novelty was" : " novelties were") + " held back, the strongest (" +
                      in_bits(day.bits) + "): " + day.strongest +
                      ". redshank digest lists them; they are not learnt.";
    finding.reasons = {{"held-back", std::to_string(day.count) + " held back", in_bits(day.bits)}};
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
