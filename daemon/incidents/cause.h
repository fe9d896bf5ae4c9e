// What a finding is about, as keys: two findings that have one in common belong to one incident.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/finding/finding.h"

namespace redshank {

struct Cause {
    std::string key;        // begins with the cluster: nothing joins two of them
    bool is_left = true;    // later findings may meet it
    bool is_sure = false;   // also for findings that would begin no incident by themselves
    bool is_sought = true;  // it meets what earlier findings left
};

// The surest first:
// - each line of the log that is its evidence. Not the audit ID, which the client may choose;
// - of custom resources: the resource; of the log: the file, or the policy. These have nothing more, and what
//   is not about the same custom resource joins none of their incidents, whatever they share;
// - of an exposure and of reads through it: the binding and the role that opened it;
// - a binding that was made: whoever uses it goes on with that. Not one that was only changed;
// - of strangers who scan a public API server: that they do, and nothing more;
// - who did it: whom the request acts as, for a person or a service account; who sent it, when he plays a
//   component or nobody; both, when the finding is about the impersonation itself. An anonymous caller is the
//   address that it comes from;
// - the service account that a token was asked for: who uses that token goes on with the same;
// - an object that was made or changed, for those who enter it later. Two who change it may have nothing to
// do
//   with each other. Not Secrets: neither may two who read the same. Not Nodes: everybody is on them.
std::vector<Cause> causes_of(const Finding& finding);

// Of a finding about an anonymous caller: the crowd of its severity, which takes up the callers beyond those
// that have incidents of their own.
std::optional<Cause> crowd_of(const Finding& finding);

// "RoleBinding shop/tmp → ClusterRole edit": a grant without its last part, whom it is for.
std::string binding_of(const std::string& grant);

// "example.com/widgets" of a finding of crd_health, else "".
std::string custom_resource_of(const Finding& finding);
// The same of any finding whose object is a custom resource. "" for those of unusual_access: they are about
// an actor, whatever the first of the requests was for.
std::string about_of(const Finding& finding);

// Findings that say how things are, until they are resolved; the others say that something happened.
bool is_condition(std::string_view kind);

}  // namespace redshank
