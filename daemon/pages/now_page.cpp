#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/finding/sentence.h"
#include "daemon/pages/charts.h"
#include "daemon/pages/health_words.h"
#include "daemon/pages/incident_list.h"
#include "daemon/pages/layout.h"
#include "daemon/pages/site.h"
#include "daemon/questions/incidents.h"
#include "detectors/engine.h"

namespace redshank {

namespace {

constexpr size_t kOpenShown = 30, kClosedShown = 5;
constexpr int kDays = 14;
Html listed(const std::vector<std::string>& lines) {
    if (lines.empty()) return {};
    Html out("<ul>");
    for (const std::string& line : lines) out << "<li>" << line << "</li>";
    return out << "</ul>";
}

Html health_of(const HealthWords& words) {
    Html out;
    switch (words.level) {
        case HealthWords::Level::Well:
            out << "<section class=\"health well\" aria-label=\"redshank itself\"><p class=\"line\">"
                   "<span class=\"sign\" aria-hidden=\"true\">✓</span> ";
            break;
        case HealthWords::Level::Quiet:
            out << "<section class=\"health quiet\" aria-label=\"redshank itself\"><p class=\"line\">"
                   "<span class=\"sign\" aria-hidden=\"true\">?</span> ";
            break;
        case HealthWords::Level::Trouble:
            out << "<section class=\"health trouble\" aria-label=\"redshank itself\"><p class=\"line\">"
                   "<span class=\"sign\" aria-hidden=\"true\">!</span> ";
            break;
    }
    out << words.line << "</p>" << listed(words.because);
    if (!words.blind.empty())
        out << "<details id=\"blind\"><summary>What the log does not show</summary>" << listed(words.blind)
            << "</details>";
    return out << "</section>";
}

Html behind_words(const SourceMetrics& source) {
    if (!source.up) return Html("unknown");
    if (source.caught_up) return Html("nothing");
    return Html() << span_words(std::chrono::seconds{static_cast<int64_t>(source.lag_seconds)});
}

Html parts_table(const DaemonStatus& status, audit::Time now) {
    HtmlTable sources({"Source", "Last event", "Behind", "Read"});
    for (const auto& [name, source] : status.sources)
        sources.row({Html() << name, moment(source.last_event, now), behind_words(source),
                     Html() << fmt::format("{:.1f} MB", static_cast<double>(source.read_bytes) / 1e6)});
    HtmlTable receivers({"Receiver", "State", "Told", "Waiting", "Given up"});
    for (const auto& receiver : status.receivers)
        receivers.row({Html() << receiver.name,
                       receiver.breaker_open ? Html("cannot be reached") : Html("no failure known"),
                       Html() << receiver.sent, Html() << receiver.waiting, Html() << receiver.dead});
    Html out("<section><h2>What redshank reads, and whom it tells</h2>");
    out << sources.done();
    if (!status.receivers.empty()) out << receivers.done();
    return out << "</section>";
}

// Bars of the days up to today; nothing when nothing was opened in them.
Html opened_by_day(const std::vector<const Incident*>& all, audit::Time now) {
    const auto today = std::chrono::floor<std::chrono::days>(now);
    std::vector<DayBar> days(kDays);
    bool any = false;
    for (int i = 0; i < kDays; ++i)
        days[static_cast<size_t>(i)].day = today - std::chrono::days{kDays - 1 - i};
    for (const Incident* incident : all) {
        const auto ago = (today - std::chrono::floor<std::chrono::days>(incident->opened)).count();
        if (ago < 0 || ago >= kDays) continue;
        DayBar& day = days[static_cast<size_t>(kDays - 1 - ago)];
        ++day.all;
        if (incident->severity >= Severity::High) ++day.grave;
        any = true;
    }
    if (!any) return {};
    return Html() << "<section><h2>Incidents opened, by day</h2>" << day_chart(days) << "</section>";
}

}  // namespace

Page now_page(const PageAsked& asked) {
    const AllPartitions detectors = detectors_state(asked.store.state());
    const std::vector<const Incident*> all = asked.incidents.matching({});
    std::vector<const Incident*> open, closed;
    for (const Incident* incident : all) (incident->is_open() ? open : closed).push_back(incident);
    std::stable_sort(open.begin(), open.end(),
                     [](const Incident* a, const Incident* b) { return a->severity > b->severity; });
    Html body("<h1 class=\"unseen\">Now</h1>");
    // Blind in what people rely on to be told of.
    const std::vector<Caveat> blind = caveats(
        detectors, "", {"secret-read-unprotected", "secret-exposed", "unusual-access", "crd-failing"});
    body << health_of(health_words(asked.status, blind, asked.now));
    body << "<section><h2>Open incidents";
    if (!open.empty()) body << " <span class=\"count\">" << open.size() << "</span>";
    body << "</h2>";
    if (open.empty()) body << "<p class=\"nothing\">No incident is open.</p>";
    body << incident_list(open, asked.number("from"), kOpenShown, asked.now)
         << pager(Url("/"), asked.number("from"), kOpenShown, open.size()) << "</section>";
    if (!closed.empty())
        body << "<section><h2>Closed lately</h2>" << incident_list(closed, 0, kClosedShown, asked.now)
             << "<p class=\"pager\">" << link(Url("/incidents"), Html("All incidents →")) << "</p></section>";
    body << opened_by_day(all, asked.now) << parts_table(asked.status, asked.now);
    return {open.empty() ? "Now" : fmt::format("({}) Now", open.size()), std::move(body)};
}

}  // namespace redshank
