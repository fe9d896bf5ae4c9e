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

// The same read, as what an incident is told by.
inline Alert incident_alert() {
    Alert alert = alert_of(secret_read(), kAlertTime);
    const Finding& finding = alert.finding;
    Incident& incident = alert.incident.emplace();
    incident.id = alert.id = "i_abcdefghijklmnopqrstuvwxyz";
    incident.severity = finding.severity;
    incident.cluster = finding.cluster;
    incident.opened = finding.first_seen;
    incident.last = finding.last_seen;
    incident.origin = origin_of(finding);
    incident.lead = finding.id;
    incident.lead_kind = finding.kind;
    incident.lead_severity = finding.severity;
    incident.title = finding.title;
    incident.summary = finding.summary;
    incident.from = finding.who().source_ip;
    incident.with = finding.who().user_agent;
    incident.grant = finding.grant;
    incident.first = first_steps(finding, incident.short_id());
    incident.actors.add("mallory");
    incident.objects.add("secrets payments/db-main");
    incident.findings_more = 2;
    add_step(incident, {incident.opened, "erin created RoleBinding payments/tmp.", "f_1"});
    add_step(incident, {incident.last, "mallory read Secret payments/db-main.", "f_2"});
    alert.turn = IncidentTurn::Opened;
    alert.runbook = "https://wiki/runbooks/secret-read-unprotected";
    return alert;
}

inline Alert closed_incident_alert() {
    Alert alert = incident_alert();
    alert.status = alert.finding.status = FindingStatus::Resolved;
    alert.turn = IncidentTurn::Closed;
    alert.incident->state = IncidentState::Closed;
    alert.incident->closed = alert.incident->last + std::chrono::hours{24};
    alert.incident->closed_because = "quiet for 1d";
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
        incident.lead_kind = finding.kind;
        incident.from = incident.with = incident.grant = text();
        incident.first = first_steps(finding, incident.id);
        for (int i = 0; i < 3; ++i) incident.first.push_back({"kubectl get " + text(), "what it is"});
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
