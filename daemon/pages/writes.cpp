#include "daemon/pages/writes.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "audit/utf8.h"
#include "core/finding/sentence.h"
#include "core/log.h"
#include "daemon/alerts/add_silence.h"
#include "daemon/incidents/say.h"
#include "daemon/pages/incident_list.h"
#include "daemon/questions/incidents.h"
#include "daemon/questions/said.h"

namespace redshank {

namespace {

constexpr size_t kLongestReason = 500;  // bytes

std::string field(const std::map<std::string, std::string>& form, const std::string& name) {
    const auto found = form.find(name);
    return found == form.end() ? "" : found->second;
}

std::string is_called(const std::string& user) {
    return user.empty() ? "somebody at the page" : user;
}

std::string silence_it(Store& store, const Incident& incident, const std::string& length,
                       const std::string& by, const std::string& because, audit::Time now) {
    const auto span = audit::parse_duration(length);
    if (!span || *span <= audit::Duration{} || *span > std::chrono::days{7}) return "how long: up to 7d";
    Silence silence{.starts = now, .ends = now + *span, .author = by, .comment = because};
    silence.matchers.push_back(parse_matcher("incident=" + incident.id));
    const std::string problem = add_silence(store, silence, now);
    if (problem.empty())
        log_notice("page: {} silenced incident {} for {} ({}): {}", by, incident.short_id(), length,
                   silence.id, because);
    return problem;
}

// Only silences of this incident are ended here; others concern more than its reader sees.
std::string end_silence(Store& store, const Incident& incident, const std::string& id, const std::string& by,
                        audit::Time now) {
    for (const Silence& silence : silences_of(store.state(), incident, now)) {
        if (silence.id != id) continue;
        const auto problem = expire_silence(store, id, now);
        if (problem && problem->empty())
            log_notice("page: {} ended the silence {} of incident {}", by, id, incident.short_id());
        return problem.value_or("this silence is over");
    }
    return "this silence is over";
}

std::string say_it(Store& store, const Incident& incident, SaidOfIncident::What what, const std::string& by,
                   const std::string& because, audit::Time now) {
    const std::string problem = say_of_incident(store, {incident.id, what, {now, by, because}});
    if (problem.empty())
        log_notice("page: {} {} incident {}: {}", by,
                   what == SaidOfIncident::What::Close ? "closed" : "acknowledged", incident.short_id(),
                   because);
    return problem;
}

// "https://host:1/x" is of "host:1".
bool is_of_host(std::string_view origin, std::string_view host) {
    const size_t scheme = origin.find("://");
    return scheme != origin.npos && !host.empty() && origin.substr(scheme + 3) == host;
}

Html form_begun(const PageAsked& asked, const Incident& incident, Html::Literal action) {
    Html out("<form method=\"post\" class=\"filter\" action=\"");
    return out << incident_url(incident.id) << "\"><input type=\"hidden\" name=\"token\" value=\""
               << asked.token << "\"><input type=\"hidden\" name=\"action\" value=\"" << action << "\">";
}

}  // namespace

std::string why_not_ours(const HttpQuery& query, const std::map<std::string, std::string>& form,
                         const std::string& token) {
    if (!query.fetch_site.empty() && query.fetch_site != "same-origin") return "not from a page of redshank";
    // With Referrer-Policy no-referrer a browser says "null" of our own pages too.
    if (!query.origin.empty() && query.origin != "null" && !is_of_host(query.origin, query.host))
        return "not from a page of redshank";
    const std::string shown = field(form, "token");
    const bool is_right = !token.empty() && shown.size() == token.size() &&
                          CRYPTO_memcmp(shown.data(), token.data(), token.size()) == 0;
    return is_right ? "" : "the page is too old, or of somebody else: load it again";
}

std::string carry_out(Store& store, const std::string& incident,
                      const std::map<std::string, std::string>& form, const std::string& user,
                      audit::Time now) {
    const std::vector<Incident> all = incidents_called(store.state(), incident);
    if (all.size() != 1 || incident.size() < 6) return "there is no incident of this id";
    if (!all.front().is_open()) return "this incident is over";
    const std::string action = field(form, "action"), by = is_called(user);
    const std::string because = audit::valid_utf8(field(form, "because").substr(0, kLongestReason));
    if (action == "ack")
        return say_it(store, all.front(), SaidOfIncident::What::Acknowledge, by, because, now);
    if (action == "expire") return end_silence(store, all.front(), field(form, "silence"), by, now);
    if (because.find_first_not_of(' ') == because.npos) return "say why";
    if (action == "close") return say_it(store, all.front(), SaidOfIncident::What::Close, by, because, now);
    if (action == "silence") return silence_it(store, all.front(), field(form, "for"), by, because, now);
    return "there is no such action";
}

Html silences_words(const PageAsked& asked, const Incident& incident) {
    Html out;
    for (const Silence& silence : silences_of(asked.store.state(), incident, asked.now)) {
        out << (out.empty() ? Html() : Html("<br>")) << "until " << moment_words(silence.ends) << " by "
            << silence.author << ": " << silence.comment << " "
            << command("redshank silence expire " + silence.id);
        if (asked.may_write && incident.is_open())
            out << form_begun(asked, incident, "expire") << "<input type=\"hidden\" name=\"silence\" value=\""
                << silence.id << "\"><button>End it</button></form>";
    }
    return out;
}

Html forms_of(const PageAsked& asked, const Incident& incident) {
    if (!incident.is_open()) return {};
    if (!asked.may_write)
        return Html(
            "<p class=\"note\">You may look, and act by command. To act here be named in <code>[pages] "
            "operators</code>.</p>");
    Html out("<section class=\"act\" aria-label=\"Act\"><h2>Act</h2>");
    out << form_begun(asked, incident, "ack")
        << "<label>Because <input name=\"because\" maxlength=\"500\"></label> <button>Acknowledge</button> "
           "<span class=\"note\">somebody looks after it</span></form>"
        << form_begun(asked, incident, "close")
        << "<label>Because <input name=\"because\" required maxlength=\"500\"></label> "
           "<button>Close</button> "
           "<span class=\"note\">it is over</span></form>"
        << form_begun(asked, incident, "silence")
        << "<label>Because <input name=\"because\" required maxlength=\"500\"></label> <label>for <select "
           "name=\"for\">"
           "<option value=\"1h\">1 hour</option><option value=\"4h\">4 hours</option><option value=\"1d\">1 "
           "day</option>"
           "<option value=\"7d\">7 days</option></select></label> <button>Silence</button> "
           "<span class=\"note\">receivers hear nothing of it</span></form>";
    return out << "</section>";
}

}  // namespace redshank
