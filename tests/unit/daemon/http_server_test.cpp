#include "daemon/http/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

// Sends raw text and reads until the server closes.
std::string talk(unsigned short port, const std::string& text) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    std::string out;
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
        char chunk[4096];
        for (ssize_t got; (got = recv(fd, chunk, sizeof chunk, 0)) > 0;)
            out.append(chunk, static_cast<size_t>(got));
    }
    close(fd);
    return out;
}

class HttpServerTest : public ::testing::Test {
  protected:
    HttpServerTest()
        : server_({.listen = "127.0.0.1:0", .max_connections = 4, .timeout = std::chrono::milliseconds{200}},
                  {{"/metrics",
                    [](const HttpQuery& query) {
                        return HttpReply{200, "text/x", "m " + query.query};
                    }},
                   {"/host",
                    [](const HttpQuery& query) {
                        return HttpReply{200, "text/x", query.has_own_host ? "own" : "other"};
                    }},
                   {"/big",
                    [](const HttpQuery&) {
                        return HttpReply{200, "text/x", std::string(5000, 'a')};
                    }},
                   {"/size",
                    [](const HttpQuery& query) {
                        return HttpReply{200, "text/x", std::string(std::stoul(query.query), 'a')};
                    }},
                   {"/readyz", [](const HttpQuery&) { return HttpReply{.status = 503, .body = "no\n"}; }}},
                  {{"/-/reload", [](const HttpQuery& query) {
                        return HttpReply{.status = 202, .body = query.from_loopback ? "near\n" : "far\n"};
                    }}}) {
        server_.start();
    }
    std::string get(const std::string& target, const std::string& more = "") {
        return talk(server_.port(),
                    "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more + "\r\n");
    }
    HttpServer server_;
};

TEST_F(HttpServerTest, AnswersByPath) {
    EXPECT_NE(get("/metrics?verbose").find("200 OK"), std::string::npos);
    EXPECT_TRUE(get("/metrics?verbose").ends_with("\r\n\r\nm verbose"));
    EXPECT_NE(get("/readyz").find(" 503 "), std::string::npos);
    EXPECT_NE(get("/other").find(" 404 "), std::string::npos);
    EXPECT_NE(talk(server_.port(), "POST /metrics HTTP/1.0\r\n\r\n").find(" 405 "), std::string::npos);
    EXPECT_NE(talk(server_.port(), "HEAD /big HTTP/1.0\r\n\r\n").find("Content-Length: 5000\r\n\r\n"),
              std::string::npos);
}

TEST_F(HttpServerTest, TakesPostsWhereTheyAreMeant) {
    const auto post = [&](const std::string& head) {
        return talk(server_.port(), "POST " + head + "\r\n\r\n");
    };
    const std::string answer = post("/-/reload HTTP/1.0\r\nContent-Length: 0");
    EXPECT_NE(answer.find(" 202 "), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("near\n"));
    EXPECT_NE(get("/-/reload").find(" 405 "), std::string::npos);
    EXPECT_NE(get("/-/reload").find("Allow: POST"), std::string::npos);
    EXPECT_NE(post("/metrics HTTP/1.0").find("Allow: GET, HEAD"), std::string::npos);
    EXPECT_EQ(post("/-/reload HTTP/1.0\r\nContent-Length: 3").find(" 202 "), std::string::npos);  // no body
    EXPECT_TRUE(server_.is_loopback());
    EXPECT_EQ(server_.address(), "127.0.0.1:" + std::to_string(server_.port()));
    EXPECT_FALSE(HttpServer({.listen = "0.0.0.0:0"}, {}).is_loopback());
    EXPECT_TRUE(HttpServer({.listen = "[::1]:0"}, {}).is_loopback());
}

TEST_F(HttpServerTest, TakesNoPostsOfBrowsers) {
    const auto post = [&](const std::string& fields) {
        return talk(server_.port(), "POST /-/reload HTTP/1.1\r\nConnection: close\r\n" + fields + "\r\n");
    };
    for (const char* host :
         {"127.0.0.1:9465", "[::1]:9465", "[::1]", "10.0.0.7", "LocalHost:1", "localhost"}) {
        EXPECT_NE(post("Host: " + std::string(host) + "\r\n").find(" 202 "), std::string::npos) << host;
    }
    for (const char* fields :
         {"Host: localhost\r\nOrigin: http://evil.example\r\n", "Host: 127.0.0.1\r\nOrigin: null\r\n",
          "Host: 127.0.0.1\r\nsec-fetch-site: same-origin\r\n", "Host: evil.example:9465\r\n",
          "Host: 127.0.0.1.evil.example\r\n", "Host: \r\n", "Host: []\r\n"}) {
        EXPECT_NE(post(fields).find(" 403 "), std::string::npos) << fields;
    }
    EXPECT_NE(get("/metrics", "Origin: http://grafana\r\n").find(" 200 "), std::string::npos);
}

TEST_F(HttpServerTest, CompressesForThoseWhoTakeIt) {
    const std::string answer = get("/big", "Accept-Encoding: gzip\r\n");
    EXPECT_NE(answer.find("Content-Encoding: gzip"), std::string::npos);
    EXPECT_LT(answer.size(), 1000u);
    const auto is_packed = [&](const std::string& accepted) {
        return get("/big", "Accept-Encoding: " + accepted + "\r\n").find("Content-Encoding") !=
               std::string::npos;
    };
    for (const char* yes : {"br, gzip;q=0.5", "*", "GZIP", "gzip;q=1.0, identity;q=0"})
        EXPECT_TRUE(is_packed(yes)) << yes;
    for (const char* no : {"gzip;q=0", "gzip; q=0.000", "br", "identity", "xgzip", "*;q=0"})
        EXPECT_FALSE(is_packed(no)) << no;
}

TEST_F(HttpServerTest, TellsHostsOfItsOwnFromOthers) {
    const auto host_of = [&](const std::string& host) {
        return talk(server_.port(), "GET /host HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    };
    for (const char* own : {"localhost", "LocalHost:9465", "127.0.0.1:9465", "[::1]:9465", "10.0.0.7"})
        EXPECT_TRUE(host_of(own).ends_with("own")) << own;
    for (const char* other : {"evil.example", "evil.example:9465", "localhost.evil.example"})
        EXPECT_TRUE(host_of(other).ends_with("other")) << other;
}

// Every request gets an answer, however malformed.
TEST_F(HttpServerTest, AnswersWhatItCannotTake) {
    const std::string host = "Host: x\r\nConnection: close\r\n";
    const std::vector<std::pair<std::string, std::string>> table{
        {"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
         " 202 "},
        {"GET /metrics HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\n{}", " 200 "},
        {"POST /-/reload HTTP/1.1\r\n" + host + "Content-Length: 99999\r\n\r\n", " 413 "},
        {"GET /metrics HTTP/1.1\r\n" + host + "Cookie: " + std::string(9000, 'a') + "\r\n\r\n", " 431 "},
        {std::string(100'000, 'x'), " 431 "},
        {"hello\r\n\r\n", " 400 "},
        {"\x16\x03\x01\x02\x00\x01\x00\r\n", " 400 "},
        {"GET http://localhost/metrics?a HTTP/1.1\r\n" + host + "\r\n", "m a"},
        {"GET http://localhost HTTP/1.1\r\n" + host + "\r\n", " 404 "},
        {"GET /metrics HTTP/1.1\r\n" + host + "Host: y\r\n\r\n", " 400 "},
        {"GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n", " 400 "},
        {"GET /metrics HTTP/1.0\r\n\r\n", " 200 "},
    };
    for (const auto& [request, answer] : table)
        EXPECT_NE(talk(server_.port(), request).find(answer), std::string::npos) << request.substr(0, 60);
}

TEST_F(HttpServerTest, HasLimitsThatAreReachedAndNotPassed) {
    const auto post = [&](size_t body) {
        return talk(server_.port(),
                    "POST /-/reload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
                        std::to_string(body) + "\r\n\r\n" + std::string(body, 'b'));
    };
    EXPECT_NE(post(64 * 1024).find(" 202 "), std::string::npos);
    EXPECT_NE(post(64 * 1024 + 1).find(" 413 "), std::string::npos);
    const auto with_head = [&](size_t size) {
        std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: ";
        request += std::string(size - request.size() - 4, 'c') + "\r\n\r\n";
        EXPECT_EQ(request.size(), size);
        return talk(server_.port(), request);
    };
    // Beast counts 8 KiB without the first line and some of the last ones.
    EXPECT_NE(with_head(8243).find(" 200 "), std::string::npos);
    EXPECT_NE(with_head(8244).find(" 431 "), std::string::npos);
    const auto is_packed = [&](size_t size) {
        return get("/size?" + std::to_string(size), "Accept-Encoding: gzip\r\n")
                   .find("Content-Encoding: gzip") != std::string::npos;
    };
    EXPECT_FALSE(is_packed(1399));
    EXPECT_TRUE(is_packed(1400));
}

TEST_F(HttpServerTest, AConnectionTakesSeveralRequests) {
    const std::string first = "GET /metrics?1 HTTP/1.1\r\nHost: x\r\n\r\n",
                      last = "GET /metrics?2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const std::string answers = talk(server_.port(), first + last);
    EXPECT_LT(answers.find("m 1"), answers.find("m 2"));
    EXPECT_TRUE(answers.ends_with("m 2"));
    EXPECT_EQ(talk(server_.port(), last + first).find("m 1"), std::string::npos);
}

// max_connections is 4, and none of these clients sends a request.
TEST_F(HttpServerTest, ClientsThatSayNothingKeepNobodyOut) {
    HttpServer patient({.listen = "127.0.0.1:0", .max_connections = 4, .timeout = std::chrono::minutes{10}},
                       {{"/metrics", [](const HttpQuery&) {
                             return HttpReply{200, "text/x", "m"};
                         }}});
    patient.start();
    std::vector<int> silent;
    for (int i = 0; i < 12; ++i) {
        silent.push_back(socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(patient.port());
        ASSERT_EQ(connect(silent.back(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    EXPECT_NE(
        talk(patient.port(), "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").find("200 OK"),
        std::string::npos);
    for (const int fd : silent) close(fd);
}

TEST_F(HttpServerTest, DropsClientsThatSendNothing) {
    EXPECT_EQ(talk(server_.port(), ""), "");
    EXPECT_NE(get("/metrics").find("200 OK"), std::string::npos);
}

TEST(HttpServerTls, DropsClientsThatBeginNoHandshake) {
    const test::TempDir folder;
    const std::string make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=localhost -keyout " +
        folder.file("key") + " -out " + folder.file("crt") + " 2>/dev/null";
    ASSERT_EQ(std::system(make.c_str()), 0);
    test::write_file(folder.file("web.yml"), "tls_server_config:\n  cert_file: crt\n  key_file: key\n");
    HttpServer server({.listen = "127.0.0.1:0",
                       .timeout = std::chrono::milliseconds{200},
                       .web_config_file = folder.file("web.yml")},
                      {});
    server.start();
    EXPECT_EQ(talk(server.port(), ""), "");
}

TEST_F(HttpServerTest, TellsClientsThatSendHalfARequest) {
    for (const char* half : {"G", "GET /metrics HTT", "GET /metrics HTTP/1.1\r\nHost: x\r\n",
                             "POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nab"}) {
        EXPECT_TRUE(talk(server_.port(), half).starts_with("HTTP/1.1 408 ")) << half;
    }
    // A second request on a connection, too; one that is only kept open is closed without a word.
    const std::string whole = "GET /metrics?1 HTTP/1.1\r\nHost: x\r\n\r\n";
    EXPECT_NE(talk(server_.port(), whole + "GET").find("m 1HTTP/1.1 408 "), std::string::npos);
    EXPECT_TRUE(talk(server_.port(), whole).ends_with("m 1"));
}

TEST_F(HttpServerTest, TellsClientsThatAskThatTheyMaySendABody) {
    const auto post = [&](const std::string& more, const std::string& body) {
        return talk(server_.port(), "POST /-/reload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
                                        more + "\r\n" + body);
    };
    const std::string asks = "Expect: 100-Continue\r\n";
    EXPECT_TRUE(
        post(asks + "Content-Length: 2\r\n", "{}").starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 "));
    EXPECT_TRUE(post(asks + "Content-Length: 0\r\n", "").starts_with("HTTP/1.1 202 "));  // nothing to send
    EXPECT_TRUE(post(asks + "Content-Length: 99999\r\n", "").starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(post("Expect: wonders\r\nContent-Length: 2\r\n", "{}").starts_with("HTTP/1.1 417 "));
    EXPECT_TRUE(talk(server_.port(), "POST /-/reload HTTP/1.0\r\n" + asks + "Content-Length: 2\r\n\r\n{}")
                    .starts_with("HTTP/1.0 202 "));
}

TEST_F(HttpServerTest, SaysThatThePortIsTaken) {
    try {
        HttpServer other({.listen = "127.0.0.1:" + std::to_string(server_.port())}, {});
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("another program uses this port"), std::string::npos);
    }
    EXPECT_THROW(HttpServer({.listen = "localhost"}, {}), std::runtime_error);
    EXPECT_THROW(HttpServer({.listen = "127.0.0.1:99999"}, {}), std::runtime_error);
}

TEST_F(HttpServerTest, StopsWhileAClientWaits) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server_.port());
    ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    server_.stop();
    close(fd);
}

}  // namespace
}  // namespace redshank
