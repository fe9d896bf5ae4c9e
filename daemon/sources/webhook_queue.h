#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/mutex.h"
#include "daemon/sources/known_bodies.h"
#include "daemon/sources/unique_fd.h"

namespace redshank {

// A body that was received whole.
struct WebhookBody {
    BodyHash hash{};
    std::string text;                      // with audit::kPadding bytes behind the body
    std::vector<std::string_view> events;  // in `text`
    size_t reserved = 0;                   // bytes that it takes of the queue
};

// The bodies between the listener's thread and the pipeline's, and which of them are durable. Bounded: the
// listener reserves room before it receives a body.
class WebhookQueue {
  public:
    // Handed out and not yet durable: more wait only while the state cannot be written.
    static constexpr size_t kMostPending = 65'536;

    WebhookQueue(std::string source, size_t most_bytes, uint64_t most_known = KnownBodies::kMost);

    // --- The listener's thread ---
    // Room for a body that is about to be received, until release() or for as long as it is in here.
    bool reserve(size_t bytes) EXCLUDES(mutex_);
    void release(size_t bytes) EXCLUDES(mutex_);
    enum class Offer : uint8_t {
        Durable,  // it came before, and its events are safe
        Waits,    // it, or the same one before it, is on its way
        Full,
    };
    Offer offer(std::unique_ptr<WebhookBody> body) EXCLUDES(mutex_);

    // --- The pipeline's thread ---
    void load(const StateReader& state) EXCLUDES(mutex_);
    // The next bodies, about `bytes` of them and at least one; what was taken before is let go. The views
    // live until the next call.
    const std::vector<std::unique_ptr<WebhookBody>>& take(size_t bytes) EXCLUDES(mutex_);
    // Into the transaction that makes their events durable: all that were taken and are not saved.
    void save(StateWriter& state) EXCLUDES(mutex_);
    // What was saved is durable now: the hashes of these bodies.
    std::vector<BodyHash> committed() EXCLUDES(mutex_);
    bool is_awaited() const { return !taken_.empty(); }  // bodies were taken and are not saved
    int wake_fd() const { return wake_.get(); }

    // Either thread.
    size_t waiting_bytes() const EXCLUDES(mutex_);
    uint64_t repeated() const EXCLUDES(mutex_);

  private:
    const std::string source_;
    const size_t most_bytes_;
    const UniqueFd wake_;  // an eventfd: there are bodies

    // The pipeline's thread only.
    std::vector<std::unique_ptr<WebhookBody>> in_hand_;
    std::vector<BodyHash> taken_;  // since the last save()
    std::vector<BodyHash> saved_;  // since the last committed()

    mutable Mutex mutex_;
    std::deque<std::unique_ptr<WebhookBody>> waiting_ GUARDED_BY(mutex_);
    size_t waiting_bytes_ GUARDED_BY(mutex_) = 0;
    size_t reserved_ GUARDED_BY(mutex_) = 0;    // being received, waiting, or in hand
    BodyHashes pending_ GUARDED_BY(mutex_);     // waiting, taken or saved
    KnownBodies known_ GUARDED_BY(mutex_);      // durable
    uint64_t repeated_ GUARDED_BY(mutex_) = 0;  // bodies that came again
};

}  // namespace redshank
