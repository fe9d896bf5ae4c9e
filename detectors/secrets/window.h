#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "detectors/secrets/cause.h"

namespace redshank::secrets {

// A time in which Secrets were readable by more than their readers, through one binding.
struct Window {
    enum class Basis : uint8_t {
        Objects,   // the log or the seed shows the roles and bindings
        Inferred,  // from a read through the binding, and from who wrote the binding or its role before
        Earlier,   // open before anything that was seen; opened is then the first sign of it
    };

    uint64_t number = 0;
    std::string target;  // what lies open: "shop/db" as configured, "shop/*", "*/*"
    std::string binding_namespace, binding_name, role_namespace, role_name;
    std::string through;             // "RoleBinding shop/tmp → ClusterRole edit"
    std::set<std::string> subjects;  // "Group dev"
    Severity severity = Severity::Critical;
    Basis basis = Basis::Objects;

    audit::Time opened{};
    std::optional<Cause> opened_by;
    std::optional<audit::Time> closed;
    std::optional<Cause> closed_by;
    bool closing_presumed = false;   // nobody tried again, or the log does not show what the change did
    std::optional<Cause> candidate;  // a change that may have closed it: the log does not show what it did

    uint64_t reads = 0;
    audit::Time first_read{}, last_read{};
    std::map<std::string, uint64_t> readers;  // the first kMaxReaders of them, with counts
    std::set<std::string> ways;               // "get shop/db": what succeeded through it
    static constexpr size_t kMaxReaders = 50;

    bool is_open() const { return !closed.has_value(); }
    std::string binding_key() const { return binding_namespace + "/" + binding_name; }
    void add_reader(const std::string& who, const std::string& way, audit::Time time);
};

std::string_view to_string(Window::Basis basis);

// The row of the table secret_exposure.windows; docs/secrets.md lists its fields.
boost::json::object window_json(const Window& window);
std::optional<Window> read_window(std::string_view json);

}  // namespace redshank::secrets
