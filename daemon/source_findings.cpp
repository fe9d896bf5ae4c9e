#include "daemon/source_findings.h"

#include <array>

namespace redshank {

namespace {

struct Kind {
    std::string_view name, title;
    Severity severity;
};

constexpr std::array kKinds{
    Kind{"audit-gap", "Part of the audit log is gone", Severity::High},
    Kind{"audit-log-tampered", "The audit log was changed behind the API server's back", Severity::High},
    Kind{"audit-log-stalled", "The audit log has stopped growing", Severity::Medium},
};

const Kind& kind_of(std::string_view name) {
    for (const Kind& kind : kKinds) {
        if (kind.name == name) return kind;
    }
    return kKinds.front();
}

}  // namespace

void report_notice(const SourceNotice& notice, std::string_view cluster, FindingBook& findings) {
    const FindingBook::Subject subject{.detector = "source",
                                       .kind = notice.kind,
                                       .cluster = cluster,
                                       .key = notice.file + '\x1f' + notice.what};
    if (notice.over) return findings.resolve(subject, notice.to);

    const Kind& kind = kind_of(notice.kind);
    Finding& finding = findings.report(subject, notice.to);
    ++finding.count;
    finding.severity = kind.severity;
    finding.title = kind.title;
    finding.summary = notice.text;
    finding.mitre = {"T1562.008"};
    finding.reasons = {{notice.what, notice.text, ""}};
    if (notice.from != audit::Time{}) finding.first_seen = std::min(finding.first_seen, notice.from);
    findings.add_evidence(finding, {.time = notice.to, .source = notice.file, .offset = notice.offset});
}

}  // namespace redshank
