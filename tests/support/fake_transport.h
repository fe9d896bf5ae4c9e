// Receivers in the place of the network, on a clock that the test moves.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/delivery/dispatcher.h"

namespace redshank::test {

// Receivers at invented addresses; each answer comes `delay` later on the test's clock.
class FakeTransport final : public Transport {
  public:
    struct Reply {
        HttpAnswer answer;
        audit::Duration delay = std::chrono::milliseconds{20};
    };
    using Server = std::function<Reply(const HttpRequest&)>;
    static Reply ok(const HttpRequest&) { return {.answer = {.status = 200, .body = "ok"}}; }

    void send(uint64_t token, Message message, const HttpOptions&) override {
        const HttpRequest request = std::get<HttpRequest>(message);
        ++requests[request.url];
        const auto server = servers.find(request.url);
        Reply reply = server == servers.end() ? ok(request) : server->second(request);
        if (reply.answer.status / 100 == 2) accepted[request.url].push_back({now + reply.delay, request});
        answers.emplace(now + reply.delay, HttpSender::Answer{token, std::move(reply.answer)});
    }
    std::vector<HttpSender::Answer> poll(audit::Duration) override { return {}; }
    void wake() override {}

    audit::Time now{};
    std::map<std::string, Server> servers;
    std::multimap<audit::Time, HttpSender::Answer> answers;
    std::map<std::string, size_t> requests;
    std::map<std::string, std::vector<std::pair<audit::Time, HttpRequest>>> accepted;
};

// Drives the dispatcher from one event to the next until `end`; `after` follows each of its turns.
inline void run_until(audit::Time end, audit::Time& now, Dispatcher& dispatcher, FakeTransport& transport,
                      const std::function<void()>& after) {
    for (;;) {
        audit::Time next = std::min(end, dispatcher.due(now));
        if (!transport.answers.empty()) next = std::min(next, transport.answers.begin()->first);
        now = transport.now = std::max(now, next);
        while (!transport.answers.empty() && transport.answers.begin()->first <= now) {
            const HttpSender::Answer answer = transport.answers.begin()->second;
            transport.answers.erase(transport.answers.begin());
            dispatcher.answered(answer.token, answer.answer, now);
        }
        dispatcher.tell_due(now);
        dispatcher.send(now);
        after();
        if (now >= end) return;
    }
}

}  // namespace redshank::test
