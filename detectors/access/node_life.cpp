#include <algorithm>

#include "audit/normalise/address_family.h"
#include "core/finding/sentence.h"
#include "core/request/names.h"
#include "core/request/words.h"
#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "detectors/access/explanation.h"
#include "detectors/claimed_source.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

constexpr int64_t kGone = 3 * kHour;     // of silence: its address may be another when it comes back
constexpr int64_t kGrace = 5 * kMinute;  // a kubelet tries again after at most two minutes
constexpr size_t kWaiting = 32;
constexpr std::string_view kSecrets = "secrets ";  // before NAMESPACE/NAME in Waiting::what

// One machine: the usual place of its kubelet, the time of its registration, and the objects that it was
// refused and waits for.
struct NodeRow {
    struct Waiting {
        std::string what;  // "secrets shop/db"
        int64_t since = 0;
        Evidence evidence;
    };
    std::string address, network, client, agent;
    int64_t registered = 0, last = 0;  // registered 0: not seen; last: the hour in which it was seen at home,
                                       // so that no cache of what is usual within an hour decides it
    // It registered with a client that no other node has.
    bool is_odd = false;
    std::vector<Waiting> waiting;
};
template <class V>
void describe(V& v, NodeRow::Waiting& row) {
    v.must("what", row.what);
    v.must("since", row.since);
    v.must("evidence", row.evidence);
}
template <class V>
void describe(V& v, NodeRow& row) {
    v.must("address", row.address);
    v.must("network", row.network);
    v.must("client", row.client);
    v.must("agent", row.agent);
    v.must("registered", row.registered);
    v.must("last", row.last);
    v("is_odd", row.is_odd);
    v("waiting", row.waiting);
}
int64_t worth(const NodeRow& row) {
    return row.last;
}

// "secrets shop/db"; "" for what the Node authorizer does not tie to a pod.
std::string tied(const audit::Event& event) {
    const audit::ObjectRef& object = event.object;
    const bool is_read = event.verb == "get" || event.verb == "list" || event.verb == "watch";
    const bool is_tied = object.resource == "secrets" || object.resource == "configmaps" ||
                         object.resource == "persistentvolumeclaims" ||
                         object.resource == "persistentvolumes" || object.resource == "volumeattachments";
    if (!is_read || !is_tied || object.name.empty() || !object.subresource.empty()) return "";
    return std::string(object.resource).append(" ").append(object.namespace_).append("/").append(object.name);
}

// The Node authorizer (plugin/pkg/auth/authorizer/node) lets a kubelet read what Pods on its node use.
// - Sometimes it learns of a Pod later than the kubelet, and refuses the request with "no relationship found
//   between node …". Prediction: the same kubelet, from its address, gets the same object within minutes. An
//   object that it never gets becomes a finding.
// - A machine that registers itself begins with objects that it never read. Prediction: all its requests
//   come from the address and the client that registered it, are allowed, and are those of a kubelet: named
//   objects of its Pods, their tokens, its mirror Pods.
class NodeLife : public Explanation {
  public:
    explicit NodeLife(const Config& config)
        : young_(config.young.count()),
          is_wanted_(std::find(config.disable.begin(), config.disable.end(), "refusal-burst") ==
                     config.disable.end()) {}

