// The guarantee for lone criticals, against attackers who know the code: a critical finding that has neither
// actor nor cause in common with what came before is told by itself, after one message about each of the
// others at most. REDSHANK_PATTERNS says how many patterns of noise are tried (60; `make adversary`: 1000).
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <tuple>

#include "core/state/row.h"
#include "daemon/incidents/book.h"
#include "daemon/incidents/said.h"
#include "exporters/pagerduty.h"
#include "exporters/slack.h"
#include "exporters/webhook.h"
#include "tests/support/fake_transport.h"
#include "tests/support/memory_state.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FakeTransport;

constexpr const char* kChat = "http://chat";
constexpr const char* kHook = "http://hook";
constexpr const char* kPager = "http://pager/v2/enqueue";
constexpr const char* kPoison = "poison";

// One who makes noise, with what he can have for nothing.
enum class Sort { Person, Namespace, Stranger, Impersonator, Resource, Exposure, Window, kEnd };

struct Noisy {
    Sort sort = Sort::Person;
    std::string name;
    bool is_poisonous = false;  // what he writes makes receivers answer 500
    bool is_critical = true;    // always, or as chance has it
};

class Pattern {
  public:
    explicit Pattern(uint64_t seed, const std::string& key_file) : random_(seed) {
        const bool has_poison = any(4) == 0;
        if (has_poison && any(2) == 0) pause_ = seconds{3600};
        for (uint64_t i = 0, count = any(5) == 0 ? 13 + any(20) : 1 + any(12); i < count; ++i) {
            noisy_.push_back({.sort = static_cast<Sort>(any(static_cast<uint64_t>(Sort::kEnd))),
                              .name = "mallory" + std::to_string(i),
                              .is_poisonous = has_poison && any(3) == 0,
                              .is_critical = any(4) > 0});
        }
        answer_after_ = milliseconds{any(3) == 0 ? any(2000) : 20};
        for (const char* url : {kChat, kHook, kPager}) {
            transport_.servers[url] = [this, url](const HttpRequest& request) {
                const bool refuses = request.body.find(kPoison) != std::string::npos;
                if (!refuses && request.body.find("somebody did the-lone-deed") != std::string::npos)
                    heard_.emplace(url, now_ + answer_after_);
                const unsigned accepted = url == std::string(kPager) ? 202 : 200;
                return FakeTransport::Reply{.answer = {.status = static_cast<int>(refuses ? 503 : accepted),
                                                       .body = "ok",
                                                       .retry_after = refuses ? pause_ : std::nullopt},
                                            .delay = answer_after_};
            };
        }
        const size_t limit = any(3) == 0 ? 100 : 80;
        config_ = {.alerts = {},
                   .receivers = {{.name = "chat",
                                  .type = "slack",
                                  .own = SlackConfig{.target = {.url = kChat}},
                                  .queue_limit = limit},
                                 {.name = "hook",
                                  .type = "webhook",
                                  .own = WebhookConfig{.target = {.url = kHook}},
                                  .queue_limit = limit},
                                 {.name = "pager",
                                  .type = "pagerduty",
                                  .own = PagerdutyConfig{.target = {.url = "http://pager"},
                                                         .routing_key_file = key_file,
                                                         .change_events = false},
                                  .queue_limit = limit}},
                   .cluster = "c"};
        begin();
    }

    // How long it took until each receiver was told of the lone critical; nothing: it was not, by itself.
    std::map<std::string, std::optional<audit::Duration>> delays() {
        const uint64_t before = any(6) == 0 ? 1500 : any(300);
        for (uint64_t i = 0; i < before; ++i) {
            make_noise();
            if (any(3) == 0) pass(milliseconds{any(300)});
            if (any(40) == 0) operators_act();
        }
        if (any(3) == 0) pass(seconds{any(400)});
        for (uint64_t i = any(4) == 0 ? any(1500) : any(20); i > 0; --i) make_noise();
        const audit::Time told = now_;
        restarts_ = 0;
        tell_critical();
        for (uint64_t i = any(4) == 0 ? any(1500) : any(20); i > 0; --i) make_noise();
        const audit::Duration every = milliseconds{10 + any(1000)};
        while (now_ < told + bound() + seconds{30} && !all_heard()) {
            if (any(2) == 0) make_noise();
            if (any(50) == 0) operators_act();
            pass(every);
        }
        std::map<std::string, std::optional<audit::Duration>> out;
        for (const char* url : {kChat, kHook, kPager}) {
            out[url];
            if (heard_.contains(url)) out[url] = heard_[url] - told;
        }
        return out;
    }

