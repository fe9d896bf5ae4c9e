// The generic webhook: the finding as JSON, following https://www.standardwebhooks.com.
#include "exporters/webhook.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json.hpp>

#include "audit/utf8.h"
#include "core/finding/finding_json.h"
#include "core/finding/text.h"
#include "exporters/message.h"

namespace redshank {

namespace json = boost::json;

namespace {

using Bytes = std::vector<unsigned char>;

std::string base64(const unsigned char* data, size_t size) {
    std::string out(4 * ((size + 2) / 3) + 1, '\0');
    out.resize(static_cast<size_t>(
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), data, static_cast<int>(size))));
    return out;
}

// Decodes "whsec_" + base64 of 24 to 64 bytes, as Standard Webhooks prescribes; otherwise sets `problem`.
Bytes decode_key(const std::string& text, std::string& problem) {
    constexpr std::string_view kPrefix = "whsec_";
    const std::string body = text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : text;
    Bytes key(body.size());
    const int size = body.size() % 4 == 0
                         ? EVP_DecodeBlock(key.data(), reinterpret_cast<const unsigned char*>(body.data()),
                                           static_cast<int>(body.size()))
                         : -1;
    if (size < 0) {
        problem = "must be whsec_ followed by base64";
        return key;
    }
    const size_t padding = body.ends_with("==") ? 2 : body.ends_with("=") ? 1 : 0;
    key.resize(static_cast<size_t>(size) - padding);
    if (key.size() < 24 || key.size() > 64) problem = "must hold a key of 24 to 64 bytes";
    return key;
}

std::string sign(const Bytes& key, const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    return "v1," + base64(digest.data(), size);
}

json::array tallies(const std::vector<Tally>& list) {
    json::array out;
    for (const Tally& tally : list) out.push_back({{"value", tally.value}, {"count", tally.count}});
    return out;
}

json::array steps_json(const std::vector<Step>& steps) {
    json::array out;
    for (const Step& step : steps) out.push_back({{"command", step.command}, {"purpose", step.purpose}});
    return out;
}

// Standard Webhooks asks for bodies below 20 KB. A longer finding is cut step by step until it fits: fewer
// items in lists, then shorter strings.
constexpr size_t kBody = 20'000;
struct Cut {
    size_t text, items;
};
constexpr Cut kCuts[] = {{2000, 20}, {500, 10}, {200, 6}, {64, 4}};

void cut(json::value& value, const Cut& to) {
    if (json::string* text = value.if_string()) {
        if (text->size() > to.text) *text = fit_exact(std::string_view(*text), to.text);
    } else if (json::array* list = value.if_array()) {
        // The first and last items say most: how it began, and its latest state.
        if (list->size() > to.items) {
            list->erase(list->begin() + static_cast<ptrdiff_t>(to.items / 2),
                        list->end() - static_cast<ptrdiff_t>(to.items - to.items / 2));
        }
        for (json::value& item : *list) cut(item, to);
    } else if (json::object* object = value.if_object()) {
        for (auto& [key, item] : *object) cut(item, to);
    }
}

// From the whole each time, so that a text says how much of it is left out.
json::object shortened(json::object body, const Cut& to) {
    json::object& about = body["alert"].as_object();
    about["cut"] = true;
    for (auto& [key, value] : body) {
        if (key != "alert") cut(value, to);
    }
    for (const char* key : {"kinds", "actors", "objects"}) {
        if (json::value* list = about.if_contains(key)) cut(*list, to);
    }
    return body;
}

class WebhookSink final : public AlertSink {
  public:
    WebhookSink(const WebhookConfig& config, const ReceiverConfig& receiver)
        : url_(url_of(receiver, config.target)),
          authorization_(read_authorization(receiver, config.authorization_file)),
          cloudevents_(config.cloudevents),
          format_(config.format) {
        for (const std::string& file : config.secret_files) {
            std::string problem;
            keys_.push_back(decode_key(read_secret(receiver, "secret_files", file), problem));
            if (!problem.empty()) throw ReceiverError(receiver, "secret_files " + file + ": " + problem);
        }
    }

    SinkTraits traits() const override {
        return {.per_second = 200, .burst = 200, .group_wait = {}, .group_burst = 10, .for_people = false};
    }

