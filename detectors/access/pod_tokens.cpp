#include "detectors/access/pod_tokens.h"

#include <algorithm>

#include "audit/normalise/address_family.h"
#include "audit/normalise/source.h"
#include "audit/utf8.h"
#include "core/request/words.h"
#include "core/state/key.h"
#include "detectors/finding_book.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

using Role = TokenPlace::Role;

constexpr size_t kMostPlaces = 4, kMostEvidence = 8, kMostNames = 4;
constexpr int64_t kMoveTogether = 2 * kHour;  // pods that come to a new network within this moved together
constexpr int64_t kMoved = 24 * kHour;        // the old address silent for so long: the pod has moved
// So many hours of use make a place the token's own; so does a first hour with at least kMostEvidence
// requests, this long before the other place was seen.
constexpr int64_t kEstablishedHours = 3, kEstablishedLead = kHour / 12;
constexpr size_t kAlternating = 3;  // accounts whose tokens alternate: that is how it is here

bool insert(Accounts& accounts, const std::string& name, int64_t now) {
    accounts.last = std::max(accounts.last, now);
    const bool is_there =
        std::find(accounts.names.begin(), accounts.names.end(), name) != accounts.names.end();
    if (!is_there && accounts.names.size() < kMostNames) accounts.names.push_back(name);
    return !is_there;
}

size_t others(const Accounts& accounts, std::string_view me) {
    return accounts.names.size() -
           static_cast<size_t>(std::count(accounts.names.begin(), accounts.names.end(), me));
}

}  // namespace

std::span<const std::string_view> words_of(TokenPlace::Role) {
    static constexpr std::array<std::string_view, 4> kWords{"home", "pending", "foreign", "unclear"};
    return kWords;
}

// One request with a Pod's token.
struct PodTokens::Use {
    const Look& look;
    std::string_view cluster, node;
    int64_t now, hour;  // when it came
};

namespace {

// The kinds for an account: 'a' an address, 'n' a network, 'c' a client; 'h' is a network of a node's Pods
// ("" for any), 'k' one of nodes themselves.
std::string known_key(char kind, std::string_view cluster, std::string_view who, std::string_view value) {
    return row_key({{&kind, 1}, cluster, who, value});
}

}  // namespace

bool PodTokens::is_known(const Use& use, char kind, std::string_view value, int64_t before) const {
    const std::string_view who = kind == 'h' ? use.node : std::string_view(use.look.sender.key);
    const Known* known = who.empty() ? nullptr : known_.find(known_key(kind, use.cluster, who, value));
    return known != nullptr && known->first < before;
}

void PodTokens::note(const Use& use, char kind, std::string_view who, std::string_view value) {
    const std::string key = known_key(kind, use.cluster, who, value);
    const Known* old = known_.find(key);
    if (old != nullptr && use.hour <= old->last) return;
    Known& known = known_.change(key);
    if (known.hours == 0) known.first = use.now;
    known.last = use.hour;
    ++known.hours;
}

void PodTokens::learn(const Use& use, std::string_view address, const std::string& network,
                      std::string_view client) {
    const std::string& me = use.look.sender.key;
    note(use, 'a', me, address);
    note(use, 'n', me, network);
    note(use, 'c', me, client);
    if (use.node.empty()) return;
    note(use, 'h', use.node, network);
    note(use, 'h', use.node, {});
    const std::string key = network_key(use, network);
    const Accounts* known = networks_.find(key);
    if (known == nullptr || others(*known, "") < kMostNames) insert(networks_.change(key), me, use.hour);
}

// The place of this request, made when it is new. A full row loses a foreign one before a home.
TokenPlace& PodTokens::place_of(const Use& use, PodToken& token) {
    for (TokenPlace& place : token.places) {
        if (place.address == use.look.peer) return place;
    }
    if (token.places.size() >= kMostPlaces) {
        token.places.erase(std::min_element(
            token.places.begin(), token.places.end(), [](const TokenPlace& a, const TokenPlace& b) {
                return std::pair(a.role == Role::Home, a.last) < std::pair(b.role == Role::Home, b.last);
            }));
    }
    token.places.push_back({.address = std::string(use.look.peer),
                            .network = use.look.network,
                            .client = use.look.client,
                            .agent = std::string(audit::cut_utf8(use.look.event().user_agent, 256)),
                            .first = use.now});
    return token.places.back();
}

