#include "daemon/config/config.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "detectors/access/config.h"
#include "detectors/crd/config.h"
#include "detectors/secrets/config.h"
#include "tests/support/corpus.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using ::testing::HasSubstr;

TEST(Config, EveryKeyHasADefault) {
    const Config config = parse_config("", "x.toml");
    EXPECT_EQ(config.http.listen, "127.0.0.1:9465");
    EXPECT_TRUE(config.sources.empty());
    EXPECT_EQ(config.detectors.of<crd::Config>().general.objective, 0.99);
}

TEST(Config, ReadsTheExampleOfTheContract) {
    const Config config = parse_config(R"(
cluster = "prod-eu"
state_dir = "/var/lib/redshank"
[[source]]
type = "file"
path = "/var/log/kubernetes/audit/audit.log"
start = "checkpoint"
[http]
listen = "127.0.0.1:9465"
[detectors.secret_exposure]
enabled = true
[[detectors.secret_exposure.protect]]
secrets = ["payments/db-*"]
readers = ["system:serviceaccount:payments:db-operator", "group:platform-oncall"]
severity = "critical"
[detectors.unusual_access]
learning = "3d"
budget_per_day = 3
[detectors.crd_health]
objective = 0.99
resources = ["widgets.example.com"]
[[detectors.crd_health.override]]
resources = ["*.lab.example"]
min_failures = 50
grace = "1h"
[[detectors.crd_health.override.burn]]
long = "2h"
short = "10m"
rate = 3
level = "degraded"
)",
                                       "x.toml");
    ASSERT_EQ(config.sources.size(), 1u);
    EXPECT_EQ(config.sources[0].cluster, "prod-eu");
    ASSERT_EQ(config.detectors.of<secrets::Config>().protect.size(), 1u);
    EXPECT_EQ(config.detectors.of<secrets::Config>().protect[0].readers.size(), 2u);
    EXPECT_EQ(config.detectors.of<access::Config>().learning, std::chrono::days{3});
    ASSERT_EQ(config.detectors.of<crd::Config>().overrides.size(), 1u);
    const crd::Override& given = config.detectors.of<crd::Config>().overrides[0];
    EXPECT_EQ(given.settings.min_failures, 50);
    EXPECT_EQ(given.settings.grace, std::chrono::hours{1});
    ASSERT_EQ(given.settings.burn.size(), 1u);
    EXPECT_EQ(given.settings.burn[0].level, crd::Level::Degraded);
    EXPECT_EQ(config.detectors.of<crd::Config>().general.burn.size(), 3u);
}

std::string error_of(std::string_view text) {
    try {
        parse_config(text, "x.toml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no error";
}

TEST(Config, SaysWhatIsWrongWhereAndWhatIsAllowed) {
    const std::pair<const char*, const char*> cases[] = {
        {"clustre = \"a\"", "x.toml:1:1: unknown key 'clustre'; did you mean 'cluster'?"},
        {"a = 1\nb = [", "x.toml:2:"},
        {"cluster = 5", "x.toml:1:11: cluster: must be a string in quotes"},
        {"[http]\nlisten = true", "x.toml:2:10: http.listen: must be a string in quotes"},
        {"[[source]]\ntype = \"files\"\npath = \"a\"", "'files' is not allowed; one of: "},
        {"[[source]]\n", "source.path: is needed"},
        {"[detectors.unusual_access]\nlearning = \"3 days\"",
         "x.toml:2:12: detectors.unusual_access.learning: write a"},
        {"[detectors.crd_health]\nobjective = 2", "must be a number from 0.5 to 0.99999"},
        {"[detectors.crd_health]\nresources = \"a\"", "must be a list of strings"},
        {"[detectors.crd_health]\nenabled = 1", "must be true or false"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"a\"]", "'a' must be namespace/name"},
        {"[[receiver]]\nname = \"a\"\ntype = \"stdout\"\n[[receiver]]\nname = \"a\"\ntype = \"stdout\"",
         "two receivers are called 'a'"},
        {"[[receiver]]\nname = \"a\"\ntype = \"stdout\"\nmin_severity = \"warn\"",
         "one of: info, low, medium"},
        {"http = 3", "must be a table: [http]"},
    };
    for (const auto& [text, expected] : cases) EXPECT_THAT(error_of(text), HasSubstr(expected)) << text;
}

TEST(Config, ReadsWhatIsNormalAndUntilWhen) {
    const Config config = parse_config(R"(
[detectors.unusual_access]
learning = "90s"
disable = ["off-hours"]
trusted_proxies = ["10.0.0.0/8"]
[[detectors.unusual_access.suppress]]
actor = "backup"
behaviour = "list secrets"
expires = "2027-01-01"
)",
                                       "x.toml");
    const access::Config& access = config.detectors.of<access::Config>();
    EXPECT_EQ(access.learning, std::chrono::seconds{90});
    ASSERT_EQ(access.suppress.size(), 1U);
    EXPECT_EQ(access.suppress[0].namespace_, "*");
    EXPECT_EQ(access.suppress[0].expires, audit::parse_time("2027-01-01T00:00:00Z"));
}

TEST(Config, RefusesToSuppressEverything) {
    try {
        parse_config("[[detectors.unusual_access.suppress]]\nexpires = \"2027-01-01\"\n", "x.toml");
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("this would suppress everything"));
    }
}

