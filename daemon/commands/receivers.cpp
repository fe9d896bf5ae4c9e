// test-receiver and render: what a receiver gets, with and without sending it.
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>

#include "core/config/file_text.h"
#include "core/finding/finding_json.h"
#include "core/finding/text.h"
#include "core/log.h"
#include "daemon/clock.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/config/config.h"
#include "daemon/delivery/queue_rows.h"
#include "daemon/delivery/transport.h"
#include "daemon/print/console.h"
#include "daemon/store/store.h"
#include "exporters/registry.h"

namespace redshank {

namespace {

struct ReceiverOptions {
    std::string config = kServiceConfig, name, finding;
};

const ReceiverConfig& find_receiver(const Config& config, const std::string& name) {
    std::string known;
    for (const ReceiverConfig& receiver : config.receivers) {
        if (receiver.name == name) return receiver;
        known += (known.empty() ? "" : ", ") + receiver.name;
    }
    throw ConfigError("there is no receiver \"" + name + "\" (known: " + known + ")");
}

// The daemon looks for it within seconds, and tries what waits. Without one there is nothing to tell.
void tell_daemon(const Config& config, const std::vector<std::string>& works) {
    if (works.empty() || !std::filesystem::exists(config.state_file())) return;
    try {
        const auto store = Store::open(config.state_file(), Store::Mode::Attached);
        store->begin();
        for (const std::string& name : works) store->writer().put(kWorksTable, name, "{}");
        if (store->commit()) return;
        log_warning("the daemon is not told, and tries what waits later: {}", store->problem());
    } catch (const std::exception& error) {
        log_warning("the daemon is not told, and tries what waits later: {}", error.what());
    }
}

int test_receiver(const ReceiverOptions& options) {
    const Config config = load_config(options.config);
    const ReceiverConfig& receiver = find_receiver(config, options.name);
    const Alert alert = test_alert(config.cluster, wall_clock());
    const auto transport = make_transport();
    int status = kDone;
    std::vector<std::string> works;
    for (const NamedSink& named : make_sinks(receiver)) {
        if (!named.sink->takes(alert)) continue;
        transport->send(1, named.sink->render({&alert, 1}, wall_clock()), receiver.http);
        std::vector<HttpSender::Answer> answers;
        while (answers.empty()) answers = transport->poll(std::chrono::seconds{1});
        const HttpAnswer& answer = answers.front().answer;
        const Verdict verdict = named.sink->judge(answer);
        const bool delivered = verdict.kind == Verdict::Kind::Delivered;
        std::printf("%s: %s (%s)\n", named.name.c_str(),
                    delivered                             ? "accepted"
                    : verdict.kind == Verdict::Kind::Dead ? "refused"
                                                          : "failed, the daemon would try again",
                    describe(answer).c_str());
        if (!delivered) status = kFound;
        if (delivered) works.push_back(named.name);
    }
    tell_daemon(config, works);
    return status;
}

void redact(std::string& text, const std::string& secret) {
    if (secret.empty()) return;
    for (size_t at = 0; (at = text.find(secret, at)) != std::string::npos;) {
        text.replace(at, secret.size(), "(redacted)");
    }
}

void print(const AlertSink& sink, Message message) {
    if (const auto* console = std::get_if<ConsoleText>(&message)) {
        std::cout << console->text(stdout_width());
    } else if (const auto* entry = std::get_if<JournalEntry>(&message)) {
        for (const auto& [field, value] : entry->fields) std::cout << field << '=' << value << '\n';
    } else if (const auto* record = std::get_if<KafkaRecord>(&message)) {
        std::cerr << "topic: " << record->topic << "\nkey: " << record->key << '\n';
        for (const auto& [name, value] : record->headers) std::cerr << name << ": " << value << '\n';
        std::cout << record->value << '\n';
    } else {
        HttpRequest& request = std::get<HttpRequest>(message);
        std::cerr << "POST " << redact_url(request.url) << '\n';
        for (const std::string& secret : sink.secrets()) {
            for (auto& header : request.headers) redact(header.second, secret);
            redact(request.body, secret);
        }
        for (const auto& [name, value] : request.headers) std::cerr << name << ": " << value << '\n';
        std::cout << request.body << '\n';
    }
}

int render(const ReceiverOptions& options) {
    const Config config = load_config(options.config);
    const ReceiverConfig& receiver = find_receiver(config, options.name);
    std::string text;
    if (options.finding == "-") {
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
        std::optional<std::string> read = file_text(options.finding);
        if (!read) throw ConfigError(options.finding + ": cannot be read");
        text = *std::move(read);
    }
    const std::optional<Finding> finding = finding_from_json(text);
    if (!finding) {
        throw ConfigError(options.finding +
                          ": is not one finding; take a line of `redshank findings --format json`");
    }
    Alert alert = alert_of(*finding, wall_clock());
    add_links(alert, config.alerts.runbook_url, config.alerts.dashboard_url);
    for (const NamedSink& named : make_sinks(receiver)) {
        if (named.sink->takes(alert)) print(*named.sink, named.sink->render({&alert, 1}, wall_clock()));
    }
    return kDone;
}

}  // namespace

void add_test_receiver(CLI::App& app, Chosen& chosen) {
    auto* command =
        app.add_subcommand("test-receiver", "Send one alert marked as a test and print the answer");
    command->footer("Example: redshank test-receiver oncall");
    auto options = std::make_shared<ReceiverOptions>();
    command->add_option("NAME", options->name, "of the receiver")->required();
    command->add_option("--config", options->config, "configuration")->capture_default_str();
    command->callback([&chosen, options] { chosen = [options] { return test_receiver(*options); }; });
}

void add_render(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("render", "Show what a receiver would get, without sending it");
    command->footer("Example: redshank findings --format json | head -1 | redshank render oncall -");
    auto options = std::make_shared<ReceiverOptions>();
    command->add_option("NAME", options->name, "of the receiver")->required();
    command->add_option("FINDING.json", options->finding, "one finding; - reads standard input")->required();
    command->add_option("--config", options->config, "configuration")->capture_default_str();
    command->callback([&chosen, options] { chosen = [options] { return render(*options); }; });
}

}  // namespace redshank
