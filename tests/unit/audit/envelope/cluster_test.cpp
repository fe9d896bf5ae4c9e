#include "audit/envelope/cluster.h"

#include <gtest/gtest.h>

namespace redshank::audit {
namespace {

TEST(EnvelopeCluster, IsWhatTheCloudsWrite) {
    const auto name = [](std::string_view text) { return cluster_of_envelope(text); };
    EXPECT_EQ(name(R"({"logGroup":"/aws/eks/prod-eu/cluster","logEvents":[]})"), "prod-eu");
    EXPECT_EQ(name(R"({"logGroup":"/aws/eks//cluster"})"), "");
    EXPECT_EQ(name(R"({"logGroup":"/aws/eks/prod-eu/other"})"), "");
    EXPECT_EQ(name(R"({"logGroup":"/aws/rds/prod-eu/cluster"})"), "");
    EXPECT_EQ(name(R"({"records":[{"resourceId":"/SUBSCRIPTIONS/X/MANAGEDCLUSTERS/PROD-EU"},{}]})"),
              "prod-eu");
    EXPECT_EQ(name(R"({"resourceId":"/x/managedClusters/One/more","properties":{}})"), "one");
    EXPECT_EQ(name(R"({"records":[]})"), "");
    EXPECT_EQ(name(R"({"resource":{"labels":{"cluster_name":"gke-1"}},"protoPayload":{}})"), "gke-1");
    EXPECT_EQ(name(R"({"resource":{"labels":{"other":"gke-1"}}})"), "");
    EXPECT_EQ(name(R"({"resource":"x"})"), "");
    EXPECT_EQ(name(R"({"kind":"Event"})"), "");
    EXPECT_EQ(name("no JSON"), "");
}

// What a client has written into a body says nothing.
TEST(EnvelopeCluster, IsNotTakenFromWithin) {
    EXPECT_EQ(cluster_of_envelope(R"({"requestObject":{"logGroup":"/aws/eks/evil/cluster"}})"), "");
    EXPECT_EQ(cluster_of_envelope(R"({"log":"{\"logGroup\":\"/aws/eks/evil/cluster\"}"})"), "");
}

}  // namespace
}  // namespace redshank::audit
