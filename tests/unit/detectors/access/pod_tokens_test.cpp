// A Pod's token that two clients use, and ordinary use that looks like it.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "tests/unit/detectors/access/diary.h"

using namespace redshank;
using namespace redshank::test;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

constexpr const char* kHelm = "Helm/3.16.2";
constexpr const char* kPython = "python-requests/2.31.0";

access::Config only_named() {
    access::Config config = Diary::short_learning();
    config.disable = {"unusual-access"};
    return config;
}

Deed use(const std::string& uid, const std::string& ip, const std::string& agent = kHelm) {
    return {.user = pod_token("ci", "deployer", uid),
            .resource = "deployments",
            .group = "apps",
            .agent = agent,
            .ip = ip};
}
Deed theft(const std::string& uid, const std::string& ip, const std::string& agent = kHelm) {
    Deed deed = use(uid, ip, agent);
    deed.verb = "list", deed.resource = "secrets", deed.group = "", deed.ns = "", deed.name = "";
    return deed;
}

// Five days of an account whose Pod is replaced daily; each Pod has an address of its own in 10.3.0.*.
Diary days_of_pods(int days = 5, const std::optional<Deed>& before = {}) {
    Diary diary(only_named());
    if (before) diary.at(0.5, *before);
    for (int day = 0; day < days; ++day) {
        const std::string n = std::to_string(day);
        diary.through(day * 24 + 1, day * 24 + 20, 1, use("pod-" + n, "10.3.0." + n));
    }
    return diary;
}

std::vector<Finding> of_tokens(Diary& diary) {
    std::vector<Finding> out;
    for (Finding& finding : diary.told()) {
        if (finding.kind == "token-used-elsewhere") out.push_back(std::move(finding));
    }
    return out;
}

TEST(PodTokens, TheOwnersAgentFromAnotherAddressIsFound) {
    Diary diary = days_of_pods();
    diary.through(120, 140, 1, use("stolen", "10.3.0.77"));
    diary.at(140.1, theft("stolen", "198.51.100.7"));
    ASSERT_THAT(diary.kinds(), Contains("token-used-elsewhere"));
    const Finding told = of_tokens(diary).front();
    EXPECT_EQ(told.who().source_ip, "198.51.100.7");
    EXPECT_EQ(told.severity, Severity::High);
    EXPECT_THAT(told.summary, HasSubstr("Its Pod uses it from 10.3.0.77 with helm"));
}

TEST(PodTokens, TwoHandsAreSeenWhenTheOwnerGoesOnThoughNothingElseIsNew) {
    Diary diary = days_of_pods();
    diary.through(120, 140, 1, use("stolen", "10.3.0.77"));
    diary.at(140.1, use("stolen", "10.3.0.99"));  // from the same network, with the same client and action
    EXPECT_THAT(of_tokens(diary), IsEmpty());
    diary.at(140.2, use("stolen", "10.3.0.77"));
    const auto told = of_tokens(diary);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].who().source_ip, "10.3.0.99");
    EXPECT_EQ(told[0].count, 1U);
    EXPECT_EQ(told[0].evidence.at(0).time, *audit::parse_time("2026-01-10T20:06:00Z"));
}

TEST(PodTokens, APodThatMovedIsNoThief) {
    Diary diary = days_of_pods();
    diary.through(120, 140, 1, use("moved", "10.3.0.77"));
    diary.through(140, 200, 1, use("moved", "10.3.0.99"));  // its sandbox was recreated
    diary.at(200, theft("moved", "10.3.0.99"));
    EXPECT_THAT(of_tokens(diary), IsEmpty());
}

// The first user of a token is not its owner for that reason alone: the account is known from elsewhere.
TEST(PodTokens, TheThiefWhoCameFirstIsTheThief) {
    Diary diary = days_of_pods();
    for (int i = 0; i < 7; ++i) diary.at(130 + i / 3600.0, theft("stolen", "10.200.0.9", kPython));
    for (int i = 0; i < 50; ++i) diary.at(130.01 + i / 3600.0, use("stolen", "10.3.0.4"));
    diary.at(130.1, theft("stolen", "10.200.0.9", kPython));
    const auto told = of_tokens(diary);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].who().source_ip, "10.200.0.9");
    EXPECT_EQ(told[0].who().user_agent, kPython);
    EXPECT_EQ(told[0].count, 8U) << "the owner's own requests are none of it";
    EXPECT_EQ(told[0].first_seen, *audit::parse_time("2026-01-10T10:00:00Z"));
    EXPECT_THAT(told[0].summary,
                HasSubstr("listed all Secrets of the cluster. Its Pod uses it from 10.3.0.4"));
}