    bool explains(const Look& look, const Novelty& /*novelty*/, FindingBook& findings) override {
        if (!look.actor.is(ActorClass::Node) || look.event().is_impersonated) return false;
        const audit::Event& event = look.event();
        const int64_t now = look.now();
        const std::string key = key_of(look);
        const NodeRow* known = nodes_.find(key);
        const RequestVerdict verdict = look.request().verdict;
        const bool registers = event.verb == "create" && event.is_resource("", "nodes") &&
                               event.object.subresource.empty() && !is_refusal(verdict);
        const bool is_home = known != nullptr && known->address == look.peer && known->client == look.client;
        if (known == nullptr || (!is_home && now - known->last >= kGone)) {
            if (verdict != RequestVerdict::Allowed && !registers) return false;
            const bool is_odd = registers && !is_like_others(key, look);
            nodes_.change(key) = {.address = std::string(look.peer),
                                  .network = look.network,
                                  .client = look.client,
                                  .agent = std::string(event.user_agent),
                                  .registered = registers && known == nullptr ? now : 0,
                                  .last = hour_of(now),
                                  .is_odd = is_odd,
                                  .waiting = {}};
            return false;
        }
        if (!is_home) {
            if (now - known->registered < young_ && verdict == RequestVerdict::Allowed)
                elsewhere(look, *known, findings);
            return false;
        }
        if (registers && event.created_object() && known->registered == 0) {
            const bool is_odd = !is_like_others(key, look);
            NodeRow& row = nodes_.change(key);
            row.registered = now;
            row.is_odd = is_odd;
        }
        if (known->last < hour_of(now)) nodes_.change(key).last = hour_of(now);
        const NodeRow& row = *nodes_.find(key);
        const std::string what = tied(event);
        if (verdict == RequestVerdict::Forbidden) return may_be_late(look, nodes_.change(key), what, now);
        if (verdict != RequestVerdict::Allowed) return false;
        const auto is_this = [&](const NodeRow::Waiting& one) { return one.what == what; };
        if (!what.empty() && std::any_of(row.waiting.begin(), row.waiting.end(), is_this)) {
            std::erase_if(nodes_.change(key).waiting, is_this);
            return true;  // as predicted
        }
        if (row.registered == 0 || now - row.registered >= young_) return false;
        if (row.is_odd) elsewhere(look, row, findings);
        return !row.is_odd && is_kubelets(event, what);
    }

    void advance(audit::Time time, FindingBook& findings) override {
        const int64_t now = time.time_since_epoch().count();
        if (due_ == 0 || now < due_) return;
        due_ = 0;
        std::vector<std::string> over;
        nodes_.each([&](std::string_view key, const NodeRow& row) {
            for (const NodeRow::Waiting& one : row.waiting) {
                if (now - one.since >= kGrace) {
                    over.emplace_back(key);
                } else {
                    wait_until(one.since + kGrace);
                    continue;
                }
                break;
            }
        });
        std::sort(over.begin(), over.end());
        for (const std::string& key : over) give_up(key, now, findings);
    }

    void load(const StateReader& state) override {
        nodes_.load(state, "", [this](std::string_view, const NodeRow& row) {
            for (const NodeRow::Waiting& one : row.waiting) wait_until(one.since + kGrace);
            return true;
        });
    }
    void save(StateWriter& state) override { nodes_.save(state); }
    uint64_t evictions() const override { return nodes_.evictions(); }

  private:
    static std::string key_of(const Look& look) {
        return row_key({look.observation.origin.cluster, look.event().user.username});
    }

    static bool is_kubelets(const audit::Event& event, const std::string& what) {
        if (!what.empty()) return true;
        return event.verb == "create" &&
               (event.is_resource("", "pods") || event.is_resource("", "serviceaccounts")) &&
               (event.object.subresource.empty() || event.object.subresource == "token");
    }

    // Whether another node has the client, or there is no other.
    bool is_like_others(const std::string& key, const Look& look) const {
        const std::string cluster = row_key({look.observation.origin.cluster, ""});
        bool has_others = false, is_alike = false;
        nodes_.each([&](std::string_view other, const NodeRow& row) {
            if (other == key || !other.starts_with(cluster)) return;
            has_others = true;
            is_alike = is_alike || row.client == look.client;
        });
        return is_alike || !has_others;
    }

    void wait_until(int64_t when) { due_ = due_ == 0 ? when : std::min(due_, when); }

    bool may_be_late(const Look& look, NodeRow& row, const std::string& what, int64_t now) {
        if (what.empty() || !look.event().reason.starts_with("no relationship found between node"))
            return false;
        const auto known = std::find_if(row.waiting.begin(), row.waiting.end(),
                                        [&](const NodeRow::Waiting& one) { return one.what == what; });
        if (known != row.waiting.end()) return true;
        if (row.waiting.size() >= kWaiting) return false;  // no pod brings so much
        row.waiting.push_back({what, now, evidence_of(look.observation)});
        wait_until(now + kGrace);
        return true;
    }

