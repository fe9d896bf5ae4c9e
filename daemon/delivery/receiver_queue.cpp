#include "daemon/delivery/receiver_queue.h"

#include <algorithm>

namespace redshank {

namespace {

// Of a message that replaces one that waits: the receiver has seen neither.
IncidentTurn first_turn(IncidentTurn waits, IncidentTurn comes) {
    return waits == IncidentTurn::Opened ? waits : std::max(waits, comes);
}

// Whether a firing message says all that one of the same alert, which waits, would say.
bool says_all_of(const Alert& comes, const Alert& waits, bool tells_findings) {
    if (waits.status != FindingStatus::Firing) return false;  // after it a new incident begins
    if (waits.turn == IncidentTurn::Escalated && comes.turn == IncidentTurn::Eased) return false;
    return !tells_findings || comes.finding.id == waits.finding.id;
}

// How many messages each owner may keep when so many are to go: the most with which enough go.
template <class Lines>
size_t fair_share(const Lines& by_owner, size_t wanted) {
    size_t least = 0, beyond = 1;  // enough go with the one, not with the other
    const auto goes = [&](size_t share) {
        size_t count = 0;
        for (const auto& [owner, line] : by_owner) count += line.size() - std::min(line.size(), share);
        return count;
    };
    while (wanted > 0 && goes(beyond) >= wanted) beyond *= 2;
    while (beyond - least > 1) {
        const size_t middle = least + (beyond - least) / 2;
        (goes(middle) >= wanted ? least : beyond) = middle;
    }
    return least;
}

}  // namespace

ReceiverQueue::ReceiverQueue(Settings settings, uint64_t seed)
    : settings_(settings), random_(seed), tokens_(settings.burst) {}

void ReceiverQueue::configure(Settings settings) {
    settings_ = settings;
    try_again();
}

void ReceiverQueue::try_again() {
    not_before_ = urgent_not_before_ = {};
    for (auto& [position, item] : items_) {
        step_back(position);
        item.not_before = {};
    }
    for (const auto& [alert, line] : by_alert_) line_up(line);
}

ReceiverQueue::Rank ReceiverQueue::rank_of(const QueuedAlert& item, Position position) {
    return {item.attempts > 0, -static_cast<int>(item.alert.severity), item.turn, position};
}

bool ReceiverQueue::is_sent(Position position) const {
    return std::find(sent_.begin(), sent_.end(), position) != sent_.end();
}

void ReceiverQueue::line_up(const std::set<Position>& line) {
    std::vector<std::string_view> before;  // the findings of the messages before this one
    for (const Position position : line) {
        const QueuedAlert& item = items_.at(position);
        const bool waits = std::find(before.begin(), before.end(), item.alert.finding.id) != before.end();
        if (!waits && !is_sent(position)) {
            step_back(position);
            if (item.attempts == 0) {
                ready_.insert(rank_of(item, position));
            } else {
                waiting_.emplace(item.not_before, position);
            }
        }
        before.push_back(item.alert.finding.id);
        if (!settings_.tells_findings || (!waits && item.attempts == 0) || before.size() == kMostAside)
            return;
    }
}

void ReceiverQueue::step_back(Position position) {
    const QueuedAlert& item = items_.at(position);
    waiting_.erase({item.not_before, position});
    ready_.erase(rank_of(item, position));
}

QueuedAlert ReceiverQueue::take(Position position) {
    step_back(position);
    auto node = items_.extract(position);
    turns_.leave(node.mapped());
    const auto alert = by_alert_.find(node.mapped().alert.id);
    alert->second.erase(position);
    if (alert->second.empty()) {
        by_alert_.erase(alert);
    } else {
        line_up(alert->second);
    }
    return std::move(node.mapped());
}

uint64_t ReceiverQueue::add(QueuedAlert item) {
    std::set<Position>& of_alert = by_alert_[item.alert.id];
    if (item.alert.status == FindingStatus::Firing && !of_alert.empty()) {
        const Position newest = *of_alert.rbegin();  // only it may be replaced
        QueuedAlert& old = items_.at(newest);
        if (!is_sent(newest) && says_all_of(item.alert, old.alert, settings_.tells_findings)) {
            const uint64_t replaced = old.sequence;
            item.alert.muted += old.alert.muted;
            item.alert.turn = first_turn(old.alert.turn, item.alert.turn);
            item.attempts = old.attempts;
            item.not_before = old.not_before;
            item.alert.created = std::min(item.alert.created, old.alert.created);
            step_back(newest);
            replace(old, std::move(item));
            line_up(of_alert);
            return replaced;
        }
    }
    const Position position = ++last_;
    of_alert.insert(position);
    turns_.enter(item);
    items_.emplace(position, std::move(item));
    line_up(of_alert);
    return 0;
}

bool ReceiverQueue::is_urgent(const QueuedAlert& item) {
    return item.attempts == 0 && item.alert.severity == Severity::Critical;
}

audit::Time ReceiverQueue::opens() const {
    const bool has_urgent = !ready_.empty() && is_urgent(items_.at(std::get<3>(*ready_.begin())));
    return has_urgent ? urgent_not_before_ : not_before_;
}

// A message that only grew keeps its turn: nobody who joins an incident later takes it into his line. But one
// for which nobody answered goes to the line of whoever does.
void ReceiverQueue::replace(QueuedAlert& waits, QueuedAlert comes) {
    const bool has_owner = waits.is_attributed || owner_of(comes.alert).empty();
    if (waits.alert.severity == comes.alert.severity && has_owner) {
        comes.owner = std::move(waits.owner);
        comes.is_attributed = waits.is_attributed;
        comes.turn = waits.turn;
    } else {
        turns_.leave(waits);
        turns_.enter(comes);
    }
    waits = std::move(comes);
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
    if (under_way() || items_.empty() || now < opens()) return out;
    refill(now);
    if (tokens_ < 1) return out;
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
        const Position position = waiting_.begin()->second;
        waiting_.erase(waiting_.begin());
        ready_.insert(rank_of(items_.at(position), position));
    }
    const size_t most = breaker_open() ? 1 : settings_.batch;
    for (const auto& [failed, severity, turn, position] : ready_) {
        const QueuedAlert& item = items_.at(position);
        if (now < not_before_ && !is_urgent(item)) break;
        if (item.alone && !out.empty()) continue;
        out.push_back(item);
        sent_.push_back(position);
        if (item.alone || out.size() == most) break;
    }
    if (out.empty()) return out;
    for (const Position position : sent_) {
        step_back(position);
        turns_.serve(items_.at(position));
    }
    tokens_ -= 1;
    return out;
}

