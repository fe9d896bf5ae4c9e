#include <gtest/gtest.h>

#include "audit/normalise/agent.h"
#include "audit/normalise/source.h"
#include "audit/normalise/stem.h"

using namespace redshank::audit;

namespace {

struct Case {
    std::string_view in, out;
};

TEST(AgentProduct, DropsVersionPlatformAndCommit) {
    const Case cases[] = {
        {"kubectl/v1.32.0 (linux/amd64) kubernetes/abc", "kubectl"},
        {"kubectl.1.30/v1.30.13 (linux/amd64)", "kubectl"},
        {"kubectl.exe/v1.30.13 (windows/amd64)", "kubectl"},
        {"Helm/3.14.1", "helm"},
        {"python-requests/2.31", "python-requests"},
        {"Go-http-client/1.1", "go-http-client"},
        {"Mozilla/5.0 (X11; Linux)", "mozilla"},
        {"curl-8.5.0", "curl"},
        {"k9s", "k9s"},
        {"", "none"},
        {"\xc3\xa4\n/1", "none"},
    };
    for (const Case& c : cases) EXPECT_EQ(agent_product(c.in), c.out) << c.in;
    EXPECT_EQ(agent_product(std::string(5000, 'a')).size(), 64U);
}

TEST(AgentProduct, EndsBeforeAVersionThatIsGluedToIt) {
    const Case cases[] = {
        {"a-1", "a"},     {"a-v1", "a"},      {"a_1.0", "a"},         {"a.1", "a"},           {"a-v", "a-v"},
        {"a-1b", "a-1b"}, {"a-1b-2", "a-1b"}, {"-1", "-1"},           {"a-", "a-"},           {"a1", "a1"},
        {"a+1", "a+1"},   {"a-w1", "a-w1"},   {"AZ@[`{/1", "az@[`{"}, {"~!\x7f\x1f/1", "~!"}, {"a.exe", "a"},
        {".exe", "none"}, {"a;b", "a"},       {"a,b", "a"},           {"a(b", "a"},           {"a b", "a"},
    };
    for (const Case& c : cases) EXPECT_EQ(agent_product(c.in), c.out) << c.in;
    for (const size_t size : {63, 64, 65})
        EXPECT_EQ(agent_product(std::string(size, 'a') + "/1").size(), std::min<size_t>(size, 64));
}

// Each form of what machines make up, at its shortest, and what is one letter less of it.
TEST(NameStem, IsGeneratedFromItsShortestFormOn) {
    const Case cases[] = {
        {"x-123-y", "x-*-y"},
        {"x-12-y", "x-12-y"},  // three digits
        {"x-bcdfg", "x-*"},
        {"x-bcdf", "x-bcdf"},  // five letters of generateName
        {"x-bcdfa", "x-bcdfa"},
        {"x-b2456", "x-*"},
        {"x-abcde1", "x-*"},
        {"x-abcd1", "x-abcd1"},  // six of hex with a digit
        {"x-abcdef", "x-abcdef"},
        {"x-ABCDE1", "x-*"},
        {"x-uu1ii", "x-*"},
        {"x-uuii1", "x-uuii1"},  // letters and digits that alternate
        {"x-1uuiio", "x-*"},
        {"x-1uuii", "x-1uuii"},
        {"18eaa60cc2187ae7", "*"},
        {"18eaa60cc2187ae", "18eaa60cc2187ae"},  // a digest of sixteen
        {"x-20261123-1234", "x-*"},
        {"x-20261123-v2", "x-*"},
        {"x-20261123-z", "x-*-z"},
        {"x-20261123-vw2", "x-*-vw2"},
        {"x-v2", "x-v#"},
        {"x-2", "x-#"},
        {"x-vw2", "x-vw2"},
        {"x-v", "x-v"},
        {"x-2-y", "x-2-y"},
        {"2", "2"},
        {"x_bcdfg.y", "x_*.y"},
        {"x-550e8400-e29b-41d4-a716-44665544000",
         "x-*-e29b-41d4-a716-*"},  // one short of a UUID: its parts count
        {"x-550e8400-e29b-41d4-a716-44665544000g-y", "x-*-e29b-41d4-a716-*-y"},
    };
    for (const Case& c : cases) EXPECT_EQ(name_stem(c.in), c.out) << c.in;
    for (const size_t size : {127, 128, 129})
        EXPECT_EQ(name_stem(std::string(size, 'u')).size(), std::min<size_t>(size, 128));
    // One letter may stand before a number: each of the alphabet, and nothing beside it.
    for (const char letter : {'a', 'z', 'A', 'Z'})
        EXPECT_EQ(name_stem(std::string("job-") + letter + "1"), std::string("job-") + letter + "#");
    for (const char other : {'`', '{', '@', '['})
        EXPECT_EQ(name_stem(std::string("job-") + other + "1"), std::string("job-") + other + "1");
    EXPECT_EQ(namespace_stem("team-v2"), "team-v2");
    EXPECT_EQ(namespace_stem("team-12"), "team-12");
    EXPECT_EQ(namespace_stem("team-123"), "team-*");
}

TEST(NameStem, DropsWhatMachinesMakeUp) {
    const Case cases[] = {
        {"apihost-79dbb7d446-jwpqq", "apihost-*"},
        {"jobrunner-6d4cf56db6-x2x4z", "jobrunner-*"},
        {"main.18eaa60cc2187ae7", "main.*"},
        {"web-0", "web-#"},
        {"sh.helm.release.v1.api.v12", "sh.helm.release.v1.api.v#"},
        {"backup-28391040-ldq7f", "backup-*"},
        {"csr-2xbtr", "csr-*"},
        {"master-key", "master-key"},
        {"db-password", "db-password"},
        {"registry-pull", "registry-pull"},
        {"550e8400-e29b-41d4-a716-446655440000", "*"},
        {"job-550e8400-e29b-41d4-a716-446655440000-x", "job-*-x"},
        {"", ""},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(name_stem(c.in), c.out) << c.in;
    }
}

TEST(NamespaceStem, KeepsWhatPeopleName) {
    const Case cases[] = {
        {"pr-1551-kbm6f", "pr-*"},      {"pr-1572-qkbg9", "pr-*"},
        {"ci-7f3a9c1e", "ci-*"},        {"build-20261123-4", "build-*"},
        {"team-1", "team-1"},           {"payments", "payments"},
        {"kube-system", "kube-system"}, {"feature-login-x7k2p", "feature-login-*"},
        {"prod-eu2", "prod-eu2"},
    };
    for (const Case& c : cases) EXPECT_EQ(namespace_stem(c.in), c.out) << c.in;
}

TEST(UserStem, OnlyServiceAccountsHaveGeneratedParts) {
    EXPECT_EQ(user_stem("system:serviceaccount:pr-1551-kbm6f:run-4jxrbm"),
              "system:serviceaccount:pr-*:run-*");
    EXPECT_EQ(user_stem("system:serviceaccount:shop:default"), "system:serviceaccount:shop:default");
    EXPECT_EQ(user_stem("alice-12345"), "alice-12345");
    EXPECT_EQ(user_stem("system:serviceaccount:odd"), "system:serviceaccount:odd");
}

TEST(SourceNetwork, IsWiderThanAnAddress) {
    const Case cases[] = {
        {"10.2.3.4", "10.2.3.*"},
        {"127.0.0.1", "loopback"},
        {"::1", "loopback"},
        {"fd00:1:2:3::9", "fd00:1:2:3:*"},
        {"::ffff:10.2.3.4", "10.2.3.*"},
        {"nonsense", "unknown"},
        {"", "unknown"},
    };
    for (const Case& c : cases) EXPECT_EQ(source_network(c.in), c.out) << c.in;
}

TEST(SourceNetwork, OnlyTheUsualLoopbackIsLoopback) {
    const Case cases[] = {
        {"127.0.0.0", "127.0.0.*"},
        {"127.0.0.2", "127.0.0.*"},
        {"127.0.1.1", "127.0.1.*"},
        {"127.1.0.1", "127.1.0.*"},
        {"126.0.0.1", "126.0.0.*"},
        {"128.0.0.1", "128.0.0.*"},
        {"::2", "0:0:0:0:*"},
        {"::ffff:127.0.0.1", "loopback"},
        {"1234:5678:9abc:def0:1::", "1234:5678:9abc:def0:*"},
    };
    for (const Case& c : cases) EXPECT_EQ(source_network(c.in), c.out) << c.in;
    EXPECT_EQ(source_caller("1.20.255.0"), "1.20.255.0");
    EXPECT_EQ(source_caller("::1"), "loopback");
}

TEST(SourceCaller, IsAnAddressOrTheNetworkOfAnIpv6Host) {
    const Case cases[] = {
        {"10.2.3.4", "10.2.3.4"},
        {"::ffff:10.2.3.4", "10.2.3.4"},
        {"2001:db8:1:2::9", "2001:db8:1:2:*"},
        {"2001:db8:1:2:ffff::", "2001:db8:1:2:*"},
        {"nonsense", "unknown"},
    };
    for (const Case& c : cases) EXPECT_EQ(source_caller(c.in), c.out) << c.in;
}

TEST(IsPublic, IsWhatTheInternetRoutes) {
    for (const char* address : {"198.51.100.7", "172.32.0.1", "100.128.0.1", "2a00:1::1", "::ffff:8.8.8.8"})
        EXPECT_TRUE(is_public(address)) << address;
    for (const char* address : {"10.0.0.1", "172.31.0.1", "192.168.1.1", "127.0.0.1", "169.254.0.1",
                                "100.64.0.1", "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "nonsense", ""})
        EXPECT_FALSE(is_public(address)) << address;
}

TEST(IsPublic, EndsWhereANetworkBegins) {
    const struct {
        const char *before, *first, *last, *behind;
    } kNetworks[] = {
        {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
        {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
        {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
        {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
        {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
        {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
        {"::", "::1", "::1", "::2"},
        {"fbff:ffff::", "fc00::", "fdff:ffff::", "fe00::"},
        {"fe7f:ffff::", "fe80::", "febf:ffff::", "fec0::"},
    };
    for (const auto& [before, first, last, behind] : kNetworks) {
        EXPECT_TRUE(is_public(before)) << before;
        EXPECT_FALSE(is_public(first)) << first;
        EXPECT_FALSE(is_public(last)) << last;
        EXPECT_TRUE(is_public(behind)) << behind;
    }
}

TEST(PeerAddress, BelievesOnlyTheLastUnlessItIsOurProxy) {
    Event event;
    event.source_ips = {"1.2.3.4", "9.9.9.9", "10.0.0.7"};
    leave_out_proxies(event, {});
    EXPECT_EQ(event.peer_ip(), "10.0.0.7");
    Network proxy;
    ASSERT_TRUE(proxy.parse("10.0.0.0/24"));
    leave_out_proxies(event, {proxy});
    EXPECT_EQ(event.peer_ip(), "9.9.9.9") << "what stands before it is the client's word";
    EXPECT_EQ(event.source_ips.size(), 2u);
    event.source_ips = {"10.0.0.8", "10.0.0.7"};
    leave_out_proxies(event, {proxy});
    EXPECT_EQ(event.peer_ip(), "10.0.0.8");
    event.source_ips.clear();
    leave_out_proxies(event, {proxy});
    EXPECT_EQ(event.peer_ip(), "");
}

// trusted_proxies and `cidr` in rules both use this class.
TEST(Network, HoldsItsAddressesAlsoWhenTheyAreMapped) {
    const struct {
        std::string_view network, address;
        bool expected;
    } cases[] = {
        {"10.0.0.0/8", "10.0.0.7", true},
        {"10.0.0.0/8", "::ffff:10.0.0.7", true},
        {"10.0.0.0/8", "::FFFF:0a00:0007", true},
        {"10.0.0.0/8", "11.0.0.7", false},
        {"10.0.0.0/8", "::ffff:11.0.0.7", false},
        {"10.0.0.0/8", "::10.0.0.7", false},  // an IPv4-compatible address is not a mapped one
        {"10.0.0.0/8", "fd00::7", false},
        {"172.16.0.0/12", "172.31.255.255", true},
        {"172.16.0.0/12", "172.32.0.0", false},
        {"172.16.0.0/12", "172.15.255.255", false},
        {"10.0.0.128/25", "10.0.0.128", true},
        {"10.0.0.128/25", "10.0.0.127", false},
        {"10.0.0.4/30", "10.0.0.7", true},
        {"10.0.0.4/30", "10.0.0.8", false},
        {"10.0.0.7/31", "10.0.0.6", true},
        {"10.0.0.7/32", "10.0.0.6", false},
        {"10.0.0.7", "10.0.0.7", true},
        {"10.0.0.7", "10.0.0.6", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "fd00::1", false},
        {"0.0.0.0/1", "127.0.0.1", true},
        {"0.0.0.0/1", "128.0.0.1", false},
        {"::/0", "fd00::1", true},
        {"::/0", "::ffff:10.0.0.7", false},
        {"fd00::/7", "fc00::1", true},
        {"fd00::/8", "fc00::1", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"fe80::1/128", "fe80::1", true},
        {"fe80::1/128", "fe80::2", false},
        {"::ffff:10.0.0.0/104", "10.9.9.9", true},
        {"::ffff:10.0.0.0/104", "11.9.9.9", false},
        {"::ffff:0:0/96", "203.0.113.9", true},
        {"::ffff:0:0/95", "203.0.113.9", false},
        {"10.0.0.0/8", "10.0.0.7 ", false},
        {"10.0.0.0/8", "", false},
        {"10.0.0.0/8", "nonsense", false},
    };
    for (const auto& c : cases) {
        Network network;
        ASSERT_TRUE(network.parse(c.network)) << c.network;
        EXPECT_EQ(network.contains(c.address), c.expected) << c.network << " " << c.address;
    }
}

TEST(Network, RefusesWhatIsNone) {
    Network network;
    for (const std::string_view bad :
         {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "::/129"}) {
        EXPECT_FALSE(network.parse(bad)) << bad;
    }
    for (const std::string_view bad :
         {"10.0.0.0/1000", "10.0.0.0/4294967304", "::ffff:10.0.0.0/129", "10.0.0/8"}) {
        EXPECT_FALSE(network.parse(bad)) << bad;
    }
    ASSERT_TRUE(network.parse("fd00::/8"));
    EXPECT_TRUE(network.contains("fd12::1"));
    EXPECT_FALSE(network.contains("10.0.0.1"));
}

}  // namespace
