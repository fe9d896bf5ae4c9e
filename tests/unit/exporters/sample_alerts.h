// Alerts that the tests of the receivers send.
#pragma once

#include <random>

#include "exporters/alert.h"
#include "tests/support/unicode.h"

namespace redshank::test {

inline const audit::Time kAlertTime = *audit::parse_time("2026-01-05T10:00:05Z");

inline Finding secret_read() {
    Finding out{.id = "f_abcdefghijklmnopqrstuvwxyz",
                .time = *audit::parse_time("2026-01-05T10:00:03.5Z"),
                .detector = "secret_exposure",
                .kind = "secret-read-unprotected",
                .severity = Severity::Critical,
                .title = "Secret read through a grant to everyone",
                .summary = "mallory read secret payments/db-main, which everyone may read since 09:58."};
    out.cluster = "prod-eu";
    out.actor = FindingActor{"mallory", "", {"dev"}, "", "203.0.113.9", "curl/8.0"};
    out.object = FindingObject{"", "v1", "secrets", "", "payments", "db-main"};
    out.verb = "get";
    out.code = 200;
    out.grant = "RoleBinding payments/tmp → ClusterRole edit → Group system:authenticated";
    out.count = 3;
    out.first_seen = *audit::parse_time("2026-01-05T10:00:01Z");
    out.last_seen = out.time;
    out.reasons = {{"broad-grant", "the grant is to every authenticated user", ""}};
    out.mitre = {"T1552.007"};
    out.evidence = {{"0d5e", out.time, "audit.log", 1234}};
    return out;
}

inline Alert summary_alert() {
    Alert alert = alert_of(secret_read(), kAlertTime);
    alert.findings = 9000;
    alert.kinds = {{"secret-read-unprotected", 8999}, {"off-hours", 1}};
    alert.actors = {{"mallory", 9000}};
    alert.objects = {{"secrets payments/db-main", 5000}};
    alert.muted = 2;
    alert.runbook = "https://wiki/runbooks/secret-read-unprotected";
    alert.dashboard = "https://grafana/d/x?var=a&b=c";
    return alert;
}

// All texts that an attacker could choose are random_text(); in every twentieth round they are long.
inline Alert hostile_alert(std::mt19937_64& random, int round) {
    const auto text = [&] { return random_text(random, round % 20 == 0 ? 5'000 : 60); };
    Alert alert = summary_alert();
    alert.notification = "round-" + std::to_string(round);
    Finding& finding = alert.finding;
    finding.summary = text();
    finding.actor = FindingActor{text(), text(), {text()}, text(), text(), text()};
    finding.object = FindingObject{text(), text(), text(), text(), text(), text()};
    finding.verb = text();
    finding.grant = text();
    finding.cluster = text();
    if (round % 3 == 0) {
        Incident& incident = alert.incident.emplace();
        incident.id = "i_abcdefghijklmnopqrstuvwxyz";
        incident.opened = incident.last = kAlertTime;
        incident.severity = alert.severity;
        incident.title = finding.title;
        incident.summary = text();
        incident.cluster = finding.cluster;
        incident.origin = {"secret_exposure", "secret-exposed", text(), text(), text(), text()};
        for (int i = 0; i < 8; ++i) {
            incident.actors.add(text());
            incident.objects.add(text());
            add_step(incident, {kAlertTime, text(), "f_1"});
        }
        if (round % 2 == 0) alert.status = FindingStatus::Resolved;
    }
    finding.reasons.assign(30, {"n", text(), text()});
    finding.evidence.assign(30, {text(), kAlertTime, text(), 1});
    alert.actors.assign(5, {text(), 3});
    alert.objects.assign(5, {text(), 3});
    return alert;
}

}  // namespace redshank::test
