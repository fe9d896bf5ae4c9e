// Whether each custom resource works, and why not.
#include <algorithm>

#include "daemon/pages/layout.h"
#include "daemon/pages/site.h"
#include "daemon/print/crd_columns.h"
#include "daemon/questions/visibility.h"
#include "detectors/crd/config.h"
#include "detectors/engine.h"

namespace redshank {

namespace {

constexpr size_t kResourcesShown = 50;

Html verdict_badge(const std::string& verdict) {
    if (verdict == "failing")
        return Html("<span class=\"badge critical\"><span aria-hidden=\"true\">✗</span> failing</span>");
    if (verdict == "degraded")
        return Html("<span class=\"badge medium\"><span aria-hidden=\"true\">◆</span> degraded</span>");
    if (verdict == "silent")
        return Html("<span class=\"badge low\"><span aria-hidden=\"true\">…</span> silent</span>");
    if (verdict == "healthy")
        return Html("<span class=\"badge well\"><span aria-hidden=\"true\">✓</span> healthy</span>");
    return Html() << "<span class=\"badge info\"><span aria-hidden=\"true\">?</span> " << verdict
                  << "</span>";
}

// What is wrong with it, cause by cause, in the columns of the command.
Html trouble_card(const crd::Report& report) {
    Facts facts;
    for (const Column<crd::Report>& column : crd_columns()) {
        const std::string& header = column.style.header;
        if (header == "VERDICT" || header == "RESOURCE" || header == "CAUSE") continue;
        facts.add_named(header_words(header), Html() << column.cell(report));
    }
    Html causes;
    for (std::string_view rest = report.cause; !rest.empty();) {
        const size_t end = std::min(rest.find(" | "), rest.size());
        causes << "<li>" << rest.substr(0, end) << "</li>";
        rest.remove_prefix(std::min(end + 3, rest.size()));
    }
    Html out("<article class=\"card\"><p class=\"head\">");
    out << verdict_badge(report.verdict) << "</p><h3>" << report.key.name() << "</h3>";
    if (!causes.empty()) out << "<ul class=\"causes\">" << causes << "</ul>";
    return out << facts.done() << "<p>"
               << link(Url("/search").arg("q", report.key.name()), Html("Incidents about it"))
               << "</p></article>";
}

Html crd_cell(const std::string& header, const crd::Report& row, const std::string& text) {
    if (header == "VERDICT") return verdict_badge(row.verdict);
    return Html() << text;
}

}  // namespace

Page crds_page(const PageAsked& asked) {
    const AllPartitions state = detectors_state(asked.store.state());
    CrdsFilter filter;
    filter.group = asked.arg("group");
    filter.cluster = asked.arg("cluster");
    const std::vector<crd::Report> all = custom_resources(state, asked.detectors.of<crd::Config>(), filter);
    const size_t from = asked.number("from");
    Url self("/crds");
    self.filter("group", filter.group).filter("cluster", filter.cluster);
    Html body(
        "<h1>Custom resources</h1><form method=\"get\" action=\"/crds\" class=\"filter\"><label>API group "
        "<input name=\"group\" value=\"");
    body << filter.group << "\"></label>" << cluster_field(state, filter.cluster)
         << " <button>Show</button></form>" << caveat_notes(caveats(state, filter.cluster, {"crd-failing"}));
    if (all.empty()) {
        body << "<p class=\"nothing\">No custom resource was seen.</p>";
    } else {
        std::vector<crd::Report> fine;
        for (size_t i = from; i < std::min(all.size(), from + kResourcesShown); ++i) {
            const bool is_fine = all[i].verdict == "healthy" || all[i].verdict == "unknown";
            if (is_fine) {
                fine.push_back(all[i]);
            } else {
                body << trouble_card(all[i]);
            }
        }
        if (!fine.empty())
            body << "<h2>Without trouble, as far as is known</h2>"
                 << table_of(crd_columns(), fine, 0, kResourcesShown, crd_cell);
    }
    body
        << pager(self, from, kResourcesShown, all.size())
        << "<p class=\"note\">Budget: how much of the errors that the objective allows is left. The command: "
        << command("redshank crds") << "</p>";
    return {"Custom resources", std::move(body)};
}

}  // namespace redshank
