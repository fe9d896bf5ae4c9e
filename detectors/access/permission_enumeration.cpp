#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/bounded_table.h"
#include "detectors/access/reasons.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

constexpr int64_t kWindow = 600'000'000;  // ten minutes
constexpr int64_t kManyQuestions = 15, kManyRules = 4;

// Questions an account asks about its own rights.
struct Questions {
    int64_t window = 0, count = 0, most = 0, rules = 0, last = 0;  // most: in a window that is over
    int64_t day = 0, rules_of_day = 0;
};
template <class V>
void describe(V& v, Questions& row) {
    v.as_array();
    v.must("window", row.window);
    v.must("count", row.count);
    v.must("most", row.most);
    v.must("rules", row.rules);
    v.must("last", row.last);
    v("day", row.day);
    v("rules_of_day", row.rules_of_day);
}
auto worth(const Questions& row) {
    return std::pair(row.most > 0, row.last);
}

// "What may I do?" A service account knows what it may do; a person asks once or twice. `kubectl auth can-i
// --list` is one SelfSubjectRulesReview, about one namespace; tools that try everything send many
// SelfSubjectAccessReviews.
class PermissionEnumeration : public NamedReason {
  public:
    std::optional<Hit> observe(const Look& look) override {
        const audit::Event& event = look.event();
        const bool asks_rules = event.object.resource == "selfsubjectrulesreviews";
        if (!event.object.present || event.object.api_group != "authorization.k8s.io" ||
            event.verb != "create" || !(asks_rules || event.object.resource == "selfsubjectaccessreviews") ||
            event.user.username.empty()) {
            return std::nullopt;
        }
        const bool is_for_another = look.asks_for_another();
        const Actor& asker = is_for_another ? look.sender : look.actor;
        Questions& row = rows_.change(asker.key);
        const int64_t now = look.time().time_since_epoch().count();
        if (now - row.window >= kWindow) {
            row.most = std::max(row.most, row.count);
            row.window = now;
            row.count = 0;
        }
        ++row.count;
        row.last = std::max(row.last, now);
        const bool asks_own_rules = asks_rules && !is_for_another;
        const bool first_rules = asks_own_rules && row.rules++ == 0;
        if (now - row.day >= kDay) row.day = now, row.rules_of_day = 0;
        if (asks_own_rules) ++row.rules_of_day;
        const bool goes_around = asks_own_rules && row.rules == kManyRules &&
                                 row.rules_of_day == kManyRules && look.actor.is(ActorClass::Human) &&
                                 !look.is_first_use;
        if (look.learning || asker.is(ActorClass::ControlPlane)) return std::nullopt;

        const auto asked = static_cast<uint64_t>(row.count);
        std::string because, headline;
        if (row.count >= kManyQuestions && row.count >= 4 * row.most) {
            because = row.most == 0
                          ? std::string("never asked before")
                          : "never asked more than " + counted(static_cast<uint64_t>(row.most), "time") +
                                " in 10 min before";
            headline = (is_for_another ? "asked about rights of others " : "asked about own rights ") +
                       counted(asked, "time") + " in 10 min";
        } else if (first_rules && look.actor.is(ActorClass::ServiceAccount) && !look.is_newcomer()) {
            because = "never asked in " + counted(static_cast<uint64_t>(look.before.requests), "request") +
                      " before";
        } else if (goes_around) {
            because = "never asked before this day";
            headline = "asked for all their rights " + counted(kManyRules, "time") + " within a day";
        } else {
            return std::nullopt;
        }
        // A tool that a person tries asks what it may show; whoever may act as others learns nothing that he
        // could not see by acting.
        Hit hit{.kind = "permission-enumeration",
                .title = "An account asks what it may do",
                .severity = look.is_first_use || is_for_another ? Severity::Low : Severity::Medium,
                .what = outcome_words(look.request()),
                .headline = headline,
                .why = {because},
                .mitre = "T1069.003",
                .tactic = Tactic::Discovery,
                .behaviour = "permission-enumeration"};
        if (is_for_another) {
            hit.who = actor_words(asker);
            hit.about = asker.key;
        }
        hit.reasons.push_back({"questions", because, std::to_string(row.count)});
        return hit;
    }

    void load(const StateReader& state) override { rows_.load(state); }
    void save(StateWriter& state) override { rows_.save(state); }
    uint64_t evictions() const override { return rows_.evictions(); }

  private:
    BoundedTable<Questions> rows_{"unusual_access.questions", 10'000};
};

}  // namespace

std::unique_ptr<NamedReason> make_permission_enumeration() {
    return std::make_unique<PermissionEnumeration>();
}

}  // namespace redshank::access