namespace {

void note_use(const Look& look, int64_t hour, TokenPlace& place) {
    if (place.hours == 0 || hour > place.last) {
        place.last = hour;
        ++place.hours;
        if (place.hours > 1) place.evidence.clear();
    }
    if (place.hours > 1 && place.role != Role::Foreign) return;
    if (place.evidence.size() < kMostEvidence) place.evidence.push_back(evidence_of(look.observation));
    if (look.action.weight <= place.weight) return;
    place.weight = look.action.weight;
    place.deed = outcome_words(look.request());
    place.tactic = look.action.tactic;
    place.mitre = look.action.mitre;
}

bool is_settled(const PodToken& token, std::string_view address, int64_t hour) {
    bool is_known = false;
    for (const TokenPlace& place : token.places) {
        if (place.role != Role::Home) return false;
        const bool is_full = place.hours > 1 || place.evidence.size() >= kMostEvidence;
        is_known = is_known || (place.address == address && hour <= place.last && is_full);
    }
    return is_known;
}

}  // namespace

// A second address that is no sign.
bool PodTokens::is_explained(const Use& use, const PodToken& token, const TokenPlace& place) const {
    const bool is_own = is_known(use, 'a', place.address, token.first);
    const bool is_known_network =
        is_known(use, 'n', place.network, token.first) || is_known(use, 'h', place.network, token.first);
    const Accounts* alternating = alternating_.find(use.cluster);
    const bool is_many = alternating != nullptr && alternating->names.size() >= kAlternating;
    for (const TokenPlace& other : token.places) {
        if (&other == &place || other.role != Role::Home) continue;
        // The account was at both before this token: addresses of replicas, or of a gateway.
        if (is_own && is_known(use, 'a', other.address, token.first)) return true;
        // Dual stack: an address of each family, from networks where the account or its node's pods are.
        if (!audit::is_same_family(other.address, place.address) && is_known_network) return true;
        if (is_many && (is_known_network || other.client == place.client)) return true;
    }
    return false;
}

// Whether a Pod cannot be at both: addresses of one family; or of two, where no token ever had both.
bool PodTokens::is_apart(const Use& use, const TokenPlace& a, const TokenPlace& b) const {
    return audit::is_same_family(a.address, b.address) || !families_.contains(use.cluster);
}

void PodTokens::note_families(std::string_view cluster, std::string_view who, const PodToken& token,
                              int64_t hour) {
    const auto is_home = [](const TokenPlace& place) { return place.role == Role::Home; };
    const auto first = std::find_if(token.places.begin(), token.places.end(), is_home);
    const bool has_both = std::any_of(first, token.places.end(), [&](const TokenPlace& place) {
        return is_home(place) && !audit::is_same_family(place.address, first->address);
    });
    if (has_both && !families_.contains(cluster)) insert(families_.change(cluster), std::string(who), hour);
}

// Nothing of the cluster is there.
bool PodTokens::is_outside(const Use& use, const PodToken& token, const TokenPlace& place) const {
    if (use.look.learning || networks_.size() == 0 || audit::Address::parse(place.address).size != 4 ||
        !audit::is_public(place.address)) {
        return false;
    }
    return !networks_.contains(network_key(use, place.network)) &&
           !known_.contains(known_key('k', use.cluster, {}, place.network)) &&
           !is_known(use, 'n', place.network, token.first) && !is_known(use, 'c', place.client, token.first);
}

// Signs that are reported at once: another network, and at one of the two a client that the account never
// used; or a sensitive new action from a network into which nobody else moves.
bool PodTokens::is_told_at_once(const Use& use, const PodToken& token, const TokenPlace& place) {
    bool is_new_client = !is_known(use, 'c', place.client, token.first);
    bool is_family = true, are_apart = true;
    for (const TokenPlace& other : token.places) {
        if (&other == &place) continue;
        if (other.network == place.network) return false;
        is_new_client =
            (is_new_client || !is_known(use, 'c', other.client, token.first)) && other.client != place.client;
        is_family = is_family && audit::is_same_family(other.address, place.address);
        are_apart = are_apart && is_apart(use, other, place);
    }
    Accounts& movers = moves_.change(network_key(use, place.network));
    if (use.now - movers.last > kMoveTogether) movers.names.clear();
    insert(movers, use.look.sender.key, use.now);
    if (is_new_client) return is_family || !use.look.learning;
    return are_apart && movers.names.size() == 1 && use.look.is_novel && use.look.action.weight >= 2 &&
           !use.look.learning;
}