    // What docs/receivers.md guarantees of the slowest receiver: at its pace and with its answers, one
    // message about each other actor (after a restart of redshank once more), one that was under way, and its
    // own.
    // Where nobody is known to be behind it, one about each of a few objects. A receiver that asks for pauses
    // is tried less often.
    audit::Duration bound() const {
        const audit::Duration each = (pause_ ? seconds{10} : seconds{1}) + answer_after_;
        size_t messages = 2;
        for (const Noisy& who : noisy_) {
            const bool is_nobody =
                who.sort == Sort::Window || who.sort == Sort::Exposure || who.sort == Sort::Resource;
            messages += is_nobody ? Turns::kMostObjects + 2 : 1;
        }
        return each * static_cast<int64_t>(messages * (1 + restarts_));
    }
    size_t others() const { return noisy_.size(); }

  private:
    uint64_t any(uint64_t below) { return random_() % below; }

    void begin() {
        transport_.now = now_;
        transport_.answers.clear();
        dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::prepare(config_), transport_, metrics_);
        dispatcher_->set_silences(silences_);
        dispatcher_->load(state_, now_);
        book_ = IncidentBook();
        book_.load(state_);
    }

    void pass(audit::Duration span) {
        test::run_until(now_ + span, now_, *dispatcher_, transport_, [] {});
        std::vector<News> news;
        book_.advance("c", now_, news);
        tell(news);
    }

    void tell(const std::vector<News>& all) {
        for (const News& news : all) {
            if (news.incident && news.incident->is_open()) incidents_.push_back(news.incident->id);
            dispatcher_->accept(news, now_);
        }
    }

    Finding finding(const std::string& id, Severity severity) {
        Finding out;
        out.id = "f_" + id;
        out.detector = "secret_exposure";
        out.kind = any(2) == 0 ? "secret-read" : "unusual-access";
        out.severity = severity;
        out.title = "Title";
        out.summary = "somebody did " + id;
        out.cluster = "c";
        out.time = out.first_seen = out.last_seen = now_;
        out.verb = "get";
        out.code = 200;
        out.count = 1;
        out.object = FindingObject{.resource = "secrets", .namespace_ = "shop", .name = "root-token"};
        out.evidence = {{.audit_id = "same for all: the client chooses it",
                         .time = now_,
                         .source = "audit.log",
                         .offset = ++offset_}};
        return out;
    }

    void make_noise() {
        const Noisy& who = noisy_[any(noisy_.size())];
        const auto severity = static_cast<Severity>(who.is_critical ? 4 : any(5));
        const bool is_new = numbers_.empty() || any(4) > 0;
        const uint64_t number = is_new ? ++last_ : numbers_[any(numbers_.size())];
        if (is_new && any(8) == 0) numbers_.push_back(number);
        const std::string id = who.name + '-' + std::to_string(number);
        Finding noise = finding(id, severity);
        noise.count = is_new ? 1 : last_;
        if (who.is_poisonous) noise.summary += kPoison;
        switch (who.sort) {
            case Sort::Namespace:
                noise.actor =
                    FindingActor{.user = "system:serviceaccount:" + who.name + ":a" + std::to_string(number),
                                 .source_ip = "192.0.2.1"};
                break;
            case Sort::Stranger:
                noise.actor =
                    FindingActor{.user = "system:anonymous", .source_ip = "10.6.6." + who.name.substr(7)};
                break;
            case Sort::Impersonator:
                noise.actor = FindingActor{.user = who.name, .impersonated = id, .source_ip = "192.0.2.1"};
                break;
            case Sort::Resource:
                noise.detector = "crd_health";
                noise.kind = "crd-failing";
                noise.object = FindingObject{.group = who.name, .resource = id};
                break;
            case Sort::Exposure:
                // Each of his accounts reads by a binding of its own, which nobody was seen to make.
                return read_through(
                    noise, "payments",
                    {.user = "system:serviceaccount:" + who.name + ":a" + std::to_string(number)});
            case Sort::Window:
                return expose(noise, who.name);  // that nobody uses
            default:
                noise.actor = FindingActor{.user = who.name, .source_ip = "192.0.2.1"};
        }
        tell(book_.take(noise));
    }

    // An exposure without anybody known to have made it.
    void expose(Finding& finding, const std::string& space) {
        finding.kind = "secret-exposed";
        finding.object->namespace_ = space;
        finding.object->name = finding.id;
        finding.grant = "RoleBinding " + space + "/b-" + finding.id + " → Role r → User u";
        tell(book_.take(finding));
    }

    // And, in the same line of the log, the read by which it was seen.
    void read_through(Finding& finding, const std::string& space, FindingActor reader) {
        expose(finding, space);
        finding.kind = "secret-read-unprotected";
        finding.id += "-read";
        finding.actor = std::move(reader);
        finding.actor->source_ip = "192.0.2.1";
        tell(book_.take(finding));
    }

    void tell_critical() {
        Finding lone = finding("the-lone-deed", Severity::Critical);
        const std::string users[] = {"eve", "system:serviceaccount:payments:till", "system:anonymous"};
        const std::string& user = users[any(3)];
        const uint64_t way = any(4);
        if (way == 0) return expose(lone, "vault");
        if (way == 1) return read_through(lone, "vault", {.user = user});
        lone.actor = FindingActor{.user = user, .source_ip = "203.0.113.9"};
        tell(book_.take(lone));
    }

    void operators_act() {
        const Noisy& who = noisy_[any(noisy_.size())];
        switch (any(4)) {
            case 0:                          // the daemon is killed; what was committed is there
                if (restarts_ == 3) return;  // each costs another round
                book_.save(state_);
                dispatcher_->save(state_);
                ++restarts_;
                return begin();
            case 1:
                silences_.push_back({.id = "s" + std::to_string(silences_.size()),
                                     .matchers = {parse_matcher("actor=" + who.name)},
                                     .starts = now_,
                                     .ends = now_ + seconds{any(600)}});
                return dispatcher_->set_silences(silences_);
            default: {
                if (incidents_.empty()) return;
                const SaidOfIncident said{
                    .incident = incidents_[any(incidents_.size())],
                    .what = any(2) == 0 ? SaidOfIncident::What::Close : SaidOfIncident::What::Acknowledge,
                    .note = {now_, "bob", "seen"}};
                state_.put(kSaidTable, key_of(said), write_row(said));
                std::vector<News> news;
                book_.refresh(state_, news);
                book_.save(state_);
                tell(news);
            }
        }
    }

    bool all_heard() const { return heard_.size() == 3; }

    std::mt19937_64 random_;
    std::vector<Noisy> noisy_;
    std::optional<audit::Duration> pause_;  // that receivers ask for when they refuse
    uint64_t restarts_ = 0;
    audit::Duration answer_after_{};
    audit::Time now_ = *audit::parse_time("2026-01-05T10:00:00Z");
    Dispatcher::Config config_;
    FakeTransport transport_;
    Metrics metrics_;
    test::MemoryState state_;
    std::unique_ptr<Dispatcher> dispatcher_;
    IncidentBook book_;
    std::vector<Silence> silences_;
    std::vector<std::string> incidents_;
    std::map<std::string, audit::Time> heard_;
    std::vector<uint64_t> numbers_;  // of findings that may be told again
    uint64_t offset_ = 0, last_ = 0;
};

