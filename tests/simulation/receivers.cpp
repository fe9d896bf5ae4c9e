#include "tests/simulation/receivers.h"

#include <boost/json.hpp>
#include <functional>

#include "tests/simulation/disk.h"
#include "tests/simulation/system.h"

namespace redshank::sim {

namespace json = boost::json;

namespace {

constexpr int64_t kMillisecond = 1'000'000, kSecond = 1000 * kMillisecond;

// What arrived, and its text.
std::pair<Who, std::string> open(const redshank::Message& message, sim::Message& out) {
    if (const auto* entry = std::get_if<JournalEntry>(&message)) {
        std::string text;
        for (const auto& [field, value] : entry->fields) {
            if (field == "REDSHANK_FINDING") out.finding = value;
            if (field == "REDSHANK_STATUS") out.status = value;
            text += value;
        }
        return {Who::Journal, text};
    }
    const auto& request = std::get<HttpRequest>(message);
    if (request.url.find("chat.sim") != std::string::npos) return {Who::Chat, request.body};
    for (const auto& [name, value] : request.headers) {
        if (name == "webhook-id") out.notification = value;
    }
    const json::value body = json::parse(request.body);
    const auto text = [&](const char* key) { return std::string(body.at(key).as_string()); };
    out.finding = text("id");
    out.status = text("status");
    out.severity = text("severity");
    out.count = static_cast<uint64_t>(body.at("count").to_number<int64_t>());
    return {Who::Hook, request.body};
}

// The same news has the same. Messages that name no request may say the same again (a log that stands still).
std::string news_of(const sim::Message& message) {
    if (message.text.find("-sim-") == std::string::npos) return {};
    if (message.count == 0) return message.text;
    return message.finding + ' ' + message.status + ' ' + message.severity + ' ' +
           std::to_string(message.count);
}

}  // namespace

class Receivers::Way final : public Transport {
  public:
    Way(Receivers& receivers, bool may_repeat) : receivers_(receivers), may_repeat_(may_repeat) {}

    void send(uint64_t token, redshank::Message message, const HttpOptions&) override {
        if (Disk::instance().is_dead()) return;  // the process was killed before
        sim::Message got;
        const auto [who, text] = open(message, got);
        Reply reply = receivers_.reply_to(who, text);
        got.at = host().steady;
        got.text = text;
        std::string news = std::to_string(static_cast<int>(who)) + news_of(got);
        got.is_repeated = !may_repeat_ && accepted_.contains(news);
        const bool is_accepted = reply.takes && reply.answer.status == 200 && news.size() > 1;
        if (reply.takes) receivers_.taken_[static_cast<size_t>(who)].push_back(std::move(got));
        answers_.emplace(host().steady + reply.after, Waiting{{token, std::move(reply.answer)},
                                                              is_accepted ? std::move(news) : std::string{}});
    }

    std::vector<HttpSender::Answer> poll(audit::Duration) override {
        std::vector<HttpSender::Answer> out;
        while (!answers_.empty() && answers_.begin()->first <= host().steady) {
            Waiting waiting = std::move(answers_.begin()->second);
            answers_.erase(answers_.begin());
            if (!waiting.accepted.empty()) accepted_.insert(std::move(waiting.accepted));
            out.push_back(std::move(waiting.answer));
        }
        return out;
    }

    void wake() override {}

  private:
    struct Waiting {
        HttpSender::Answer answer;
        std::string accepted;  // the news that it says was taken; "": none
    };
    Receivers& receivers_;
    const bool may_repeat_;
    std::set<std::string> accepted_;           // by receiver
    std::multimap<int64_t, Waiting> answers_;  // by when they come
};

std::unique_ptr<Transport> Receivers::connect(bool may_repeat) {
    return std::make_unique<Way>(*this, may_repeat);
}

void Receivers::set(Who who, Mood mood) {
    moods_[static_cast<size_t>(who)] = mood;
    if (mood != Mood::Well) well_since_ = INT64_MAX;
}

void Receivers::heal() {
    moods_ = {};
    if (well_since_ == INT64_MAX) well_since_ = host().steady;
}

size_t Receivers::taken_in_all() const {
    size_t count = 0;
    for (const auto& of_one : taken_) count += of_one.size();
    return count;
}

Receivers::Reply Receivers::reply_to(Who who, const std::string& text) {
    const int64_t soon = static_cast<int64_t>(1 + random_() % 300) * kMillisecond;
    const HttpAnswer ok{.status = 200, .body = "ok"};
    const auto one_of = [&](std::initializer_list<int> all) { return all.begin()[random_() % all.size()]; };
    switch (mood(who)) {
        case Mood::Slow:
            return {ok, static_cast<int64_t>(random_() % 30) * kSecond, true};
        case Mood::Down:
            return {{.problem = "connect"}, kSecond, false};
        case Mood::Silent:
            return {{.problem = "timeout"}, 30 * kSecond, random_() % 2 == 0};
        case Mood::Failing:
            return {{.status = one_of({500, 502, 503})}, soon, false};
        case Mood::Refusing:
            return {{.status = one_of({301, 302, 401, 403, 404, 407})}, soon, false};
        case Mood::Limiting:
            return {{.status = 429, .retry_after = std::chrono::seconds{random_() % 60}}, soon, false};
        case Mood::Lying:
            if (who == Who::Chat)
                return {{.status = 200, .body = R"({"ok":false,"error":"x"})"}, soon, false};
            return {{.problem = "answer"}, soon, false};
        case Mood::Poisoned:
            if (std::hash<std::string>{}(text.substr(0, 60)) % 3 != 0) break;
            return {{.status = 500}, soon, false};
        case Mood::Well:
        case Mood::kEnd:
            break;
    }
    return {ok, soon, true};
}

}  // namespace redshank::sim
