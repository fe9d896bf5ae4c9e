// When Secrets lay open, as bars, and who asked for their content.
#include <algorithm>

#include "core/finding/text.h"
#include "daemon/clock.h"
#include "daemon/pages/charts.h"
#include "daemon/pages/layout.h"
#include "daemon/pages/site.h"
#include "daemon/print/secrets_columns.h"
#include "daemon/questions/names.h"
#include "daemon/questions/visibility.h"
#include "detectors/engine.h"
#include "detectors/secrets/sentences.h"

namespace redshank {

namespace {

constexpr size_t kWindowsShown = 12, kReadersShown = 40, kReadByShown = 8;

Html open_badge(const secrets::Window& window) {
    return window.is_open()
               ? Html("<span class=\"badge critical\"><span aria-hidden=\"true\">▲▲</span> open</span>")
               : Html("<span class=\"badge info\"><span aria-hidden=\"true\">·</span> closed</span>");
}

// Whose reads fell into a window, the last first.
Html read_by(const ExposureRow& row, const std::vector<ReaderRow>& readers) {
    std::vector<std::string> users;
    for (const ReaderRow& reader : readers) {
        const std::string user = stored(reader.reads.user);
        const bool is_new = std::find(users.begin(), users.end(), user) == users.end();
        if (is_new && reader.cluster == row.cluster && reader.reads.window == row.window.number)
            users.push_back(user);
    }
    Html out;
    for (size_t i = 0; i < std::min(users.size(), kReadByShown); ++i)
        out << (i == 0 ? Html() : Html(", ")) << link(Url("/who").arg("user", users[i]), users[i]);
    if (users.size() > kReadByShown) out << " and " << users.size() - kReadByShown << " more";
    return out;
}

Html window_cards(const std::vector<ExposureRow>& rows, const std::vector<ReaderRow>& readers, size_t from) {
    Html out;
    const auto columns = exposure_columns();
    for (size_t i = from; i < std::min(rows.size(), from + kWindowsShown); ++i) {
        Facts facts;
        for (const Column<ExposureRow>& column : columns) {
            const std::string& header = column.style.header;
            if (header != "SECRETS" && header != "WINDOW")
                facts.add_named(header_words(header), Html() << column.cell(rows[i]));
        }
        facts.add("Read by", read_by(rows[i], readers));
        out << "<article class=\"card\"><p class=\"head\">" << open_badge(rows[i].window) << " <span>window "
            << rows[i].window.number << "</span></p><h3>"
            << capital(secrets::target_words(rows[i].window.target)) << "</h3>" << facts.done()
            << "</article>";
    }
    return out;
}

Html window_bars(const std::vector<ExposureRow>& rows, size_t from, audit::Time now) {
    std::vector<SpanBar> bars;
    for (size_t i = from; i < std::min(rows.size(), from + kWindowsShown); ++i) {
        const secrets::Window& window = rows[i].window;
        bars.push_back({capital(secrets::target_words(window.target)) + ", " + window.through, window.opened,
                        window.closed});
    }
    return span_chart(bars, now);
}

std::vector<std::string> meant_secrets(const StateReader& state, const std::string& asked) {
    return asked.empty() || asked.ends_with("/*") ? std::vector{asked} : secrets_named(state, asked);
}

// A name that is several, or none: nobody may take "nothing was seen" for an all-clear.
Html meant_notes(const std::string& asked, const std::vector<std::string>& meant) {
    if (meant.empty())
        return Html()
               << "<p class=\"note\"><strong>No Secret " << asked
               << " was ever seen in a request.</strong> What follows is about rights that reach it.</p>";
    if (meant.size() == 1) return {};
    Html out("<p>There are several: ");
    for (size_t i = 0; i < meant.size(); ++i)
        out << (i == 0 ? Html() : Html(", ")) << link(Url("/secrets").arg("secret", meant[i]), meant[i]);
    return out << "</p>";
}

Html reader_cell(const std::string& header, const ReaderRow& row, const std::string& text) {
    if (header == "LAST") return moment(row.reads.last, wall_clock());
    if (header == "WHO") return link(Url("/who").arg("user", row.reads.user.get()), text);
    if (header == "SECRET") return link(Url("/secrets").arg("secret", row.reads.secret.get()), text);
    if (header == "VERDICT" && row.reads.verdict.get() == "exposed")
        return Html() << "<strong>" << text << "</strong>";
    return Html() << text;
}

}  // namespace

Page secrets_page(const PageAsked& asked) {
    const AllPartitions state = detectors_state(asked.store.state());
    SecretsFilter filter;
    const std::vector<std::string> meant = meant_secrets(state, asked.arg("secret"));
    filter.secret = meant.size() == 1 ? meant.front() : asked.arg("secret");
    filter.ns = asked.arg("namespace");
    filter.cluster = asked.arg("cluster");
    const std::vector<ExposureRow> windows = exposures(state, filter);
    std::vector<ReaderRow> readers = secret_readers(state, filter);
    std::stable_partition(readers.begin(), readers.end(),
                          [](const ReaderRow& row) { return row.reads.verdict.get() == "exposed"; });
    const size_t from = asked.number("from"), reader = asked.number("reader");
    Url self("/secrets");
    self.filter("secret", filter.secret).filter("namespace", filter.ns).filter("cluster", filter.cluster);
    Html body(
        "<h1>Secrets</h1><form method=\"get\" action=\"/secrets\" class=\"filter\"><label>Secret "
        "<input name=\"secret\" placeholder=\"namespace/name\" value=\"");
    body << filter.secret << "\"></label> <label>Namespace <input name=\"namespace\" value=\"" << filter.ns
         << "\"></label>" << cluster_field(state, filter.cluster) << " <button>Show</button></form>"
         << meant_notes(filter.secret, meant)
         << caveat_notes(caveats(state, filter.cluster, {"secret-read-unprotected", "secret-exposed"}))
         << "<section><h2>When they lay open <span class=\"count\">" << windows.size() << "</span></h2>";
    if (windows.empty()) body << "<p class=\"nothing\">No exposure of that kind was seen.</p>";
    body << window_bars(windows, from, asked.now) << window_cards(windows, readers, from)
         << pager(self, from, kWindowsShown, windows.size())
         << "</section><section><h2>Who asked for the content "
         << "<span class=\"count\">" << readers.size()
         << "</span></h2><p class=\"note\">Exposed: read while more could read than should. In order: as its "
            "protection says. Not judged: nothing says who its readers are ([[protect]]).</p>";
    if (readers.empty()) {
        body << "<p class=\"nothing\">Nobody was logged.</p>";
    } else {
        body << table_of(reader_columns(), readers, reader, kReadersShown, reader_cell);
    }
    if (readers.size() > reader + kReadersShown)
        body << "<p class=\"pager\">"
             << link(self.arg("reader", std::to_string(reader + kReadersShown)), Html("more readers →"))
             << "</p>";
    body << "</section>";
    return {"Secrets", std::move(body)};
}

}  // namespace redshank
