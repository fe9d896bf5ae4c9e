#include "daemon/delivery/receiver_queue.h"

#include <algorithm>
#include <unordered_set>

namespace redshank {

ReceiverQueue::ReceiverQueue(Settings settings, uint64_t seed)
    : settings_(settings), random_(seed), tokens_(settings.burst) {}

uint64_t ReceiverQueue::add(QueuedAlert item) {
    if (item.alert.status == FindingStatus::Firing) {
        // Only the newest of the alert may be replaced: behind a waiting "resolved" it opens a new incident.
        for (auto old = items_.rbegin(); old != items_.rend(); ++old) {
            if (old->alert.id != item.alert.id) continue;
            const bool is_sent = std::find(sent_.begin(), sent_.end(), old->sequence) != sent_.end();
            if (is_sent || old->alert.status != FindingStatus::Firing) break;
            const uint64_t replaced = old->sequence;
            item.alert.muted += old->alert.muted;
            item.attempts = old->attempts;
            item.not_before = old->not_before;
            item.alert.created = std::min(item.alert.created, old->alert.created);
            *old = std::move(item);
            return replaced;
        }
    }
    items_.push_back(std::move(item));
    return 0;
}

void ReceiverQueue::refill(audit::Time now) {
    if (refilled_ != audit::Time{} && now > refilled_) {
        const double seconds = std::chrono::duration<double>(now - refilled_).count();
        tokens_ = std::min(settings_.burst, tokens_ + seconds * settings_.per_second);
    }
    refilled_ = now;
}

std::vector<QueuedAlert> ReceiverQueue::next(audit::Time now) {
    std::vector<QueuedAlert> out;
    if (under_way_ > 0 || items_.empty() || now < not_before_) return out;
    refill(now);
    if (tokens_ < 1) return out;
    const size_t most = breaker_open() ? 1 : settings_.batch;
    std::unordered_set<std::string_view> passed;  // alerts with an older message that has to go first
    for (const QueuedAlert& item : items_) {
        const bool is_turn = passed.insert(item.alert.id).second;
        if (!is_turn || item.not_before > now) continue;
        if (item.alone && !out.empty()) continue;
        out.push_back(item);
        if (item.alone || out.size() == most) break;
    }
    if (out.empty()) return out;
    tokens_ -= 1;
    under_way_ = out.size();
    sent_.clear();
    for (const QueuedAlert& item : out) sent_.push_back(item.sequence);
    return out;
}

ReceiverQueue::Settled ReceiverQueue::settle(const Verdict& verdict, audit::Time now) {
    Settled out;
    const bool was_batch = under_way_ > 1;
    under_way_ = 0;
    std::unordered_set<uint64_t> sent(sent_.begin(), sent_.end());
    sent_.clear();
    if (verdict.kind == Verdict::Kind::Retry) {
        ++failures_;
        not_before_ = now + (verdict.not_before ? *verdict.not_before : backoff(failures_));
    } else {
        failures_ = 0;
        not_before_ = {};
    }
    std::deque<QueuedAlert> rest;
    for (QueuedAlert& item : items_) {
        if (!sent.contains(item.sequence)) {
            rest.push_back(std::move(item));
            continue;
        }
        ++item.attempts;
        if (verdict.kind == Verdict::Kind::Delivered) {
            out.delivered.push_back(std::move(item));
        } else if (verdict.kind == Verdict::Kind::Dead && was_batch) {
            item.alone = true;  // one of them is bad; the others must not suffer for it
            out.retried.push_back(item);
            rest.push_back(std::move(item));
        } else if (verdict.kind == Verdict::Kind::Dead ||
                   now - item.alert.created > settings_.give_up_after) {
            out.dead.push_back(std::move(item));
        } else {
            // One message that a receiver cannot digest must not hold up the ones behind it.
            item.not_before = now + backoff(item.attempts);
            out.retried.push_back(item);
            rest.push_back(std::move(item));
        }
    }
    items_ = std::move(rest);
    return out;
}

audit::Duration ReceiverQueue::backoff(uint32_t failures) {
    const auto longest = std::min(kLongestWait, kFirstWait * (int64_t{1} << std::min(failures - 1, 12u)));
    std::uniform_int_distribution<int64_t> jitter(longest.count() / 2, longest.count());
    return audit::Duration{jitter(random_)};
}

audit::Time ReceiverQueue::due(audit::Time now) const {
    if (under_way_ > 0 || items_.empty()) return audit::Time::max();
    audit::Time earliest = audit::Time::max();
    std::unordered_set<std::string_view> passed;
    for (const QueuedAlert& item : items_) {
        if (passed.insert(item.alert.id).second) earliest = std::min(earliest, item.not_before);
        if (earliest <= now) break;
    }
    earliest = std::max(earliest, not_before_);
    double tokens = tokens_;
    if (refilled_ != audit::Time{}) {
        tokens += std::chrono::duration<double>(now - refilled_).count() * settings_.per_second;
    }
    if (tokens < 1) {
        const auto wait = std::chrono::duration<double>((1 - tokens) / settings_.per_second);
        earliest = std::max(earliest, now + std::chrono::ceil<audit::Duration>(wait));
    }
    return earliest;
}

std::vector<QueuedAlert> ReceiverQueue::shrink() {
    std::vector<QueuedAlert> out;
    if (items_.size() <= settings_.limit) return out;
    const size_t goal = items_.size() - settings_.limit / 2;
    std::unordered_set<uint64_t> taken;
    for (int severity = 0; severity <= static_cast<int>(Severity::Critical); ++severity) {
        for (const QueuedAlert& item : items_) {
            if (taken.size() == goal) break;
            const bool is_sent = std::find(sent_.begin(), sent_.end(), item.sequence) != sent_.end();
            if (item.alert.severity == static_cast<Severity>(severity) && !is_sent) {
                taken.insert(item.sequence);
            }
        }
    }
    std::deque<QueuedAlert> rest;
    for (QueuedAlert& item : items_) {
        (taken.contains(item.sequence) ? static_cast<void>(out.push_back(std::move(item)))
                                       : rest.push_back(std::move(item)));
    }
    items_ = std::move(rest);
    return out;
}

std::vector<QueuedAlert> ReceiverQueue::take_all() {
    std::vector<QueuedAlert> out(std::make_move_iterator(items_.begin()),
                                 std::make_move_iterator(items_.end()));
    items_.clear();
    sent_.clear();
    under_way_ = 0;
    return out;
}

audit::Time ReceiverQueue::oldest() const {
    return items_.empty() ? audit::Time{} : items_.front().alert.created;
}

}  // namespace redshank
