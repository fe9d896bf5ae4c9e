#include <fmt/format.h>

#include <any>
#include <boost/json.hpp>
#include <memory>
#include <string>
#include <vector>

#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/config/config.h"
#include "daemon/http/endpoint.h"
#include "daemon/sources/webhook_source.h"

namespace redshank {

namespace {

constexpr const char* kKubeconfig = "/etc/kubernetes/redshank-webhook.yaml";

struct WebhookConfigOptions {
    std::string config, name, server, mode = "batch";
    OutputFormat format = OutputFormat::Text;
};

// The source to print for: that of the configuration, or one as docs/webhook.md sets it up.
WebhookSourceConfig source_of(const WebhookConfigOptions& options) {
    if (options.config.empty()) {
        WebhookSourceConfig standard;
        standard.listen = "127.0.0.1:9443";
        standard.token_file = "/etc/redshank/webhook.token";
        return standard;
    }
    const Config config = load_config(options.config);
    for (const SourceConfig& source : config.sources) {
        const auto* own = std::any_cast<WebhookSourceConfig>(&source.own);
        if (own && (options.name.empty() || own->name == options.name)) return *own;
    }
    throw ConfigError(fmt::format("{}:1:1: no [[source]] of type \"webhook\"{} is configured", options.config,
                                  options.name.empty() ? "" : " and name \"" + options.name + "\""));
}

std::string server_of(const WebhookSourceConfig& source, const std::string& server) {
    if (!server.empty()) return server;
    const auto endpoint = parse_endpoint(source.listen);
    if (endpoint && endpoint->address().is_unspecified())
        return fmt::format("https://NAME-OF-THIS-HOST:{}/audit", endpoint->port());
    return "https://" + source.listen + "/audit";
}

std::string kubeconfig(const WebhookSourceConfig& source, const std::string& server) {
    std::string user;
    if (!source.token_file.empty())
        user +=
            "    tokenFile: /etc/kubernetes/redshank-webhook.token    # what token_file holds, mode 0600\n";
    if (!source.client_ca_file.empty()) {
        user +=
            "    client-certificate: /etc/kubernetes/pki/redshank-webhook-client.crt    # of client_ca_file\n"
            "    client-key: /etc/kubernetes/pki/redshank-webhook-client.key\n";
    }
    return fmt::format(
        "apiVersion: v1\n"
        "kind: Config\n"
        "clusters:\n"
        "- name: redshank\n"
        "  cluster:\n"
        "    server: {}\n"
        "    certificate-authority: /etc/kubernetes/pki/redshank-webhook-ca.crt    # who signed cert_file\n"
        "users:\n"
        "- name: kube-apiserver\n"
        "  user:\n"
        "{}"
        "contexts:\n"
        "- name: redshank\n"
        "  context: {{cluster: redshank, user: kube-apiserver}}\n"
        "current-context: redshank\n",
        server_of(source, server), user);
}

// What the server's defaults do not say. A batch that waits 30 s is told 30 s late; with these limits the
// largest batch fits body_limit_mb.
std::vector<std::string> flags(const std::string& mode) {
    std::vector<std::string> out{fmt::format("--audit-webhook-config-file={}", kKubeconfig),
                                 "--audit-webhook-mode=" + mode};
    if (mode == "batch") out.emplace_back("--audit-webhook-batch-max-wait=1s");
    out.emplace_back("--audit-webhook-truncate-enabled=true");
    out.emplace_back("--audit-webhook-truncate-max-event-size=1048576");
    out.emplace_back("--audit-webhook-truncate-max-batch-size=10485760");
    return out;
}

int print_webhook_config(const WebhookConfigOptions& options) {
    const std::string file = kubeconfig(source_of(options), options.server);
    const std::vector<std::string> wanted = flags(options.mode);
    if (options.format == OutputFormat::Json) {
        print_json(boost::json::serialize(
            boost::json::object{{"kubeconfig", file}, {"flags", boost::json::value_from(wanted)}}));
        return kDone;
    }
    fmt::print(
        "# {}: mount it, and the files it names, into every kube-apiserver.\n"
        "# Flags, beside --audit-policy-file:\n",
        kKubeconfig);
    for (const std::string& flag : wanted) fmt::print("#   {}\n", flag);
    fmt::print("{}", file);
    return kDone;
}

}  // namespace

void add_webhook_config(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand(
        "webhook-config", "The kubeconfig and flags for the API server's webhook backend, to be edited");
    command->footer("Example: redshank webhook-config --config /etc/redshank/redshank.toml");
    auto options = std::make_shared<WebhookConfigOptions>();
    command->add_option("--config", options->config, "for the webhook source of this configuration");
    command->add_option("--name", options->name, "… of this name");
    command->add_option("--server", options->server,
                        "the URL by which API servers reach it, where it is not its address");
    add_choice_option(*command, "--mode", options->mode, {"batch", "blocking", "blocking-strict"},
                      "what the API server does while it waits: see docs/webhook.md");
    add_format_option(*command, options->format);
    command->callback([&chosen, options] { chosen = [options] { return print_webhook_config(*options); }; });
}

}  // namespace redshank
