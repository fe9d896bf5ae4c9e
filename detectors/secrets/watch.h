#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detectors/detector.h"
#include "detectors/rbac/mirror.h"
#include "detectors/secrets/indirect.h"
#include "detectors/secrets/journal.h"
#include "detectors/secrets/judgement.h"
#include "detectors/secrets/reads.h"
#include "detectors/secrets/windows.h"

namespace redshank::secrets {

// Everything that is known about one cluster's Secrets and who may read them.
class SecretWatch {
  public:
    // `settle`: the reads of a log younger than this are not doubted. `protection` and `seed` must outlive
    // this. `seed` is taken as the state of RBAC before the first event.
    SecretWatch(std::string cluster, const Protection& protection, ByGrant by_grant, audit::Duration settle,
                const std::vector<rbac::Object>& seed);

    void observe(const Observation& observation, FindingBook& findings);
    void advance(audit::Time now, FindingBook& findings);
    // What the state holds is newer than the seed that it began with, and older than another one.
    void load(const StateReader& state);
    void save(StateWriter& state);

    // How the reasons of allowed requests compare to the mirror.
    struct Checked {
        uint64_t agree = 0, differ = 0, unknown = 0;
    };
    const Checked& checked() const { return checked_; }
    const rbac::Mirror& mirror() const { return mirror_; }
    const Windows& windows() const { return windows_; }
    const Reads& reads() const { return reads_; }
    const IndirectAccess& indirect() const { return indirect_; }

  private:
    void take_seed();
    void check(const Request& request);
    void take_leak(std::string_view resource, const Observation& observation, FindingBook& findings);
    void take_shown(const std::vector<rbac::Object>& shown, const Observation& observation,
                    FindingBook& findings);
    void take_removal(const rbac::Write& write, const Cause& removal, FindingBook& findings);
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
    Checked checked_;
    std::optional<audit::Time> since_;  // of the first event
    bool known_taken_ = false;          // whether what lay open at the start has been told
};

}  // namespace redshank::secrets