// The sandbox of a pod is made anew when its node restarts, with another address: then the old one is silent.
bool PodTokens::has_moved(const Use& use, PodToken& token, TokenPlace& place) {
    if (place.role != Role::Pending || use.now - place.first < kMoved) return false;
    place.role = Role::Home;
    const std::string address = place.address;
    std::erase_if(token.places, [&](const TokenPlace& other) {
        return other.role == Role::Home && other.address != address && other.last < use.now - kMoved;
    });
    return true;
}

PodTokens::Standing PodTokens::standing(const Use& use, const PodToken& token,
                                        const TokenPlace& place) const {
    const Accounts* networks = networks_.find(network_key(use, place.network));
    return {.network = (is_known(use, 'n', place.network, token.first) ? 2 : 0) +
                       (is_known(use, 'h', place.network, token.first) ? 2 : 0) +
                       (networks != nullptr && others(*networks, use.look.sender.key) >= 2 ? 2 : 0),
            .has_address = is_known(use, 'a', place.address, token.first),
            .has_client = is_known(use, 'c', place.client, token.first)};
}

// Positive: `a` is at home rather than `b`; negative: the reverse. Of a Pod on a node where no Pod was seen
// before, the networks of other nodes tell less than its account's own client: the two then decide nothing.
int PodTokens::compare(const Use& use, const PodToken& token, const Standing& a, const Standing& b) const {
    const int addresses = int{a.has_address} - int{b.has_address};
    const int clients = int{a.has_client} - int{b.has_client}, networks = a.network - b.network;
    const bool is_new_node = !use.node.empty() && !is_known(use, 'h', {}, token.first);
    if (is_new_node && addresses == 0 && clients * networks < 0) return 0;
    return 4 * addresses + networks + clients;
}

namespace {

bool is_established(const TokenPlace& place) {
    return place.hours >= kEstablishedHours;
}
bool leads(const TokenPlace& place, const TokenPlace& other) {
    const bool is_busy = place.hours > 1 || place.evidence.size() >= kMostEvidence;
    return is_busy && other.first - place.first >= kEstablishedLead;
}

}  // namespace

// Two places that cannot be one.
void PodTokens::decide(const Use& use, PodToken& token, TokenPlace& here, TokenPlace& other) {
    const int better = compare(use, token, standing(use, token, here), standing(use, token, other));
    TokenPlace* home = better > 0 ? &here : better < 0 ? &other : nullptr;
    if (home == nullptr && is_established(here) != is_established(other)) {
        home = is_established(here) ? &here : &other;
    } else if (home == nullptr) {
        home = leads(here, other) ? &here : leads(other, here) ? &other : nullptr;
    }
    TokenPlace& guest = home == &here ? other : here;
    guest.role = home == nullptr ? Role::Unclear : Role::Foreign;
    (home == nullptr ? other : *home).role = home == nullptr ? Role::Unclear : Role::Home;
}

// A request from a place after another place was used: both are in use.
void PodTokens::find_two_hands(const Use& use, PodToken& token, TokenPlace& here) {
    if (here.role == Role::Foreign) return;
    for (TokenPlace& other : token.places) {
        if (other.role != Role::Pending || &other == &here || use.now <= other.first ||
            here.first > other.first)
            continue;
        const bool is_alternation = is_apart(use, here, other);
        if (audit::is_same_family(here.address, other.address))
            insert(alternating_.change(use.cluster), use.look.sender.key, use.now);
        const bool is_new_client =
            other.client != here.client && !is_known(use, 'c', other.client, token.first);
        if (use.look.learning || !(is_alternation || is_new_client)) {
            other.role = Role::Home;
            learn(use, other.address, other.network, other.client);
        } else {
            decide(use, token, here, other);
        }
    }
}

