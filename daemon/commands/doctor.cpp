#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "core/finding/text.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/doctor/check.h"
#include "daemon/doctor/explain.h"
#include "daemon/sources/policy_file.h"

namespace redshank {

namespace json = boost::json;
using doctor::Check;
using doctor::Severity;

namespace {

struct DoctorOptions {
    std::string manifest, root;
    int kubernetes = audit::policy::kNewestKubernetes;
    bool explain = false;
    OutputFormat format = OutputFormat::Text;
};

constexpr const char* kNoManifest =
    "No static pod manifest of a kube-apiserver is in the usual places of kubeadm, kubespray, kops, RKE2 and "
    "OpenShift.";
constexpr const char* kNoManifestFix =
    "Run this as root on a control plane node, or name the file with --manifest. k3s and Talos have none: "
    "their flags are "
    "in /etc/rancher/k3s/config.yaml and in the machine configuration.";

void print(const Check& check, OutputFormat format) {
    if (format == OutputFormat::Json) {
        fmt::print("{}\n", json::serialize(json::object{{"check", check.check},
                                                        {"severity", std::string(to_string(check.severity))},
                                                        {"path", check.path},
                                                        {"line", check.line},
                                                        {"text", check.text},
                                                        {"fix", check.fix}}));
        return;
    }
    const std::string place = check.line == 0 ? check.path : fmt::format("{}:{}", check.path, check.line);
    fmt::print("{:<8} {:<14} {}: {}\n", to_string(check.severity), check.check, fit_exact(place, 300),
               fit_exact(check.text, 800));
    if (!check.fix.empty()) fmt::print("{:<23} fix: {}\n", "", fit_exact(check.fix, 800));
}

void explain(const std::string& manifest, const doctor::Host& host, OutputFormat format) {
    size_t number = 0;
    for (const doctor::Step& step : doctor::procedure(manifest, host)) {
        ++number;
        if (format == OutputFormat::Json) {
            fmt::print("{}\n", json::serialize(json::object{
                                   {"step", number},
                                   {"text", step.text},
                                   {"commands", json::array(step.commands.begin(), step.commands.end())}}));
            continue;
        }
        fmt::print("{}. {}\n", number, step.text);
        for (const std::string& command : step.commands) fmt::print("       {}\n", fit_exact(command, 400));
    }
}

int run_doctor(const DoctorOptions& options) {
    const doctor::Host host{options.root};
    std::vector<std::string> manifests = doctor::usual_manifests(host);
    if (!options.manifest.empty()) manifests = {options.manifest};
    if (options.explain) {
        explain(manifests.empty() ? "" : manifests.front(), host, options.format);
        return kDone;
    }
    doctor::Checks checks;
    if (manifests.empty())
        checks.push_back({"manifest", Severity::Error, "", 0, kNoManifest, kNoManifestFix});
    for (const std::string& manifest : manifests) {
        doctor::Checks some = examine(manifest, host, options.kubernetes);
        checks.insert(checks.end(), some.begin(), some.end());
    }
    for (const Check& check : checks) print(check, options.format);
    const bool is_wrong = std::any_of(checks.begin(), checks.end(),
                                      [](const Check& check) { return check.severity == Severity::Error; });
    return is_wrong ? kFound : kDone;
}

}  // namespace

void add_doctor(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand(
        "doctor",
        "The API server's audit logging: its manifest, flags, mounts, policy and log; changes nothing");
    command->footer("Example: sudo redshank doctor --manifest /etc/kubernetes/manifests/kube-apiserver.yaml");
    auto options = std::make_shared<DoctorOptions>();
    command->add_option("--manifest", options->manifest,
                        "static pod manifest of the API server (default: the usual places)");
    command->add_flag(
        "--explain", options->explain,
        "print the steps to change audit logging on this host instead: off, wait, on, wait, test");
    command->add_option("--root", options->root, "look at a host whose root is this folder");
    add_kubernetes_option(*command, options->kubernetes);
    add_format_option(*command, options->format);
    command->callback([&chosen, options] { chosen = [options] { return run_doctor(*options); }; });
}

}  // namespace redshank