TEST(PodTokens, WhatIsUndecidedNamesBothAndBlamesNobody) {
    Diary diary(only_named());
    diary.through(1, 200, 5, {});
    diary.at(200, theft("young", "10.1.0.9", kPython));
    diary.at(200.001, theft("young", "10.2.0.4"));
    diary.at(200.002, theft("young", "10.1.0.9", kPython));
    const auto told = of_tokens(diary);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].title, "A token is used in two places");
    EXPECT_THAT(told[0].summary, HasSubstr("used from 10.1.0.9 with python-requests as well"));
    EXPECT_THAT(told[0].summary, HasSubstr("used by helm at 10.2.0.4"));
    EXPECT_THAT(diary.kinds(), Not(Contains("attack-sequence")));
}

Deed on_node(Deed deed, const std::string& uid, const std::string& node) {
    deed.user = pod_token("ci", "deployer", uid, node);
    return deed;
}

// The Pod is the first one of its node, so its network is new, and the thief's is that of another node.
TEST(PodTokens, OnANewNodeTheOwnersClientIsNotBlamedForItsNetwork) {
    for (const std::string node : {"n2", "n1"}) {
        Diary diary = days_of_pods();
        diary.at(130, on_node(theft("stolen", "10.3.0.99", kPython), "stolen", node));
        diary.through(130.1, 130.2, 0.01, on_node(use("stolen", "10.9.0.50"), "stolen", node));
        const auto told = of_tokens(diary);
        ASSERT_FALSE(told.empty()) << node;
        EXPECT_EQ(told[0].severity, Severity::High);
        const bool is_new_node = node == "n2";
        EXPECT_EQ(told[0].title == "A token is used in two places", is_new_node) << told[0].title;
        EXPECT_THAT(told[0].summary, HasSubstr("10.3.0.99"));
        EXPECT_THAT(told[0].summary, HasSubstr("10.9.0.50"));
    }
}

// What speaks for the owner alone decides on a new node, too.
TEST(PodTokens, OnANewNodeTheThiefWithAnotherClientIsTheThief) {
    Diary diary = days_of_pods();
    diary.at(130, on_node(theft("stolen", "10.8.0.99", kPython), "stolen", "n2"));
    diary.through(130.1, 130.2, 0.01, on_node(use("stolen", "10.9.0.50"), "stolen", "n2"));
    const auto told = of_tokens(diary);
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told[0].who().source_ip, "10.8.0.99");
    EXPECT_THAT(told[0].summary, HasSubstr("Its Pod uses it from 10.9.0.50"));
}

// One Pod uses kubectl over IPv6 and helm over IPv4.
TEST(PodTokens, DualStack) {
    const auto dual = [](Diary& diary, double hour, const std::string& uid) {
        diary.at(hour, use(uid, "fd00:10:3::9", "kubectl/v1.31.0"));
        diary.at(hour + 0.01, theft(uid, "10.3.0.9"));
        diary.at(hour + 0.02, use(uid, "fd00:10:3::9", "kubectl/v1.31.0"));
    };
    Diary diary(only_named());
    for (int day = 0; day < 8; ++day) dual(diary, day * 24, "pod-" + std::to_string(day));
    EXPECT_THAT(of_tokens(diary), IsEmpty());
    // Attack twin: a third place.
    dual(diary, 200, "stolen");
    diary.at(200.1, theft("stolen", "198.51.100.7", kPython));
    const auto told = of_tokens(diary);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].who().source_ip, "198.51.100.7");
}

