// A request, derived from its event once by the Engine and passed to every room in Observation.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"
#include "audit/grant.h"
#include "core/request/actor.h"
#include "core/request/request_kind.h"
#include "core/request/symbol_table.h"
#include "core/request/verdict.h"

namespace redshank {

// Each of these is derived from one text and cached in a table (see SymbolTable).
struct Agent {
    std::string name;     // as written, up to the first '/' or ' ': "kubectl", "Helm"
    std::string product;  // see audit::agent_product()
    uint64_t symbol = 0;
};
struct SourceAddress {
    std::string network;  // see audit::source_network()
    uint64_t symbol = 0;
};
// Derived from the annotation authorization.k8s.io/reason.
struct GrantReason {
    std::optional<audit::Grant> grant;  // nothing when the text is not RBAC's
    std::string words;                  // Grant::to_string(), or "" without a grant
    bool gives_everything = false;      // see is_cluster_admin()
    uint64_t symbol = 0;
};
// A text from which only its number is derived.
struct Interned {
    uint64_t symbol = 0;
};

// Valid as long as its event, and until Symbols::release() was called twice after it.
struct Request {
    const audit::Event& event;
    const Actor& actor;      // who sent it
    const Actor& effective;  // whose rights were checked: the impersonated user, or the sender
    const Agent& agent;
    const SourceAddress& peer;  // of audit::Event::peer_ip()
    const GrantReason& reason;
    RequestVerdict verdict;
    // A write with dryRun=All, so that nothing is stored. False for exec, proxied requests and token
    // requests, which have their effect even then.
    bool is_dry_run = false;
    RequestKind kind;
    // The grant is a ClusterRole of a company's own that gives everything. Set for detectors, once for all of
    // them: see GreatRoles.
    bool is_by_great_role = false;
    // It binds such a role to somebody, in the whole cluster or in a namespace.
    bool gives_great_role = false;

    // Whether the request had an effect: it was allowed, did not fail, and was no dry run. A dry-run write
    // whose response contains a Secret's content counts as well.
    bool has_effect() const;
    // Why the request had no effect: "refused", "refused by admission", "failed with 404", "a dry run". ""
    // when it had one, and when that is not known.
    std::string attempt_words() const;

    // The actor to whom habits, budgets and stories are attributed: the effective user if it is a person or a
    // service account. A caller that impersonates a machine (a component, a node) or an anonymous user keeps
    // its own identity.
    const Actor& doer() const { return is_played() ? actor : effective; }
    const audit::User& doer_user() const { return is_played() ? event.user : event.effective_user(); }
    // Whether a proxy, or --as, sent the request for the user to whom it is attributed.
    bool is_through() const { return event.is_impersonated && !is_played(); }

    const std::optional<audit::Grant>& grant() const { return reason.grant; }
    // Ordinary work of the control plane, recognised by exact identity: its core components, and nodes at
    // requests that the Node authorizer allows, which logs no reason. The name of a role proves nothing,
    // since whoever writes roles may choose it. An impersonated component does not count.
    bool is_control_plane_work() const;

  private:
    bool is_played() const;
};

// Caches for texts that recur in a log: 173,373 events of four weeks had 225 different user objects, 79
// agents and 520 authorization annotations. Pipeline thread only.
class Symbols {
  public:
    static constexpr size_t kMost = 4096;  // texts in each table; four times as many kinds

    explicit Symbols(size_t most = kMost)
        : actors_(most), agents_(most), addresses_(most), reasons_(most), deeds_(most), kinds_(4 * most) {}

    // Releases what the request before the last needed, and derives.
    Request understand(const audit::Event& event) {
        release();
        return derive(event);
    }
    Request derive(const audit::Event& event);
    void release();

    uint64_t evictions() const {
        return actors_.evictions() + agents_.evictions() + addresses_.evictions() + reasons_.evictions() +
               deeds_.evictions() + kinds_.evictions();
    }

  private:
    struct Sender {
        const Actor *actor, *effective;
        const Agent* agent;
        const SourceAddress* peer;
    };
    // Where the symbols of a text are that the reader knows by a number (see audit::Event).
    struct KnownSender {
        uint64_t text = 0;
        SymbolTable<Actor>::Spot actor, effective;
        SymbolTable<Agent>::Spot agent;
        SymbolTable<SourceAddress>::Spot peer;
    };
    struct KnownReason {
        uint64_t text = 0;
        SymbolTable<GrantReason>::Spot reason;
    };
    static constexpr size_t kKnown = 1024;

    Sender sender(const audit::Event& event);
    const GrantReason& reason(const audit::Event& event);
    const Actor& actor(const audit::User& user);
    const RequestKind& kind(const Request& request);
    KindNumber deed(const Request& request, const std::array<char, 4>& small);

    SymbolTable<Actor> actors_;
    SymbolTable<Agent> agents_;
    SymbolTable<SourceAddress> addresses_;
    SymbolTable<GrantReason> reasons_;
    SymbolTable<KindNumber> deeds_;
    SymbolTable<RequestKind> kinds_;
    // By the number of the text: to hash and compare the user, the agent, the address and the reason of each
    // event takes 1,000 instructions, a look here 100.
    std::vector<KnownSender> senders_ = std::vector<KnownSender>(kKnown);
    std::vector<KnownReason> known_reasons_ = std::vector<KnownReason>(kKnown);
    std::string text_, deed_;  // reused: keep their capacity from event to event
};

}  // namespace redshank
