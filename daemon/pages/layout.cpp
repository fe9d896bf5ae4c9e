#include "daemon/pages/layout.h"

#include <algorithm>
#include <array>

#include "core/finding/sentence.h"
#include "core/finding/text.h"
#include "core/version.h"
#include "daemon/questions/last_access.h"

namespace redshank {

namespace {

struct NavView {
    Html::Literal path, name;
    std::string_view begin;  // of the paths that are its own
};

constexpr std::array kNavViews{NavView{"/", "Now", ""},
                               NavView{"/incidents", "Incidents", "/incidents"},
                               NavView{"/who", "Who", "/who"},
                               NavView{"/secrets", "Secrets", "/secrets"},
                               NavView{"/crds", "CRDs", "/crds"},
                               NavView{"/rules", "Rules", "/rules"},
                               NavView{"/policy", "Policy", "/policy"}};

bool is_at(const NavView& view, std::string_view path) {
    return view.begin.empty() ? path == "/" : path.starts_with(view.begin);
}

Html navigation(std::string_view path) {
    Html out("<nav aria-label=\"Views\"><ul>");
    for (const NavView& view : kNavViews) {
        out << "<li><a href=\"" << view.path << "\"";
        if (is_at(view, path)) out << " aria-current=\"page\"";
        out << ">" << view.name << "</a></li>";
    }
    return out << "</ul></nav>";
}

}  // namespace

std::string document(const Page& page, std::string_view path) {
    Html out(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta name=\"color-scheme\" content=\"light dark\">"
        "<link rel=\"icon\" href=\"data:,\">"
        "<link rel=\"stylesheet\" href=\"/pages.css\"><script src=\"/pages.js\" defer></script><title>");
    out << page.title
        << " · redshank</title></head><body><a class=\"skip\" href=\"#main\">Skip to the content</a>\n"
        << "<header><a class=\"brand\" href=\"/\">redshank</a>" << navigation(path)
        << "<form method=\"get\" action=\"/search\" role=\"search\"><input type=\"search\" name=\"q\" "
           "aria-label=\"Search any name\" placeholder=\"Search any name\"></form></header>\n"
        << "<main id=\"main\" tabindex=\"-1\">" << page.body << "</main>\n<footer><p>redshank "
        << std::string_view(version()) << " · times are UTC</p></footer></body></html>\n";
    return out.str();
}

Html badge(Severity severity) {
    switch (severity) {
        case Severity::Critical:
            return Html(
                "<span class=\"badge critical\"><span aria-hidden=\"true\">▲▲</span> critical</span>");
        case Severity::High:
            return Html("<span class=\"badge high\"><span aria-hidden=\"true\">▲</span> high</span>");
        case Severity::Medium:
            return Html("<span class=\"badge medium\"><span aria-hidden=\"true\">◆</span> medium</span>");
        case Severity::Low:
            return Html("<span class=\"badge low\"><span aria-hidden=\"true\">▽</span> low</span>");
        case Severity::Info:
            break;
    }
    return Html("<span class=\"badge info\"><span aria-hidden=\"true\">·</span> info</span>");
}

Facts& Facts::add(Html::Literal name, const Html& value) {
    return add_named(name.text(), value);
}

Facts& Facts::add_named(std::string_view name, const Html& value) {
    if (!value.empty()) rows_ << "<div><dt>" << name << "</dt><dd>" << value << "</dd></div>";
    return *this;
}

Html Facts::done() const {
    if (rows_.empty()) return {};
    return Html() << "<dl class=\"facts\">" << rows_ << "</dl>";
}

HtmlTable::HtmlTable(const std::vector<std::string>& headers) : headers_(headers) {}

void HtmlTable::row(const std::vector<Html>& cells) {
    rows_ << "<tr>";
    // Where there is little room each cell stands below the other, with its header before it.
    for (size_t i = 0; i < cells.size(); ++i)
        rows_ << "<td data-header=\"" << headers_[i] << "\">" << cells[i] << "</td>";
    rows_ << "</tr>";
}

Html HtmlTable::done() const {
    Html out("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
    for (const std::string& header : headers_) out << "<th scope=\"col\">" << header << "</th>";
    return out << "</tr></thead><tbody>" << rows_ << "</tbody></table></div>";
}

std::string header_words(std::string_view header) {
    std::string out(header);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return capital(out);
}

Html caveat_notes(const std::vector<Caveat>& unseen) {
    Html out;
    for (const Caveat& caveat : unseen) out << "<p class=\"note\">" << caveat.text << "</p>";
    return out;
}

Html cluster_field(const StateReader& state, const std::string& chosen) {
    const std::vector<WatchedRow> all = watched_clusters(state, "");
    if (all.size() < 2 && chosen.empty()) return {};
    Html out(" <label>Cluster <select name=\"cluster\"><option value=\"\">all</option>");
    for (const WatchedRow& one : all)
        out << "<option" << (one.cluster == chosen ? Html(" selected") : Html()) << ">" << one.cluster
            << "</option>";
    return out << "</select></label>";
}

Html pager(const Url& page, size_t from, size_t most, size_t all) {
    if (all <= most && from == 0) return {};
    const size_t last = std::min(from + most, all);
    Html out("<p class=\"pager\">");
    const auto to = [&](size_t start) {
        Url url = page;
        return url.arg("from", std::to_string(start));
    };
    if (from > 0) out << link(to(from > most ? from - most : 0), Html("← newer")) << " ";
    if (from < last) {
        out << from + 1 << " to " << last << " of " << all;
    } else {
        out << "none of " << all;
    }
    if (last < all) out << " " << link(to(last), Html("more →"));
    return out << "</p>";
}

}  // namespace redshank
