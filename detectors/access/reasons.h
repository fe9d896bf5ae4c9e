// Reasons that stand beside the model: each knows one thing that is wrong by itself, has its own kind of
// finding and can be switched off (`disable`). One file each; a new one is one file and one line in
// make_reasons().
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
    // Sees requests once an hour when nothing about them differs (user, credential, verb, object, agent,
    // address), and every request that was refused, impersonates or has no user.
    virtual std::optional<Hit> observe(const Look& look) = 0;
    // Asked after observe(), of the same request: whether its credential is in dispute (Look::is_disputed),
    // and whether requests that repeat are wanted each.
    virtual bool is_disputed() const { return false; }
    virtual bool is_watched() const { return false; }
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

std::vector<std::unique_ptr<NamedReason>> make_reasons(const Config& config);

}  // namespace redshank::access
