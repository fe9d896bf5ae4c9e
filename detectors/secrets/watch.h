#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detectors/control_hosts.h"
#include "detectors/detector.h"
#include "detectors/rbac/mirror.h"
#include "detectors/renames.h"
#include "detectors/secrets/admins.h"
#include "detectors/secrets/callers.h"
#include "detectors/secrets/indirect.h"
#include "detectors/secrets/journal.h"
#include "detectors/secrets/judgement.h"
#include "detectors/secrets/reads.h"
#include "detectors/secrets/windows.h"
#include "detectors/strangers.h"

namespace redshank::secrets {

// The Secrets of one cluster, and who may read them, as far as is known.
class SecretWatch {
  public:
    // While the log is younger than `settle`, reads are not doubted. `seed` is taken as the state of RBAC
    // before the first event. `protection` and `seed` must outlive this object.
    SecretWatch(std::string cluster, const Protection& protection, ByGrant by_grant, audit::Duration settle,
                const std::vector<rbac::Object>& seed);

    void observe(const Observation& observation, FindingBook& findings);
    void advance(audit::Time now, FindingBook& findings);
    // The stored state is newer than the seed from which it started, but older than a different seed.
    void load(const StateReader& state);
    void save(StateWriter& state);

    // How often the reasons of allowed requests agree with the mirror.
    struct Checked {
        uint64_t agree = 0, differ = 0, unknown = 0;
    };
    const Checked& checked() const { return checked_; }
    const rbac::Mirror& mirror() const { return mirror_; }
    const Windows& windows() const { return windows_; }
    const Reads& reads() const { return reads_; }
    const Admins& admins() const { return admins_; }
    const ControlHosts& hosts() const { return hosts_; }
    const Callers& callers() const { return callers_; }
    const Renames& renames() const { return renames_; }
    const IndirectAccess& indirect() const { return indirect_; }

  private:
    void take_seed();
    void check(const Request& request);
    void take_leak(std::string_view resource, const Observation& observation, FindingBook& findings);
    void take_shown(const std::vector<rbac::Object>& shown, const Observation& observation,
                    FindingBook& findings);
    void take_removal(const rbac::Write& write, const Cause& removal, FindingBook& findings);
    bool is_protected(const SecretScope& scope) const;
    bool take_doubtful(const Observation& observation, const SecretScope& scope, FindingBook& findings);
    void report_read(const Observation& observation, const SecretScope& scope, const std::string& grant_text,
                     const Judgement& judgement, FindingBook& findings);
    void take_access(const Observation& observation, const SecretScope& scope, FindingBook& findings);
    void take_exposed(const Observation& observation, const SecretScope& scope, Judgement judgement,
                      FindingBook& findings);

    const std::string cluster_, prefix_;
    const Protection& protection_;
    const ByGrant by_grant_;
    const audit::Duration settle_;
    const std::vector<rbac::Object>& seed_;
    const std::string seed_id_;
    rbac::Mirror mirror_;
    Journal journal_;
    Windows windows_;
    Reads reads_;
    IndirectAccess indirect_;
    Admins admins_;
    Callers callers_;
    ControlHosts hosts_{"secret_exposure.control_hosts"};
    Renames renames_{"secret_exposure"};
    Strangers strangers_{"secret_exposure.strangers"};
    Checked checked_;
    std::optional<audit::Time> since_;  // the time of the first event
    bool known_taken_ = false;          // whether windows that were open at the start have been reported
};

}  // namespace redshank::secrets
