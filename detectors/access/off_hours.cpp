#include <array>

#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/key.h"
#include "detectors/access/clock.h"
#include "detectors/access/reasons.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

constexpr int64_t kDaysKnown = 21, kDaysActive = 12;

// A person who keeps hours does something sensitive far outside them. Weak by itself: severity low.
class OffHours : public NamedReason {
  public:
    std::optional<Hit> observe(const Look& look) override {
        if (!look.actor.is(ActorClass::Human)) return std::nullopt;
        const int64_t now = look.time().time_since_epoch().count();
        const int64_t day = now / kDay, hour = now % kDay / kHour;
        const bool weekend = (day + 4) % 7 == 0 || (day + 4) % 7 == 6;  // 1970-01-01 was a Thursday
        const std::string key = row_key({look.observation.origin.cluster, look.user()});
        const auto found = clocks_.find_handle(key);
        const Clock* known = found ? &found.row() : nullptr;
        const int64_t bit = Clock::bit(hour, weekend);
        std::optional<Hit> hit;
        if (known != nullptr && look.action.weight >= 2 && !look.learning)
            hit = judge(look, *known, day, hour, weekend);
        if (known != nullptr && known->last / kDay == day && (known->hours & bit) != 0) return hit;
        Clock& clock = clocks_.change(found, key);
        if (clock.first == 0) clock.first = now;
        if (clock.last / kDay != day) ++clock.days;
        clock.last = std::max(clock.last, now);
        clock.hours |= bit;
        return hit;
    }

    void load(const StateReader& state) override { clocks_.load(state); }
    void save(StateWriter& state) override { clocks_.save(state); }
    uint64_t evictions() const override { return clocks_.evictions(); }

  private:
    static std::optional<Hit> judge(const Look& look, const Clock& clock, int64_t day, int64_t hour,
                                    bool weekend) {
        if (day - clock.first / kDay < kDaysKnown || clock.days < kDaysActive) return std::nullopt;
        for (const int64_t near : {hour - 2, hour - 1, hour, hour + 1, hour + 2}) {
            const int64_t bit = Clock::bit((near + 24) % 24, weekend);
            if ((clock.hours & bit) != 0) return std::nullopt;
        }
        Hit hit{.kind = "off-hours",
                .title = "A person does something sensitive outside their hours",
                .severity = Severity::Low,
                .what = outcome_words(look.request()),
                .why = {"never within two hours of " + std::to_string(hour) + ":00 UTC" +
                        (weekend ? " on a weekend" : "") + " on " +
                        counted(static_cast<uint64_t>(clock.days), "day")},
                .mitre = look.action.mitre,
                .tactic = look.action.tactic,
                .behaviour = "off-hours"};
        hit.reasons.push_back({"hours", hit.why.front(), std::to_string(hour)});
        return hit;
    }

    BoundedTable<Clock> clocks_{std::string(kClocks), 50'000};
};

}  // namespace

std::unique_ptr<NamedReason> make_off_hours() {
    return std::make_unique<OffHours>();
}

}  // namespace redshank::access
