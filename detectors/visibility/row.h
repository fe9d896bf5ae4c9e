// What the log of a cluster shows and what it hides: state table `source.visibility`, a row a cluster.
// Commands read it, so that no answer takes silence for safety.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"
#include "core/state/describe.h"

namespace redshank::visibility {

inline constexpr std::string_view kTable = "source.visibility";  // by cluster

// What came since the last request of a sort that the policy may hide.
struct Silence {
    audit::Time last{};         // when the last of the sort came; Time{}: none ever
    audit::Duration watched{};  // since then, or since the beginning; holes in the log are not counted
    uint64_t requests = 0;      // others
    uint64_t sure = 0;    // of them: those that their sender never makes without one of the sort just before
    uint64_t likely = 0;  // of them: those of senders that make one of the sort every 10 minutes

    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("last", micros(last));
        v.must("watched", watched);
        v.must("requests", requests);
        v.must("sure", sure);
        v.must("likely", likely);
    }
};

// Writes of people and programs, not of the control plane, which a policy often treats in its own way.
struct Bodies {
    uint64_t requests = 0;
    int level = 0;  // the highest audit::Level among them

    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("requests", requests);
        v.must("level", level);
    }
};

struct Seen {
    audit::Time since{}, last{};    // event times of the first and the newest event
    Silence reads, secret_reads;    // get, list, watch: of anything; of Secrets
    Bodies rbac, workloads;         // of roles and bindings; of what runs Pods
    uint64_t starts = 0, ends = 0;  // watches and sessions that were first told of at their start, their end

    template <class V>
    void describe(V& v) {
        v.must("since", micros(since));
        v.must("last", micros(last));
        v("reads", reads);
        v("secret_reads", secret_reads);
        v("rbac", rbac);
        v("workloads", workloads);
        v("starts", starts);
        v("ends", ends);
    }
};

// A kind of finding that the log does not feed whole.
struct Lack {
    std::string kind, state;           // "secret-read-unprotected"; "late", "partly", "blind"
    std::vector<std::string> missing;  // "get secrets"
    audit::Time since{};               // since when, as far as was seen
    uint64_t line = 0;                 // of the policy's rule; 0: none matches, or the policy is not known
    audit::Time told{};                // when its finding was first told; Time{}: never

    template <class V>
    void describe(V& v) {
        v.must("kind", kind);
        v.must("state", state);
        v.must("missing", missing);
        v.must("since", micros(since));
        v.sparse("line", line);
        v("told", micros(told));
    }
    // Whatever the times.
    bool is_same(const Lack& other) const {
        return kind == other.kind && state == other.state && missing == other.missing && line == other.line;
    }
    bool operator==(const Lack&) const = default;
};

struct Row {
    Seen seen;
    std::string policy;          // the file from which the lacks follow; "": from what came
    std::string policy_id;       // of the policy that the configuration names, whether it is believed or not
    audit::Time policy_since{};  // since when the configuration names it
    std::vector<Lack> lacks;     // none also while too little was seen
    audit::Time told{};          // when they were told last

    template <class V>
    void describe(V& v) {
        v.must("seen", seen);
        v("policy", policy);
        v("policy_id", policy_id);
        v("policy_since", micros(policy_since));
        v("lacks", lacks);
        v("told", micros(told));
    }

    // Null where the kind is fed.
    const Lack* lack_of(std::string_view kind) const {
        for (const Lack& lack : lacks) {
            if (lack.kind == kind) return &lack;
        }
        return nullptr;
    }
};

}  // namespace redshank::visibility