PodTokens::Verdict PodTokens::verdict(const Use& use, PodToken& token, const TokenPlace& here,
                                      bool was_decided) const {
    Verdict out{.is_new = was_decided};
    // The one used last.
    const auto with_role = [&](Role role) {
        const TokenPlace* found = nullptr;
        for (const TokenPlace& place : token.places) {
            if (&place == &here || place.role != role) continue;
            if (found == nullptr || place.last >= found->last) found = &place;
        }
        return found;
    };
    out.is_watched = here.hours <= 1 && here.evidence.size() < kMostEvidence;
    for (const TokenPlace& place : token.places) {
        out.is_disputed = out.is_disputed || place.role != Role::Home;
    }
    out.is_watched = out.is_watched || out.is_disputed;
    if (here.role == Role::Foreign) {
        out.culprit = &here;
        out.other = with_role(Role::Home);
    } else if (here.role == Role::Unclear && (was_decided || use.look.action.weight >= 2)) {
        out.culprit = &here;
        out.other = with_role(Role::Unclear);
        out.is_unclear = true;
    } else if (here.role == Role::Home && was_decided) {
        out.culprit = with_role(Role::Foreign);
        out.other = &here;
    }
    return out;
}

std::string PodTokens::network_key(const Use& use, std::string_view network) {
    return row_key({use.cluster, network});
}

PodTokens::Use PodTokens::use_of(const Look& look) {
    const int64_t now = look.event().received.time_since_epoch().count();
    return {.look = look,
            .cluster = look.observation.origin.cluster,
            .node = look.event().user.extra_value("authentication.kubernetes.io/node-name"),
            .now = now,
            .hour = hour_of(now)};
}

void PodTokens::learn(const Look& look) {
    learn(use_of(look), look.peer, look.network, look.client);
}

void PodTokens::learn_node(const Look& look) {
    note(use_of(look), 'k', {}, look.network);
}

PodTokens::Verdict PodTokens::see(const Look& look, std::string_view pod) {
    const Use use = use_of(look);
    const int64_t now = use.now;
    write_key(key_, {use.cluster, pod});
    if (const PodToken* known = tokens_.find(key_); known != nullptr) {
        if (is_settled(*known, look.peer, use.hour) && is_known(use, 'c', look.client, use.now)) return {};
    }
    PodToken& token = tokens_.change(key_);
    if (token.places.empty()) token.first = now;
    token.last = std::max(token.last, use.hour);
    TokenPlace& here = place_of(use, token);
    const auto decided = [&] {
        return std::count_if(token.places.begin(), token.places.end(), [](const TokenPlace& place) {
            return place.role == Role::Foreign || place.role == Role::Unclear;
        });
    };
    const auto before = decided();
    const bool has_others = std::any_of(token.places.begin(), token.places.end(), [&](const auto& other) {
        return &other != &here && other.role != Role::Foreign;
    });
    if (here.hours == 0 && has_others && !is_explained(use, token, here)) here.role = Role::Pending;
    if (here.hours == 0 && !has_others && is_outside(use, token, here)) here.role = Role::Foreign;
    note_use(look, use.hour, here);
    find_two_hands(use, token, here);
    if (here.role == Role::Pending && is_told_at_once(use, token, here)) {
        TokenPlace* other = nullptr;
        for (TokenPlace& place : token.places) {
            if (&place == &here || place.role == Role::Foreign) continue;
            if (other == nullptr || place.last >= other->last) other = &place;
        }
        if (other != nullptr) decide(use, token, here, *other);
    }
    const auto after = decided();
    if (here.role == Role::Home) learn(use, here.address, here.network, look.client);
    if (token.places.size() > 1) note_families(use.cluster, look.sender.key, token, use.hour);
    Verdict out = verdict(use, token, here, after > before);
    if (has_moved(use, token, here)) out = {};  // the places are others now
    return out;
}

void PodTokens::load(const StateReader& state) {
    tokens_.load(state, "", [this](std::string_view key, const PodToken& token) {
        note_families(key.substr(0, key.find(kKeyMark)), "", token, token.last);
        return true;
    });
    known_.load(state);
    alternating_.load(state);
    moves_.load(state);
    networks_.load(state);
    families_.load(state);
}

void PodTokens::save(StateWriter& state) {
    tokens_.save(state);
    known_.save(state);
    alternating_.save(state);
    moves_.save(state);
    networks_.save(state);
    families_.save(state);
}

uint64_t PodTokens::evictions() const {
    return tokens_.evictions() + known_.evictions() + alternating_.evictions() + moves_.evictions() +
           networks_.evictions() + families_.evictions();
}

}  // namespace redshank::access