    Message render(std::span<const Alert> alerts, audit::Time now) const override {
        const Alert& alert = alerts.front();
        if (format_ != SiemFormat::Own) return render_siem(alert, now);
        json::object body = json_of(alert.finding);
        json::object about{{"id", alert.id},
                           {"notification", alert.notification},
                           {"status", to_string(alert.status)},
                           {"severity", to_string(alert.severity)},
                           {"findings", alert.findings}};
        if (alert.is_summary()) {
            about["kinds"] = tallies(alert.kinds);
            about["actors"] = tallies(alert.actors);
            about["objects"] = tallies(alert.objects);
        }
        if (alert.incident) {
            about["turn"] = to_string(alert.turn);
            body["incident"] = json_of(*alert.incident);
        }
        const MessageText message = message_of(alert);
        if (!message.matters.empty()) about["why_it_matters"] = message.matters;
        if (!message.first.empty()) about["do_first"] = steps_json(message.first);
        if (alert.muted > 0) about["muted"] = alert.muted;
        if (!alert.runbook.empty()) about["runbook"] = alert.runbook;
        if (!alert.dashboard.empty()) about["dashboard"] = alert.dashboard;
        if (alert.test) about["test"] = true;
        body["alert"] = std::move(about);

        std::string text = serialize(alert, body);
        for (const Cut& to : kCuts) {
            if (text.size() < kBody) break;
            text = serialize(alert, shortened(body, to));
        }
        return signed_request(alert, std::move(text), now);
    }

    std::vector<std::string> secrets() const override { return {authorization_}; }

  private:
    // A finding, or the incident where there is more than one of it or it is over.
    HttpRequest render_siem(const Alert& alert, audit::Time now) const {
        const bool is_whole = alert.incident && (alert.is_summary() || !alert.incident->is_open());
        const json::object body =
            is_whole ? siem_of(*alert.incident, format_) : siem_of(alert.finding, format_);
        std::string text = serialize(alert, body);
        for (const Cut& to : kCuts) {
            if (text.size() < kBody) break;
            json::value shorter = body;
            cut(shorter, to);
            text = serialize(alert, shorter.as_object());
        }
        return signed_request(alert, std::move(text), now);
    }

    HttpRequest signed_request(const Alert& alert, std::string text, audit::Time now) const {
        HttpRequest request{.url = url_};
        request.headers.emplace_back("Content-Type", cloudevents_
                                                         ? "application/cloudevents+json; charset=utf-8"
                                                         : "application/json");
        request.body = std::move(text);
        const std::string timestamp =
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
        request.headers.emplace_back("webhook-id", alert.notification);
        request.headers.emplace_back("webhook-timestamp", timestamp);
        std::string signatures;
        for (const Bytes& key : keys_) {
            if (!signatures.empty()) signatures += ' ';
            signatures += sign(key, alert.notification + "." + timestamp + "." + request.body);
        }
        if (!signatures.empty()) request.headers.emplace_back("webhook-signature", signatures);
        if (!authorization_.empty()) request.headers.emplace_back("Authorization", authorization_);
        return request;
    }

    std::string serialize(const Alert& alert, const json::object& body) const {
        if (!cloudevents_) return audit::valid_utf8(json::serialize(body));
        return audit::valid_utf8(json::serialize(
            json::object{{"specversion", "1.0"},
                         {"id", alert.notification},
                         {"source", "/redshank/" + url_encode(fit(alert.finding.cluster, 200))},
                         {"type", "io.redshank.finding." + std::string(to_string(alert.status))},
                         {"subject", alert.finding.kind.empty() ? "finding" : alert.finding.kind},
                         {"time", audit::format_time(alert.finding.time)},
                         {"datacontenttype", "application/json"},
                         {"data", body}}));
    }

    std::string url_, authorization_;
    std::vector<Bytes> keys_;
    bool cloudevents_;
    SiemFormat format_;
};

}  // namespace

void read(ConfigTable& table, WebhookConfig& config) {
    read(table, config.target);
    table.read("secret_files", config.secret_files);
    table.read("authorization_file", config.authorization_file);
    table.read("cloudevents", config.cloudevents);
    table.read_choice("format", config.format,
                      {{"redshank", SiemFormat::Own}, {"ocsf", SiemFormat::Ocsf}, {"ecs", SiemFormat::Ecs}});
}

std::vector<NamedSink> make_sinks(const WebhookConfig& config, const ReceiverConfig& receiver) {
    return sole_sink(receiver.name, std::make_unique<WebhookSink>(config, receiver));
}

}  // namespace redshank
