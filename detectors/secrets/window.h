#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "detectors/secrets/cause.h"

namespace redshank::secrets {

// A period in which Secrets were readable by more than their readers, through one binding.
struct Window {
    enum class Basis : uint8_t {
        Objects,   // the log or the seed shows the roles and bindings
        Inferred,  // from a read through the binding, and the writer of the binding or its role before it
        Earlier,   // open before the first event; `opened` is then its first sign
    };

    uint64_t number = 0;
    std::string cluster;
    std::string target;  // what is readable: "shop/db" as configured, "shop/*", "*/*"
    std::string binding_namespace, binding_name, role_namespace, role_name;
    std::string through;             // "RoleBinding shop/tmp → ClusterRole edit"
    std::set<std::string> subjects;  // "Group dev"
    Severity severity = Severity::Critical;
    Basis basis = Basis::Objects;

    audit::Time opened{};
    std::optional<Cause> opened_by;
    std::optional<audit::Time> closed;
    std::optional<Cause> closed_by;
    // No further attempt was seen, or the log does not show what the change did.
    bool closing_presumed = false;
    std::optional<Cause> candidate;  // a change that may have closed it; the log does not show its content

    uint64_t reads = 0;
    audit::Time first_read{}, last_read{};
    std::map<std::string, uint64_t> readers;  // the first kMaxReaders of them, with counts
    std::set<std::string> ways;               // "get shop/db": requests that succeeded through it
    static constexpr size_t kMaxReaders = 50;

    bool is_open() const { return !closed.has_value(); }
    std::string binding_key() const { return binding_namespace + "/" + binding_name; }
    void add_reader(const std::string& who, const std::string& way, audit::Time time);
};

std::span<const std::string_view> words_of(Window::Basis);
std::string_view to_string(Window::Basis basis);

// The row of the table secret_exposure.windows; docs/secrets.md describes its fields.
template <class V>
void describe(V& v, Window& row) {
    v.must("number", row.number);
    v.must("target", row.target);
    v("through", row.through);
    v("binding_namespace", row.binding_namespace);
    v("binding", row.binding_name);
    v("role_namespace", row.role_namespace);
    v("role", row.role_name);
    v("subjects", row.subjects);
    v("severity", row.severity);
    v("basis", row.basis);
    v.must("opened", row.opened);
    v("reads", row.reads);
    v("readers", row.readers);
    v("ways", row.ways);
    v("opened_by", row.opened_by);
    v("closed", row.closed);
    v("closed_by", row.closed_by);
    v.sparse("closing_presumed", row.closing_presumed);
    v("candidate", row.candidate);
    v.sparse("first_read", row.first_read);
    v.sparse("last_read", row.last_read);
    v("cluster", row.cluster);
}
// Order of eviction: the oldest closed window first, then the oldest.
inline bool worth(const Window& window) {
    return window.is_open();
}

}  // namespace redshank::secrets
