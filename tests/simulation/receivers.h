// The far end of delivery: three receivers in the place of the network, slow, down or lying as the seed has
// it. They outlive the daemon.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "daemon/delivery/transport.h"

namespace redshank::sim {

enum class Mood : uint8_t {
    Well,
    Slow,      // answers within 30 s
    Down,      // nobody listens
    Silent,    // takes the message, and the answer is lost
    Failing,   // 500, 503
    Refusing,  // 401, 403, 404, 302: somebody has to mend something
    Limiting,  // 429
    Lying,     // 200, but the words say that it was not taken (chat); what is no answer (others)
    Poisoned,  // always 500 for some messages, the others are taken
    kEnd,
};

// Hook and Journal get each finding as a message; Chat gets incidents.
enum class Who : uint8_t { Hook, Journal, Chat, kEnd };

struct Message {
    std::string text;  // all of it
    std::string finding, status, severity, notification;
    uint64_t count = 0;
    int64_t at = 0;            // Host::steady when it was taken
    bool is_repeated = false;  // this process had its answer that it was taken already
};

class Receivers {
  public:
    explicit Receivers(uint64_t seed) : random_(seed) {}

    void set(Who who, Mood mood);
    void heal();
    Mood mood(Who who) const { return moods_[static_cast<size_t>(who)]; }
    // Since when all are well (Host::steady).
    int64_t well_since() const { return well_since_; }
    const std::vector<Message>& taken(Who who) const { return taken_[static_cast<size_t>(who)]; }
    size_t taken_in_all() const;

    // For a new process: the way to these receivers. `may_repeat`: it does not know what waits in the state.
    std::unique_ptr<Transport> connect(bool may_repeat);

  private:
    class Way;
    struct Reply {
        HttpAnswer answer;
        int64_t after = 0;  // nanoseconds
        bool takes = false;
    };
    Reply reply_to(Who who, const std::string& text);

    std::mt19937_64 random_;
    std::array<Mood, static_cast<size_t>(Who::kEnd)> moods_{};
    std::array<std::vector<Message>, static_cast<size_t>(Who::kEnd)> taken_;
    int64_t well_since_ = 0;
};

}  // namespace redshank::sim
