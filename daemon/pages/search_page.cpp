// Any name: an id, a user, a Secret, a custom resource, a word of an incident.
#include <algorithm>

#include "daemon/pages/event_links.h"
#include "daemon/pages/incident_list.h"
#include "daemon/pages/layout.h"
#include "daemon/pages/site.h"
#include "daemon/questions/crds.h"
#include "daemon/questions/incidents.h"
#include "daemon/questions/names.h"
#include "daemon/questions/secrets.h"
#include "daemon/questions/seen.h"
#include "daemon/questions/why.h"
#include "detectors/crd/config.h"
#include "detectors/engine.h"

namespace redshank {

namespace {

constexpr size_t kFoundShown = 25, kShortest = 2;

bool has_word(const std::string& text, const std::string& word) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

bool is_about(const Incident& incident, const std::string& word) {
    const auto any = [&](const FirstNames& all) {
        return std::any_of(all.names.begin(), all.names.end(),
                           [&](const std::string& name) { return has_word(name, word); });
    };
    return incident.id.starts_with(word) || has_word(incident.summary, word) || any(incident.actors) ||
           any(incident.objects) || any(incident.kinds) || incident.cluster == word;
}

Html found_section(Html::Literal title, const Html& items, bool more) {
    if (items.empty()) return {};
    Html out("<section><h2>");
    out << title << "</h2><ul>" << items << "</ul>";
    if (more) out << "<p class=\"note\">There are more: give more of the name.</p>";
    return out << "</section>";
}

Html found_users(const StateReader& state, const std::string& word) {
    const NamesFound found = users_called(state, word, kFoundShown);
    Html items;
    for (const std::string& user : found.users)
        items << "<li>" << link(Url("/who").arg("user", user), user) << "</li>";
    return found_section("People and accounts", items, found.more_users);
}

Html found_secrets(const StateReader& state, const std::string& word) {
    Html items;
    size_t count = 0;
    for (const std::string& secret : seen_secrets(state)) {
        if (has_word(secret, word) && ++count <= kFoundShown)
            items << "<li>" << link(Url("/secrets").arg("secret", secret), secret) << "</li>";
    }
    return found_section("Secrets", items, count > kFoundShown);
}

Html found_resources(const PageAsked& asked, const StateReader& state, const std::string& word) {
    Html items;
    size_t count = 0;
    for (const crd::Report& report : custom_resources(state, asked.detectors.of<crd::Config>(), {})) {
        if (has_word(report.key.name(), word) && ++count <= kFoundShown)
            items << "<li>" << link(Url("/crds").arg("group", report.key.group), report.key.name()) << " ("
                  << report.verdict << ")</li>";
    }
    return found_section("Custom resources", items, count > kFoundShown);
}

}  // namespace

Page search_page(const PageAsked& asked) {
    const std::string& word = asked.arg("q");
    Html body("<h1>Search</h1>");
    if (word.size() < kShortest) {
        body << "<p class=\"nothing\">A user, namespace/name of a Secret, a custom resource, an id, a word: "
                "at least two "
                "characters.</p>";
        return {"Search", std::move(body)};
    }
    std::vector<const Incident*> about;
    for (const Incident* incident : asked.incidents.matching({})) {
        if (is_about(*incident, word)) about.push_back(incident);
    }
    const AllPartitions state = detectors_state(asked.store.state());
    Html found;
    if (finding_of_id(asked.store, word))
        found << "<p>" << link(Url("/findings") / word, word) << " is a finding.</p>";
    found << found_users(state, word) << found_secrets(state, word) << found_resources(asked, state, word);
    if (!about.empty())
        found << "<section><h2>Incidents <span class=\"count\">" << about.size() << "</span></h2>"
              << incident_list(about, 0, kFoundShown, asked.now) << "</section>";
    body << "<p>for " << word << "</p>";
    if (found.empty())
        body << "<p class=\"nothing\">Nothing of this name is in the state. In the logs: "
             << link(deeds_url(word, "", asked.now - std::chrono::hours{1}, asked.now),
                     Html("requests of the last hour from a user of exactly this name"))
             << ", " << link(event_url(word, "", ""), Html("the event of this audit id")) << ".</p>";
    body << found;
    return {"Search", std::move(body)};
}

}  // namespace redshank
