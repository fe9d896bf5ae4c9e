#include <algorithm>

#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "detectors/access/explanation.h"
#include "detectors/claimed_source.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

constexpr int64_t kJoins = 10 * kMinute;

// A machine that requested its certificate with a bootstrap token.
struct JoinRow {
    std::string user, address, agent, request;  // request: name of the CSR
    int64_t since = 0;
    Evidence evidence;
};
template <class V>
void describe(V& v, JoinRow& row) {
    v.must("user", row.user);
    v.must("address", row.address);
    v.must("agent", row.agent);
    v.must("request", row.request);
    v.must("since", row.since);
    v.must("evidence", row.evidence);
}
int64_t worth(const JoinRow& row) {
    return row.since;
}

// Whether `kubeadm join` or a kubelet's TLS bootstrap needs the request (kubeadm pkg bootstraptoken; roles
// kubeadm:get-nodes, kubeadm:nodes-kubeadm-config, system:node-bootstrapper).
bool is_needed(const audit::Event& event) {
    const audit::ObjectRef& object = event.object;
    if (!object.present || !object.subresource.empty()) return false;
    if (event.is_resource("", "configmaps"))
        return event.verb == "get" && object.namespace_ == "kube-system" && !object.name.empty();
    // The control plane's certificates for another server, encrypted with a key that the token does not give.
    if (event.is_resource("", "secrets"))
        return event.verb == "get" && object.namespace_ == "kube-system" && object.name == "kubeadm-certs";
    if (event.is_resource("", "nodes")) return event.verb == "get" && !object.name.empty();
    if (!event.is_resource("certificates.k8s.io", "certificatesigningrequests")) return false;
    if (event.verb != "create") return event.verb == "get" || event.verb == "watch" || event.verb == "list";
    // A client certificate of a node: the server's admission binds it to a node's name and group.
    return event.request_object.empty() ||
           event.request_object.find("kubernetes.io/kube-apiserver-client-kubelet") != std::string_view::npos;
}

// A node joins: its bootstrap token, or an account for that, is used only for requests that a join needs.
// Prediction: within ten minutes a machine registers itself as a node from the address that requested the
// certificate. If it does not, the certificate becomes a finding.
class NodeJoin : public Explanation {
  public:
    bool explains(const Look& look, const Novelty& /*novelty*/, FindingBook& findings) override {
        const audit::Event& event = look.event();
        if (look.actor.is(ActorClass::Node)) {
            if (event.verb == "create" && event.is_resource("", "nodes") &&
                !is_refusal(look.request().verdict)) {
                joins_.erase(key_of(look));
            }
            return false;
        }
        if (!look.is_joining() || event.is_impersonated || !is_needed(event)) return false;
        if (is_refusal(look.request().verdict)) {
            refused(look, findings);
            return true;
        }
        if (event.verb == "create" && !joins_.contains(key_of(look))) {
            const int64_t now = look.now();
            joins_.change(key_of(look)) = {.user = std::string(event.user.username),
                                           .address = std::string(look.peer),
                                           .agent = std::string(event.user_agent),
                                           .request = std::string(event.object.name),
                                           .since = now,
                                           .evidence = evidence_of(look.observation)};
            wait_until(now + kJoins);
        }
        return true;
    }

    void advance(audit::Time time, FindingBook& findings) override {
        const int64_t now = time.time_since_epoch().count();
        if (due_ == 0 || now < due_) return;
        due_ = 0;
        std::vector<std::string> over;
        joins_.each([&](std::string_view key, const JoinRow& row) {
            if (now - row.since >= kJoins) {
                over.emplace_back(key);
            } else {
                wait_until(row.since + kJoins);
            }
        });
        std::sort(over.begin(), over.end());
        for (const std::string& key : over) {
            tell(key.substr(0, key.find(kKeyMark)), *joins_.find(key), now, findings);
            joins_.erase(key);
        }
    }

    void load(const StateReader& state) override {
        joins_.load(state, "", [this](std::string_view, const JoinRow& row) {
            wait_until(row.since + kJoins);
            return true;
        });
    }
    void save(StateWriter& state) override { joins_.save(state); }
    uint64_t evictions() const override { return joins_.evictions(); }

  private:
    static std::string key_of(const Look& look) {
        return row_key({look.observation.origin.cluster, look.peer});
    }
    void wait_until(int64_t when) { due_ = due_ == 0 ? when : std::min(due_, when); }

    // A joining node has all rights that it needs, so a refused request is not a kubelet's.
    static void refused(const Look& look, FindingBook& findings) {
        const std::string user(look.event().user.username);
        Finding& finding = findings.report(
            {"unusual_access", "unusual-access", look.observation.origin.cluster, user}, look.observation);
        finding.severity = std::max(finding.severity, Severity::Medium);
        if (!finding.title.empty()) return;
        finding.title = "A bootstrap token is refused what joining machines are allowed";
        finding.summary = Sentence{.what = actor_words(look.actor) + " " + outcome_words(look.request()),
                                   .why = {"a machine that joins is refused nothing of it"}}
                              .to_string();
        finding.mitre = {"T1098"};
        give_reasons(finding,
                     {{"join-refused", "a joining machine is refused nothing", std::string(look.peer)}});
    }

    static void tell(const std::string& cluster, const JoinRow& row, int64_t now, FindingBook& findings) {
        const FindingBook::Subject subject{"unusual_access", "unusual-access", cluster, row.user};
        Finding& finding = findings.report(subject, audit::Time{audit::Duration{now}});
        findings.add_evidence(finding, row.evidence);
        ++finding.count;
        finding.first_seen = std::min(finding.first_seen, row.evidence.time);
        finding.severity = std::max(finding.severity, Severity::Medium);
        if (!finding.title.empty()) return;
        finding.actor = FindingActor{.user = row.user,
                                     .uid = "",
                                     .groups = {},
                                     .impersonated = "",
                                     .source_ip = row.address,
                                     .user_agent = row.agent};
        finding.verb = "create";
        finding.title = row.user.starts_with("system:bootstrap:")
                            ? "A bootstrap token asks for a certificate, and no node comes"
                            : "A certificate for a node is asked for, and no node comes";
        finding.summary =
            Sentence{
                .what = user_words(row.user) + " asked for a certificate (" + name_words(row.request) +
                        ") from " + name_words(row.address) +
                        ", and no node registered from there within 10 min",
            }
                .to_string();
        finding.mitre = {"T1098"};
        give_reasons(finding, {{"no-node", "what a joining machine does next did not happen", row.address}});
    }

    BoundedTable<JoinRow> joins_{"unusual_access.joins", 1'000};  // cluster, address
    int64_t due_ = 0;  // when the first of them is over; 0: there is none
};

}  // namespace

std::unique_ptr<Explanation> make_node_join() {
    return std::make_unique<NodeJoin>();
}

}  // namespace redshank::access
