// Events of the logs themselves, wherever their lines went: one by its audit id, or what somebody did in a
// span of time. Field by field, without what print/event_fields.h leaves out.
#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "core/finding/sentence.h"
#include "core/shell.h"
#include "daemon/pages/event_links.h"
#include "daemon/pages/layout.h"
#include "daemon/pages/site.h"
#include "daemon/print/event_fields.h"
#include "daemon/print/event_row.h"
#include "daemon/questions/log_search.h"
#include "daemon/questions/why.h"
#include "rules/condition_parser.h"

namespace redshank {

namespace {

using namespace std::chrono_literals;

// Pages are made one at a time: a search may not hold the others up for long.
constexpr auto kSearchTime = 1s;
constexpr size_t kStagesShown = 12, kDeedsShown = 100;

// What is told of an event, made while its line is there.
struct LoggedEvent {
    EventRow row;
    std::vector<EventField> fields;
};

struct LogAnswer {
    std::vector<LoggedEvent> events;
    SearchResult result;
    bool has_more = false;
};

LogAnswer ask_logs(std::vector<LogFile> files, SearchQuery query, size_t most) {
    LogAnswer out;
    std::vector<LoggedEvent> read;  // of the reading thread, in any order
    std::mutex mutex;
    const auto tell = [&](const FoundEvent& one) {
        LoggedEvent event{event_row(one.request, one.file.path, one.line.offset),
                          fields_of(one.request.event)};
        const std::lock_guard lock(mutex);
        read.push_back(std::move(event));
        return std::to_string(read.size() - 1);
    };
    const auto found = [&](const std::string& at) {
        out.has_more = out.events.size() == most;
        if (out.has_more) return false;
        const std::lock_guard lock(mutex);
        out.events.push_back(read.at(std::stoul(at)));
        return true;
    };
    query.deadline = std::chrono::steady_clock::now() + kSearchTime;
    out.result = search_logs(std::move(files), query, {.tell = tell, .found = found});
    return out;
}

std::set<std::string> generations_of(const PageAsked& asked, const std::string& audit_id) {
    std::set<std::string> out;
    const auto finding = finding_of_id(asked.store, asked.arg("finding"));
    if (!finding) return out;
    for (const Evidence& one : finding->evidence) {
        if (one.audit_id == audit_id && !one.generation.empty()) out.insert(one.generation);
    }
    return out;
}

// In the files that a finding names it costs least; else in all of them.
LogAnswer find_logged(const PageAsked& asked, std::vector<std::string>& problems) {
    const SearchQuery query{.condition = has_audit_id(asked.path)};
    const auto files = [&] { return files_of_sources(asked.sources, asked.arg("cluster"), problems); };
    if (const auto generations = generations_of(asked, asked.path); !generations.empty()) {
        LogAnswer out = ask_logs(of_generations(files(), generations), query, kStagesShown);
        if (!out.events.empty()) return out;
        problems.clear();
    }
    return ask_logs(files(), query, kStagesShown);
}

Html search_notes(const LogAnswer& answer, std::vector<std::string> problems, const std::string& same) {
    Html out;
    problems.insert(problems.end(), answer.result.problems.begin(), answer.result.problems.end());
    for (const std::string& problem : problems) out << "<p class=\"note\">" << problem << "</p>";
    if (answer.result.is_cut)
        out << "<p class=\"note\">The logs are longer than a page may read in a second: there may be "
               "more.</p>";
    return out << "<p>By command, with all that stands in the line: " << command(same) << "</p>";
}

Html logged_event(const LoggedEvent& event, audit::Time now) {
    Html out("<section class=\"still\"><h2>");
    out << event.row.stage << " " << moment(audit::parse_time(event.row.time).value_or(now), now) << "</h2>";
    Facts facts;
    facts.add("Who", event.row.who)
        .add("Did", event.row.did)
        .add("Outcome", event.row.outcome)
        .add("From", event.row.from)
        .add("Allowed by", event.row.grant)
        .add("Line", fmt::format("{}, byte {}", event.row.file, event.row.offset));
    out << facts.done() << "<details open><summary>All its fields</summary>";
    Facts fields;
    for (const EventField& field : event.fields) fields.add_named(field.name, Html() << field.value);
    return out << fields.done() << "</details></section>";
}

Html deeds_table(const std::vector<LoggedEvent>& events, audit::Time now) {
    HtmlTable table({"Time", "Did", "Outcome", "Who", "From"});
    for (const LoggedEvent& event : events) {
        const audit::Time time = audit::parse_time(event.row.time).value_or(now);
        table.row({moment(time, now), link(Url("/events") / event.row.audit_id, event.row.did),
                   Html() << event.row.outcome, Html() << event.row.who, Html() << event.row.from});
    }
    return table.done();
}

// A time that a link of ours carries, or that a person typed; `wrong` gets one that is none.
audit::Time typed_time(const std::string& text, audit::Time otherwise, Html& wrong) {
    if (text.empty()) return otherwise;
    const auto time = audit::parse_time(text.size() == 10 ? text + "T00:00:00Z" : text);
    if (!time)
        wrong << "<p class=\"note\"><strong>" << text
              << " is not a time</strong>, such as 2026-01-05 or 2026-01-05T10:00:00Z.</p>";
    return time.value_or(otherwise);
}

Html deeds_form(const PageAsked& asked, audit::Time since, audit::Time until) {
    Html out("<form method=\"get\" action=\"/events\" class=\"filter\">");
    const auto field = [&](Html::Literal label, Html::Literal name, const std::string& value) {
        out << "<label>" << label << " <input name=\"" << name << "\" value=\"" << value << "\"></label> ";
    };
    field("Who", "user", asked.arg("user"));
    field("Cluster", "cluster", asked.arg("cluster"));
    field("From", "since", audit::format_time(since));
    field("Until", "until", audit::format_time(until));
    return out << "<button>Show</button></form>";
}

}  // namespace

Url deeds_url(const std::string& user, const std::string& cluster, audit::Time since, audit::Time until) {
    Url url("/events");
    return url.arg("user", user)
        .filter("cluster", cluster)
        .arg("since", audit::format_time(since))
        .arg("until", audit::format_time(until));
}

Url event_url(const std::string& audit_id, const std::string& cluster, const std::string& finding) {
    Url url = Url("/events") / audit_id;
    return url.filter("cluster", cluster).filter("finding", finding);
}

std::string event_command(const std::string& audit_id) {
    const bool is_plain = std::all_of(audit_id.begin(), audit_id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
    const bool is_word = is_plain && !audit_id.empty() && audit_id.front() != '-';
    return "redshank event " + (is_word ? audit_id : "-- " + in_shell_quotes(audit_id));
}

Page event_page(const PageAsked& asked) {
    std::vector<std::string> problems;
    const LogAnswer answer = find_logged(asked, problems);
    Html body("<article><h1>Event ");
    body << asked.path << "</h1>";
    if (answer.events.empty())
        body << "<p class=\"nothing\">No log that is still there has an event of this audit id"
             << (answer.result.is_cut ? Html(", as far as they were read") : Html()) << ".</p>";
    for (const LoggedEvent& event : answer.events) body << logged_event(event, asked.now);
    body << search_notes(answer, std::move(problems), event_command(asked.path)) << "</article>";
    return {"Event", std::move(body), answer.events.empty() ? 404 : 200};
}

Page events_page(const PageAsked& asked) {
    const std::string& user = asked.arg("user");
    Html wrong;
    const audit::Time until = typed_time(asked.arg("until"), asked.now, wrong);
    const audit::Time since = typed_time(asked.arg("since"), until - 15min, wrong);
    Html body("<h1>Events</h1><p>What somebody did, as the logs have it.</p>");
    body << deeds_form(asked, since, until) << wrong;
    if (user.empty()) return {"Events", std::move(body)};
    std::vector<std::string> problems;
    const LogAnswer answer =
        ask_logs(files_of_sources(asked.sources, asked.arg("cluster"), problems),
                 {.condition = is_from(user), .since = since, .until = until}, kDeedsShown);
    body << "<h2 class=\"still\">" << user << ", from " << moment_words(since) << " to "
         << moment_words(until) << "</h2>";
    if (answer.events.empty()) body << "<p class=\"nothing\">The logs have nothing of it.</p>";
    if (!answer.events.empty()) body << deeds_table(answer.events, asked.now);
    if (answer.has_more) {
        const audit::Time next = audit::parse_time(answer.events.back().row.time).value_or(since);
        body << "<p class=\"pager\">These are the first " << answer.events.size() << ". "
             << link(deeds_url(user, asked.arg("cluster"), next, until), Html("later ones →")) << "</p>";
    }
    const std::string same =
        fmt::format("redshank events {} --since {} --until {}",
                    in_shell_quotes(fmt::format("user.username = {}", rules::in_rule_quotes(user))),
                    audit::format_time(since), audit::format_time(until));
    body << search_notes(answer, std::move(problems), same);
    return {"Events", std::move(body)};
}

}  // namespace redshank
