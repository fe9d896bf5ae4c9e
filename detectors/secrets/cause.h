// A change of RBAC that opened or closed something: who made it, how, and where the log shows it.
#pragma once

#include <string>

#include "core/finding/finding.h"
#include "core/request/observation.h"

namespace redshank::secrets {

struct Cause {
    audit::Time time{};
    Evidence evidence;
    FindingActor actor;
    FindingObject object;
    std::string verb;

    // "dmitri created RoleBinding shop/tmp", and without who.
    std::string in_words() const;
    std::string deed() const;
};

Cause cause_of(const Observation& observation);

template <class V>
void describe(V& v, Cause& row) {
    v.must("time", row.time);
    v("audit_id", row.evidence.audit_id);
    v("source", row.evidence.source);
    v("offset", row.evidence.offset);
    v.sparse("generation", row.evidence.generation);
    row.evidence.time = row.time;
    v.must("user", row.actor.user);
    v("uid", row.actor.uid);
    v("impersonated", row.actor.impersonated);
    v("source_ip", row.actor.source_ip);
    v("user_agent", row.actor.user_agent);
    v("verb", row.verb);
    v("group", row.object.group);
    v("version", row.object.version);
    v("resource", row.object.resource);
    v("namespace", row.object.namespace_);
    v("name", row.object.name);
}

}  // namespace redshank::secrets
