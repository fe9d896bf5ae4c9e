// Every bound of every key, at both sides; and what a text must look like, in every form that is near it.
#include <gmock/gmock.h>

#include "audit/nearest.h"
#include "core/config/url.h"
#include "daemon/config/config.h"
#include "detectors/access/config.h"
#include "detectors/crd/config.h"
#include "exporters/kafka_connection.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::string& text) {
    try {
        parse_config(text, "x.toml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

constexpr const char* kReceiver = "[[receiver]]\nname = \"a\"\ntype = \"stdout\"\n";
constexpr const char* kLog = "[[source]]\npath = \"/a\"\n";
constexpr const char* kHook =
    "[[source]]\ntype = \"webhook\"\nlisten = \"127.0.0.1:9443\"\ncert_file = \"c\"\nkey_file = \"k\"\n"
    "token_file = \"t\"\n";
constexpr const char* kTopic =
    "[[source]]\ntype = \"kafka\"\nbrokers = [\"b:9092\"]\ntopics = [\"audit\"]\ngroup = \"g\"\n";
constexpr const char* kAccess = "[detectors.unusual_access]\n";
constexpr const char* kCrd = "[detectors.crd_health]\n";
constexpr const char* kBurn = "[[detectors.crd_health.burn]]\n";

TEST(ConfigBounds, HoldAtBothSides) {
    struct Row {
        const char *before, *key;
        std::vector<const char*> good, bad;
        const char* said;
    };
    const Row rows[] = {
        {"", "ledger_hours", {"0", "1000000"}, {"-1", "1000001", "0.5"}, "a whole number from 0 to 1000000"},
        {kReceiver, "queue_limit", {"10", "100000"}, {"9", "100001"}, "a whole number from 10 to 100000"},
        {kReceiver,
         "heartbeat",
         {"\"0s\"", "\"1s\"", "\"30d\""},
         {"\"999ms\"", "\"1ms\""},
         "must be 0s, which turns it off, or from 1s to 30d"},
        {kReceiver, "heartbeat", {}, {"\"31d\"", "5"}, ""},
        {kReceiver, "group_wait", {"\"0s\"", "\"1d\""}, {"\"25h\""}, "must be from 0s to 1d"},
        {kReceiver, "group_interval", {"\"0s\"", "\"30d\""}, {"\"31d\""}, "must be from 0s to 30d"},
        {kReceiver, "repeat_interval", {"\"0s\"", "\"3650d\""}, {"\"3651d\""}, "must be from 0s to 3650d"},
        {"[alerts]\n", "inhibit_for", {"\"0s\"", "\"30d\""}, {"\"31d\""}, "must be from 0s to 30d"},
        {"[alerts]\n",
         "expire_after",
         {"\"1s\"", "\"365d\""},
         {"\"0s\"", "\"366d\""},
         "must be from 1s to 365d"},
        {"[alerts]\n",
         "incident_quiet",
         {"\"1s\"", "\"365d\""},
         {"\"0s\"", "\"366d\""},
         "must be from 1s to 365d"},
        {"[detectors.secret_exposure]\n",
         "settle",
         {"\"0s\"", "\"365d\""},
         {"\"366d\""},
         "must be from 0s to 365d"},
        {kLog,
         "stall_after",
         {"\"0s\"", "\"1s\"", "\"30d\""},
         {"\"999ms\""},
         "must be 0s, which turns it off"},
        {kHook, "stall_after", {"\"0s\"", "\"1s\""}, {"\"1ms\""}, "must be 0s, which turns it off"},
        {kTopic, "stall_after", {"\"0s\"", "\"1s\""}, {"\"31d\""}, "must be from 0s to 30d"},
        {kAccess, "memory", {"\"1m\"", "\"3650d\""}, {"\"0s\"", "\"59s\""}, "must be from 1m to 3650d"},
        {kAccess, "story_gap", {"\"1s\""}, {"\"0s\""}, "must be from 1s to 3650d"},
        {kAccess, "gap", {"\"1s\""}, {"\"0s\""}, "must be from 1s to 3650d"},
        {kAccess, "dormant_people", {"\"1h\""}, {"\"59m\""}, "must be from 1h to 3650d"},
        {kAccess, "dormant_accounts", {"\"1h\""}, {"\"59m\""}, "must be from 1h to 3650d"},
        {kCrd, "slow", {"\"1ms\"", "\"3650d\""}, {"\"0s\""}, "must be from 1ms to 3650d"},
        {kReceiver,
         "give_up_after",
         {"\"1s\"", "\"3650d\""},
         {"\"0s\"", "\"3651d\""},
         "must be from 1s to 3650d"},
        {kReceiver, "timeout", {"\"100ms\"", "\"10m\""}, {"\"0s\"", "\"99ms\"", "\"3650d\"", "\"601s\""}, ""},
        {kReceiver, "connect_timeout", {"\"100ms\"", "\"10m\""}, {"\"0s\"", "\"601s\""}, ""},
        {kLog, "line_limit_mb", {"1", "4096"}, {"0", "4097"}, "a whole number from 1 to 4096"},
        {kLog, "max_size_mb", {"0", "1000000"}, {"-1", "1000001"}, "a whole number from 0 to 1000000"},
        {kHook, "body_limit_mb", {"1", "64"}, {"0", "1025", "65"}, ""},
        {kHook, "queue_limit_mb", {"65536"}, {"65537", "0"}, ""},
        {kHook, "body_limit_mb = 64\nqueue_limit_mb", {"64"}, {"63"}, "must not be less than body_limit_mb"},
        {kHook, "queue_limit_mb = 1024\nbody_limit_mb", {"1024"}, {"1025"}, "a whole number from 1 to 1024"},
        {kHook, "body_limit_mb = 1\nqueue_limit_mb", {"1"}, {"0"}, "a whole number from 1 to 65536"},
        {kHook, "max_connections", {"8", "100000"}, {"7", "100001"}, "a whole number from 8 to 100000"},
        {kTopic, "max_clusters", {"1", "100000"}, {"0", "100001"}, "a whole number from 1 to 100000"},
        {kTopic, "queue_limit_mb", {"2", "65536"}, {"1", "65537"}, "a whole number from 2 to 65536"},
        {kTopic, "connect_timeout", {"\"1s\"", "\"5m\""}, {"\"999ms\"", "\"301s\""}, "must be from 1s to 5m"},
        {kTopic, "timeout", {"\"1s\"", "\"5m\""}, {"\"999ms\"", "\"301s\""}, "must be from 1s to 5m"},
        {kAccess, "learning_candidates", {"0", "1000000"}, {"-1", "1000001"}, "from 0 to 1000000"},
        {kAccess, "budget_per_day", {"0", "1000"}, {"-1", "1001"}, "from 0 to 1000"},
        {kAccess,
         "min_bits",
         {"-20", "60", "-20.0", "60.0"},
         {"-20.1", "60.1", "nan"},
         "a number from -20 to 60"},
        {kAccess, "young_requests", {"0", "1000000000"}, {"-1", "1000000001"}, "from 0 to 1000000000"},
        {kAccess, "max_rows", {"100", "100000000"}, {"99", "100000001"}, "from 100 to 100000000"},
        {kAccess, "max_habits", {"100", "100000000"}, {"99", "100000001"}, "from 100 to 100000000"},
        {kCrd, "objective", {"0.5", "0.99999"}, {"0.49", "0.999991"}, "a number from 0.5 to 0.99999"},
        {kCrd, "min_failures", {"2", "1000000"}, {"1", "1000001"}, "from 2 to 1000000"},
        {kBurn, "long", {"\"5m\"", "\"3d\""}, {"\"59s\"", "\"73h\""}, "must be from 1m to 3d"},
        {kBurn, "short", {"\"1m\"", "\"1h\""}, {"\"59s\"", "\"73h\""}, "must be from 1m to 3d"},
        {kBurn, "long = \"1h\"\nshort", {"\"1h\""}, {"\"61m\""}, "must not be longer than 'long'"},
        {kBurn, "rate", {"0.1", "1000"}, {"0.09", "1000.1"}, "a number from 0.1 to 1000"},
    };
    for (const Row& row : rows) {
        const std::string key = std::string(row.before) + row.key + " = ";
        for (const char* good : row.good) EXPECT_EQ(error_of(key + good + "\n"), "") << key << good;
        for (const char* bad : row.bad) {
            const std::string said = error_of(key + bad + "\n");
            EXPECT_NE(said, "") << key << bad;
            EXPECT_THAT(said, HasSubstr(row.said)) << key << bad;
        }
    }
}

TEST(ConfigBounds, AValueIsTheFilesAndNotTheDefault) {
    const Config config = parse_config(
        "ledger_hours = 7\n[detectors.unusual_access]\nbudget_per_day = 9\nmin_bits = 2.5\nmax_rows = 101\n"
        "[detectors.crd_health]\nobjective = 0.75\nmin_failures = 3\nspend = [\"server-error\"]\n"
        "[[receiver]]\nname = \"a\"\ntype = \"stdout\"\nqueue_limit = 11\nclusters = [\"c*\"]\n",
        "x.toml");
    EXPECT_EQ(config.ledger_hours, 7u);
    const auto& own = config.detectors.of<access::Config>();
    EXPECT_EQ(own.budget_per_day, 9);
    EXPECT_EQ(own.min_bits, 2.5);
    EXPECT_EQ(own.max_rows, 101u);
    EXPECT_EQ(config.detectors.of<crd::Config>().general.objective, 0.75);
    EXPECT_EQ(config.detectors.of<crd::Config>().general.min_failures, 3);
    ASSERT_EQ(config.receivers.size(), 1u);
    EXPECT_EQ(config.receivers[0].queue_limit, 11u);
    EXPECT_EQ(config.receivers[0].clusters, std::vector<std::string>{"c*"});
}

// Each type with each value that TOML has.
TEST(ConfigBounds, AValueOfAnotherTypeIsNamed) {
    struct Row {
        const char *before, *key, *said;
        std::vector<const char*> wrong;
    };
    const Row rows[] = {
        {"", "cluster", "must be a string in quotes", {"1", "1.5", "true", "[]", "{}", "2026-01-01"}},
        {"", "ledger_hours", "must be a whole number", {"\"1\"", "1.5", "true", "[]", "{}"}},
        {kLog, "inotify", "must be true or false", {"\"true\"", "1", "0.0", "[]"}},
        {kAccess, "min_bits", "must be a number", {"\"1\"", "true", "[]", "inf"}},
        {kAccess,
         "disable",
         "must be a list of strings",
         {"\"off-hours\"", "1", "[1]", "[\"off-hours\", 1]", "[[]]"}},
        {kAccess, "learning", "write a duration", {"3", "\"3\"", "\"\"", "\"3x\"", "[]"}},
        {"", "http", "must be a table: [http]", {"1", "\"a\"", "[]"}},
        {"", "receiver", "must be a list of tables: [[receiver]]", {"1", "{}", "[1]", "[]"}},
        {kReceiver,
         "min_severity",
         "one of: info, low, medium, high, critical",
         {"\"High\"", "\"\"", "\"warn\""}},
    };
    for (const Row& row : rows) {
        for (const char* wrong : row.wrong)
            EXPECT_THAT(error_of(std::string(row.before) + row.key + " = " + wrong + "\n"),
                        HasSubstr(row.said))
                << row.key << " = " << wrong;
    }
}

TEST(ConfigBounds, TheHostOfAUrlAndItsPort) {
    const char* host = "names no host; write http://HOST:PORT/PATH";
    const char* port = "has a port that is no number from 1 to 65535";
    const char* user =
        "holds a user or a password, which everybody who reads it sees; put secrets into a file";
    const char* cannot = "names a host that cannot be; write http://HOST:PORT/PATH";
    const char* escape = "has a % as character 10 without two hexadecimal digits behind it; write it as %25";
    const char* scheme = "must begin with https:// or http://";
    const std::pair<const char*, const char*> kCases[] = {
        {"http://h", ""},
        {"https://h", ""},
        {"http://h:1", ""},
        {"http://h:65535", ""},
        {"http://h:", ""},
        {"http://h:/x", ""},
        {"http://[::1]", ""},
        {"http://[::1]:80/", ""},
        {"http://u:p@h:80", user},
        {"http://h?x=1:2", ""},
        {"http://h#a:b", ""},
        {"http://h/@:x", ""},
        {"http://h!", cannot},
        {"http://h~", cannot},
        {"http://h:0", port},
        {"http://10.0.0.256", cannot},
        {"http://10.0.0.255", ""},
        {"http://10.0.0", cannot},
        {"http://[::zz]", cannot},
        {"http://[fe80::1%25eth0]:1", ""},
        {"http://[::1]x", cannot},
        {"http://a..b", cannot},
        {"http://.a", cannot},
        {"http://a.b.", ""},
        {"http://%zz", cannot},
        {"http://-a", cannot},
        {"http://a_b-c.d", ""},
        {"http://h/%zz", escape},
        {"http://h/%2", escape},
        {"http://h/%2F", ""},
        {"http://h:65536", port},
        {"http://h:00080", ""},
        {"http://h:000080", port},
        {"http://h:8a", port},
        {"http://h:-1", port},
        {"http://[::1]:0", port},
        {"http://", host},
        {"http:///x", host},
        {"http://:80", host},
        {"http://u@", user},
        {"http://[::1", host},
        {"http://u@:80", user},
        {"http:/h", scheme},
        {"HTTP://h", scheme},
        {"", scheme},
        {"ftp://h", scheme},
    };
    for (const auto& [url, problem] : kCases) EXPECT_EQ(url_problem(url), problem) << url;
    EXPECT_EQ(url_problem("http://u:p@h:80/x", true), "");  // a proxy has its password nowhere else
    for (int byte = 1; byte < 256; ++byte) {
        const std::string url = std::string("http://h/") + static_cast<char>(byte);
        const bool is_refused = byte <= 0x20 || byte >= 0x7f || byte == '%' ||
                                std::string("\"<>\\^`{|}").find(static_cast<char>(byte)) != std::string::npos;
        EXPECT_EQ(url_problem(url).empty(), !is_refused) << byte;
    }
    EXPECT_EQ(url_problem("http://h/\x7f"),
              "has the byte 0x7f as character 10, which no URL holds; take it out, or write it as %7F");
}

TEST(ConfigBounds, ABrokerIsAHostWithAPort) {
    for (const char* good : {"b:1", "b:65535", "127.0.0.1:9092", "[::1]:9092", "kafka-0.kafka.svc:9093"}) {
        EXPECT_EQ(error_of("[[source]]\ntype = \"kafka\"\ntopics = [\"a\"]\ngroup = \"g\"\nbrokers = [\"" +
                           std::string(good) + "\"]\n"),
                  "")
            << good;
    }
    for (const char* bad : {"b", ":9092", "b:0", "b:65536", "b:", "b:9a", "b:-1", "b :9092", "a,b:9092",
                            "a/b:9092", "u@b:9092", "kafka://b:9092", ""}) {
        EXPECT_THAT(
            error_of("[[source]]\ntype = \"kafka\"\ntopics = [\"a\"]\ngroup = \"g\"\nbrokers = [\"" +
                     std::string(bad) + "\"]\n"),
            HasSubstr("must be hosts with ports, e.g. [\"kafka-0:9092\"], not \"" + std::string(bad) + "\""))
            << bad;
    }
}

TEST(ConfigBounds, ALoginAtABrokerIsWholeAndNotInTheClear) {
    const std::string base = "[[source]]\ntype = \"kafka\"\ntopics = [\"a\"]\ngroup = \"g\"\n";
    const std::string far = base + "brokers = [\"b:9092\"]\n",
                      near = base + "brokers = [\"127.0.0.1:1\", \"[::1]:1\", \"localhost:1\"]\n";
    const std::string login = "username = \"u\"\npassword_file = \"p\"\n";
    const std::pair<std::string, const char*> kCases[] = {
        {far, ""},
        {far + login, "username: needs sasl"},
        {far + "password_file = \"p\"\n", "password_file: needs sasl"},
        {far + "sasl = \"SCRAM-SHA-512\"\n" + login, ""},
        {far + "sasl = \"SCRAM-SHA-256\"\nusername = \"u\"\n", "password_file: is needed with sasl"},
        {far + "sasl = \"SCRAM-SHA-256\"\npassword_file = \"p\"\n", "username: is needed with sasl"},
        {far + "sasl = \"MD5\"\n" + login, "one of: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"},
        {far + "sasl = \"PLAIN\"\n" + login, "sasl: PLAIN sends the password as it is"},
        {far + "sasl = \"PLAIN\"\ntls = true\n" + login, ""},
        {near + "sasl = \"PLAIN\"\n" + login, ""},
        {base + "brokers = [\"localhost:1\", \"b:1\"]\nsasl = \"PLAIN\"\n" + login, "sasl: PLAIN sends"},
        {base + "brokers = [\"localhosts:1\"]\nsasl = \"PLAIN\"\n" + login, "sasl: PLAIN sends"},
        {base, "brokers: is needed"},
        {far + "ca_file = \"c\"\n", "tls: must be true for certificates to be used"},
        {far + "client_cert_file = \"c\"\nclient_key_file = \"k\"\n", "tls: must be true"},
        {far + "ca_file = \"c\"\ntls = true\n", ""},
        {far + "tls = true\nclient_cert_file = \"c\"\n",
         "client_key_file: and client_cert_file belong together"},
        {far + "tls = true\nclient_key_file = \"k\"\n",
         "client_key_file: and client_cert_file belong together"},
        {far + "tls = true\nclient_cert_file = \"c\"\nclient_key_file = \"k\"\n", ""},
    };
    for (const auto& [text, said] : kCases) {
        const std::string error = error_of(text);
        EXPECT_EQ(error.empty(), *said == '\0') << text << error;
        EXPECT_THAT(error, HasSubstr(said)) << text;
    }
}

TEST(ConfigBounds, ATopicIsANameOrAPattern) {
    const auto with = [](const std::string& topic) {
        return error_of("[[source]]\ntype = \"kafka\"\nbrokers = [\"b:1\"]\ngroup = \"g\"\ntopics = [\"" +
                        topic + "\"]\n");
    };
    for (const std::string& good : {std::string("azAZ09._-*?"), std::string("a"), std::string(249, 'x')})
        EXPECT_EQ(with(good), "") << good;
    for (const std::string& bad :
         {std::string(), std::string(250, 'x'), std::string("a b"), std::string("a/b"), std::string("a:b"),
          std::string("a@b"), std::string("a[b"), std::string("a`b"), std::string("a{b"), std::string("a,b")})
        EXPECT_THAT(with(bad), HasSubstr("is no name of a topic")) << bad;
    const auto from = [](const std::string& rest) { return error_of(kTopic + rest); };
    for (const char* good : {"key", "topic", "envelope", "header:x"})
        EXPECT_EQ(from("cluster_from = \"" + std::string(good) + "\"\n"), "") << good;
    for (const char* bad : {"", "header", "header:", "keys", "Header:x"})
        EXPECT_THAT(from("cluster_from = \"" + std::string(bad) + "\"\n"), HasSubstr("\"header:NAME\""))
            << bad;
    EXPECT_EQ(from("cluster = \"c\"\n"), "");
    EXPECT_THAT(from("cluster = \"c\"\ncluster_from = \"key\"\n"), HasSubstr("exclude each other"));
}

TEST(ConfigBounds, GroupsAreOfFieldsAndOfIncidentsAlone) {
    const auto with = [](const char* fields) {
        return error_of(std::string(kReceiver) + "group_by = [" + fields + "]\n");
    };
    for (const char* good : {"", "\"incident\"", "\"incident\", \"severity\"", "\"severity\", \"incident\"",
                             "\"cluster\", \"kind\"", "\"severity\""})
        EXPECT_EQ(with(good), "") << good;
    EXPECT_THAT(with("\"incident\", \"kind\""), HasSubstr("'incident' stands alone, or with 'severity'"));
    EXPECT_THAT(with("\"kind\", \"incident\""), HasSubstr("'incident' stands alone, or with 'severity'"));
    EXPECT_THAT(with("\"moon\""), HasSubstr("'moon' is no field of a finding"));
}

TEST(ConfigBounds, ASuppressionNamesAtLeastOneThingAndAnEndThatIsATime) {
    const auto with = [](const std::string& keys) {
        return error_of("[[detectors.unusual_access.suppress]]\n" + keys);
    };
    for (const char* good : {"actor = \"a\"\n", "behaviour = \"b\"\n", "namespace = \"n\"\n",
                             "actor = \"a\"\nexpires = \"2026-12-31T18:00:00Z\"\n"})
        EXPECT_EQ(with(good), "") << good;
    EXPECT_THAT(with("actor = \"*\"\nbehaviour = \"*\"\n"), HasSubstr("would suppress everything"));
    for (const char* bad : {"2026-12-3", "2026-12-311", "2026-13-01", "31.12.2026"})
        EXPECT_THAT(with("actor = \"a\"\nexpires = \"" + std::string(bad) + "\"\n"), HasSubstr("is no time"))
            << bad;
}

TEST(ConfigBounds, LinksListsAndVersionsAreChecked) {
    const std::pair<std::string, const char*> kCases[] = {
        {"[alerts]\nrunbook_url = \"http://w/{runbook}\"\n", ""},
        {"[alerts]\nrunbook_url = \"w/{runbook}\"\n",
         "alerts.runbook_url: must begin with https:// or http://"},
        {"[alerts]\ndashboard_url = \"ftp://g\"\n", "alerts.dashboard_url: must begin with"},
        {"[alerts]\ndashboard_url = \"https://g\"\n", ""},
        {"[alerts]\nrunbook_url = "
         "\"http://w/{cluster}/{namespace}?i={incident}&u={user}&k={kind}&id={id}\"\n",
         ""},
        {"[alerts]\nrunbook_url = \"http://w/{runbok}\"\n",
         "has {runbok}, which is no part of a finding; did you mean {runbook}?"},
        {"[alerts]\nrunbook_url = \"http://w/{x}\"\n", "there are {kind}, {id}"},
        {"[alerts]\nrunbook_url = \"http://w/{\"\n", "has {, which is no part"},
        {"[alerts]\nrunbook_url = \"http://w/a b\"\n", "has a blank as character 11"},
        {std::string(kReceiver) + "detectors = [\"secret-exposure\"]\n", "did you mean 'secret_exposure'?"},
        {std::string(kReceiver) + "detectors = [\"\"]\n", "'' is no detector"},
        {std::string(kReceiver) + "detectors = [\"secret_*\", \"rule\"]\n", ""},
        {"cluster = \"prod\"\n[[source]]\npath = \"/a\"\n" + std::string(kReceiver) +
             "clusters = [\"lab\"]\n",
         "'lab' is the cluster of no source; known: prod"},
        {"cluster = \"prod\"\n[[source]]\npath = \"/a\"\n" + std::string(kReceiver) + "clusters = [\"\"]\n",
         "'' is the cluster of no source"},
        {"[[source]]\npath = \"/a\"\ncluster = \"prod\"\n" + std::string(kReceiver) +
             "clusters = [\"pr*\"]\n",
         ""},
        {std::string(kTopic) + kReceiver + "clusters = [\"from-a-record\"]\n", ""},
        {"[[receiver]]\nname = \"a\"\ntype = \"alertmanager\"\nurls = [\"http://a\", \"http://a/\"]\n",
         "names a member twice"},
        {"[[receiver]]\nname = \"a\"\ntype = \"alertmanager\"\nurls = [\"http://a\", \"http://b\"]\n", ""},
        {"[pages]\nserve = \"sometimes\"\n", "one of: loopback, always, never"},
        {"[http]\nreload = \"on\"\n", "one of: off, loopback, any"},
        {"[detectors.secret_exposure]\nby_grant = \"yes\"\n", "one of: auto, always, never"},
        {"[[detectors.secret_exposure.protect]]\n", "secrets: is needed"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"a/b\", \"c\"]\n", "'c' must be namespace/name"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"/\"]\n", "'/' must be namespace/name"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"a/\"]\n", "'a/' must be namespace/name"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"/b\"]\n", "'/b' must be namespace/name"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"a/b/c\"]\n", "'a/b/c' must be namespace/name"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"a / b\"]\n",
         "'a / b' matches no Secret: names have small letters, digits, - and . only, not character 2"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"a/B\"]\n", "only, not character 3"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"*/*\", \"a?.9-z/b-*\"]\n", ""},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"a/b\"]\nreaders = [\"\"]\n",
         "readers: '' must not be empty"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"a/b\"]\nreaders = [\"bob \"]\n",
         "readers: 'bob ' ends with a blank; take it out"},
        {"[[detectors.secret_exposure.protect]]\nsecrets = [\"a/b\"]\nreaders = [\"group:\"]\n",
         "'group:' names no group"},
        {"[detectors.unusual_access]\ntrusted_proxies = [\"0.0.0.0/0\"]\n", "\"0.0.0.0/0\" is every address"},
        {"[detectors.unusual_access]\ntrusted_proxies = [\"::ffff:0.0.0.0/96\"]\n", "is every address"},
        {"[detectors.unusual_access]\ntrusted_proxies = [\"0.0.0.0/1\", \"::/1\"]\n", ""},
        {"[rules]\nown_networks = [\"::/0\"]\n", "\"::/0\" is every address"},
        {"[[detectors.unusual_access.suppress]]\nactor = \"\"\n", "suppress.actor: must not be empty"},
        {"[[detectors.unusual_access.suppress]]\nactor = \"**\"\n", "would suppress everything"},
        {"[detectors.crd_health]\nresources = [\"\"]\n", "resources: '' must not be empty"},
        {"[[detectors.crd_health.override]]\nresources = [\" a\"]\n", "' a' begins with a blank"},
        {std::string(kReceiver) + "namespaces = [\"\"]\n", "namespaces: '' must not be empty"},
        {std::string(kReceiver) + "group_by = [\"kind\", \"actor\", \"kind\"]\n",
         "group_by: names 'kind' twice"},
        {"[[receiver]]\nname = \" \"\ntype = \"stdout\"\n", "receiver.name: must not be blank"},
        {"cluster = \"a\\nb\"\n", "cluster: has a line break; take it out"},
        {"cluster = \"a\\u0000b\"\n", "cluster: has the control character 0x00 as character 2; take it out"},
        {"[detectors.crd_health]\nresources = [\"a\\u007f\"]\n",
         "has the control character 0x7f as character 2"},
        {"state_dir = \"\"\n", "x.toml:1:13: state_dir: must not be empty"},
        {"state_dir = \"/dev/null\"\n", "x.toml:1:13: state_dir: is no folder"},
        {"state_dir = \"/dev/null/x\"\n", ""},  // whether it can be made is seen when it is
        {"[[source]]\npath = \"\"\n", "x.toml:2:8: source.path: must not be empty"},
        {"[[source]]\npath = \"-\"\n", "standard input is read by `redshank replay -`"},
        {"[[source]]\npath = \"/a/\"\n", "is a folder; name the file"},
        {"[[source]]\npath = \"/a/..\"\n", "is a folder; name the file"},
        {"[[source]]\npath = \"/a/*.log\"\n", "names one file and no pattern"},
        {"[[source]]\npath = \"/a/audit-[0-9].log\"\n", "names one file and no pattern"},
        {std::string(kLog) + "olddir = \"/dev/null\"\n", "source.olddir: is no folder"},
        {std::string(kLog) + "cluster = \"\"\n", "source.cluster: must not be empty"},
        {"[detectors.unusual_access]\ntrusted_proxies = [\"10.0.0.0/33\"]\n",
         "\"10.0.0.0/33\" is neither an address"},
        {"[detectors.unusual_access]\ndisable = [\"moon\"]\n", "no such kind: \"moon\""},
        {"[detectors.crd_health]\nspend = [\"ok\"]\n", "'ok' is no class of failures"},
        {"[[detectors.crd_health.override]]\n", "resources: names no resource"},
        {"[rules]\nown_networks = [\"203.0.113.0/24\", \"x\"]\n", "\"x\" is neither an address"},
        {std::string(kLog) + "kubernetes = \"1.99\"\n", "must be a version from \"1."},
        {std::string(kLog) + "start = \"now\"\n", "one of: checkpoint, beginning, end, oldest"},
        {"cluster = \"\"\n", "cluster: must not be empty"},
        {"[[receiver]]\ntype = \"stdout\"\n", "receiver.name: is needed"},
        {"[[receiver]]\nname = \"a\"\n", "receiver.type: is needed: one of stdout, webhook"},
    };
    for (const auto& [text, said] : kCases) {
        const std::string error = error_of(text);
        EXPECT_EQ(error.empty(), *said == '\0') << text << error;
        EXPECT_THAT(error, HasSubstr(said)) << text;
    }
}

// A third of the letters may be wrong, one at least; two that changed places are one mistake.
TEST(Nearest, IsWithinAThirdOfTheLetters) {
    const std::vector<std::string_view> known{"cluster", "path", "max_size_mb"};
    const std::pair<const char*, const char*> kCases[] = {
        {"cluster", "cluster"},
        {"clustre", "cluster"},
        {"clutsre", "cluster"},
        {"custr", ""},
        {"clustr", "cluster"},
        {"xxuster", "cluster"},
        {"xxxster", ""},
        {"pth", "path"},
        {"paht", "path"},
        {"ptah", "path"},
        {"pht", ""},
        {"path_", "path"},
        {"max_sizemb", "max_size_mb"},
        {"max_size", ""},
        {"max_sizes", "max_size_mb"},
    };
    for (const auto& [word, nearest] : kCases) EXPECT_EQ(audit::nearest_name(word, known), nearest) << word;
    EXPECT_EQ(audit::nearest_name("ab", {"ax", "ay"}), "ax");  // the first of two that are as near
    EXPECT_EQ(audit::nearest_name("a", {}), "");
}

}  // namespace
}  // namespace redshank
