// Writes incidents as text to standard output, as `make run` shows: first the whole, then what is new of it.
#include "exporters/stdout.h"

#include "core/finding/sentence.h"
#include "exporters/finding_text.h"
#include "exporters/incident_text.h"

namespace redshank {

namespace {

std::string text_of(const Alert& alert, size_t width) {
    if (!alert.incident) return finding_text(alert.finding);
    if (alert.turn == IncidentTurn::Opened) return incident_text(*alert.incident, width);
    return incident_news(alert, width);
}

class StdoutSink final : public AlertSink {
  public:
    // Nobody is paged: what follows is told sooner than to a pager, and nothing is repeated.
    SinkTraits traits() const override {
        return {.per_second = 10'000,
                .burst = 10'000,
                .group_wait = std::chrono::seconds{2},
                .group_interval = std::chrono::seconds{10},
                .repeat_interval = {}};
    }

    Message render(std::span<const Alert> alerts, audit::Time /*now*/) const override {
        return ConsoleText{[all = std::vector<Alert>(alerts.begin(), alerts.end())](size_t width) {
            std::string text;
            for (const Alert& alert : all) {
                text += text_of(alert, width);
                if (alert.is_summary() && !alert.incident)
                    text += "    and " + std::to_string(alert.findings - 1) + " more findings like it\n";
                if (alert.muted > 0)
                    text += "    " + counted(alert.muted, "finding") + " held back since the last message\n";
            }
            return text;
        }};
    }
};

}  // namespace

std::vector<NamedSink> make_sinks(const StdoutConfig& /*config*/, const ReceiverConfig& receiver) {
    return sole_sink(receiver.name, std::make_unique<StdoutSink>());
}

}  // namespace redshank
