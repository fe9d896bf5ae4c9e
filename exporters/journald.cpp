// The systemd journal: one entry for each finding, and one for the end of each incident, with its parts as
// fields: journalctl REDSHANK_KIND=off-hours, journalctl REDSHANK_INCIDENT=i_….
#include "exporters/journald.h"

#include <fmt/format.h>

#include "core/finding/finding_json.h"
#include "core/finding/text.h"
#include "core/sha256.h"
#include "exporters/finding_text.h"
#include "exporters/message.h"

namespace redshank {

namespace {

// syslog(3)
const char* priority(const Finding& finding) {
    if (finding.status == FindingStatus::Resolved) return "5";
    switch (finding.severity) {
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

// One id for each kind, whatever the version: printf redshank:KIND | sha256sum | cut -c1-32
// (docs/receivers.md).
std::string message_id(const std::string& kind) {
    std::string out;
    for (size_t i = 0; const uint8_t byte : sha256("redshank:" + kind)) {
        if (i++ < 16) out += fmt::format("{:02x}", byte);
    }
    return out;
}

class JournaldSink final : public AlertSink {
  public:
    explicit JournaldSink(std::string socket) : socket_(std::move(socket)) {}

    SinkTraits traits() const override { return traits_of_log(); }

    Message render(std::span<const Alert> alerts, audit::Time /*now*/) const override {
        const Alert& alert = alerts.front();
        const Finding& finding = alert.finding;
        JournalEntry entry{socket_, {}};
        const auto add = [&](const char* field, const std::string& value) {
            if (!value.empty()) entry.fields.emplace_back(field, fit_exact(value, 4000));
        };
        const MessageText message = message_of(alert);
        const bool is_end = alert.incident && alert.status == FindingStatus::Resolved;
        add("MESSAGE", (alert.test ? "TEST: " : "") + (is_end ? message.what : finding.summary));
        add("MESSAGE_ID", message_id(finding.kind));
        add("PRIORITY", priority(finding));
        add("SYSLOG_IDENTIFIER", "redshank");
        add("REDSHANK_FINDING", finding.id);
        add("REDSHANK_DETECTOR", finding.detector);
        add("REDSHANK_KIND", finding.kind);
        add("REDSHANK_SEVERITY", std::string(to_string(finding.severity)));
        add("REDSHANK_STATUS", std::string(to_string(finding.status)));
        add("REDSHANK_CLUSTER", finding.cluster);
        add("REDSHANK_USER", finding.who().user);
        add("REDSHANK_OBJECT", object_name(finding));
        add("REDSHANK_WHY_IT_MATTERS", message.matters);
        std::string first;
        for (const std::string& line : first_lines(message, 1000, Shown::Exact))
            first += (first.empty() ? "" : "  ") + line;
        add("REDSHANK_DO_FIRST", first);
        if (alert.incident) {
            add("REDSHANK_INCIDENT", alert.incident->id);
            add("REDSHANK_INCIDENT_SEVERITY", std::string(to_string(alert.incident->severity)));
            add("REDSHANK_TURN", std::string(to_string(alert.turn)));
        }
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