// A cluster of IPv4 only: nothing but a second hand has an address of the other family, however much it looks
// like the owner. An IPv4 address that is mapped into IPv6 is no other one.
TEST(PodTokens, TheOtherFamilyIsASecondHandWhereNoTokenHasBoth) {
    const struct {
        const char* what;
        Deed thief;
        size_t told;
    } kCases[] = {{"the owner's client and deed", use("stolen", "2001:db8:7::9"), 1},
                  {"an address that only its own cluster routes", use("stolen", "fd00:7::9"), 1},
                  {"mapped", use("stolen", "::ffff:10.3.0.77"), 0},
                  {"mapped, another one", use("stolen", "::ffff:10.3.0.99"), 1}};
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Diary diary = days_of_pods();
        diary.through(120, 140, 1, use("stolen", "10.3.0.77"));
        diary.at(140.1, one.thief);
        diary.at(140.2, use("stolen", "10.3.0.77"));
        const auto told = of_tokens(diary);
        ASSERT_EQ(told.size(), one.told);
        if (told.empty()) continue;
        EXPECT_EQ(told[0].severity, Severity::High);
        EXPECT_THAT(told[0].summary, HasSubstr("Its Pod uses it from 10.3.0.77 with helm"));
    }
}

// Secrets are read from there: it is told before the owner comes back.
TEST(PodTokens, TheOtherFamilyIsToldAtOnceWithSecrets) {
    access::Config config = Diary::short_learning();
    Diary diary(config);
    for (int day = 0; day < 5; ++day) {
        const std::string n = std::to_string(day);
        diary.through(day * 24 + 1, day * 24 + 20, 1, use("pod-" + n, "10.3.0." + n));
    }
    diary.through(120, 140, 1, use("stolen", "10.3.0.77"));
    diary.at(140.1, theft("stolen", "2001:db8:7::9"));
    const auto told = of_tokens(diary);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].who().source_ip, "2001:db8:7::9");
}

// Where one token had both, as in the days of learning, a second family tells nothing; also after a restart.
TEST(PodTokens, TheOtherFamilyIsNoSignWhereTokensHaveBoth) {
    for (const bool keeps_table : {true, false}) {
        Diary diary(only_named());
        for (int hour = 1; hour < 20; ++hour) {
            diary.at(hour, use("dual", "10.3.0.5"));
            diary.at(hour + 0.1, use("dual", "fd00:3::5"));
        }
        diary.through(30, 140, 1, use("other", "10.3.0.77"));
        // A state of before the table was: the tokens themselves show it.
        if (!keeps_table) {
            diary.save();
            diary.rows().erase("unusual_access.token_families", "c");
        }
        diary.restart();
        diary.at(140.1, use("other", "fd00:4::77"));
        diary.at(140.2, use("other", "10.3.0.77"));
        EXPECT_THAT(of_tokens(diary), IsEmpty()) << keeps_table;
    }
}

// A gateway with many addresses is learnt from accounts whose tokens alternate between them.
TEST(PodTokens, AClusterWherePodsHaveSeveralAddresses) {
    const auto behind_gateway = [](Diary& diary, double hour) {
        for (const char* name : {"a", "b", "c"}) {
            for (int i = 0; i < 6; ++i) {
                Deed deed = use("pod", "192.0.2." + std::to_string(i % 2));
                deed.user = pod_token("ci", name, std::string("pod-") + name);
                diary.at(hour + i / 60.0, deed);
            }
        }
    };
    Diary diary(only_named());
    for (int day = 0; day < 8; ++day) behind_gateway(diary, day * 24);
    Deed late = use("new", "192.0.2.1");
    for (int i = 0; i < 6; ++i) {
        late.ip = "192.0.2." + std::to_string(i % 4);
        diary.at(200 + i / 60.0, late);
    }
    EXPECT_THAT(of_tokens(diary), IsEmpty());
    // Attack twin: another network and another client.
    diary.at(200.5, theft("new", "198.51.100.7", kPython));
    EXPECT_EQ(of_tokens(diary).size(), 1U);
}

// When all Pods move to another network at once, no token is in two hands; a token used from the old network
// later is.
TEST(PodTokens, ANewNetworkForEverybody) {
    Diary diary(only_named());
    const auto all = [&](double hour, const std::string& net) {
        for (const char* name : {"a", "b", "c"}) {
            Deed deed = theft("", net + ".0." + std::to_string(name[0]));
            deed.user = pod_token("ci", name, std::string("pod-") + name);
            diary.at(hour, deed);
        }
    };
    for (int hour = 1; hour < 120; ++hour) all(hour, "10.3");
    for (int hour = 120; hour < 180; ++hour) all(hour, "10.33");
    EXPECT_THAT(of_tokens(diary), IsEmpty());
    Deed stolen = theft("", "10.3.0.50");
    stolen.user = pod_token("ci", "b", "pod-b");
    diary.at(180.1, stolen);
    all(180.2, "10.33");
    EXPECT_EQ(of_tokens(diary).size(), 1U);
}

