#include "daemon/sources/webhook_queue.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace redshank {

namespace {

UniqueFd make_wake_fd() {
    UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!fd) throw std::system_error(errno, std::generic_category(), "eventfd");
    return fd;
}

}  // namespace

WebhookQueue::WebhookQueue(std::string source, size_t most_bytes, uint64_t most_known)
    : source_(std::move(source)), most_bytes_(most_bytes), wake_(make_wake_fd()), known_(most_known) {}

bool WebhookQueue::reserve(size_t bytes) {
    const Lock lock(mutex_);
    if (bytes > most_bytes_ - reserved_) return false;
    reserved_ += bytes;
    return true;
}

void WebhookQueue::release(size_t bytes) {
    const Lock lock(mutex_);
    reserved_ -= bytes;
}

WebhookQueue::Offer WebhookQueue::offer(std::unique_ptr<WebhookBody> body) {
    {
        const Lock lock(mutex_);
        const bool is_durable = known_.contains(body->hash);
        if (is_durable || pending_.contains(body->hash) || pending_.size() == kMostPending) {
            reserved_ -= body->reserved;
            if (!is_durable && !pending_.contains(body->hash)) return Offer::Full;
            ++repeated_;
            return is_durable ? Offer::Durable : Offer::Waits;
        }
        pending_.insert(body->hash);
        waiting_bytes_ += body->reserved;
        waiting_.push_back(std::move(body));
    }
    ::eventfd_write(wake_.get(), 1);
    return Offer::Waits;
}

void WebhookQueue::load(const StateReader& state) {
    const Lock lock(mutex_);
    known_.load(state, source_);
}

const std::vector<std::unique_ptr<WebhookBody>>& WebhookQueue::take(size_t bytes) {
    eventfd_t ignored = 0;
    ::eventfd_read(wake_.get(), &ignored);
    const Lock lock(mutex_);
    for (const auto& body : in_hand_) reserved_ -= body->reserved;
    in_hand_.clear();
    size_t sum = 0;
    while (!waiting_.empty() && (sum == 0 || sum + waiting_.front()->reserved <= bytes)) {
        sum += waiting_.front()->reserved;
        taken_.push_back(waiting_.front()->hash);
        in_hand_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    waiting_bytes_ -= sum;
    return in_hand_;
}

void WebhookQueue::save(StateWriter& state) {
    const Lock lock(mutex_);
    for (const BodyHash& hash : taken_) {
        known_.save(state, source_, hash, saved_.size());
        saved_.push_back(hash);
    }
    taken_.clear();
}

std::vector<BodyHash> WebhookQueue::committed() {
    const Lock lock(mutex_);
    for (const BodyHash& hash : saved_) {
        known_.add(hash);
        pending_.erase(hash);
    }
    return std::exchange(saved_, {});
}

size_t WebhookQueue::waiting_bytes() const {
    const Lock lock(mutex_);
    return waiting_bytes_;
}

uint64_t WebhookQueue::repeated() const {
    const Lock lock(mutex_);
    return repeated_;
}

}  // namespace redshank