    // The credential of a recently registered machine is used from another network while the machine is
    // active in its own (a mix of IPv4 and IPv6 is not reported, since a node may have both); or a program
    // that is no kubelet reads Secrets or requests tokens with it, from wherever.
    static void elsewhere(const Look& look, const NodeRow& home, FindingBook& findings) {
        const bool is_away = look.network != home.network && audit::is_same_family(look.peer, home.address);
        const bool is_stranger =
            (home.is_odd || look.client != home.client) && look.action.tactic == Tactic::CredentialAccess;
        if (look.action.weight < 2 || !(is_away || is_stranger)) return;
        const std::string user(look.event().user.username);
        Finding& finding =
            findings.report({"unusual_access", "token-used-elsewhere", look.observation.origin.cluster, user},
                            look.observation);
        finding.severity = std::max(finding.severity, is_away ? Severity::High : Severity::Medium);
        if (!finding.title.empty()) return;
        finding.title = is_away ? "A node's credential is used where the node is not"
                                : "A node's credential is used by another program";
        finding.summary =
            Sentence{
                .what = "the credential of " + user_words(user) + " was used by " + name_words(look.client) +
                        " at " + name_words(look.peer) + ", which " + outcome_words(look.request()),
                .why = {is_away ? "the node registered from " + name_words(home.address) + " and works there"
                        : home.is_odd ? std::string("no other node registers with that program")
                                      : "the node registered with " + name_words(home.client)}}
                .to_string();
        finding.mitre = {"T1550"};
        give_reasons(finding,
                     {{"node-home",
                       is_away ? "the node registered and works elsewhere" : "the node has its own client",
                       is_away ? home.address : home.client}});
    }

    // The machine never got the objects, so its Pods do not need them.
    void give_up(const std::string& key, int64_t now, FindingBook& findings) {
        NodeRow& row = nodes_.change(key);
        std::vector<NodeRow::Waiting> over;
        for (const NodeRow::Waiting& one : row.waiting) {
            if (now - one.since >= kGrace) over.push_back(one);
        }
        std::erase_if(row.waiting, [&](const NodeRow::Waiting& one) { return now - one.since >= kGrace; });
        for (const NodeRow::Waiting& one : row.waiting) wait_until(one.since + kGrace);
        std::erase_if(over, [](const NodeRow::Waiting& one) { return !one.what.starts_with(kSecrets); });
        if (over.empty() || !is_wanted_) return;
        const size_t cut = key.find(kKeyMark);
        const std::string user = key.substr(cut + 1);
        Finding& finding = findings.report({"unusual_access", "refusal-burst", key.substr(0, cut), user},
                                           audit::Time{audit::Duration{now}});
        if (finding.title.empty()) {
            finding.actor = FindingActor{.user = user,
                                         .uid = "",
                                         .groups = {std::string(kNodes)},
                                         .impersonated = "",
                                         .source_ip = row.address,
                                         .user_agent = row.agent};
            finding.verb = "get";
            finding.code = 403;
            finding.title = "An account tries one door after the other";
            finding.mitre = {"T1552.007"};
            give_reasons(finding,
                         {{"node-authorizer", "the Node authorizer still refuses what it would allow late",
                           std::to_string(over.size())}});
        }
        for (const NodeRow::Waiting& one : over) {
            findings.add_evidence(finding, one.evidence);
            ++finding.count;
            finding.first_seen = std::min(finding.first_seen, one.evidence.time);
        }
        finding.summary =
            Sentence{.what = user_words(user) + " was refused " + counted(finding.count, "object") +
                             " that no Pod on it refers to, the last one Secret " +
                             name_words(over.back().what.substr(kSecrets.size()), 97),
                     .why = {"it did not get them later either"}}
                .to_string();
        finding.severity = finding.count >= 3 ? Severity::High : Severity::Medium;
    }

    const int64_t young_;
    const bool is_wanted_;
    BoundedTable<NodeRow> nodes_{"unusual_access.nodes", 20'000};  // cluster, user
    int64_t due_ = 0;  // when the first of all that wait is over; 0: nothing waits
};

}  // namespace

std::unique_ptr<Explanation> make_node_life(const Config& config) {
    return std::make_unique<NodeLife>(config);
}

}  // namespace redshank::access