TEST(LoneCritical, IsToldWithinItsBoundWhateverNoiseThereIs) {
    const test::TempDir folder;
    test::write_file(folder.file("key"), std::string(32, 'k'));
    const char* wanted = std::getenv("REDSHANK_PATTERNS");
    const uint64_t patterns = wanted ? std::stoull(wanted) : 60;
    std::map<std::string, std::tuple<double, uint64_t, size_t>> worst;  // seconds, seed, others
    for (uint64_t seed = 1; seed <= patterns; ++seed) {
        Pattern pattern(seed, folder.file("key"));
        for (const auto& [url, delay] : pattern.delays()) {
            if (!delay) {
                ADD_FAILURE() << "seed " << seed << ": " << url << " was not told, " << pattern.others()
                              << " others";
                continue;
            }
            EXPECT_LE(*delay, pattern.bound())
                << "seed " << seed << ": " << url << ", " << pattern.others() << " others";
            const double took = std::chrono::duration<double>(*delay).count();
            worst[url] = std::max(worst[url], {took, seed, pattern.others()});
        }
    }
    for (const auto& [url, one] : worst) {
        const auto& [took, seed, others] = one;
        std::printf("%llu patterns: %s was told after %.1f s at most (seed %llu, %zu others)\n",
                    static_cast<unsigned long long>(patterns), url.c_str(), took,
                    static_cast<unsigned long long>(seed), others);
    }
}

}  // namespace
}  // namespace redshank
