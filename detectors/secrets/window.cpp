#include "detectors/secrets/window.h"

#include <boost/json.hpp>

#include "detectors/secrets/row.h"

namespace redshank::secrets {

namespace json = boost::json;

namespace {

std::set<std::string> read_set(const json::value* value) {
    std::set<std::string> out;
    if (!value || !value->is_array()) return out;
    for (const json::value& item : value->get_array()) {
        if (item.is_string()) out.emplace(item.get_string());
    }
    return out;
}

}  // namespace

std::string_view to_string(Window::Basis basis) {
    switch (basis) {
        case Window::Basis::Inferred:
            return "inferred";
        case Window::Basis::Earlier:
            return "earlier";
        case Window::Basis::Objects:
            break;
    }
    return "objects";
}

void Window::add_reader(const std::string& who, const std::string& way, audit::Time time) {
    if (reads == 0 || time < first_read) first_read = time;
    if (reads == 0 || time > last_read) last_read = time;
    ++reads;
    if (readers.contains(who) || readers.size() < kMaxReaders) ++readers[who];
    if (ways.size() < kMaxReaders) ways.insert(way);
}

json::object window_json(const Window& window) {
    json::object readers;
    for (const auto& [who, count] : window.readers) readers[who] = count;
    json::object row{{"number", window.number},
                     {"target", window.target},
                     {"through", window.through},
                     {"binding_namespace", window.binding_namespace},
                     {"binding", window.binding_name},
                     {"role_namespace", window.role_namespace},
                     {"role", window.role_name},
                     {"subjects", json::array(window.subjects.begin(), window.subjects.end())},
                     {"severity", to_string(window.severity)},
                     {"basis", to_string(window.basis)},
                     {"opened", audit::format_time(window.opened)},
                     {"reads", window.reads},
                     {"readers", readers},
                     {"ways", json::array(window.ways.begin(), window.ways.end())}};
    if (window.opened_by) row["opened_by"] = cause_json(*window.opened_by);
    if (window.closed) row["closed"] = audit::format_time(*window.closed);
    if (window.closed_by) row["closed_by"] = cause_json(*window.closed_by);
    if (window.closing_presumed) row["closing_presumed"] = true;
    if (window.candidate) row["candidate"] = cause_json(*window.candidate);
    if (window.reads > 0) {
        row["first_read"] = audit::format_time(window.first_read);
        row["last_read"] = audit::format_time(window.last_read);
    }
    return row;
}

std::optional<Window> read_window(std::string_view text) {
    const Row row(text);
    Window window;
    window.number = row.number("number");
    if (window.number == 0) return std::nullopt;
    window.target = row.text("target");
    window.through = row.text("through");
    window.binding_namespace = row.text("binding_namespace");
    window.binding_name = row.text("binding");
    window.role_namespace = row.text("role_namespace");
    window.role_name = row.text("role");
    window.subjects = read_set(row.find("subjects"));
    parse_severity(row.text("severity"), window.severity);
    const std::string basis = row.text("basis");
    window.basis = basis == "inferred"  ? Window::Basis::Inferred
                   : basis == "earlier" ? Window::Basis::Earlier
                                        : Window::Basis::Objects;
    window.opened = row.time("opened");
    window.opened_by = read_cause(row.find("opened_by"));
    if (row.find("closed")) window.closed = row.time("closed");
    window.closed_by = read_cause(row.find("closed_by"));
    window.closing_presumed = row.flag("closing_presumed");
    window.candidate = read_cause(row.find("candidate"));
    window.reads = row.number("reads");
    window.first_read = row.time("first_read");
    window.last_read = row.time("last_read");
    if (const json::value* readers = row.find("readers"); readers && readers->is_object()) {
        for (const auto& [who, count] : readers->get_object()) {
            if (count.is_int64() || count.is_uint64()) window.readers[who] = count.to_number<uint64_t>();
        }
    }
    window.ways = read_set(row.find("ways"));
    return window;
}

}  // namespace redshank::secrets
