#include "daemon/source_findings.h"

#include <algorithm>
#include <array>

#include "core/finding/sentence.h"
#include "core/state/key.h"

namespace redshank {

namespace {

struct Kind {
    std::string_view name, title;
    Severity severity;
};

// Events that tools cause on purpose, or that change no event, are less severe than their kind.
struct Milder {
    std::string_view what;
    Severity severity;
};

constexpr std::array kMilder{
    Milder{"truncated", Severity::Medium},  // logrotate with copytruncate: legitimate, and loses lines
    Milder{"owner-changed", Severity::Medium},
    Milder{"mode-changed", Severity::Medium},
};

constexpr std::array kKinds{
    Kind{"audit-gap", "Part of the audit log is gone", Severity::High},
    Kind{"audit-log-tampered", "The audit log was changed behind the API server's back", Severity::High},
    Kind{"audit-log-stalled", "The audit log has stopped growing", Severity::Medium},
    Kind{"state-set-aside", "redshank began with a new state", Severity::High},
};

const Kind& kind_of(std::string_view name) {
    for (const Kind& kind : kKinds) {
        if (kind.name == name) return kind;
    }
    return kKinds.front();
}

Severity severity_of(const SourceNotice& notice) {
    for (const Milder& milder : kMilder) {
        if (milder.what == notice.what) return milder.severity;
    }
    return notice.what == "at-maximum" ? Severity::High : kind_of(notice.kind).severity;
}

}  // namespace

void report_notice(const SourceNotice& notice, std::string_view cluster, FindingBook& findings) {
    const FindingBook::Subject subject{.detector = "source",
                                       .kind = notice.kind,
                                       .cluster = cluster,
                                       .key = notice.file + kKeyMark + notice.what};
    // Event time: when it was over, or the last that was known before it.
    const audit::Time time = std::max(notice.from, notice.to);
    if (notice.over) return findings.resolve(subject, time);

    const Kind& kind = kind_of(notice.kind);
    Finding& finding = findings.report(subject, time);
    ++finding.count;
    finding.severity = severity_of(notice);
    finding.title = kind.title;
    finding.summary = cut_words(begun(notice.text), kMostSummary);
    if (kind.name.starts_with("audit-")) finding.mitre = {"T1562.008"};
    finding.reasons = {{notice.what, notice.text, ""}};
    if (notice.from != audit::Time{}) finding.first_seen = std::min(finding.first_seen, notice.from);
    findings.add_evidence(finding, {.time = time, .source = notice.file, .offset = notice.offset});
}

}  // namespace redshank
