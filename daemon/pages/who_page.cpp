// A person or an account: when and from where it came, on what, and what of it was unusual.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/finding/sentence.h"
#include "core/shell.h"
#include "daemon/clock.h"
#include "daemon/pages/charts.h"
#include "daemon/pages/event_links.h"
#include "daemon/pages/incident_list.h"
#include "daemon/pages/layout.h"
#include "daemon/pages/site.h"
#include "daemon/print/access_columns.h"
#include "daemon/questions/digest.h"
#include "daemon/questions/habits.h"
#include "daemon/questions/incidents.h"
#include "daemon/questions/names.h"
#include "detectors/engine.h"

namespace redshank {

namespace {

constexpr size_t kAccessesShown = 40, kOwnIncidents = 10, kWeighedShown = 30, kPeopleShown = 30,
                 kUsualShown = 15;

Html plain_cell(const std::string& text) {
    return Html() << text;
}

// Sentences call a service account "ci/deployer".
std::string meant_user(const StateReader& state, const std::string& asked) {
    const std::string account = account_named(asked);
    return !account.empty() && last_accesses(state, {.user = asked}).empty() ? account : asked;
}

audit::Time last_of(const AccessedRow& row) {
    return audit::Time{audit::Duration{row.access.last()}};
}

// In one line whether what they do now is unusual for them: what was told, and what was weighed, of the day
// before the last access.
Html verdict_of(const StateReader& state, const std::string& user,
                const std::vector<const Incident*>& incidents, audit::Time last) {
    const audit::Time since = last - std::chrono::hours{24};
    const auto told = static_cast<size_t>(std::count_if(
        incidents.begin(), incidents.end(), [&](const Incident* one) { return one->last >= since; }));
    const size_t weighed = weighed_and_kept_back(state, {.user = user, .since = since}).size();
    Html out("<p><strong>");
    if (told == 0 && weighed == 0)
        return out << "Nothing unusual</strong> in the 24 h before the last access.</p>";
    out << (told > 0 ? Html("Unusual") : Html("A little unusual"))
        << "</strong> in the 24 h before the last access: ";
    if (told > 0) out << counted(told, "incident");
    if (told > 0 && weighed > 0) out << ", and ";
    if (weighed > 0) out << counted(weighed, "thing") << " too little to tell of";
    return out << ".</p>";
}

Html who_form(const StateReader& state, const std::string& user, const std::string& cluster) {
    Html out(
        "<form method=\"get\" action=\"/who\" class=\"filter\"><label>Who <input name=\"user\" value=\"");
    return out << user << "\" placeholder=\"alice\"></label>" << cluster_field(state, cluster)
               << " <button>Show</button></form>";
}

// Those whom incidents began with, the newest first.
Page nobody_chosen(const PageAsked& asked) {
    Html body(
        "<h1>Who</h1><p>When did somebody last access a cluster, from where, and what was unusual?</p>");
    body << who_form(detectors_state(asked.store.state()), "", asked.arg("cluster"));
    std::set<std::string> seen;
    Html list;
    for (const Incident* incident : asked.incidents.matching({})) {
        const std::string& user = incident->origin.user;
        if (user.empty() || seen.size() >= kPeopleShown || !seen.insert(user).second) continue;
        list << "<li>" << link(Url("/who").arg("user", user), user) << "</li>";
    }
    if (!list.empty()) body << "<h2>Whom incidents are about</h2><ul>" << list << "</ul>";
    return {"Who", std::move(body)};
}

Html access_moment(int64_t micros, audit::Time now) {
    return moment(audit::Time{audit::Duration{micros}}, now);
}

// Whose they are stands above; of a resource it is said which.
Html access_cell(const std::string& header, const AccessedRow& row, const std::string& text) {
    if (header == "LAST SUCCESS") return access_moment(row.access.last_success, wall_clock());
    if (header == "LAST DENIED") return access_moment(row.access.last_denied, wall_clock());
    if (header != "ON") return plain_cell(text);
    Html out;
    out << row.resource;
    if (!row.via.empty()) out << ", played by " << row.via;
    return out;
}

// Without what all of them share; of resources the name comes first.
Html accesses_of(const std::vector<AccessedRow>& rows, bool by_resource) {
    std::vector<Column<AccessedRow>> columns = access_columns();
    const bool is_one_cluster = std::all_of(rows.begin(), rows.end(), [&](const AccessedRow& row) {
        return row.cluster == rows.front().cluster;
    });
    std::erase_if(columns, [&](const Column<AccessedRow>& column) {
        return column.style.header == "CLUSTER" && is_one_cluster && by_resource;
    });
    if (by_resource) {
        const auto who = std::find_if(columns.begin(), columns.end(), [](const Column<AccessedRow>& column) {
            return column.style.header == "WHO";
        });
        std::rotate(columns.begin(), who, who + 1);
        columns.front().style.header = "ON";
    }
    return table_of(columns, rows, 0, kAccessesShown, access_cell);
}

Html clusters_section(const std::vector<AccessedRow>& clusters) {
    Html out("<section><h2>Accesses</h2>");
    out << (clusters.empty() ? Html("<p class=\"nothing\">Nobody of this name was seen.</p>")
                             : accesses_of(clusters, false));
    return out << "</section>";
}

Html resources_section(const std::vector<AccessedRow>& resources, const std::string& user) {
    if (resources.empty()) return {};
    Html out("<section><h2>On what, the latest first</h2>");
    out << accesses_of(resources, true);
    if (resources.size() > kAccessesShown)
        out << "<p class=\"note\">and " << resources.size() - kAccessesShown
            << " more: " << command("redshank last-access --by-resource --user " + in_shell_quotes(user))
            << "</p>";
    return out << "</section>";
}

Html weighed_section(const StateReader& state, const std::string& user, audit::Time now) {
    const std::vector<access::DigestRow> rows = weighed_and_kept_back(state, {.user = user, .since = {}});
    if (rows.empty()) return {};
    HtmlTable table({"Time", "Did", "Unusual, because"});
    for (size_t i = 0; i < std::min(rows.size(), kWeighedShown); ++i)
        table.row({moment(rows[i].time, now), plain_cell(rows[i].what), plain_cell(rows[i].because)});
    return Html() << "<section><h2>Unusual, but too little to tell of by itself</h2>" << table.done()
                  << "</section>";
}

// Fewer hours than this are no habit (access/habit.h).
constexpr int64_t kHabit = 3;

// Of one at least.
Html usual_table(const std::vector<UsualThing>& all, const std::string& header, audit::Time now) {
    const bool has_places = !all.front().where.empty();
    std::vector<std::string> headers{header, "Hours", "Usual", "Last in the hour of"};
    if (has_places) headers.insert(headers.begin() + 1, "Where");
    HtmlTable table(headers);
    for (size_t i = 0; i < std::min(all.size(), kUsualShown); ++i) {
        std::vector<Html> cells{plain_cell(all[i].what), Html() << all[i].hours,
                                all[i].hours >= kHabit ? Html("yes") : Html("not yet"),
                                moment(all[i].last, now)};
        if (has_places) cells.insert(cells.begin() + 1, plain_cell(all[i].where));
        table.row(cells);
    }
    Html out = table.done();
    if (all.size() > kUsualShown) out << "<p class=\"note\">and " << all.size() - kUsualShown << " more</p>";
    return out;
}

Html usual_section(const StateReader& state, const std::string& user, audit::Time now) {
    const UsualThings things = usual_things(state, user);
    const UsualHours hours = usual_hours(state, user);
    Html out;
    if (hours.days > 0) out << hours_chart(hours);
    if (!things.actions.empty()) out << usual_table(things.actions, "Sensitive action", now);
    if (!things.networks.empty()) out << usual_table(things.networks, "From", now);
    if (!things.clients.empty()) out << usual_table(things.clients, "With", now);
    if (out.empty()) return {};
    return Html() << "<section><h2>What was seen of them</h2><p class=\"note\">What was seen in " << kHabit
                  << " different hours or more is usual for them.</p>" << out << "</section>";
}

Html watched_section(const StateReader& state) {
    return Html() << "<section><h2>Since when we would know</h2>"
                  << table_of(watched_columns(), watched_clusters(state, ""), 0, kAccessesShown,
                              [](const std::string&, const WatchedRow&, const std::string& text) {
                                  return plain_cell(text);
                              })
                  << "</section>";
}

}  // namespace

Page who_page(const PageAsked& asked) {
    if (asked.arg("user").empty()) return nobody_chosen(asked);
    const AllPartitions state = detectors_state(asked.store.state());
    const std::string user = meant_user(state, asked.arg("user"));
    IncidentsFilter filter;
    filter.user = user;
    const std::vector<const Incident*> own = asked.incidents.matching(filter);
    std::vector<AccessedRow> clusters, resources;
    for (AccessedRow& row :
         last_accesses(state, {.user = user, .cluster = asked.arg("cluster"), .by_resource = true}))
        (row.resource.empty() ? clusters : resources).push_back(std::move(row));
    const audit::Time last = clusters.empty() ? asked.now : last_of(clusters.front());
    Html body("<h1>");
    body << user << "</h1>" << who_form(state, user, asked.arg("cluster")) << clusters_section(clusters);
    if (!clusters.empty()) body << verdict_of(state, user, own, last);
    if (!own.empty()) {
        body << "<section><h2>Incidents <span class=\"count\">" << own.size() << "</span></h2>"
             << incident_list(own, 0, kOwnIncidents, asked.now);
        if (own.size() > kOwnIncidents)
            body << "<p class=\"pager\">" << link(Url("/incidents").arg("user", user), Html("all of them →"))
                 << "</p>";
        body << "</section>";
    }
    body << usual_section(state, user, asked.now) << weighed_section(state, user, asked.now)
         << resources_section(resources, user) << "<section><h2>In the logs</h2><p>"
         << link(deeds_url(user, "", last - std::chrono::hours{1}, last),
                 Html("All requests of the last hour"))
         << " before the last access, as the logs have them</p></section>" << watched_section(state);
    return {user, std::move(body)};
}

}  // namespace redshank