TEST(Config, DurationsHaveASensibleRange) {
    const std::string table = "[detectors.unusual_access]\nlearning = ";
    for (const char* length : {"3650d", "0s", "87600h"}) {
        EXPECT_EQ(error_of(table + '"' + length + '"'), "no error") << length;
    }
    for (const char* length : {"3651d", "200000000d", "3650d1ms"}) {
        EXPECT_THAT(error_of(table + '"' + length + '"'),
                    HasSubstr("x.toml:2:12: detectors.unusual_access.learning: must be from 0s to 3650d"))
            << length;
    }
    EXPECT_THAT(error_of("[[detectors.crd_health.burn]]\nlong = \"4d\""), HasSubstr("must be from 1m to 3d"));
    EXPECT_THAT(error_of("[[detectors.crd_health.burn]]\nshort = \"59s\""),
                HasSubstr("must be from 1m to 3d"));
}

// Values that would fail later, or go unnoticed for long.
TEST(Config, RefusesWhatCannotWork) {
    const std::string hook = "[[receiver]]\nname = \"a\"\ntype = \"webhook\"\n";
    const std::string members = "[[receiver]]\nname = \"a\"\ntype = \"alertmanager\"\n";
    const std::string listen = "must be an IP address and a port, e.g. \"127.0.0.1:9465\" or \"[::1]:9465\"";
    const auto blank = [](int at) {
        return "has a blank as character " + std::to_string(at) +
               ", which no URL holds; take it out, or write it as %20";
    };
    const std::pair<std::string, std::string> cases[] = {
        {"[http]\nlisten = \"127.0.0.1\"", "x.toml:2:10: http.listen: " + listen},
        {"[http]\nlisten = \"localhost:80\"", "x.toml:2:10: http.listen: " + listen},
        {"[http]\nlisten = \"[::1]:0\"", "no error"},
        {hook + "url = \"https://example.org/a b\"", "x.toml:4:7: receiver.url: " + blank(22)},
        {hook + "url = \" https://example.org\"",
         "x.toml:4:7: receiver.url: must begin with https:// or http://"},
        {hook + "url = \"ftp://example.org\"",
         "x.toml:4:7: receiver.url: must begin with https:// or http://"},
        {hook + "url = \"https://:8080/x\"",
         "x.toml:4:7: receiver.url: names no host; write http://HOST:PORT/PATH"},
        {hook + "url = \"https://h:99999\"",
         "x.toml:4:7: receiver.url: has a port that is no number from 1 to 65535"},
        {hook + "url = \"https://[::1]:8443/x?y=%20\"", "no error"},
        {hook + "proxy = \"proxy:3128\"", "x.toml:4:9: receiver.proxy: must begin with https:// or http://"},
        {members + "urls = [\"http://a\", \"http://b \"]", "x.toml:4:8: receiver.urls: " + blank(9)},
        {hook + hook, "x.toml:5:8: receiver.name: two receivers are called 'a'; names must differ"},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(error_of(text), expected) << text;
}

TEST(Config, ALogIsReadByOneSource) {
    const test::TempDir folder;
    const std::string log = folder.file("audit.log"), link = folder.file("link.log");
    test::write_file(log, "");
    std::filesystem::create_symlink(log, link);
    const std::string absent = folder.file("absent.log");
    const auto two = [](const std::string& one, const std::string& other) {
        return error_of("[[source]]\npath = \"" + one + "\"\n[[source]]\ntype = \"file\"\npath = \"" + other +
                        "\"\n");
    };
    const auto twice = [](const std::string& path) {
        return "x.toml:5:8: source.path: " + path +
               " is read by the source at x.toml:2:8 already, and each of its events would count twice; take "
               "one of them out";
    };
    const std::string real = std::filesystem::canonical(log);
    EXPECT_EQ(two(log, log), twice(real));
    EXPECT_EQ(two(log, folder.file("x/../audit.log")), twice(real));
    EXPECT_EQ(two(log, link), twice(real));
    EXPECT_EQ(two(link, log), twice(real));
    EXPECT_EQ(two(absent, absent), twice(std::filesystem::weakly_canonical(absent)));
    EXPECT_EQ(two(log, absent), "no error");

    const std::string hard = folder.file("hard.log");
    std::filesystem::create_hard_link(log, hard);
    EXPECT_EQ(
        two(log, hard),
        "x.toml:5:8: source.path: is the file that the source at x.toml:2:8 reads under another name (a hard "
        "link), and each of its events would count twice; take one of them out");
    // One of them is a rotated file of the other; it need not be there.
    EXPECT_THAT(two(log, log + ".1"),
                HasSubstr("x.toml:5:8: source.path: is called as a rotated file of the log that "
                          "the source at x.toml:2:8 reads"));
    EXPECT_THAT(
        two(folder.file("audit-20261123.log"), log),
        HasSubstr(
            "x.toml:5:8: source.path: the log that the source at x.toml:2:8 reads is called as a rotated"));
    EXPECT_EQ(two(log, folder.file("audit-2.log")), "no error");
    EXPECT_EQ(two(log, folder.file("x/audit.log.1")), "no error");
}

TEST(Config, APortHasOneListener) {
    const auto hook = [](const std::string& listen) {
        return "[[source]]\ntype = \"webhook\"\nlisten = \"" + listen +
               "\"\ncert_file = \"c\"\nkey_file = \"k\"\ntoken_file = \"t\"\n";
    };
    const auto pages = [&](const std::string& one, const std::string& other) {
        return error_of(hook(one) + "[http]\nlisten = \"" + other + "\"\n");
    };
    EXPECT_EQ(pages("10.0.0.1:9443", "10.0.0.1:9443"),
              "x.toml:8:10: http.listen: the pages are at 10.0.0.1:9443, and the source at x.toml:3:10 "
              "listens there "
              "too; give one of them another port");
    for (const auto& [one, other] :
         {std::pair("0.0.0.0:1", "10.0.0.1:1"), std::pair("10.0.0.1:1", "0.0.0.0:1"),
          std::pair("[::]:1", "10.0.0.1:1"), std::pair("[::]:1", "[::1]:1")})
        EXPECT_THAT(pages(one, other), HasSubstr("listens there too")) << one << ' ' << other;
    for (const auto& [one, other] :
         {std::pair("0.0.0.0:1", "10.0.0.1:2"), std::pair("10.0.0.1:1", "10.0.0.2:1"),
          std::pair("0.0.0.0:1", "[::1]:1")})
        EXPECT_EQ(pages(one, other), "no error") << one << ' ' << other;
    EXPECT_THAT(
        error_of(hook("0.0.0.0:9465")),
        HasSubstr("x.toml:1:1: http: the pages are at 127.0.0.1:9465, and the source at x.toml:3:10"));
    EXPECT_THAT(
        error_of(hook("0.0.0.0:1") + hook("127.0.0.1:1")),
        HasSubstr("x.toml:9:10: source.listen: the source at x.toml:3:10 listens at 0.0.0.0:1 already"));
    EXPECT_THAT(error_of(hook("127.0.0.1:0")),
                HasSubstr("x.toml:3:10: source.listen: port 0 is another one at each"));
}

TEST(Config, ARuleThatIsNamedIsThere) {
    const auto loaded = [](const std::string& text) -> std::string {
        try {
            Config config = parse_config("[rules]\n" + text, "x.toml");
            load_rules(config.detectors);
            return "no error";
        } catch (const std::exception& error) {
            return error.what();
        }
    };
    EXPECT_EQ(loaded("disable = [\"nothing-of-ours\"]\n"),
              "x.toml:2:11: rules.disable: no rule has the id nothing-of-ours");
    EXPECT_EQ(loaded("packs = [\"nothing-of-ours\"]\n"),
              "x.toml:2:9: rules.packs: there is no pack nothing-of-ours");
    EXPECT_EQ(loaded("files = [\"/nowhere/a.toml\"]\n"),
              "x.toml:2:9: rules.files: /nowhere/a.toml does not exist");
}

TEST(Config, TheFilesThatItNamesAreTriedBeforeAnythingBegins) {
    const test::TempDir folder;
    test::write_file(folder.file("url"), "https://example.org/a b");
    const std::string source = "[[source]]\npath = \"" + folder.file("audit.log") + "\"\n";
    const std::string chat = "[[receiver]]\nname = \"chat\"\ntype = \"slack\"\n";
    const auto checked = [](const std::string& text) -> std::string {
        try {
            Config config = parse_config(text, "x.toml");
            return std::to_string(check(config)) + " warnings";
        } catch (const ConfigError& error) {
            return error.what();
        }
    };
    EXPECT_EQ(checked(source), "0 warnings");
    EXPECT_EQ(checked(""),
              "x.toml:1:1: no source is configured; add a [[source]] with the path of the audit log");
    EXPECT_EQ(checked(source + chat), "x.toml:3:1: receiver \"chat\": needs url_file or url");
    EXPECT_EQ(checked(source + chat + "url_file = \"" + folder.file("url") + "\"\n"),
              "x.toml:3:1: receiver \"chat\": the URL has a blank as character 22, which no URL holds; take "
              "it out, "
              "or write it as %20");

    ::testing::internal::CaptureStderr();
    EXPECT_EQ(checked(source + "[rules]\nfiles = [\"" + folder.file("*.toml") + "\"]\n"), "1 warnings");
    EXPECT_THAT(
        ::testing::internal::GetCapturedStderr(),
        HasSubstr("x.toml:4:9: rules.files: \"" + folder.file("*.toml") +
                  "\" matches no file that can be read, so no rule comes from it; put rules there, or "
                  "correct the path\n"));
}

// A table in which `type` decides the allowed keys.
TEST(ConfigTable, AKeyOfAnotherTypeIsAnErrorThatNamesItsTypes) {
    std::string type;
    int64_t size = 1;
    const auto read_root = [&](ConfigTable& table) {
        table.read("type", type);
        table.read_as(type, {{"red", [&](ConfigTable& own) { own.read("size", size, 1, 9); }},
                             {"blue", [&](ConfigTable& own) { own.read("depth", size, 1, 9); }},
                             {"green", [&](ConfigTable& own) { own.read("depth", size, 1, 9); }}});
    };
    const auto error = [&](std::string_view text) {
        try {
            read_config(text, "x.toml", read_root);
        } catch (const ConfigError& problem) {
            return std::string(problem.what());
        }
        return std::string();
    };
    EXPECT_EQ(error("type = \"red\"\nsize = 3"), "");
    EXPECT_EQ(size, 3);
    EXPECT_EQ(error("type = \"blue\"\ndepth = 4"), "");
    EXPECT_EQ(size, 4);
    EXPECT_EQ(
        error("type = \"red\"\ndepth = 3"),
        "x.toml:2:9: depth: is a key of type blue, green, and this is of type red; take it out, or correct "
        "the type");
    EXPECT_THAT(error("type = \"red\"\nsise = 3"), HasSubstr("unknown key 'sise'; did you mean 'size'?"));
    EXPECT_EQ(size, 4);
}

TEST(ConfigTable, ListsKeysWithTheirDefaults) {
    std::vector<std::string> keys;
    for (const ConfigKey& key : config_keys()) {
        keys.push_back(key.table + "." + key.name + " = " + key.standard);
    }
    for (const char* expected :
         {"detectors.secret_exposure.enabled = true", "detectors.secret_exposure.by_grant = \"auto\"",
          "detectors.secret_exposure.protect.severity = \"critical\"",
          "detectors.unusual_access.learning = \"3d\"", "detectors.unusual_access.max_rows = 100000",
          "detectors.unusual_access.min_bits = 4", "detectors.unusual_access.suppress.actor = \"*\"",
          "detectors.crd_health.objective = 0.99", "detectors.crd_health.burn.level = \"failing\"",
          "detectors.crd_health.override.burn.short = \"5m\"", "rules.packs = [\"kubernetes\"]",
          "http.listen = \"127.0.0.1:9465\"", "receiver.queue_limit = 1000", "receiver.cloudevents = false",
          "source.max_size_mb = 100", "alerts.inhibit_for = \"5m\""}) {
        EXPECT_THAT(keys, ::testing::Contains(expected));
    }
}

// The keys in docs/configuration.md: rows "| `key`, `other` |" below headings "## `[http]`" or
// "`[[detectors.crd_health.burn]]`: …".
std::set<std::string> described_keys() {
    const test::Log document(std::filesystem::path(REDSHANK_SOURCE_DIR) / "docs/configuration.md");
    std::istringstream lines{std::string(document.text())};
    std::set<std::string> keys;
    std::string table, line;
    while (std::getline(lines, line)) {
        if (line.starts_with("## Top level")) table.clear();
        if (line.starts_with("## `[") || line.starts_with("`[[")) {
            const size_t begin = line.find_first_not_of("[", line.find('[')), end = line.find(']');
            table = line.substr(begin, end - begin) + ".";
        }
        if (!line.starts_with("| `")) continue;
        const std::string cell = line.substr(2, line.find(" |", 2) - 2);
        for (size_t at = cell.find('`'); at != cell.npos; at = cell.find('`', cell.find('`', at + 1) + 1)) {
            keys.insert(table + cell.substr(at + 1, cell.find('`', at + 1) - at - 1));
        }
    }
    return keys;
}

TEST(ConfigDocument, NamesEveryKeyInItsTableAndNoOther) {
    std::set<std::string> read;
    for (const ConfigKey& key : config_keys()) {
        std::string name = key.table.empty() ? key.name : key.table + "." + key.name;
        // An override's windows have the keys of the general windows.
        if (key.table == "detectors.crd_health.override.burn") name = key.table;
        read.insert(name);
    }
    EXPECT_EQ(described_keys(), read);
}

TEST(Config, ReportsEveryMistakeAtOnce) {
    const std::string errors = error_of("clustre = \"a\"\nstate_dri = \"b\"\n");
    EXPECT_THAT(errors, HasSubstr("clustre"));
    EXPECT_THAT(errors, HasSubstr("state_dri"));
}

TEST(Config, NamesAFileThatCannotBeRead) {
    EXPECT_THROW(load_config("/nonexistent/x.toml"), ConfigError);
    EXPECT_THROW(load_config("/"), ConfigError);
}

// Each key of a receiver, with each type that does not allow it.
TEST(Config, AKeyOfAnotherTypeOfReceiverIsAnErrorThatNamesItsTypes) {
    const std::map<std::string, std::set<std::string>> owners{
        {"url_file = 'x'", {"webhook", "slack", "teams", "pagerduty", "alertmanager"}},
        {"urls = ['http://127.0.0.1:1']", {"alertmanager"}},
        {"routing_key_file = 'x'", {"pagerduty"}},
        {"secret_files = ['x']", {"webhook"}},
        {"authorization_file = 'x'", {"webhook", "alertmanager"}},
        {"change_events = true", {"pagerduty"}},
        {"cloudevents = true", {"webhook"}},
        {"topic = 'x'", {"kafka"}},
        {"path = '/x'", {"journald"}}};
    for (const auto& [key, types] : owners) {
        for (const std::string type :
             {"stdout", "webhook", "slack", "teams", "pagerduty", "alertmanager", "journald"}) {
            std::string problem;
            try {
                parse_config("[[receiver]]\nname = 'r'\ntype = '" + type + "'\n" + key + "\n", "x.toml");
            } catch (const ConfigError& error) {
                problem = error.what();
            }
            EXPECT_EQ(problem.empty(), types.contains(type)) << type << " " << key << ": " << problem;
            if (!types.contains(type)) {
                EXPECT_NE(problem.find("x.toml:4:"), std::string::npos) << problem;
                EXPECT_NE(problem.find(*types.begin()), std::string::npos) << problem;
            }
        }
    }
}

}  // namespace
}  // namespace redshank
