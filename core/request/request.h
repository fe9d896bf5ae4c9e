// A request understood once: what every room asks of an event, made by the Engine and handed on in
// Observation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/event.h"
#include "audit/grant.h"
#include "core/request/actor.h"
#include "core/request/symbol_table.h"
#include "core/request/verdict.h"

namespace redshank {

// Each is derived from one text, whenever the text has no place in its table (see SymbolTable).
struct Agent {
    std::string name;     // as written, up to the first '/' or ' ': "kubectl", "Helm"
    std::string product;  // see audit::agent_product()
    uint64_t symbol = 0;
};
struct SourceAddress {
    std::string network;  // see audit::source_network()
    uint64_t symbol = 0;
};
// Of the annotation authorization.k8s.io/reason.
struct GrantReason {
    std::optional<audit::Grant> grant;  // nothing when the text is not RBAC's
    std::string words;                  // Grant::to_string(), or "" without a grant
    uint64_t symbol = 0;
};

// Valid as long as its event, and until the next Symbols::understand().
struct Request {
    const audit::Event& event;
    const Actor& actor;      // who sent it
    const Actor& effective;  // whose rights decided: the role played, or the sender
    const Agent& agent;
    const SourceAddress& peer;  // of audit::Event::peer_ip()
    const GrantReason& reason;
    RequestVerdict verdict;
    // dryRun=All on a write, where it means something: nothing is stored. An exec, a proxied request and a
    // token request do what they do all the same.
    bool is_dry_run = false;

    // It took place: allowed, not failed, and no dry run (but of a write that answers a Secret's content).
    bool has_effect() const;
    // "refused", "refused by admission", "failed with 404", "a dry run": why not; "" when it did, and when
    // nothing is known.
    std::string attempt_words() const;

    // Whose doing it is, for habits, budgets and stories: whom the request acts as, when that is a person or
    // a service account; who plays a machine (a component, a node) or nobody stays himself.
    const Actor& doer() const { return is_played() ? actor : effective; }
    const audit::User& doer_user() const { return is_played() ? event.user : event.effective_user(); }
    // Sent for another by a proxy or with --as: whom the sender's own name is only the way to.
    bool is_through() const { return event.is_impersonated && !is_played(); }

    const std::optional<audit::Grant>& grant() const { return reason.grant; }
    // The control plane at its ordinary work, by exact identity, never by the name of a role, which whoever
    // writes roles may choose: its core components, and nodes at what the Node authorizer allows, which gives
    // no reason. Whoever plays another is not at work.
    bool is_control_plane_work() const;

  private:
    bool is_played() const;
};

// What recurs in a log: 173,373 events of four weeks held 225 different user objects, 79 agents and 520
// different authorization annotations. Pipeline thread only.
class Symbols {
  public:
    static constexpr size_t kMost = 4096;  // texts of each table

    explicit Symbols(size_t most = kMost) : actors_(most), agents_(most), addresses_(most), reasons_(most) {}

    Request understand(const audit::Event& event);

    uint64_t evictions() const {
        return actors_.evictions() + agents_.evictions() + addresses_.evictions() + reasons_.evictions();
    }

  private:
    const Actor& actor(const audit::User& user);

    SymbolTable<Actor> actors_;
    SymbolTable<Agent> agents_;
    SymbolTable<SourceAddress> addresses_;
    SymbolTable<GrantReason> reasons_;
    std::string user_text_;  // keeps its memory from event to event
};

}  // namespace redshank
