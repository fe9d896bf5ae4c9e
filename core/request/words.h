// How people call who did what: for findings, tables and pages (docs/messages.md shows them). Every name goes
// through name_words(), so that what comes out can be shown as it is.
#pragma once

#include <string>
#include <string_view>

#include "audit/grant.h"
#include "core/request/request.h"

namespace redshank {

// A name that somebody chose: what cannot be seen is escaped as by fit(), a long one loses its middle
// ("aaaa…aaaa", at most `most` characters), and one that could be read as words of ours (blanks, brackets, a
// dash in front) stands in quotes.
std::string name_words(std::string_view name, size_t most = 48);

// "alice", "service account ci/deployer", "node worker-3", "an anonymous caller", "bootstrap token 07401b",
// "somebody whom the server does not know"; of the control plane its own name ("kube-scheduler",
// "controller job-controller").
std::string actor_words(const Actor& actor);
// The same of a name that was kept without its groups.
std::string user_words(std::string_view username);
// Who a sentence is about: "bob, through teleport,", "viktor, as kube-controller-manager,", "an anonymous
// caller (192.0.2.7)" with `address`.
std::string caller_words(const Request& request, std::string_view address);
// "bob, through teleport,": of two names that were kept; `impersonated` may be "".
std::string caller_words(std::string_view user, std::string_view impersonated);

// "created", "changed", "deleted", "read", "listed", "watched", "ran a command in", …: what an API verb on a
// resource (with its subresource) is when it is done.
std::string past_of(std::string_view verb, std::string_view subresource = {});

// What a request is about, as it is kept in findings and rows too.
struct Thing {
    std::string_view group, resource, subresource, namespace_, name;
};
Thing thing_of(const audit::ObjectRef& object);
// "Role shop/edit", "a Pod in shop", "Namespace shop", "widgets.example.com shop/a".
std::string thing_words(const Thing& thing);
// "Secrets", "widgets.example.com".
std::string kinds_words(const Thing& thing);
// "all Secrets in payments", "all Nodes of the cluster".
std::string all_words(const Thing& thing);
// "changed Role shop/edit", "deleted all Pods in shop".
std::string deed_words(std::string_view verb, const Thing& thing);

// "changed Role shop/edit", "listed all Secrets in payments" (not "all" when a selector chose), "ran a
// command in Pod shop/web", "asked for all their rights", "read /version". As if it had been done.
std::string deed_words(const Request& request);
// "change Role shop/edit".
std::string wish_words(const Request& request);
// What became of it: deed_words(), or "tried to list all Secrets in payments and was refused (403)", "tried
// to read Secret shop/db, which failed (404)", "asked to delete Pod shop/web in a dry run".
std::string outcome_words(const Request& request);

// "RoleBinding tmp gives edit to group dev", "… to unauthenticated users", "… to everyone who logs in".
std::string grant_words(const audit::Grant& grant);
// "group dev", "service account ci/bot", "everyone who logs in": `kind` is User, Group or ServiceAccount.
std::string subject_words(std::string_view kind, std::string_view namespace_, std::string_view name);

}  // namespace redshank