ReceiverQueue::Settled ReceiverQueue::settle(const Verdict& verdict, audit::Time now) {
    using Kind = Verdict::Kind;
    Settled out;
    const std::vector<Position> sent = std::exchange(sent_, {});
    const bool fails = verdict.kind == Kind::Retry || verdict.kind == Kind::Refused;
    failures_ = fails ? failures_ + 1 : 0;
    not_before_ = urgent_not_before_ = {};
    if (fails) {
        const audit::Duration wait = backoff(failures_);
        const auto pause = [&](audit::Duration longest) {
            return verdict.answered ? std::min(wait, longest) : wait;
        };
        not_before_ = now + verdict.not_before.value_or(pause(kLongestPause));
        // A long pause may be meant for what one message says: another asks for itself.
        const bool is_kept = verdict.not_before && *verdict.not_before <= kLongestPause;
        urgent_not_before_ =
            is_kept ? not_before_
                    : now + pause(verdict.not_before && failures_ > 1 ? kLongestPause : kUrgentPause);
    }
    // Refused before, and another was accepted since: it is the message, not the receiver.
    const auto is_wrong = [&](const QueuedAlert& item) {
        return verdict.kind == Kind::Dead ||
               (verdict.kind == Kind::Refused && item.refused != audit::Time{} && accepted_ > item.refused);
    };
    const bool doubts = verdict.kind == Kind::Dead || verdict.kind == Kind::Refused;
    if (verdict.kind == Kind::Delivered) accepted_ = now;
    for (const Position position : sent) {
        QueuedAlert& item = items_.at(position);
        step_back(position);  // one of the same alert may have lined it up
        ++item.attempts;
        const bool is_old = now - item.alert.created > settings_.give_up_after;
        if (verdict.kind == Kind::Delivered) {
            out.delivered.push_back(take(position));
        } else if (doubts && sent.size() > 1) {
            item.alone = true;  // one of them is bad; the others must not suffer for it
            out.retried.push_back(item);
            line_up(by_alert_.at(item.alert.id));
        } else if (is_wrong(item) || is_old) {
            out.dead.push_back(take(position));
        } else {
            if (doubts && item.refused == audit::Time{}) item.refused = now;
            item.not_before = now + backoff(item.attempts);
            out.retried.push_back(item);
            line_up(by_alert_.at(item.alert.id));
        }
    }
    return out;
}

audit::Duration ReceiverQueue::backoff(uint32_t failures) {
    const auto longest = std::min(kLongestWait, kFirstWait * (int64_t{1} << std::min(failures - 1, 12u)));
    std::uniform_int_distribution<int64_t> jitter(longest.count() / 2, longest.count());
    return audit::Duration{jitter(random_)};
}

audit::Time ReceiverQueue::due(audit::Time now) const {
    if (under_way() || items_.empty()) return audit::Time::max();
    const audit::Time earliest_ready = ready_.empty() ? waiting_.begin()->first : now;
    audit::Time earliest = std::max(earliest_ready, opens());
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
    std::map<Severity, std::map<std::string_view, std::vector<Position>>> lines;
    for (const auto& [position, item] : items_) {
        if (!is_sent(position)) lines[item.alert.severity][Turns::payer(item)].push_back(position);
    }
    std::vector<Position> taken;
    for (const auto& [severity, by_owner] : lines) {
        if (taken.size() == goal) break;
        const size_t most = fair_share(by_owner, goal - taken.size());
        // Of owners who have as many one more goes from some only: the oldest, whoever they are.
        std::vector<Position> last;
        for (const auto& [owner, line] : by_owner) {
            if (line.size() <= most) continue;
            const auto end = line.begin() + static_cast<ptrdiff_t>(line.size() - most - 1);
            taken.insert(taken.end(), line.begin(), end);
            last.push_back(*end);
        }
        std::sort(last.begin(), last.end());
        last.resize(std::min(last.size(), goal - taken.size()));
        taken.insert(taken.end(), last.begin(), last.end());
    }
    std::sort(taken.begin(), taken.end());
    for (const Position position : taken) out.push_back(take(position));
    return out;
}

std::vector<QueuedAlert> ReceiverQueue::take_all() {
    std::vector<QueuedAlert> out;
    for (auto& [position, item] : items_) out.push_back(std::move(item));
    items_.clear();
    by_alert_.clear();
    turns_.clear();
    waiting_.clear();
    ready_.clear();
    sent_.clear();
    return out;
}

audit::Time ReceiverQueue::oldest() const {
    return items_.empty() ? audit::Time{} : items_.begin()->second.alert.created;
}

}  // namespace redshank
