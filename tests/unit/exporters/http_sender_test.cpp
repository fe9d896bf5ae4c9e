#include "exporters/http_sender.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/http_server.h"

namespace redshank {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HttpAnswer post(HttpSender& sender, const std::string& url, HttpOptions options = {}) {
    sender.send(7, {url, {{"Content-Type", "application/json"}}, "{\"a\":1}"}, options);
    for (;;) {
        const auto answers = sender.poll(seconds{30});
        if (answers.empty()) continue;
        EXPECT_EQ(answers[0].token, 7u);
        return answers[0].answer;
    }
}

TEST(HttpSender, PostsAndKeepsTheConnection) {
    test::HttpServer server(
        [](const test::Request&) { return test::Response{.status = 202, .body = "yes"}; });
    HttpSender sender;
    for (int i = 0; i < 5; ++i) {
        const HttpAnswer answer = post(sender, server.url("/path?q=1"));
        EXPECT_EQ(answer.status, 202);
        EXPECT_EQ(answer.body, "yes");
    }
    EXPECT_EQ(server.connections(), 1u);
    const test::Request request = server.requests()[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/path?q=1");
    EXPECT_EQ(request.body, "{\"a\":1}");
    EXPECT_EQ(request.headers.at("content-type"), "application/json");
    EXPECT_FALSE(request.headers.contains("expect"));
}

TEST(HttpSender, FollowsNoRedirect) {
    test::HttpServer elsewhere([](const test::Request&) { return test::Response{}; });
    test::HttpServer server([&](const test::Request&) {
        return test::Response{.status = 307, .headers = {{"Location", elsewhere.url()}}};
    });
    HttpSender sender;
    EXPECT_EQ(post(sender, server.url()).status, 307);
    EXPECT_TRUE(elsewhere.requests().empty());
}

TEST(HttpSender, NamesWhatWentWrong) {
    HttpSender sender;
    test::HttpServer reset(
        [](const test::Request&) { return test::Response{.manner = test::Response::Manner::Reset}; });
    EXPECT_EQ(post(sender, reset.url()).problem, "connection-lost");
    test::HttpServer hole(
        [](const test::Request&) { return test::Response{.manner = test::Response::Manner::BlackHole}; });
    EXPECT_EQ(post(sender, hole.url(), {.timeout = milliseconds{50}}).problem, "timeout");
    unsigned short closed = 0;
    {
        test::HttpServer gone([](const test::Request&) { return test::Response{}; });
        closed = gone.port();
    }
    EXPECT_EQ(post(sender, "http://127.0.0.1:" + std::to_string(closed)).problem, "connect");
    EXPECT_EQ(post(sender, "file:///etc/passwd").problem, "connection-lost");
}

TEST(HttpSender, RefusesPrivateAddressesWhenTold) {
    test::HttpServer server([](const test::Request&) { return test::Response{}; });
    HttpSender sender;
    const HttpOptions guarded{.allow_private_addresses = false};
    EXPECT_EQ(post(sender, server.url(), guarded).status, 0);
    EXPECT_EQ(post(sender, "http://[::ffff:127.0.0.1]:" + std::to_string(server.port()), guarded).status, 0);
    EXPECT_EQ(server.connections(), 0u);
}

// The environment of a daemon says nothing of its receivers, neither which proxy nor what goes without one.
TEST(HttpSender, TakesTheProxyFromItsOptionsOnly) {
    test::HttpServer server([](const test::Request&) { return test::Response{.status = 204}; });
    for (const char* name : {"no_proxy", "NO_PROXY"}) ::setenv(name, "*", 1);
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, "http://127.0.0.1:1", 1);
    HttpSender sender;
    EXPECT_EQ(post(sender, "http://receiver.invalid/path", {.proxy = server.url()}).status, 204);
    for (const char* name : {"no_proxy", "NO_PROXY"}) ::unsetenv(name);
    EXPECT_EQ(post(sender, server.url("/own")).status, 204);
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
    ASSERT_EQ(server.requests().size(), 2U);
    EXPECT_EQ(server.requests()[0].target, "http://receiver.invalid/path");
    EXPECT_EQ(server.requests()[1].target, "/own");
}

// A handle is taken up again for another receiver.
TEST(HttpSender, KeepsNothingOfTheReceiverBefore) {
    test::HttpServer server([](const test::Request&) { return test::Response{.status = 204}; });
    HttpSender sender;
    const HttpOptions guarded{.proxy = "http://127.0.0.1:1", .allow_private_addresses = false};
    EXPECT_EQ(post(sender, server.url(), guarded).status, 0);
    EXPECT_EQ(post(sender, server.url()).status, 204);
    EXPECT_EQ(post(sender, server.url(), guarded).status, 0);
}

bool is_private(const char* text) {
    sockaddr_in6 six{.sin6_family = AF_INET6};
    sockaddr_in four{.sin_family = AF_INET};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return is_private_address(reinterpret_cast<const sockaddr*>(&four));
    EXPECT_EQ(inet_pton(AF_INET6, text, &six.sin6_addr), 1) << text;
    return is_private_address(reinterpret_cast<const sockaddr*>(&six));
}

TEST(HttpSender, KnowsPrivateAddressesByTheirNetworks) {
    for (const char* address : {"0.1.2.3",
                                "10.0.0.1",
                                "10.255.255.255",
                                "127.0.0.1",
                                "169.254.169.254",
                                "172.16.0.1",
                                "172.31.255.255",
                                "192.168.0.1",
                                "100.64.0.1",
                                "100.127.255.255",
                                "224.0.0.1",
                                "255.255.255.255",
                                "::1",
                                "::",
                                "fe80::1",
                                "fc00::1",
                                "fdff::1",
                                "ff02::1",
                                "::ffff:10.0.0.1",
                                "::ffff:192.168.1.1"}) {
        EXPECT_TRUE(is_private(address)) << address;
    }
    for (const char* address :
         {"1.0.0.1", "9.255.255.255", "11.0.0.1", "126.0.0.1", "128.0.0.1", "169.253.0.1", "169.255.0.1",
          "172.15.255.255", "172.32.0.1", "192.167.0.1", "192.169.0.1", "100.63.255.255", "100.128.0.1",
          "223.255.255.255", "2001:db8::1", "fe00::1", "fb00::1", "::ffff:8.8.8.8"}) {
        EXPECT_FALSE(is_private(address)) << address;
    }
    const sockaddr local{.sa_family = AF_UNIX};
    EXPECT_TRUE(is_private_address(&local));
}

// Names of headers are equal in any case, and no other header is near enough.
TEST(HttpSender, FindsRetryAfterAmongOtherHeaders) {
    const struct {
        const char* name;
        std::optional<audit::Duration> pause;
    } kCases[] = {{"retry-after", seconds{9}},   {"Retry-After", seconds{9}},
                  {"RETRY-AFTER", seconds{9}},   {"x-retry-after", std::nullopt},
                  {"Retry-Aftes", std::nullopt}, {"Retry_After", std::nullopt},
                  {"Setry-After", std::nullopt}, {"Retry", std::nullopt}};
    for (const auto& [name, pause] : kCases) {
        test::HttpServer server([name = name](const test::Request&) {
            return test::Response{.status = 503, .headers = {{name, "9"}}};
        });
        HttpSender sender;
        EXPECT_EQ(post(sender, server.url()).retry_after, pause) << name;
    }
}

TEST(HttpSender, KeepsAsMuchOfABodyAsFits) {
    for (const auto& [size, kept] :
         {std::pair<size_t, size_t>{4095, 4095}, {4096, 4096}, {4097, 4096}, {0, 0}}) {
        test::HttpServer server(
            [size = size](const test::Request&) { return test::Response{.body = std::string(size, 'x')}; });
        HttpSender sender;
        EXPECT_EQ(post(sender, server.url()).body.size(), kept);
    }
}

TEST(HttpSender, CountsWhatIsUnderWay) {
    test::HttpServer server([](const test::Request&) { return test::Response{.status = 204}; });
    HttpSender sender;
    EXPECT_EQ(sender.in_flight(), 0u);
    sender.send(1, {server.url(), {}, "a"}, {});
    sender.send(2, {server.url(), {}, "b"}, {});
    EXPECT_EQ(sender.in_flight(), 2u);
    std::set<uint64_t> tokens;
    while (tokens.size() < 2) {
        for (const auto& answer : sender.poll(seconds{30})) {
            EXPECT_EQ(answer.answer.status, 204);
            tokens.insert(answer.token);
        }
    }
    EXPECT_EQ(sender.in_flight(), 0u);
}

TEST(HttpSender, ReadsRetryAfterAndNotMoreOfTheBodyThanItNeeds) {
    test::HttpServer server([](const test::Request&) {
        return test::Response{
            .status = 429, .body = std::string(1'000'000, 'x'), .headers = {{"retry-AFTER", "17"}}};
    });
    HttpSender sender;
    const HttpAnswer answer = post(sender, server.url());
    EXPECT_EQ(answer.retry_after, seconds{17});
    EXPECT_EQ(answer.body.size(), 4096u);
}

}  // namespace
}  // namespace redshank
