// Decides who uses the token of a Pod. A Pod has one address of each IP family, so a token that is used from
// another address has two users. The exception are clusters where Pods have several addresses (a NAT gateway,
// a load balancer before the API server), which is learnt for each cluster. Which of the places is the Pod's
// follows from what was known before the token was first seen (the account's addresses, networks and clients;
// the networks of its node and of other accounts' Pods) and from how long each place used it, never from the
// order alone. Where the networks speak for one place and the client for the other, on a node that is new,
// both places are named.
//
// A token that is first used from a public IPv4 network where no node, no Pod and its account were ever seen,
// with a client that its account never had, is not used by its Pod at all. Where the log shows no Pods at
// home, nothing follows.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "core/finding/finding.h"
#include "core/state/bounded_table.h"
#include "detectors/access/look.h"

namespace redshank::access {

// Where a token is used from: one address.
struct TokenPlace {
    enum class Role : uint8_t {
        Home,
        Pending,  // another address; the pod may have moved there
        Foreign,
        Unclear  // one of two places, and nothing shows which is the Pod's
    };
    Role role = Role::Home;
    std::string address, network, client, agent;  // the client's product, and its own words, both the first
    int64_t first = 0;                            // microseconds since 1970, of the request's arrival
    int64_t last = 0, hours = 0;                  // start of the last hour of use; number of hours of use
    std::string deed, mitre;                      // the most sensitive thing done from there
    int64_t weight = -1;                          // of `deed`; -1: none yet
    Tactic tactic = Tactic::None;
    std::vector<Evidence> evidence;  // the first 8 of the first hour only
};
std::span<const std::string_view> words_of(TokenPlace::Role);
template <class V>
void describe(V& v, TokenPlace& row) {
    v("role", row.role);
    v.must("address", row.address);
    v("network", row.network);
    v("client", row.client);
    v("agent", row.agent);
    v.must("first", row.first);
    v("last", row.last);
    v("hours", row.hours);
    v("deed", row.deed);
    v("mitre", row.mitre);
    v("weight", row.weight);
    v("tactic", row.tactic);
    v("evidence", row.evidence);
}

struct PodToken {
    int64_t first = 0, last = 0;
    std::vector<TokenPlace> places;  // at most 4
};
template <class V>
void describe(V& v, PodToken& row) {
    v.must("first", row.first);
    v("last", row.last);
    v("places", row.places);
}
inline auto worth(const PodToken& row) {
    return std::pair(row.places.size() > 1, row.last);
}

// Since when an account (or a node's Pods) is known at an address, in a network, or with a client.
struct Known {
    int64_t first = 0, last = 0, hours = 0;
};
template <class V>
void describe(V& v, Known& row) {
    v.as_array();
    v.must("first", row.first);
    v.must("last", row.last);
    v.must("hours", row.hours);
}
inline auto worth(const Known& row) {
    return std::pair(row.hours >= 3, row.last);
}

// Accounts that were seen to behave alike: tokens of their Pods alternate between addresses in a cluster,
// they moved into a network, or their Pods are at home in it.
struct Accounts {
    int64_t last = 0;
    std::vector<std::string> names;  // at most 4
};
template <class V>
void describe(V& v, Accounts& row) {
    v.must("last", row.last);
    v("names", row.names);
}
inline int64_t worth(const Accounts& row) {
    return row.last;
}

class PodTokens {
  public:
    // `culprit` is the place of the finding, null when there is none. It is the place of this request, or
    // another one if this request, made from home, shows that the other is foreign. Valid until the next
    // see().
    struct Verdict {
        const TokenPlace* culprit = nullptr;
        // The Pod's own place; if that is unclear, the second candidate; null while the token was only used
        // from outside of the cluster.
        const TokenPlace* other = nullptr;
        bool is_new = false;  // known only since this request
        bool is_unclear = false;
        bool is_disputed = false;  // more than one place is in question
        bool is_watched = false;   // each request must be shown, repeated ones too
    };
    // `pod` is the uid of the Pod to which the token is bound.
    Verdict see(const Look& look, std::string_view pod);
    // For a service account's request with a token that is bound to no Pod: the account is known at that
    // place.
    void learn(const Look& look);
    // For a request by a node: its Pods may come from its network, too.
    void learn_node(const Look& look);

    void load(const StateReader& state);
    void save(StateWriter& state);
    uint64_t evictions() const;

  private:
    struct Use;
    // What speaks for a place, of what was known before the token.
    struct Standing {
        int network;
        bool has_address, has_client;
    };

    bool is_known(const Use& use, char kind, std::string_view value, int64_t before) const;
    static std::string network_key(const Use& use, std::string_view network);
    static Use use_of(const Look& look);
    void learn(const Use& use, std::string_view address, const std::string& network, std::string_view client);
    TokenPlace& place_of(const Use& use, PodToken& token);
    bool is_explained(const Use& use, const PodToken& token, const TokenPlace& place) const;
    bool is_apart(const Use& use, const TokenPlace& a, const TokenPlace& b) const;
    void note_families(std::string_view cluster, std::string_view who, const PodToken& token, int64_t hour);
    bool is_outside(const Use& use, const PodToken& token, const TokenPlace& place) const;
    void note(const Use& use, char kind, std::string_view who, std::string_view value);
    bool is_told_at_once(const Use& use, const PodToken& token, const TokenPlace& place);
    bool has_moved(const Use& use, PodToken& token, TokenPlace& place);
    Standing standing(const Use& use, const PodToken& token, const TokenPlace& place) const;
    int compare(const Use& use, const PodToken& token, const Standing& a, const Standing& b) const;
    void decide(const Use& use, PodToken& token, TokenPlace& here, TokenPlace& other);
    void find_two_hands(const Use& use, PodToken& token, TokenPlace& here);
    Verdict verdict(const Use& use, PodToken& token, const TokenPlace& here, bool was_decided) const;

    BoundedTable<PodToken> tokens_{"unusual_access.pod_tokens", 20'000};  // cluster, pod's uid
    BoundedTable<Known> known_{"unusual_access.token_places", 100'000};   // kind, cluster, who, value
    BoundedTable<Accounts> alternating_{"unusual_access.token_alternation", 1'000};  // cluster
    BoundedTable<Accounts> moves_{"unusual_access.token_moves", 1'000};              // cluster, network
    BoundedTable<Accounts> networks_{"unusual_access.pod_networks", 5'000};          // cluster, network
    // Cluster, and the first account of which a token had an address of each family.
    BoundedTable<Accounts> families_{"unusual_access.token_families", 1'000};
    std::string key_;
};

}  // namespace redshank::access
