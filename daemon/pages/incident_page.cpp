// What people were told about: the list, one whole story, and why it was told.
#include <fmt/format.h>

#include <algorithm>

#include "core/finding/sentence.h"
#include "daemon/pages/event_links.h"
#include "daemon/pages/incident_list.h"
#include "daemon/pages/layout.h"
#include "daemon/pages/site.h"
#include "daemon/pages/writes.h"
#include "daemon/questions/findings.h"
#include "daemon/questions/incidents.h"
#include "daemon/questions/said.h"
#include "daemon/questions/why.h"
#include "exporters/incident_text.h"
#include "exporters/message.h"

namespace redshank {

namespace {

constexpr size_t kListed = 50, kPartsShown = 60, kWhyShown = 80, kAroundShown = 25;
constexpr size_t kLookedThrough = 400;  // findings that are read for what else somebody did
constexpr std::chrono::minutes kAround{15}, kStory{60};

const std::string& sentence_of(const Incident& incident) {
    return incident.summary.empty() ? incident.title : incident.summary;
}

Url finding_url(const std::string& id) {
    return Url("/findings") / id;
}

Html names_of(const FirstNames& all) {
    Html out;
    for (size_t i = 0; i < all.names.size(); ++i) out << (i == 0 ? Html() : Html("<br>")) << all.names[i];
    if (all.more > 0) out << "<br>and " << all.more << " more";
    return out;
}

// Said right after it was done, and not when the page is loaded again later.
bool is_fresh(const PageAsked& asked) {
    const auto done = audit::Time{std::chrono::seconds{asked.number("done")}};
    return done <= asked.now && asked.now - done < std::chrono::seconds{30};
}

// What is left of a message when its facts are told with more of them.
Html facts_of(const PageAsked& asked, const Incident& incident, const MessageText& message) {
    const audit::Time now = asked.now;
    Facts out;
    Html who = names_of(incident.actors);
    if (const std::string& user = incident.origin.user; !user.empty())
        who << "<br>" << link(Url("/who").arg("user", user), "all about " + user);
    out.add("Who", who).add("What", names_of(incident.objects));
    for (const auto& [name, value] : message.facts) {
        if (name == "From" || name == "With" || name == "Allowed by" || name == "Cluster")
            out.add_named(name, Html() << value);
    }
    out.add("Opened", moment(incident.opened, now)).add("Last event", moment(incident.last, now));
    if (incident.closed) out.add("Closed", moment(*incident.closed, now));
    out.add("State", state_words(incident));
    out.add("Silenced", silences_words(asked, incident));
    if (incident.acknowledged && !incident.acknowledged->because.empty())
        out.add("Because", incident.acknowledged->because);
    return out.done();
}

Html advice_of(const MessageText& message) {
    Html out;
    if (!message.matters.empty())
        out << "<section><h2>Why it matters</h2><p>" << message.matters << "</p></section>";
    if (message.first.empty()) return out;
    if (message.matters.empty()) {  // it is over
        out << "<section><h2>Left to do</h2><ol class=\"first\">";
    } else {
        out << "<section><h2>Do first</h2><ol class=\"first\">";
    }
    for (const Step& step : message.first) {
        out << "<li>" << step.purpose;
        if (!step.command.empty()) out << "<br>" << command(step.command);
        out << "</li>";
    }
    return out << "</ol></section>";
}

Html steps_of_story(const Incident& incident) {
    if (incident.steps.empty()) return {};
    Html out("<section><h2>What happened</h2><ol class=\"steps\">");
    for (size_t i = 0; i < incident.steps.size(); ++i) {
        const IncidentStep& step = incident.steps[i];
        if (i == Incident::kStepsAtEachEnd && incident.steps_more > 0)
            out << "<li class=\"gap\">… " << counted(incident.steps_more, "step") << " between</li>";
        out << "<li><time datetime=\"" << audit::format_time(step.time) << "\">" << moment_words(step.time)
            << "</time> <span>" << step.text << "</span>";
        if (!step.finding.empty())
            out << " <span class=\"more\">" << link(finding_url(step.finding), Html("evidence")) << "</span>";
        out << "</li>";
    }
    return out << "</ol></section>";
}

Html parts_of(const Incident& incident, audit::Time now) {
    HtmlTable table({"Severity", "Kind", "Events", "Told", "State"});
    for (size_t i = 0; i < std::min(incident.findings.size(), kPartsShown); ++i) {
        const IncidentPart& part = incident.findings[i];
        table.row({badge(part.severity), link(finding_url(part.id), part.kind), Html() << part.count,
                   moment(part.told, now), Html() << to_string(part.status)});
    }
    Html out("<section><h2>Findings in it</h2>");
    out << table.done();
    const size_t shown = std::min(incident.findings.size(), kPartsShown);
    if (const uint64_t more = incident.findings.size() - shown + incident.findings_more; more > 0)
        out << "<p>and " << more << " more</p>";
    return out << "</section>";
}

Html why_table(const std::vector<WhyRow>& rows) {
    HtmlTable table({"Part", "Name", "What", "Value"});
    for (size_t i = 0; i < std::min(rows.size(), kWhyShown); ++i) {
        const WhyRow& row = rows[i];
        const bool is_finding = row.part == "found" && !row.name.empty();
        table.row({Html() << row.part,
                   is_finding ? link(finding_url(row.name), row.name) : Html() << row.name,
                   Html() << row.text, Html() << row.value});
    }
    Html out = table.done();
    if (rows.size() > kWhyShown) out << "<p>and " << rows.size() - kWhyShown << " more</p>";
    return out;
}

// What else was found about whoever began it, from a quarter of an hour before until a quarter of an hour
// after, or after its first hour.
Html around(const PageAsked& asked, const Incident& incident) {
    const std::string& user = incident.origin.user;
    if (user.empty()) return {};
    const audit::Time since = incident.opened - kAround;
    const audit::Time until = std::min(incident.last, incident.opened + kStory) + kAround;
    FindingsFilter filter;
    filter.query.since = since;
    filter.query.until = until;
    filter.query.most = kLookedThrough;
    filter.cluster = incident.cluster;
    filter.user = user;
    HtmlTable table({"First event", "Severity", "What", "In this incident"});
    size_t rows = 0;
    each_finding(asked.store, filter, [&](const Finding& finding) {
        if (++rows > kAroundShown) return;
        const bool is_in = std::any_of(incident.findings.begin(), incident.findings.end(),
                                       [&](const IncidentPart& part) { return part.id == finding.id; });
        table.row({moment(finding.first_seen, asked.now), badge(finding.severity),
                   link(finding_url(finding.id), finding.summary.empty() ? finding.title : finding.summary),
                   is_in ? Html("yes") : Html("no")});
    });
    Html out("<section><h2>");
    out << user << ", from 15 min before it to 15 min after</h2>";
    if (rows > 0) out << table.done();
    if (rows > kAroundShown) out << "<p>and " << rows - kAroundShown << " more findings</p>";
    return out << "<p>"
               << link(deeds_url(user, incident.cluster, since, until), Html("All requests of these minutes"))
               << ", as the logs have them</p></section>";
}

// Asked for by itself: it looks through the outbox and the silences for each finding.
Html why_of_incident(const PageAsked& asked, const Incident& incident) {
    Html out("<section id=\"why\"><h2>Why it was told</h2>");
    if (asked.arg("why").empty())
        return out << "<p>"
                   << link(incident_url(incident.id).arg("why", "1"),
                           Html("Reasons, rules, silences and delivery"))
                   << "</p></section>";
    return out << why_table(why(asked.store, incident, asked.now)) << "</section>";
}

Html commands_of(const Incident& incident) {
    const std::string id = incident.short_id();
    Html out("<section><h2>The same by command</h2><ul class=\"commands\">");
    out << "<li>" << command("redshank incident " + id) << " this story</li><li>"
        << command("redshank why " + id) << " what decided</li>";
    if (incident.is_open())
        out << "<li>" << command("redshank ack " + id) << " somebody looks after it</li><li>"
            << command("redshank close " + id + " --because '…'") << " it is over</li><li>"
            << command("redshank silence add --for 2h --comment '…' incident=" + id)
            << " tell nobody of it for a while</li>";
    return out << "</ul></section>";
}

std::optional<Incident> the_incident(const PageAsked& asked) {
    if (asked.path.size() < 6) return std::nullopt;
    std::vector<Incident> all = incidents_called(asked.store.state(), asked.path);
    if (all.size() != 1) return std::nullopt;
    return std::move(all.front());
}

}  // namespace

Url incident_url(const std::string& id) {
    return Url("/incidents") / id;
}

Html incident_list(const std::vector<const Incident*>& all, size_t from, size_t most, audit::Time now) {
    if (all.empty()) return {};
    Html out("<ol class=\"incidents\">");
    for (size_t i = from; i < all.size() && i - from < most; ++i) {
        const Incident& one = *all[i];
        out << "<li><p class=\"head\">" << badge(one.severity) << " <span class=\"cluster\">" << one.cluster
            << "</span> " << moment(one.last, now) << " <span class=\"state\">" << state_words(one)
            << "</span></p><p class=\"what\">" << link(incident_url(one.short_id()), sentence_of(one))
            << "</p></li>";
    }
    return out << "</ol>";
}

Page incidents_page(const PageAsked& asked) {
    IncidentsFilter filter;
    filter.only_open = asked.arg("state") == "open";
    filter.cluster = asked.arg("cluster");
    filter.user = asked.arg("user");
    const std::vector<const Incident*> all = asked.incidents.matching(filter);
    Url self("/incidents");
    if (filter.only_open) self.arg("state", "open");
    self.filter("cluster", filter.cluster).filter("user", filter.user);
    Html body(
        "<h1>Incidents</h1><form method=\"get\" action=\"/incidents\" class=\"filter\">"
        "<label>Cluster <input name=\"cluster\" value=\"");
    body << filter.cluster << "\"></label> <label>Who <input name=\"user\" value=\"" << filter.user
         << "\"></label> <label><input type=\"checkbox\" name=\"state\" value=\"open\""
         << (filter.only_open ? Html(" checked") : Html())
         << "> only open</label> <button>Show</button></form>";
    if (all.empty()) body << "<p class=\"nothing\">No incident of that kind.</p>";
    const size_t from = asked.number("from");
    body << incident_list(all, from, kListed, asked.now) << pager(self, from, kListed, all.size());
    return {"Incidents", std::move(body)};
}

Page incident_page(const PageAsked& asked) {
    const auto incident = the_incident(asked);
    if (!incident) return nothing_there("incident of this id, or there are several whose ids begin so");
    MessageText message = message_of(*incident);
    std::erase_if(message.first,  // what the reader sees already
                  [](const Step& step) { return step.command.starts_with("redshank incident "); });
    Html body("<article><p class=\"head\">");
    body << badge(incident->severity) << " <span class=\"cluster\">" << incident->cluster
         << "</span> <span>incident " << incident->short_id() << "</span> <span class=\"state\">"
         << state_words(*incident) << "</span></p><h1 class=\"sentence\">" << sentence_of(*incident)
         << "</h1>";
    if (!incident->joined.empty())
        body << "<p>It turned out to be a part of " << link(incident_url(incident->joined), incident->joined)
             << ".</p>";
    if (is_fresh(asked))
        body << "<p class=\"nothing\" role=\"status\">Noted. redshank takes it over within seconds.</p>";
    body << advice_of(message) << forms_of(asked, *incident) << steps_of_story(*incident)
         << "<section><h2>Facts</h2>" << facts_of(asked, *incident, message) << "</section>"
         << around(asked, *incident) << parts_of(*incident, asked.now) << why_of_incident(asked, *incident)
         << commands_of(*incident) << "</article>";
    return {sentence_of(*incident), std::move(body)};
}

Page finding_page(const PageAsked& asked) {
    const auto finding = finding_of_id(asked.store, asked.path);
    if (!finding) return nothing_there("finding of this id, or it is no longer kept");
    const MessageText message = message_of(Alert{.finding = *finding});
    Html body("<article><p class=\"head\">");
    body << badge(finding->severity) << " <span class=\"cluster\">" << finding->cluster << "</span> <span>"
         << finding->kind << "</span> <span class=\"state\">" << to_string(finding->status)
         << "</span></p><h1 class=\"sentence\">"
         << (finding->summary.empty() ? finding->title : finding->summary) << "</h1>";
    Facts facts;
    for (const auto& [name, value] : message.facts) facts.add_named(name, Html() << value);
    for (const std::string& technique : finding->mitre) facts.add("MITRE ATT&CK", technique);
    body << facts.done() << advice_of(message) << "<section><h2>Why it was told</h2>"
         << why_table(why(asked.store, *finding, asked.now)) << "</section>";
    HtmlTable table({"Time", "File", "Byte", "The event", "By command"});
    for (const Evidence& one : finding->evidence)
        table.row({moment(one.time, asked.now), Html() << one.source, Html() << one.offset,
                   link(event_url(one.audit_id, finding->cluster, finding->id), Html("what the log has")),
                   command(event_command(one.audit_id))});
    body << "<section><h2>Evidence</h2>" << table.done() << "</section></article>";
    return {finding->summary.empty() ? finding->title : finding->summary, std::move(body)};
}

}  // namespace redshank
