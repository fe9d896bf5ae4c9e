// Writes findings as lines to standard output, as `make run` shows.
#include "exporters/stdout.h"

#include "core/finding/text.h"
#include "exporters/finding_text.h"

namespace redshank {

namespace {

class StdoutSink final : public AlertSink {
  public:
    SinkTraits traits() const override {
        return {.per_second = 10'000,
                .burst = 10'000,
                .group_by = {},
                .group_wait = {},
                .group_interval = {},
                .for_people = false};
    }

    Message render(std::span<const Alert> alerts, audit::Time /*now*/) const override {
        std::string text;
        for (const Alert& alert : alerts) {
            text += finding_text(alert.finding);
            if (alert.is_summary()) {
                text += "    and " + std::to_string(alert.findings - 1) + " more findings like it\n";
            }
            if (alert.muted > 0) text += "    " + std::to_string(alert.muted) + " findings were muted\n";
        }
        return ConsoleText{std::move(text)};
    }
};

}  // namespace

std::vector<NamedSink> make_sinks(const StdoutConfig& /*config*/, const ReceiverConfig& receiver) {
    return sole_sink(receiver.name, std::make_unique<StdoutSink>());
}

}  // namespace redshank
