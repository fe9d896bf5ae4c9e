#include "daemon/delivery/dispatcher.h"

#include <algorithm>
#include <cstdio>

namespace redshank {

Dispatcher::Dispatcher(const std::vector<ReceiverConfig>& receivers, Transport& transport, Metrics& metrics)
    : transport_(transport) {
    for (const ReceiverConfig& config : receivers) {
        for (NamedSink& named : make_sinks(config)) {
            const SinkTraits traits = named.sink->traits();
            const ReceiverQueue::Settings settings{.per_second = traits.per_second,
                                                   .burst = traits.burst,
                                                   .batch = traits.batch,
                                                   .limit = config.queue_limit,
                                                   .give_up_after = config.give_up_after};
            receivers_.push_back(std::make_unique<Receiver>(
                Receiver{config, http_options(config), named.name, std::move(named.sink),
                         ReceiverQueue(settings, std::hash<std::string>{}(named.name)),
                         metrics.receiver(named.name)}));
        }
    }
}

bool Dispatcher::is_routed(const Receiver& receiver, const Finding& finding) const {
    const ReceiverConfig& config = receiver.config;
    if (finding.severity < config.min_severity) return false;
    return config.send_resolved || finding.status != FindingStatus::Resolved;
}

void Dispatcher::accept(const Finding& finding, audit::Time now) {
    const Alert alert = alert_of(finding, now);
    for (auto& receiver : receivers_) {
        if (!is_routed(*receiver, finding) || !receiver->sink->takes(alert)) continue;
        receiver->queue.add({.sequence = ++sequence_, .alert = alert});
        receiver->metrics.summarised.Increment(static_cast<double>(receiver->queue.shrink().size()));
        measure(*receiver);
    }
}

void Dispatcher::turn(audit::Time now) {
    for (auto& receiver : receivers_) {
        const std::vector<QueuedAlert> items = receiver->queue.next(now);
        if (items.empty()) continue;
        std::vector<Alert> alerts;
        for (const QueuedAlert& item : items) alerts.push_back(item.alert);
        under_way_.emplace(++token_, receiver.get());
        transport_.send(token_, receiver->sink->render(alerts, now), receiver->http);
    }
}

void Dispatcher::answered(uint64_t token, const HttpAnswer& answer, audit::Time now) {
    const auto at = under_way_.find(token);
    if (at == under_way_.end()) return;
    Receiver& receiver = *at->second;
    under_way_.erase(at);
    const Verdict verdict = receiver.sink->judge(answer);
    if (verdict.kind != Verdict::Kind::Delivered) receiver.metrics.failed(verdict.reason);
    const ReceiverQueue::Settled settled = receiver.queue.settle(verdict, now);
    for (const QueuedAlert& item : settled.delivered) {
        receiver.metrics.sent.Increment();
        receiver.metrics.latency.Observe(std::chrono::duration<double>(now - item.alert.created).count());
    }
    for (const QueuedAlert& item : settled.dead) {
        receiver.metrics.dead.Increment();
        std::fprintf(stderr, "receiver %s: alert %s is undeliverable: %s\n", receiver.name.c_str(),
                     item.alert.id.c_str(), verdict.detail.c_str());
    }
    measure(receiver);
}

void Dispatcher::measure(Receiver& receiver) {
    receiver.metrics.queued.Set(static_cast<double>(receiver.queue.size()));
    receiver.metrics.oldest.Set(static_cast<double>(receiver.queue.oldest().time_since_epoch().count()) /
                                1e6);
    receiver.metrics.breaker_open.Set(receiver.queue.breaker_open() ? 1 : 0);
}

audit::Time Dispatcher::due(audit::Time now) const {
    audit::Time earliest = audit::Time::max();
    for (const auto& receiver : receivers_) earliest = std::min(earliest, receiver->queue.due(now));
    return earliest;
}

bool Dispatcher::idle() const {
    return std::all_of(receivers_.begin(), receivers_.end(),
                       [](const auto& receiver) { return receiver->queue.size() == 0; });
}

}  // namespace redshank
