// A kind of request is a number for what requests have in common. What depends on the kind only is derived
// once and looked up from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/request/symbol_table.h"

namespace redshank {

// The number of a kind of request, or of a deed, and its place in the table of Symbols.
struct KindNumber {
    uint64_t symbol = 0;
    size_t place = kNoPlace;
};

// Requests of one kind are alike in: sender and role played (user, uid, groups, extra), agent, address of the
// peer, decision and reason of the authorizer, level, stage, verb, group, version, resource, subresource and
// namespace of the object, code of the answer, RequestVerdict and dry run, and in whether they have a request
// body, a response body and annotations besides the authorizer's. They differ in everything else: name, URI,
// what bodies and other annotations say, message, times, IDs.
struct RequestKind : KindNumber {
    // The kind without sender, role played, agent, address, decision, reason and namespace, with the class of
    // the sender (ActorClass, Actor::is_service_account) and whether it plays a role. A newcomer's kinds are
    // new, his deeds are not.
    KindNumber deed;
};

// A cache with one value for each kind, or each deed, that has a place in its table of Symbols, which bounds
// it. A value is lost when another takes the place.
template <class T>
class PerKind {
  public:
    // Returns null when there is none.
    T* find(const KindNumber& kind) {
        if (kind.place >= slots_.size() || kind.symbol == 0 || slots_[kind.place].first != kind.symbol)
            return nullptr;
        return &slots_[kind.place].second;
    }
    void put(const KindNumber& kind, T value) {
        if (kind.place == kNoPlace) return;
        if (kind.place >= slots_.size()) slots_.resize(kind.place + 1);
        slots_[kind.place] = {kind.symbol, std::move(value)};
    }
    void clear() { slots_.clear(); }

  private:
    std::vector<std::pair<uint64_t, T>> slots_;  // by place; symbol 0 marks an empty one
};

}  // namespace redshank