// The unusual steps of the victim and of the thief are two stories.
TEST(PodTokens, StoriesOfTwoHandsAreKeptApart) {
    Diary diary(Diary::short_learning());
    for (int day = 0; day < 20; ++day) {
        diary.through(day * 24 + 1, day * 24 + 20, 1, use("pod-" + std::to_string(day), "10.3.0.4"));
    }
    diary.at(490, use("stolen", "10.3.0.4"));
    const auto bind = [&](double hour, const std::string& ip, const std::string& agent) {
        Deed deed = theft("stolen", ip, agent);
        diary.at(hour, deed);
        deed.verb = "create", deed.resource = "clusterrolebindings", deed.group = "rbac.authorization.k8s.io",
        deed.code = 201;
        diary.at(hour + 0.01, deed);
        deed.verb = "create", deed.resource = "pods", deed.subresource = "exec", deed.group = "",
        deed.ns = "kube-system", deed.name = "etcd", deed.code = 101;
        diary.at(hour + 0.02, deed);
    };
    bind(490.1, "198.51.100.7", kPython);
    diary.at(490.5, theft("stolen", "10.3.0.4"));
    size_t sequences = 0;
    for (const Finding& finding : diary.told()) {
        if (finding.kind == "attack-sequence") {
            ++sequences;
            EXPECT_EQ(finding.who().source_ip, "198.51.100.7");
            EXPECT_THAT(finding.summary, Not(HasSubstr("10.3.0.4")));
        }
        EXPECT_TRUE(finding.kind != "token-used-elsewhere" || finding.who().source_ip == "198.51.100.7");
    }
    EXPECT_EQ(sequences, 1U);
}

// A token of a Pod that nobody has seen, used from the internet.
Deed first_use(const std::string& ip, const std::string& agent = "curl/8.5.0",
               const std::string& uid = "new") {
    Deed deed = use(uid, ip, agent);
    deed.user = pod_token("agents", "agent", uid), deed.resource = "pods", deed.group = "";
    return deed;
}

TEST(PodTokens, AFirstUseFromThePublicNetworkOfNobodyIsFound) {
    Diary diary = days_of_pods(8);
    diary.at(200, first_use("203.0.113.9"));
    diary.at(200.1, first_use("198.51.100.4"));  // the thief's second address is no home
    const auto told = of_tokens(diary);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].severity, Severity::High);
    EXPECT_EQ(told[1].severity, Severity::High);
    EXPECT_EQ(told[0].who().source_ip, "203.0.113.9");
    EXPECT_THAT(told[0].summary, HasSubstr("used by curl at 203.0.113.9"));
    EXPECT_THAT(told[0].summary, HasSubstr("nothing of the cluster was ever seen in that public network"));
}

TEST(PodTokens, ThePodOfATokenThatWasFirstUsedOutsideIsAtHome) {
    Diary diary = days_of_pods(8);
    diary.at(200, first_use("203.0.113.9"));
    for (int i = 0; i < 4; ++i) diary.at(201 + i, first_use("10.3.0.5", "agent/1.0"));
    auto told = of_tokens(diary);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].count, 1U);
    diary.at(206, first_use("203.0.113.9"));
    told = of_tokens(diary);
    EXPECT_EQ(told[0].count, 2U);
    EXPECT_EQ(told[0].who().source_ip, "203.0.113.9");
}

TEST(PodTokens, OrdinaryFirstUsesAreQuiet) {
    Deed kubelet{.user = R"({"username":"system:node:n9","groups":["system:nodes","system:authenticated"]})",
                 .agent = "kubelet/v1.32.0",
                 .ip = "203.0.113.20"};
    Deed neighbour = use("neighbour", "198.51.100.4");
    neighbour.user = pod_token("ci", "neighbour", "neighbour", "n7");
    const struct {
        const char* what;
        std::optional<Deed> before;
        Deed first;
        size_t told;
    } kCases[] = {
        {"from the network of Pods", {}, first_use("10.3.0.9"), 0},
        {"from a private network", {}, first_use("10.99.0.9"), 0},
        {"from a node with a public address", kubelet, first_use("203.0.113.9"), 0},
        {"from where another account's Pod is", neighbour, first_use("198.51.100.9"), 0},
        {"with IPv6, in which Pods have global addresses", {}, first_use("2001:db8:20::7"), 0},
        {"with a client of the account's", first_use("10.3.0.9", "agent/1.0", "old"),
         first_use("203.0.113.9", "agent/2.0"), 0},
        {"in another network than the node's", kubelet, first_use("203.0.114.9"), 1},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Diary diary = days_of_pods(8, one.before);
        diary.at(200, one.first);
        EXPECT_EQ(of_tokens(diary).size(), one.told);
    }
}

