#include <algorithm>

#include "audit/grant.h"
#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/bounded_table.h"
#include "detectors/access/explanation.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

constexpr int64_t kMoment = kMinute, kLasts = 5 * kMinute;
constexpr size_t kManyAccounts = 3, kAccounts = 64, kNamedAccounts = 6;

// The accounts of a cluster that were refused lately what they were allowed before.
struct Moment {
    struct One {
        std::string user;
        int64_t first = 0, last = 0;
        Evidence evidence;  // of the first
    };
    std::vector<One> all;  // the newest 64
    int64_t since = 0;     // of the moment that is on; 0: none
    int64_t last = 0;
};
template <class V>
void describe(V& v, Moment::One& row) {
    v.must("user", row.user);
    v.must("first", row.first);
    v.must("last", row.last);
    v.must("evidence", row.evidence);
}
template <class V>
void describe(V& v, Moment& row) {
    v.must("all", row.all);
    v.must("since", row.since);
    v.must("last", row.last);
}
int64_t worth(const Moment& row) {
    return row.last;
}

// A caller that is refused a request which it always made, with its usual client from its usual network,
// tries nothing new: it has lost its rights. This happens to one caller when someone removes its rights, and
// to all callers while an API server that has just started does not have the roles yet: "RBAC:
// clusterrole.rbac.authorization.k8s.io "x" not found" (plugin/pkg/auth/authorizer/rbac: the informers of
// roles and bindings are not waited for; kubernetes#121635). Such a start is one finding about the API
// server. During it, known actions of known accounts are explained even if the object is new; actions that
// the account never did, or another client or network, are not.
class LostRights : public Explanation {
  public:
    bool explains(const Look& look, const Novelty& novelty, FindingBook& findings) override {
        if (look.request().verdict != RequestVerdict::Forbidden || look.actor.is_nobody() || look.learning)
            return false;
        const Novelty::Habit habit = novelty.habit_if_allowed(look);
        if (habit == Novelty::Habit::None) return false;
        if (!audit::names_missing_role(look.event().reason)) return habit == Novelty::Habit::Whole;
        Moment& row = rows_.change(look.observation.origin.cluster);
        const bool is_on = note(row, look);
        if (is_on) tell(row, look, findings);
        return is_on || habit == Novelty::Habit::Whole;
    }

    void load(const StateReader& state) override { rows_.load(state); }
    void save(StateWriter& state) override { rows_.save(state); }
    uint64_t evictions() const override { return rows_.evictions(); }

  private:
    // True while the moment is on.
    static bool note(Moment& row, const Look& look) {
        const int64_t now = look.now();
        if (now - row.last >= kLasts) row = Moment{};
        row.last = now;
        const auto known = std::find_if(row.all.begin(), row.all.end(), [&](const Moment::One& one) {
            return one.user == look.event().user.username;
        });
        if (known != row.all.end()) {
            known->last = now;
        } else {
            if (row.all.size() >= kAccounts) row.all.erase(row.all.begin());
            row.all.push_back(
                {std::string(look.event().user.username), now, now, evidence_of(look.observation)});
        }
        if (row.since != 0) return true;
        const auto lately = std::count_if(row.all.begin(), row.all.end(),
                                          [now](const Moment::One& one) { return now - one.last < kMoment; });
        if (static_cast<size_t>(lately) < kManyAccounts) return false;
        row.since = now;
        return true;
    }

    static void tell(const Moment& row, const Look& look, FindingBook& findings) {
        const FindingBook::Subject subject{"unusual_access", "rights-missing",
                                           look.observation.origin.cluster, std::to_string(row.since)};
        const bool is_new = findings.find(subject) == nullptr;
        Finding& finding = findings.report(subject, look.observation);
        if (is_new) {
            finding.actor.reset();
            finding.object.reset();
            finding.verb.clear();
            for (const Moment::One& one : row.all) {
                if (one.user == look.event().user.username) continue;
                findings.add_evidence(finding, one.evidence);
                ++finding.count;
                finding.first_seen = std::min(finding.first_seen, one.evidence.time);
            }
        }
        const bool lasts = row.last - row.since >= kLasts;
        finding.severity = lasts ? Severity::Medium : Severity::Low;
        finding.title = "The API server refuses many accounts what it allowed before";
        std::vector<std::string> users;
        for (const Moment::One& one : row.all) users.push_back(user_words(one.user));
        const std::string why = lasts ? "it lasts: roles are gone, or the API server does not get them"
                                      : "an API server that has just started does not have them yet";
        const auto summary = [&](size_t most) {
            return counted(row.all.size(), "account") +
                   " lost what they always do, as their roles are not found (" + list_words(users, most) +
                   ")";
        };
        size_t most = kNamedAccounts;
        while (most > 1 && summary(most).size() + why.size() + 3 > kMostSummary) --most;
        finding.summary = Sentence{.what = summary(most), .why = {why}}.to_string();
        finding.reasons = {{"accounts",
                            counted(row.all.size(), "account") + " repeated what was allowed before",
                            std::to_string(row.all.size())}};
    }

    BoundedTable<Moment> rows_{"unusual_access.lost_rights", 100};  // cluster
};

}  // namespace

std::unique_ptr<Explanation> make_lost_rights() {
    return std::make_unique<LostRights>();
}

}  // namespace redshank::access
