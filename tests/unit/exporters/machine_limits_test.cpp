// Every limit of Alertmanager, the terminal, the journal and the webhook.
#include "exporters/finding_text.h"
#include "tests/unit/exporters/limits.h"

namespace redshank {
namespace {

namespace json = boost::json;
using std::chrono::minutes;
using test::expect_limit;
using test::finding_alert;
using test::Receivers;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const audit::Time kNow = test::kAlertTime;

// ---- Alertmanager

TEST(AlertmanagerLimits, CutEachText) {
    const Receivers receivers;
    const auto shown = [&](const char* pointer, auto set) {
        return [&receivers, pointer, set](const std::string& text) {
            return receivers.text("alertmanager", finding_alert([&](Finding& one) { set(one, text); }),
                                  pointer);
        };
    };
    expect_limit("label", 200,
                 shown("/0/labels/cluster", [](Finding& one, auto& text) { one.cluster = text; }));
    expect_limit("annotation", 4000,
                 shown("/0/annotations/grant", [](Finding& one, auto& text) { one.grant = text; }));
    // Steps are lines of up to 1000 bytes; those that are more than 4000 together are left out.
    const auto steps = [&](size_t last) {
        Alert alert = test::incident_alert();
        alert.incident->steps.clear();
        const size_t clock = std::string("2026-01-05 10:00:00Z ").size();
        for (size_t i = 0; i < 3; ++i)
            add_step(*alert.incident, {kNow, std::string(1000 - clock, 'x'), "f_1"});
        add_step(*alert.incident, {kNow, std::string(last - clock, 'y'), "f_2"});
        return receivers.text("alertmanager", alert, "/0/annotations/steps").size();
    };
    EXPECT_EQ(steps(997), 4000u);
    EXPECT_EQ(steps(998), 3002u);
    expect_limit("step", 1000 - std::string("2026-01-05 10:00:05Z ").size(), [&](const std::string& text) {
        Alert alert = test::incident_alert();
        alert.incident->steps = {{kNow, text, "f_1"}};
        return receivers.text("alertmanager", alert, "/0/annotations/steps");
    });
}

TEST(AlertmanagerLimits, AnAlertLastsFourMinutesAndNeverEndsBeforeItStarts) {
    const Receivers receivers;
    const auto times = [&](const Alert& alert) {
        return std::pair(receivers.text("alertmanager", alert, "/0/startsAt"),
                         receivers.text("alertmanager", alert, "/0/endsAt"));
    };
    Alert alert = finding_alert([](Finding& one) { one.first_seen = kNow - minutes{1}; });
    EXPECT_EQ(times(alert),
              std::pair(audit::format_time(kNow - minutes{1}), audit::format_time(kNow + minutes{4})));
    alert.finding.first_seen = kNow + minutes{9};  // a clock ahead
    EXPECT_EQ(times(alert),
              std::pair(audit::format_time(kNow + minutes{4}), audit::format_time(kNow + minutes{4})));
    alert.status = FindingStatus::Resolved;
    alert.finding.first_seen = kNow - minutes{2};
    alert.finding.time = kNow - minutes{1};
    EXPECT_EQ(times(alert),
              std::pair(audit::format_time(kNow - minutes{2}), audit::format_time(kNow - minutes{1})));
    alert.finding.time = kNow + minutes{1};
    EXPECT_EQ(times(alert).second, audit::format_time(kNow));
}

TEST(AlertmanagerLimits, EachMemberIsASinkWithTheWholeAddress) {
    const auto made = [](std::vector<std::string> urls) {
        std::vector<std::string> out;
        const Alert alert = alert_of(test::secret_read(), kNow);
        ReceiverConfig config{
            .name = "am", .type = "alertmanager", .own = AlertmanagerConfig{.urls = std::move(urls)}};
        for (const NamedSink& named : make_sinks(config))
            out.push_back(named.name + " " +
                          std::get<HttpRequest>(named.sink->render({&alert, 1}, kNow)).url);
        return out;
    };
    EXPECT_THAT(made({"http://a//"}), ElementsAre("am http://a/api/v2/alerts"));
    EXPECT_THAT(made({"http://a/api/v2/alerts/", "http://b/prefix"}),
                ElementsAre("am/1 http://a/api/v2/alerts", "am/2 http://b/prefix/api/v2/alerts"));
}

// ---- the terminal and the journal

TEST(FindingText, CutsEachText) {
    const auto line = [](const std::string& text, size_t number) {
        size_t at = 0;
        for (size_t i = 0; i < number; ++i) at = text.find('\n', at) + 1;
        return text.substr(at, text.find_last_not_of(' ', text.find('\n', at) - 1) + 1 - at);
    };
    const auto shown = [&](size_t number, auto set) {
        return [=](const std::string& text) {
            Finding finding = test::secret_read();
            set(finding, text);
            return line(finding_text(finding), number);
        };
    };
    expect_limit("cluster", 80, shown(0, [](Finding& one, auto& text) { one.cluster = text; }));
    expect_limit("kind", 80, shown(0, [](Finding& one, auto& text) { one.kind = text, one.cluster = ""; }));
    expect_limit("summary", 1000, shown(1, [](Finding& one, auto& text) { one.summary = text; }));
    expect_limit("reasons", 1000, shown(2, [](Finding& one, auto& text) { one.reasons[0].text = text; }));
    expect_limit("id", 80, shown(3, [](Finding& one, auto& text) {
                     one.id = text, one.count = 0, one.evidence.clear();
                 }));
    const std::string event = "    f_abcdefghijklmnopqrstuvwxyz; audit ";
    for (const size_t more : {0, 1}) {
        Finding long_names = test::secret_read();
        long_names.count = 0;
        long_names.evidence = {{std::string(80 + more, 'a'), kNow, std::string(200 + more, 's'), 7}};
        const bool is_cut = more > 0;
        EXPECT_EQ(line(finding_text(long_names), 3),
                  event + (is_cut ? std::string(48, 'a') + "… (33 more)" : std::string(80, 'a')) + " in " +
                      (is_cut ? std::string(168, 's') + "… (33 more)" : std::string(200, 's')) +
                      " at byte 7");
    }
    Finding finding = test::secret_read();
    finding.reasons.push_back({"n", "and more", ""});
    finding.count = 1;
    EXPECT_EQ(line(finding_text(finding), 2), "    why: the grant is to every authenticated user; and more");
    EXPECT_EQ(line(finding_text(finding), 3),
              "    f_abcdefghijklmnopqrstuvwxyz; 1 event; audit 0d5e in audit.log at byte 1234");
    finding.count = 2;
    EXPECT_THAT(line(finding_text(finding), 3), HasSubstr("; 2 events since 2026-01-05 10:00:01Z; audit"));
}

TEST(FindingText, NamesObjectsAsKubectlDoes) {
    const struct {
        FindingObject object;
        const char* name;
    } kCases[] = {
        {{"", "v1", "secrets", "", "shop", "db"}, "secrets shop/db"},
        {{"", "v1", "secrets", "", "shop", ""}, "secrets shop"},
        {{"", "v1", "nodes", "", "", "n1"}, "nodes n1"},
        {{"", "v1", "nodes", "", "", ""}, "nodes"},
        {{"apps", "v1", "deployments", "scale", "shop", "web"}, "deployments.apps/scale shop/web"},
    };
    for (const auto& [object, name] : kCases) {
        Finding finding;
        finding.object = object;
        EXPECT_EQ(object_name(finding), name);
    }
    EXPECT_EQ(object_name(Finding{}), "");
    EXPECT_EQ(actor_name(Finding{}), "");
    Finding nobody;
    nobody.actor.emplace();
    EXPECT_EQ(actor_name(nobody), "(unauthenticated)");
}

TEST(JournalLimits, CutEachTextAndOrderBySeverity) {
    const auto sinks = Receivers().sinks("journald");
    const auto field = [&](const Alert& alert, const std::string& name) {
        const auto entry = std::get<JournalEntry>(sinks[0].sink->render({&alert, 1}, kNow));
        for (const auto& [key, value] : entry.fields) {
            if (key == name) return value;
        }
        return std::string("none");
    };
    expect_limit("message", 4000, [&](const std::string& text) {
        return field(finding_alert([&](Finding& one) { one.summary = text; }), "MESSAGE");
    });
    std::vector<std::string> priorities;
    for (const Severity severity :
         {Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical}) {
        const Alert alert = finding_alert([&](Finding& one) { one.severity = severity; });
        priorities.push_back(field(alert, "PRIORITY"));
    }
    EXPECT_THAT(priorities, ElementsAre("6", "5", "4", "3", "2"));
    Alert alert = alert_of(test::secret_read(), kNow);
    EXPECT_EQ(field(alert, "REDSHANK_DO_FIRST").find("\n"), std::string::npos);
    EXPECT_THAT(field(alert, "REDSHANK_DO_FIRST"), HasSubstr(")  2. "));
    EXPECT_EQ(field(alert, "REDSHANK_TURN"), "none");
    alert.test = true;
    EXPECT_THAT(field(alert, "MESSAGE"), ::testing::StartsWith("TEST: mallory"));
}

TEST(JournalLimits, EachFieldIsThere) {
    const auto sinks = Receivers().sinks("journald");
    const Alert alert = test::incident_alert();
    const auto entry = std::get<JournalEntry>(sinks[0].sink->render({&alert, 1}, kNow));
    std::vector<std::string> fields;
    for (const auto& [key, value] : entry.fields) {
        if (key.find("DO_FIRST") == key.npos && key.find("JSON") == key.npos)
            fields.push_back(key + "=" + value);
    }
    EXPECT_THAT(
        fields,
        ElementsAre("MESSAGE=mallory read secret payments/db-main, which everyone may read since 09:58.",
                    "MESSAGE_ID=a942cb225d9369388bfe404348cae3ad", "PRIORITY=2", "SYSLOG_IDENTIFIER=redshank",
                    "REDSHANK_FINDING=f_abcdefghijklmnopqrstuvwxyz", "REDSHANK_DETECTOR=secret_exposure",
                    "REDSHANK_KIND=secret-read-unprotected", "REDSHANK_SEVERITY=critical",
                    "REDSHANK_STATUS=firing", "REDSHANK_CLUSTER=prod-eu", "REDSHANK_USER=mallory",
                    "REDSHANK_OBJECT=secrets payments/db-main",
                    "REDSHANK_WHY_IT_MATTERS=What was read must be taken as known to others.",
                    "REDSHANK_INCIDENT=i_abcdefghijklmnopqrstuvwxyz", "REDSHANK_INCIDENT_SEVERITY=critical",
                    "REDSHANK_TURN=opened"));
}

// ---- webhook

std::string key_problem(const std::string& key) {
    const test::TempDir folder;
    test::write_file(folder.file("secret"), key + "\n");
    try {
        make_sinks(
            {.name = "r",
             .type = "webhook",
             .own = WebhookConfig{.target = {.url = "http://h"}, .secret_files = {folder.file("secret")}}});
    } catch (const ReceiverError& error) {
        const std::string text = error.what();
        return text.substr(text.rfind(": ") + 2);
    }
    return "";
}

TEST(WebhookLimits, AKeyHasTwentyFourToSixtyFourBytes) {
    const char* form = "must be whsec_ followed by base64";
    const char* size = "must hold a key of 24 to 64 bytes";
    const auto base64 = [](size_t quads, const char* end) {
        std::string out;
        for (size_t i = 0; i < quads; ++i) out += "AAAA";
        return out + end;
    };
    const std::pair<std::string, const char*> kCases[] = {
        {"whsec_" + base64(7, "AAA="), size},   // 23
        {"whsec_" + base64(8, ""), ""},         // 24
        {base64(8, ""), ""},                    // without the prefix
        {"whsec_" + base64(8, "AA=="), ""},     // 25
        {"whsec_" + base64(7, "AA=="), size},   // 22
        {"whsec_" + base64(21, ""), ""},        // 63
        {"whsec_" + base64(21, "AA=="), ""},    // 64
        {"whsec_" + base64(21, "AAA="), size},  // 65
        {"whsec_" + base64(8, "A"), form},
        {"whsec_" + base64(8, "AA"), form},
        {"whsec_" + base64(8, "AAA"), form},
        {"whsec_" + base64(8, "!!!!"), form},
        {"whsec_", size},
    };
    for (const auto& [key, problem] : kCases) EXPECT_EQ(key_problem(key), problem) << key;
}

class WebhookBody {
  public:
    static std::string text(const Alert& alert) {
        const auto sinks =
            make_sinks({.name = "r", .type = "webhook", .own = WebhookConfig{.target = {.url = "http://h"}}});
        return std::get<HttpRequest>(sinks[0].sink->render({&alert, 1}, kNow)).body;
    }
    static json::object of(const Alert& alert) { return json::parse(text(alert)).as_object(); }
};

// Bodies below 20 kB are whole; longer ones are cut only as far as it takes.
TEST(WebhookLimits, ABodyStaysBelowTwentyThousandBytes) {
    const auto with = [](size_t summary) {
        return finding_alert([&](Finding& one) { one.summary = std::string(summary, 's'); });
    };
    const size_t frame = WebhookBody::text(with(0)).size();
    const size_t most = 19'999 - frame;
    EXPECT_EQ(WebhookBody::text(with(most)).size(), 19'999u);
    EXPECT_FALSE(WebhookBody::of(with(most)).at("alert").as_object().contains("cut"));
    const json::object cut = WebhookBody::of(with(most + 1));
    EXPECT_TRUE(cut.at("alert").at("cut").as_bool());
    EXPECT_EQ(cut.at("summary").as_string().size(), 2000u - 32 + std::string("… (17000 more)").size());
}

TEST(WebhookLimits, ListsKeepTheirEndsAndTextsTheirBeginning) {
    const auto shown = [](size_t items, size_t size) {
        const json::object body = WebhookBody::of(finding_alert([&](Finding& one) {
            one.reasons.clear();
            for (size_t i = 0; i < items; ++i)
                one.reasons.push_back({std::to_string(i), std::string(size, 'r'), ""});
            one.evidence.assign(1, {"e", one.time, "audit.log", 7});
        }));
        std::vector<int> names;
        for (const json::value& reason : body.at("reasons").as_array())
            names.push_back(std::stoi(reason.at("name").as_string().c_str()));
        const size_t text = body.at("reasons").as_array().at(0).at("text").as_string().size();
        return std::tuple(names.size(), names.front(), names.back(), text);
    };
    const auto whole = [](size_t items, size_t size) {
        return std::tuple(items, 0, static_cast<int>(items) - 1, size);
    };
    EXPECT_EQ(shown(9, 2000), whole(9, 2000));                // 18 kB
    EXPECT_EQ(shown(21, 875), std::tuple(20u, 0, 20, 875u));  // one of 21 is left out
    EXPECT_EQ(shown(20, 875), whole(20, 875));
    EXPECT_EQ(shown(20, 1000), std::tuple(10u, 0, 19, 500u - 32 + std::string("… (532 more)").size()));
    EXPECT_EQ(shown(50, 100'000), std::tuple(10u, 0, 49, 500u - 32 + std::string("… (99532 more)").size()));
}

// What a hostile event is made of many texts: then each is short, and the lists too.
TEST(WebhookLimits, TheLastCutsAreTheShortest) {
    Alert alert = test::incident_alert();
    alert.incident->steps.clear();
    for (int i = 0; i < 20; ++i)
        add_step(*alert.incident, {kNow, std::string(3000, 's'), std::string(3000, 'f')});
    for (FirstNames* list : {&alert.incident->actors, &alert.incident->objects, &alert.incident->kinds,
                             &alert.incident->mitre}) {
        *list = {};
        for (int i = 0; i < 16; ++i) list->add(std::to_string(i) + std::string(3000, 'n'));
    }
    alert.finding.reasons.assign(8, {std::string(3000, 'n'), std::string(3000, 't'), std::string(3000, 'v')});
    const json::object body = WebhookBody::of(alert);
    const json::value& incident = body.at("incident");
    EXPECT_EQ(incident.at("steps").as_array().size(), 6u);
    EXPECT_EQ(incident.at("actors").as_array().size(), 6u);
    EXPECT_EQ(incident.at("actors").as_array().back().as_string().subview(0, 3), "15n");
    EXPECT_EQ(incident.at("steps").as_array()[0].at("text").as_string().size(),
              200u - 32 + std::string("… (2832 more)").size());
    alert.finding.also.assign(8, std::string(3000, 'a'));
    alert.finding.mitre.assign(8, std::string(3000, 'm'));
    alert.finding.evidence.assign(
        8, {std::string(3000, 'e'), kNow, std::string(3000, 'e'), 1, std::string(3000, 'g')});
    alert.finding.actor = FindingActor{
        std::string(3000, 'u'), std::string(3000, 'u'), std::vector<std::string>(20, std::string(3000, 'g')),
        std::string(3000, 'i'), std::string(3000, 'i'), std::string(3000, 'i')};
    const json::object more = WebhookBody::of(alert);
    EXPECT_EQ(more.at("incident").at("steps").as_array().size(), 4u);
    EXPECT_EQ(more.at("summary").as_string().size(), 64u - 32 + std::string("… (38 more)").size());
    EXPECT_LT(WebhookBody::text(alert).size(), 20'000u);
}

}  // namespace
}  // namespace redshank
