// Reasons beside the model. Each detects one thing that is wrong by itself, has its own kind of finding, and
// can be switched off (`disable`). A new one is one file and one line in make_reasons().
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "detectors/access/config.h"
#include "detectors/access/hit.h"
#include "detectors/access/look.h"

namespace redshank::access {

class NamedReason {
  public:
    virtual ~NamedReason() = default;
    // Sees every request that was refused, impersonates or has no user. Of other requests, those that are
    // equal in user, credential, verb, object, agent and address are shown once an hour.
    virtual std::optional<Hit> observe(const Look& look) = 0;
    // Called after observe() with the same request: whether its credential is in dispute (Look::is_disputed),
    // and whether repeated requests must each be shown.
    virtual bool is_disputed() const { return false; }
    virtual bool is_watched() const { return false; }
    // Whether all requests of its sender must be shown for the rest of the hour, those that were shown as
    // well.
    virtual bool wants_all() const { return false; }
    virtual void load(const StateReader& /*state*/) {}
    virtual void save(StateWriter& /*state*/) {}
    virtual uint64_t evictions() const { return 0; }
};

std::unique_ptr<NamedReason> make_anonymous_success();
std::unique_ptr<NamedReason> make_dormant_identity(const Config& config);
std::unique_ptr<NamedReason> make_impersonation();
std::unique_ptr<NamedReason> make_refusal_burst();
std::unique_ptr<NamedReason> make_permission_enumeration();
std::unique_ptr<NamedReason> make_credential_change();
std::unique_ptr<NamedReason> make_token_lineage();
std::unique_ptr<NamedReason> make_off_hours();
std::unique_ptr<NamedReason> make_unknown_credential();
std::unique_ptr<NamedReason> make_two_networks();

std::vector<std::unique_ptr<NamedReason>> make_reasons(const Config& config);

}  // namespace redshank::access
