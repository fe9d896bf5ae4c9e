#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/key.h"
#include "detectors/access/habit.h"
#include "detectors/access/reasons.h"

namespace redshank::access {

namespace {

constexpr int64_t kHabitHours = 12;  // so many hours with one kind of credential make it the account's own

std::string_view in_words(Credential credential) {
    switch (credential) {
        case Credential::PodToken:
            return "a token bound to a pod";
        case Credential::Token:
            return "a token bound to no pod";
        case Credential::Certificate:
            return "a certificate";
        case Credential::Unknown:
            break;
    }
    return "a legacy token";  // the only one of a service account without an id
}

// A service account that always used its Pod's token uses another kind of token: someone requested one, or
// found an old one.
class CredentialChange : public NamedReason {
  public:
    std::optional<Hit> observe(const Look& look) override {
        if (!look.sender.is(ActorClass::ServiceAccount)) return std::nullopt;
        const std::string_view credential = in_words(look.sender.credential);
        const HabitModel::Levels own{look.sender.key};
        const HabitContext before = kinds_.context(look.sender.key);
        const bool is_new =
            kinds_.seen(look.sender.key, credential, look.time(), std::chrono::days{365}) == 0;
        const bool has_habit = before.total >= kHabitHours && before.kinds == 1;
        if (!is_new || !has_habit || look.learning) {
            if (!told_lately(look, credential)) kinds_.learn(own, credential, look.time());
            return std::nullopt;
        }
        // A credential that made a finding becomes the account's own only when it is used again a day later.
        HabitCell& told = told_.change(row_key({look.sender.key, credential}));
        if (told.count == 0) told.last = look.time().time_since_epoch().count();
        ++told.count;
        if (!told_lately(look, credential)) kinds_.learn(own, credential, look.time());
        Hit hit{.kind = "credential-changed",
                .title = "A service account comes with another kind of credential",
                .severity = Severity::High,
                .what = "came with " + std::string(credential) + " and " + outcome_words(look.request()),
                .why = {"never had one of that kind in " +
                        counted(static_cast<uint64_t>(before.total), "hour") + " of use"},
                .mitre = "T1528",
                .tactic = Tactic::CredentialAccess,
                .behaviour = "credential"};
        hit.reasons.push_back({"credential-kind", hit.why.front(), std::string(credential)});
        return hit;
    }

    void load(const StateReader& state) override {
        kinds_.load(state);
        told_.load(state);
    }
    void save(StateWriter& state) override {
        kinds_.save(state);
        told_.save(state);
    }
    uint64_t evictions() const override { return kinds_.evictions() + told_.evictions(); }

  private:
    bool told_lately(const Look& look, std::string_view credential) const {
        const HabitCell* told = told_.find(row_key({look.sender.key, credential}));
        return told != nullptr &&
               look.time() - audit::Time{audit::Duration{told->last}} < std::chrono::hours{24};
    }

    HabitModel kinds_{20'000, "unusual_access.credentials"};
    BoundedTable<HabitCell> told_{"unusual_access.credentials_told", 5'000};
};

}  // namespace

std::unique_ptr<NamedReason> make_credential_change() {
    return std::make_unique<CredentialChange>();
}

}  // namespace redshank::access
