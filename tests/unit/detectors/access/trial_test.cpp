// A client or a network that is new stays news for what is done with it until it is settled: a harmless
// request that comes first does not teach it.
#include <gmock/gmock.h>

#include "tests/unit/detectors/access/acts.h"

using namespace redshank;
using namespace redshank::test;

namespace {

const std::string kWeb = account("shop", "web", "web-0");
const std::string kWebName = "system:serviceaccount:shop:web";

Deed lists(const char* resource, const char* agent = "kubectl/v1.32.0", const char* ip = "10.0.0.7") {
    Deed deed{.verb = "list", .resource = resource, .name = ""};
    deed.agent = agent, deed.ip = ip;
    return deed;
}

// The account web watches Secrets all the time: it learns nothing by a list.
Cluster of_watcher() {
    Deed secrets = lists("secrets");
    secrets.user = kWeb, secrets.verb = "watch";
    return Cluster({}, {secrets});
}

TEST(Trial, AHarmlessFirstRequestTeachesNoClient) {
    const Deed looks = lists("pods", "curl/8.5.0"), steals = lists("secrets", "curl/8.5.0");
    Deed refused = looks;
    refused.code = 403, refused.decision = "forbid";
    for (const std::vector<Deed>& deeds : {std::vector<Deed>{steals}, {looks, steals}, {refused, steals}}) {
        Cluster cluster = of_watcher();
        cluster.as_ever(deeds, kWeb, kGrant);
        EXPECT_GE(cluster.worst(kWebName), Severity::Medium) << deeds.size();
        const auto told = cluster.pages();
        ASSERT_THAT(told, testing::SizeIs(1)) << deeds.size();
        EXPECT_THAT(told[0].summary, testing::HasSubstr("with curl in 13 days")) << deeds.size();
    }
}

TEST(Trial, AClientIsItsOwnersAfterThreeHours) {
    for (const int hours : {2, 3}) {
        Cluster cluster = of_watcher();
        for (int i = hours; i > 0; --i)
            cluster.as_ever({lists("pods", "curl/8.5.0")}, kWeb, kGrant, kThen - 30 * i);
        cluster.as_ever({lists("secrets", "curl/8.5.0")}, kWeb, kGrant);
        EXPECT_EQ(cluster.worst(kWebName), hours < 3 ? Severity::Medium : Severity::Low) << hours;
    }
}

TEST(Trial, WhatOneAlwaysDoesWithOnesOwnClientIsNoNews) {
    Cluster cluster = of_watcher();
    cluster.as_ever({lists("pods"), lists("secrets")}, kWeb, kGrant);
    EXPECT_LE(cluster.worst(kWebName), Severity::Low);
}

// A person who is somewhere else, and looks around first.
TEST(Trial, AHarmlessFirstRequestTeachesNoNetwork) {
    const char* kElsewhere = "203.0.113.9";
    const Deed reads = of_secret("get", "shop", "db-password");
    for (const bool looks_first : {false, true}) {
        for (const bool is_elsewhere : {false, true}) {
            Cluster cluster(of_secret("get", "shop", "web"));
            std::vector<Deed> deeds;
            if (looks_first) deeds.push_back(lists("pods"));
            deeds.push_back(reads);
            if (is_elsewhere) {
                for (Deed& deed : deeds) deed.ip = kElsewhere;
            }
            cluster.as_ever(deeds, person("alice"), kGrant);
            if (is_elsewhere)
                EXPECT_GE(cluster.worst("alice"), Severity::Medium) << looks_first;
            else
                EXPECT_LE(cluster.worst("alice"), Severity::Low) << looks_first;
        }
    }
}

}  // namespace
