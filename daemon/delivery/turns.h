// Whose message is next among those that wait for one receiver.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "exporters/alert.h"

namespace redshank {

// A notification on its way.
struct QueuedAlert {
    uint64_t sequence = 0;  // over all receivers; the key in the store
    Alert alert;
    uint32_t attempts = 0;
    audit::Time not_before{};  // of the next attempt
    bool alone = false;        // was part of a batch that was refused: goes by itself now
    audit::Time refused{};     // when the receiver first said that the message is wrong; Time{}: it did not
    // Of ReceiverQueue, as long as it waits there: see Turns.
    std::string owner = {};
    bool is_attributed = false;
    uint64_t turn = 0;
};

// Who answers for what the message tells: the actor of its finding (actor_owner()), else of the finding that
// began its incident, else the first actor in that. "": nobody is known.
std::string owner_of(const Alert& alert);

// The owners of the messages of one severity take turns, so that however many messages about others wait, one
// about an owner who has none waits for one of each of them at most: that owner comes into the round that is
// being sent. Where nobody is known to answer for a message, what it is about does: each object, but of
// those in one namespace only kMostObjects beside each other, and those beyond together. O(log n) a step.
class Turns {
  public:
    static constexpr size_t kMostObjects = 8;

    // Gives the message its turn.
    void enter(QueuedAlert& item);
    void leave(const QueuedAlert& item);
    // The message is sent.
    void serve(const QueuedAlert& item);
    void clear() { *this = Turns{}; }
    // Whose messages go when there are too many: the owner, but all objects of a namespace as one. A view
    // into the message.
    static std::string_view payer(const QueuedAlert& item);

  private:
    struct Owner {
        uint64_t next = 0;  // the turn of the next message, unless the round is further
        size_t waiting = 0;
    };
    struct Round {
        uint64_t turn = 0;           // the newest that was sent
        std::set<std::string> idle;  // owners without messages that have had this turn
    };

    std::string object_owner(const Alert& alert) const;

    std::map<std::pair<Severity, std::string>, Owner> owners_;  // those with messages, and the idle
    std::map<Severity, Round> rounds_;
};

}  // namespace redshank
