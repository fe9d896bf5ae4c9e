#include "audit/policy/leaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "audit/policy/examples.h"
#include "audit/policy/lint.h"

namespace redshank::audit::policy {

namespace {

constexpr std::string_view kBodyWrites[] = {"create", "update", "patch"};
constexpr std::string_view kReads[] = {"get", "list", "deletecollection"};
constexpr std::string_view kCreate[] = {"create"};
// kubectl opens a session by GET since 1.30.
constexpr std::string_view kSession[] = {"create", "get"};

// A resource and the verbs whose requests or responses contain secrets.
struct Secretive {
    std::string_view group, resource, subresource;
    std::span<const std::string_view> verbs;
    Level from;  // the lowest level at which the secret is logged
    std::string_view what;
};

constexpr std::string_view kValues = "the values of Secrets";
constexpr std::string_view kContents = "the contents of ConfigMaps, which often hold passwords";
constexpr std::string_view kCredentials = "credentials in the object";

constexpr Secretive kSecretive[] = {
    {"", "secrets", "", kBodyWrites, Level::Request, kValues},
    {"", "secrets", "", kReads, Level::RequestResponse, kValues},
    {"", "configmaps", "", kBodyWrites, Level::Request, kContents},
    {"", "configmaps", "", kReads, Level::RequestResponse, kContents},
    {"", "serviceaccounts", "token", kCreate, Level::RequestResponse,
     "the token itself (responseObject.status.token), which can be used at once"},
    {"authentication.k8s.io", "tokenreviews", "", kCreate, Level::Request,
     "the token under review (requestObject.spec.token), which can be used at once"},
    {"", "pods", "exec", kSession, Level::Metadata,
     "the command line, with any password in it, in requestURI"},
    {"", "pods", "", kBodyWrites, Level::Request,
     "environment variables of containers, with any password in them"},
    {"", "pods", "", kBodyWrites, Level::Request,
     "what mutating webhooks add, in the annotation patch.webhook.admission.k8s.io/..."},
    {"machineconfiguration.openshift.io", "machineconfigs", "", kBodyWrites, Level::Request, kCredentials},
    {"oauth.openshift.io", "oauthclients", "", kBodyWrites, Level::Request, kCredentials},
    {"oauth.openshift.io", "oauthaccesstokens", "", kBodyWrites, Level::Request, kCredentials},
    {"oauth.openshift.io", "oauthauthorizetokens", "", kBodyWrites, Level::Request, kCredentials},
    {"route.openshift.io", "routes", "", kBodyWrites, Level::Request, "private keys of TLS in the Route"},
    {"external-secrets.io", "clustersecretstores", "", kBodyWrites, Level::Request, kCredentials},
    {"external-secrets.io", "secretstores", "", kBodyWrites, Level::Request, kCredentials},
    {"external-secrets.io", "pushsecrets", "", kBodyWrites, Level::Request, kCredentials},
};

// Whether the rule is the first match for some request of this kind.
bool takes(const Policy& policy, const Rule& rule, const Secretive& secretive, std::string_view verb) {
    Request kind{.verb = verb, .is_resource = true};
    kind.group = secretive.group;
    kind.resource = secretive.resource;
    kind.subresource = secretive.subresource;
    bool found = false;
    each_example_of(rule, kind, [&](const Request& example) {
        found = decide(policy, example).rule == &rule;
        return !found;
    });
    return found;
}

}  // namespace

std::vector<Leak> leaks(const Policy& policy) {
    std::vector<Leak> all;
    for (const Rule& rule : policy.rules) {
        std::vector<std::string> verbs;
        const Secretive* last = std::end(kSecretive) - 1;
        for (const Secretive& secretive : kSecretive) {
            for (const std::string_view verb : secretive.verbs) {
                if (rule.level >= secretive.from && takes(policy, rule, secretive, verb))
                    verbs.emplace_back(verb);
            }
            // Consecutive rows about the same content are reported together.
            const bool goes_on = &secretive != last && (&secretive)[1].resource == secretive.resource &&
                                 (&secretive)[1].what == secretive.what;
            if (goes_on || verbs.empty()) continue;
            std::string resource(secretive.resource);
            if (!secretive.subresource.empty()) resource += "/" + std::string(secretive.subresource);
            if (!secretive.group.empty()) resource += "." + std::string(secretive.group);
            all.push_back(
                {rule.place, resource, rule.level, fmt::format("{}: {}", listed(verbs), secretive.what)});
            verbs.clear();
        }
    }
    return all;
}

}  // namespace redshank::audit::policy
