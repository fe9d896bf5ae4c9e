// The systemd journal: one entry for each finding, with its parts as fields: journalctl
// REDSHANK_KIND=off-hours.
#include "exporters/journald.h"

#include "core/finding/finding_json.h"
#include "core/finding/text.h"
#include "exporters/finding_text.h"

namespace redshank {

namespace {

// syslog(3)
const char* priority(const Alert& alert) {
    if (alert.status == FindingStatus::Resolved) return "5";
    switch (alert.severity) {
        case Severity::Critical:
            return "2";
        case Severity::High:
            return "3";
        case Severity::Medium:
            return "4";
        case Severity::Low:
            return "5";
        case Severity::Info:
            break;
    }
    return "6";
}

class JournaldSink final : public AlertSink {
  public:
    explicit JournaldSink(std::string socket) : socket_(std::move(socket)) {}

    SinkTraits traits() const override {
        return {.per_second = 1000,
                .burst = 1000,
                .group_by = {},
                .group_wait = {},
                .group_interval = {},
                .for_people = false};
    }

    Message render(std::span<const Alert> alerts, audit::Time /*now*/) const override {
        const Alert& alert = alerts.front();
        const Finding& finding = alert.finding;
        JournalEntry entry{socket_, {}};
        const auto add = [&](const char* field, const std::string& value) {
            if (!value.empty()) entry.fields.emplace_back(field, fit_exact(value, 4000));
        };
        add("MESSAGE", (alert.test ? "TEST: " : "") + finding.summary);
        add("PRIORITY", priority(alert));
        add("SYSLOG_IDENTIFIER", "redshank");
        add("REDSHANK_FINDING", finding.id);
        add("REDSHANK_DETECTOR", finding.detector);
        add("REDSHANK_KIND", finding.kind);
        add("REDSHANK_SEVERITY", std::string(to_string(finding.severity)));
        add("REDSHANK_STATUS", std::string(to_string(finding.status)));
        add("REDSHANK_CLUSTER", finding.cluster);
        add("REDSHANK_USER", finding.who().user);
        add("REDSHANK_OBJECT", object_name(finding));
        entry.fields.emplace_back("REDSHANK_JSON", to_json(finding));  // escaped, so one line
        return entry;
    }

  private:
    std::string socket_;
};

}  // namespace

void read(ConfigTable& table, JournaldConfig& config) {
    table.read("path", config.path);
}

std::vector<NamedSink> make_sinks(const JournaldConfig& config, const ReceiverConfig& receiver) {
    return sole_sink(receiver.name, std::make_unique<JournaldSink>(config.path));
}

}  // namespace redshank