TEST(PodTokens, WhereNoPodsAreSeenOrAllIsNewAFirstUseTellsNothing) {
    Diary no_pods(only_named());
    no_pods.through(1, 200, 5, {});
    no_pods.at(200, first_use("203.0.113.9"));
    EXPECT_THAT(of_tokens(no_pods), IsEmpty());
    Diary young = days_of_pods(2);
    young.at(49, first_use("203.0.113.9"));
    EXPECT_THAT(of_tokens(young), IsEmpty());
}

// ---- the bounds of what is kept, and the edges of what is weighed

// The places of a token, as they are stored.
boost::json::array places_of(Diary& diary, const std::string& uid) {
    diary.save();
    for (const auto& [key, row] : diary.rows().all().at("unusual_access.pod_tokens")) {
        if (key.find(uid) != key.npos) return boost::json::parse(row).at("places").as_array();
    }
    return {};
}

TEST(PodTokens, ATokenKeepsFourPlacesWithEightEventsEach) {
    Diary diary = days_of_pods();
    for (int place = 0; place < 6; ++place) {
        for (int i = 0; i < 12; ++i)
            diary.at(130 + place + i / 3600.0, use("many", "10.3.0." + std::to_string(100 + place)));
        EXPECT_EQ(places_of(diary, "many").size(), std::min<size_t>(place + 1, 4)) << place;
    }
    for (const auto& place : places_of(diary, "many")) EXPECT_EQ(place.at("evidence").as_array().size(), 8u);
}

TEST(PodTokens, ANetworkKeepsFourNames) {
    Diary diary(only_named());
    for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
        Deed deed = use("", std::string("10.3.0.") + std::to_string(name[0]));
        deed.user = pod_token("ci", name, std::string("pod-") + name);
        diary.at(1 + (name[0] - 'a') / 60.0, deed);
    }
    diary.save();
    const auto& networks = diary.rows().all().at("unusual_access.pod_networks");
    ASSERT_EQ(networks.size(), 1u);
    EXPECT_EQ(boost::json::parse(networks.begin()->second).at("names").as_array().size(), 4u);
}

TEST(PodTokens, APodHasMovedAfterADay) {
    for (const auto& [more, role] : {std::pair{-1, "pending"}, {0, "home"}}) {
        Diary diary = days_of_pods();
        diary.at(std::chrono::hours{130}, use("moved", "10.3.0.77"));
        diary.at(std::chrono::hours{131}, use("moved", "10.3.0.99"));
        diary.at(std::chrono::hours{155} + std::chrono::microseconds{more}, use("moved", "10.3.0.99"));
        const auto places = places_of(diary, "moved");
        ASSERT_EQ(places.back().at("address").as_string(), "10.3.0.99");
        EXPECT_EQ(places.back().at("role").as_string(), role) << more;
        EXPECT_EQ(places.size(), more < 0 ? 2u : 1u);  // the old address is forgotten
    }
}

// Two Pods that come to a new network within two hours moved together.
TEST(PodTokens, PodsThatMoveTogetherAreNoThieves) {
    for (const auto& [more, told] : {std::pair{0, 0u}, {1, 1u}}) {
        Diary diary(only_named());
        const auto deed = [](const std::string& name, const std::string& ip, bool takes) {
            Deed out = takes ? theft("", ip) : use("", ip);
            out.user = pod_token("ci", name, "pod-" + name);
            return out;
        };
        for (int hour = 1; hour < 120; ++hour) {
            for (const char* name : {"a", "b"})
                diary.at(hour, deed(name, "10.3.0." + std::to_string(name[0]), false));
        }
        diary.at(std::chrono::hours{120}, deed("b", "10.33.0.2", false));
        diary.at(std::chrono::hours{122} + std::chrono::microseconds{more}, deed("a", "10.33.0.1", true));
        EXPECT_EQ(of_tokens(diary).size(), told) << more;
    }
}

