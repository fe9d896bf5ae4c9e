// Decides whether a sensitive action is new for its actor, and scores how surprising it is.
#pragma once

#include <optional>

#include "detectors/access/config.h"
#include "detectors/access/habit.h"
#include "detectors/access/hit.h"
#include "detectors/access/look.h"
#include "detectors/access/modest.h"
#include "detectors/access/started.h"
#include "detectors/control_hosts.h"

namespace redshank::access {

struct Candidate {
    double bits = 0;         // log2 of how much likelier an intruder does this than the actor
    bool is_slight = false;  // reaches so little that it is at most a low finding, however new it is
    // A person goes on where he works, and but for the network is whom he always was: see
    // Novelty::is_on_the_way.
    bool is_on_the_way = false;
    std::string key;    // equal for repetitions
    std::string trial;  // equal for repetitions with the same client, while that is news; else ""
    Hit hit;            // complete except for the severity
};

// The last write of a binding.
struct BindingRow {
    int64_t count = 0, last = 0;
    std::string by, user;  // the actor, when it was at home: its key and its name
};
template <class V>
void describe(V& v, BindingRow& row) {
    v.as_array();
    v.must("count", row.count);
    v.must("last", row.last);
    v("by", row.by);
    v("user", row.user);
}
inline auto worth(const BindingRow& row) {
    return row.last;
}

class Novelty {
  public:
    // `config` must outlive this object.
    explicit Novelty(const Config& config);

    // Scores something new and sensitive; nothing for habitual or harmless requests. Does not learn.
    std::optional<Candidate> judge(const Look& look) const;

    // Records that a binding was written: its grants then count as young.
    void note_binding(const Look& look);

    // Records that a Pod or a Job was made.
    void note_start(const Look& look);

    // Records which roles give no great right.
    void note_role(const Look& look) { modest_.note(look.observation.origin.cluster, look.request()); }

    // Records from where the control plane itself and nodes work.
    void note_host(const Look& look);

    // Records that a node asked for a certificate.
    void note_certificate_request(const Look& look);

    // A person tries a client for at most two hours, from a usual place.
    bool is_first_use(const Look& look) const;

    // A person comes from where he was in more than two hours.
    bool is_own_network(const Look& look) const;

    // A person who has long had all rights, where they have long been, is refused: what they try tells
    // nothing that they could not do when they had them.
    bool has_been_admin(const Look& look) const;

    // Compares a refused request with what its sender habitually does, and is allowed, with this client from
    // this network: nothing, the action, or the whole request with scope and thing.
    enum class Habit : uint8_t { None, Action, Whole };
    Habit habit_if_allowed(const Look& look) const;

    // Adds the request to the habits. With its candidate: it is weighed once, though its client stays news.
    void learn(const Look& look);
    void learn(const Look& look, const Candidate& candidate);
    // Records that it made a finding: it is not learnt during the quarantine; if it recurs afterwards, it
    // becomes a habit.
    enum class Told : uint8_t { Never, Lately, Recurs };
    void quarantine(const Candidate& candidate, audit::Time now);
    Told told(const Candidate& candidate, audit::Time now) const;

    size_t cells() const { return habits_.cells(); }
    uint64_t evictions() const {
        return habits_.evictions() + told_.evictions() + namespaces_.evictions() + bindings_.evictions() +
               node_requests_.evictions() + modest_.evictions() + control_hosts_.evictions() +
               node_hosts_.evictions() + started_.evictions();
    }
    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    struct Questions;  // novelty_questions.h
    struct News;
    Questions questions(const Look& look, const std::string& does) const;
    Questions questions(const Look& look) const;
    std::string scope_value(const Look& look) const;
    News news_of(const Look& look, const Questions& ask) const;
    Habit habit_of(const Look& look, const std::string& does) const;
    double weigh(const Look& look, const Questions& ask, const News& news, Hit& hit) const;
    void describe_act(const Look& look, const Questions& ask, const News& news, Candidate& candidate) const;
    void explain(const Look& look, const Questions& ask, const HabitOf& context, std::string_view value,
                 double bits, std::string_view name, const std::string& what, bool young, bool on_trial,
                 Hit& hit) const;
    // novelty_reach.cpp
    bool is_settled(const Look& look, char question, std::string_view value) const;
    bool is_on_trial(const Look& look, const HabitOf& own, std::string_view value) const;
    bool is_weighed(const Look& look, const News& news, const Candidate& candidate) const;
    bool has_old_grant(const Look& look) const;
    const BindingRow* binding_of(const Look& look) const;
    bool is_just_given(const Look& look) const;
    bool is_new_program(const Look& look) const;
    std::string installer_of(const Look& look) const;
    bool keeps_release(const Look& look) const;
    bool is_vouched_for(const Look& look) const;
    bool begins_to_look(const Look& look) const;
    bool is_at_home(const Look& look, const News& news) const;
    bool is_on_the_way(const Look& look, const Questions& ask, const News& news) const;
    bool applies_many(const Look& look) const;
    bool could_before(const Look& look, const Questions& ask) const;
    bool approves_node(const Look& look) const;
    bool is_in_new_namespace(const Look& look) const;
    bool is_in_fresh_namespace(const Look& look) const;
    bool keeps_operands(const Look& look) const;
    bool works_in_own_namespace(const Look& look) const;
    bool provisions(const Look& look) const;
    bool keeps_secret(const Look& look) const;
    bool removes_one(const Look& look, bool is_deployer) const;
    bool reaches_little(const Look& look, const Questions& ask, const Hit& hit) const;
    bool is_ordinary(const Look& look) const;
    bool is_wide(const Look& look, const Hit& hit) const;
    // novelty_admin.cpp
    bool has_all_rights(const Look& look) const;
    bool is_node_host(const Look& look) const;
    bool is_on_control_host(const Look& look) const;
    bool keeps_the_cluster(const Look& look) const;
    bool does_as_the_team(const Look& look, const Questions& ask) const;
    bool looks_for_a_fault(const Look& look, const Questions& ask) const;
    bool mints_a_known_token(const Look& look) const;
    bool changes_an_account(const Look& look) const;
    static bool gives_a_look(const Look& look);
    bool installs_modestly(const Look& look) const;
    bool reads_one_more_secret(const Look& look, const Questions& ask) const;
    bool is_slight(const Look& look, const Questions& ask, const News& news, const Hit& hit) const;

    const Config& config_;
    HabitModel habits_;
    BoundedTable<HabitCell> told_;       // candidate key → time of its first finding
    BoundedTable<BindingRow> bindings_;  // cluster, kind, namespace, name
    StartedPods started_;
    ModestRoles modest_;
    BoundedTable<HabitCell> node_requests_;  // cluster, name → when a node made the request
    ControlHosts control_hosts_{"unusual_access.control_hosts"};
    BoundedTable<HabitCell> node_hosts_;  // cluster, address → when a node worked from there
    BoundedTable<HabitCell> namespaces_;  // cluster, name → when it was created
};

}  // namespace redshank::access
