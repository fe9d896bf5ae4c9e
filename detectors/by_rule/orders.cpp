#include "detectors/by_rule/orders.h"

#include "core/request/verbs.h"
#include "core/state/key.h"

namespace redshank::by_rule {

namespace {

constexpr int64_t kCarriedDays = 3;
constexpr auto kOrdersLast = std::chrono::days{30};
constexpr size_t kMostOrderKinds = 4096;

// Its work on what it was told: the status, or an object of its own namespace that is there.
bool is_work(const Observation& observation) {
    const audit::Event& event = observation.event;
    if (!is_program(observation.request)) return false;
    if (event.object.subresource == "status") return true;
    return event.object.subresource.empty() && !event.created_object() &&
           event.object.namespace_ == observation.request.actor.namespace_;
}

}  // namespace

// Whether an account installs depends on the days before this one, so that once a day is enough.
void Orders::note_work(const std::string& kind, const Observation& observation, const RuleHabits& habits) {
    const int64_t today = std::chrono::floor<std::chrono::days>(observation.now).time_since_epoch().count();
    if (noted_.size() >= kMostOrderKinds) noted_.clear();
    int64_t& noted = noted_[observation.request.kind.symbol];
    if (noted == today) return;
    const CarriedRow* known = carried_.find(kind);
    const bool is_counted = known != nullptr && !known->days.is_another(observation.now);
    // Twelve hours after the day before it may count.
    if (is_counted && known->days.before_today(observation.now) == known->days.count) return;
    noted = today;
    if (!is_counted && habits.is_installer(observation)) carried_.change(kind).days.see(observation.now);
}

bool Orders::see(const Observation& observation, const RuleHabits& habits) {
    const audit::Event& event = observation.event;
    const Request& request = observation.request;
    if (!observation.answers || !puts_object(event.verb) || !is_custom(event.object) || !request.has_effect())
        return false;
    const std::string kind = row_key({observation.origin.cluster, controlled_kind(event.object)});
    if (is_work(observation)) note_work(kind, observation, habits);
    if (!event.object.subresource.empty()) return false;
    const CarriedRow* carried = carried_.find(kind);
    if (carried == nullptr || habits.is_installer(observation)) return false;
    const audit::Time now = observation.now;
    const std::string key = row_key({kind, request.effective.key});
    const OrdererRow* known = orderers_.find(key);
    const bool is_new = known == nullptr || known->last + kOrdersLast < now;
    if (is_new || known->last + std::chrono::hours{1} < now) orderers_.change(key).last = now;
    return is_new && carried->days.before_today(now) >= kCarriedDays;
}

}  // namespace redshank::by_rule
