// What a log says about the policy that made it: verbs, levels and stages that never come. Nothing is
// concluded from a short log, and every conclusion ends with the first event that speaks against it.
#pragma once

#include <optional>

#include "audit/policy/policy.h"
#include "core/request/observation.h"
#include "detectors/visibility/row.h"

namespace redshank::visibility {

// Reads are hidden when none came among so many requests, and
// - so many of these cannot be without a read: a kubelet reads a Pod or its Node before it patches the status
//   (pkg/kubelet/status/status_manager.go syncPod, kubelet_node_status.go tryUpdateNodeStatus); or
// - the control plane has worked for so long: its informers open their watches anew every 5 to 10 minutes
//   (client-go tools/cache/reflector.go, minWatchTimeout); or
// - a day has gone by, which is also needed where reads did come before.
// Reads of Secrets alone are hidden when kube-controller-manager, whose garbage collector watches all that
// can be deleted, has read so much else for so long.
inline constexpr uint64_t kEnoughRequests = 1000, kEnoughSure = 50, kEnoughLikely = 100,
                          kEnoughOtherReads = 20;
inline constexpr audit::Duration kShortest = std::chrono::minutes{1}, kWatchesAnew = std::chrono::minutes{15},
                                 kListsAnew = std::chrono::hours{1}, kLongEnough = std::chrono::hours{24},
                                 kHole = std::chrono::minutes{5};  // longer silence is a hole in the log
// A level, or a stage, is that of the policy when nothing higher came among so many.
inline constexpr uint64_t kEnoughWrites = 20, kEnoughStreams = 50;

void count(Seen& seen, const Observation& observation);

// What the log shows of the policy.
struct Learnt {
    bool hides_reads = false, hides_secret_reads = false;  // the second also with the first
    bool omits_starts = false;                             // stage ResponseStarted
    std::optional<audit::Level> rbac, workloads;           // the highest level of their bodies
    bool operator==(const Learnt&) const = default;
};
Learnt learn(const Seen& seen);

// The most generous policy that gives such a log.
audit::policy::Policy policy_of(const Learnt& learnt);

// `policy` with what it does not log although it says so: reads that never come.
audit::policy::Policy without(audit::policy::Policy policy, const Learnt& learnt);

// Whether reads of Secrets are logged is known: one has come, or the log is long enough without. `learnt`:
// from `seen`.
bool is_known(const Seen& seen, const Learnt& learnt);

}  // namespace redshank::visibility
