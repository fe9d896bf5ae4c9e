#include "daemon/source_findings.h"

#include <gmock/gmock.h>

namespace redshank {
namespace {

audit::Time at(int seconds) {
    return audit::Time{std::chrono::seconds{1'795'425'000 + seconds}};
}

SourceNotice notice(const std::string& kind, const std::string& what) {
    return {.kind = kind,
            .what = what,
            .text = "It happened.",
            .file = "/log/audit.log",
            .offset = 7,
            .from = at(0)};
}

std::vector<Finding> report(const std::vector<SourceNotice>& notices) {
    FindingBook book;
    for (const SourceNotice& one : notices) report_notice(one, "prod", book);
    return book.drain(true);
}

struct Case {
    const char *kind, *what;
    Severity severity;
};

TEST(SourceFindings, EveryNoticeIsAFindingOfItsKind) {
    for (const Case& expected : {Case{"audit-gap", "generation-lost", Severity::High},
                                 Case{"audit-gap", "backup-damaged", Severity::High},
                                 Case{"audit-log-tampered", "deleted", Severity::High},
                                 Case{"audit-log-tampered", "rewritten", Severity::High},
                                 Case{"audit-log-tampered", "made-writable", Severity::High},
                                 Case{"audit-log-tampered", "truncated", Severity::Medium},
                                 Case{"audit-log-tampered", "mode-changed", Severity::Medium},
                                 Case{"audit-log-tampered", "owner-changed", Severity::Medium},
                                 Case{"audit-log-stalled", "silent", Severity::Medium},
                                 Case{"audit-log-stalled", "at-maximum", Severity::High}}) {
        const auto findings = report({notice(expected.kind, expected.what)});
        ASSERT_EQ(findings.size(), 1u) << expected.what;
        const Finding& finding = findings[0];
        EXPECT_EQ(finding.detector, "source");
        EXPECT_EQ(finding.kind, expected.kind);
        EXPECT_EQ(finding.severity, expected.severity) << expected.what;
        EXPECT_EQ(finding.status, FindingStatus::Firing);
        EXPECT_FALSE(finding.title.empty());
        EXPECT_EQ(finding.title.find("/log"), std::string::npos) << "a title holds no value";
        EXPECT_EQ(finding.summary, "It happened.");
        EXPECT_EQ(finding.cluster, "prod");
        EXPECT_EQ(finding.count, 1u);
        ASSERT_EQ(finding.reasons.size(), 1u);
        EXPECT_EQ(finding.reasons[0].name, expected.what);
        ASSERT_EQ(finding.evidence.size(), 1u);
        EXPECT_EQ(finding.evidence[0].source, "/log/audit.log");
        EXPECT_EQ(finding.evidence[0].offset, 7u);
        EXPECT_EQ(finding.evidence[0].audit_id, "");
        EXPECT_FALSE(finding.actor.has_value());
    }
}

TEST(SourceFindings, IsTimedByTheEventsAroundIt) {
    SourceNotice gap = notice("audit-gap", "generation-lost");
    gap.to = at(60);
    const auto findings = report({gap});
    EXPECT_EQ(findings[0].first_seen, at(0));
    EXPECT_EQ(findings[0].time, at(60));
    EXPECT_EQ(findings[0].last_seen, at(60));
    EXPECT_EQ(report({gap})[0].id, findings[0].id);
}

TEST(SourceFindings, TheSameAgainIsTheSameFindingAndSomethingElseIsAnother) {
    SourceNotice later = notice("audit-log-tampered", "truncated"), elsewhere = later;
    later.from = at(100);
    later.offset = 8;
    elsewhere.file = "/other/audit.log";
    const auto findings = report({notice("audit-log-tampered", "truncated"), later, elsewhere,
                                  notice("audit-log-tampered", "deleted")});
    ASSERT_EQ(findings.size(), 3u);
    EXPECT_EQ(findings[0].count, 2u);
    EXPECT_EQ(findings[0].first_seen, at(0));
    EXPECT_EQ(findings[0].last_seen, at(100));
    EXPECT_EQ(findings[0].evidence.size(), 2u);
}

TEST(SourceFindings, SilenceThatEndsIsResolvedAndTheNextOneIsNew) {
    SourceNotice over = notice("audit-log-stalled", "silent"), again = over;
    over.over = true;
    over.to = at(900);
    again.from = at(5000);
    FindingBook book;
    report_notice(notice("audit-log-stalled", "silent"), "prod", book);
    const auto firing = book.drain();
    report_notice(over, "prod", book);
    const auto resolved = book.drain();
    report_notice(over, "prod", book);  // ends something that is not open
    EXPECT_TRUE(book.drain().empty());
    report_notice(again, "prod", book);
    const auto next = book.drain();
    ASSERT_EQ(firing.size(), 1u);
    ASSERT_EQ(resolved.size(), 1u);
    ASSERT_EQ(next.size(), 1u);
    EXPECT_EQ(resolved[0].id, firing[0].id);
    EXPECT_EQ(resolved[0].status, FindingStatus::Resolved);
    EXPECT_EQ(resolved[0].time, at(900));
    EXPECT_NE(next[0].id, firing[0].id);
}

TEST(SourceFindings, BeforeTheFirstEventThereIsNoTime) {
    SourceNotice early = notice("audit-log-tampered", "mode-changed");
    early.from = audit::Time{};
    EXPECT_EQ(report({early}).size(), 1u);
}

}  // namespace
}  // namespace redshank