// Of an account that nobody knows: a busy place that was there five minutes earlier is the Pod's.
TEST(PodTokens, WhoCameFirstAndWasBusyIsThePod) {
    using std::chrono::microseconds;
    using std::chrono::minutes;
    using std::chrono::seconds;
    const struct {
        int requests;
        audit::Duration lead;
        bool is_clear;
    } kCases[] = {{7, minutes{5}, true}, {7, minutes{5} - microseconds{1}, false}, {6, minutes{5}, false}};
    for (const auto& [requests, lead, is_clear] : kCases) {
        Diary diary(only_named());
        diary.through(1, 200, 5, {});
        const audit::Duration begin = std::chrono::hours{200};
        for (int i = 0; i < requests; ++i) diary.at(begin + seconds{i}, use("young", "10.1.0.9"));
        diary.at(begin + lead, use("young", "10.2.0.4"));
        diary.at(begin + minutes{6}, use("young", "10.1.0.9"));
        const auto told = of_tokens(diary);
        ASSERT_EQ(told.size(), is_clear ? 1u : told.size());
        if (is_clear) {
            EXPECT_EQ(told[0].who().source_ip, "10.2.0.4");
            EXPECT_THAT(told[0].summary, HasSubstr("Its Pod uses it from 10.1.0.9"));
        }
        EXPECT_EQ(places_of(diary, "young").back().at("role").as_string(), is_clear ? "foreign" : "unclear")
            << requests << " " << audit::format_duration(lead);
    }
}

// Two accounts whose tokens alternate are no cluster in which all do.
TEST(PodTokens, ThreeAccountsMakeAGateway) {
    for (const auto& [accounts, is_told] : {std::pair{2, true}, {3, false}}) {
        Diary diary(only_named());
        const auto alternate = [&](double hour, const std::string& name) {
            for (int i = 0; i < 6; ++i) {
                Deed deed = use("", "192.0.2." + std::to_string(i % 2));
                deed.user = pod_token("ci", name, "pod-" + name);
                diary.at(hour + i / 60.0, deed);
            }
        };
        for (int day = 0; day < 8; ++day) {
            for (int account = 0; account < accounts; ++account)
                alternate(day * 24 + account, std::string(1, static_cast<char>('a' + account)));
        }
        alternate(200, "new");
        EXPECT_EQ(!of_tokens(diary).empty(), is_told) << accounts;
    }
}

// A place that was used in three hours is the Pod's, whoever was first.
TEST(PodTokens, ThreeHoursOfUseMakeAPlaceThePods) {
    for (const auto& [hours, role] : {std::pair{2, "unclear"}, {3, "home"}}) {
        Diary diary(only_named());
        diary.through(1, 200, 5, {});
        diary.at(200, use("young", "10.1.0.9"));
        for (int hour = 0; hour < hours; ++hour) diary.at(200.05 + hour, use("young", "10.2.0.4"));
        diary.at(200.1 + hours - 1, use("young", "10.1.0.9"));
        const auto places = places_of(diary, "young");
        ASSERT_EQ(places.size(), 2u);
        EXPECT_EQ(places[1].at("role").as_string(), role) << hours;
        EXPECT_EQ(places[0].at("role").as_string(), hours == 3 ? "foreign" : "unclear") << hours;
    }
}

TEST(PodTokens, ARestartChangesNothing) {
    const auto life = [](bool restarts) {
        Diary diary = days_of_pods();
        const auto pause = [&] {
            if (restarts) diary.restart();
        };
        diary.through(120, 140, 0.3, use("stolen", "10.3.0.77"));
        pause();
        diary.at(140.1, use("stolen", "10.3.0.99"));
        pause();
        diary.at(140.15, use("stolen", "10.3.0.99"));
        diary.at(140.2, use("stolen", "10.3.0.77"));
        pause();
        diary.at(140.3, theft("stolen", "10.3.0.99"));
        diary.at(200, first_use("203.0.113.9"));
        pause();
        diary.at(200.1, first_use("198.51.100.4"));
        std::vector<std::pair<std::string, uint64_t>> out;
        for (const Finding& finding : diary.told()) out.emplace_back(finding.summary, finding.count);
        return out;
    };
    EXPECT_EQ(life(false), life(true));
    EXPECT_THAT(life(true), Not(IsEmpty()));
}

}  // namespace
