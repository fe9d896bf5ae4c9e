#include "detectors/secrets/windows.h"

#include "core/request/names.h"
#include "core/state/key.h"
#include "detectors/secrets/sentences.h"

namespace redshank::secrets {

namespace {

constexpr uint64_t kMostWindows = uint64_t{1} << 62;  // in no life of a daemon
constexpr std::string_view kExposed = "secret-exposed", kClosed = "secret-exposure-closed";

std::string key_of(const std::string& target, const std::string& binding_key) {
    return row_key({target, binding_key});
}

std::string subject_words(const audit::Grant& grant) {
    return rbac::Subject{grant.subject_kind, grant.subject_namespace, grant.subject_name}.to_string();
}

// Whether the user belongs to the subject that "Group dev", "User bob" or "ServiceAccount shop/web" names.
bool applies(std::string_view words, const audit::User& user) {
    const size_t space = words.find(' ');
    const std::string_view kind = words.substr(0, space), name = words.substr(space + 1);
    if (kind == "Group") return user.in_group(name);
    if (kind == "User") return user.username == name;
    const auto account = service_account(user.username);
    return account && rbac::object_key(account->namespace_, account->name) == name;
}

// Whether the mirror has the objects that decide what the window's binding exposes.
bool is_known(const Window& window, const rbac::Mirror& mirror) {
    const rbac::Binding* binding = mirror.binding(window.binding_namespace, window.binding_name);
    return binding && mirror.rules_of(*binding);
}

Journal::Wanted wanted_by(const Window& window) {
    return {window.binding_namespace, window.binding_name, window.role_namespace, window.role_name};
}

}  // namespace

void Windows::take_write(const rbac::Write& write, const rbac::Mirror::Keys& affected,
                         const rbac::Mirror& mirror, const Journal& journal, const Observation& observation,
                         FindingBook& findings) {
    Causes causes{cause_of(observation), cause_of(observation)};
    if (write.by_aggregator) {
        const audit::Time time = causes.opening->time;
        if (auto edit = journal.edit_behind(time, Journal::Did::Give)) causes.opening = std::move(edit);
        if (auto edit = journal.edit_behind(time, Journal::Did::Take)) causes.closing = std::move(edit);
    }
    const Cause& cause = *causes.closing;
    for (const std::string& key : affected) evaluate(key, mirror, causes, cause.time, findings);
    for (const uint64_t number : std::set<uint64_t>(open_)) {
        Window& window = *all_.find_quietly(number);
        if (!write.touches_binding(window.binding_namespace, window.binding_name) &&
            !write.touches_role(window.role_namespace, window.role_name)) {
            continue;
        }
        if (write.removed) {
            close(window, cause, cause.time, findings);
        } else if (!is_known(window, mirror) && !window.candidate) {
            window.candidate = cause_of(observation);  // whose edit it was is seen when it is confirmed
            all_.change(number);
        }
    }
}

void Windows::take_settled(const rbac::Mirror::Keys& affected, const rbac::Mirror& mirror,
                           const Journal& journal, audit::Time now, FindingBook& findings) {
    for (const std::string& key : affected) {
        const size_t slash = key.find('/');
        const rbac::Binding* binding = mirror.binding(key.substr(0, slash), key.substr(slash + 1));
        if (!binding) continue;
        const auto cause = journal.opening(
            {binding->namespace_, binding->name, binding->role_namespace(), binding->role_name},
            audit::Time::min(), now);
        evaluate(key, mirror, {cause, cause}, now, findings);
    }
}

void Windows::take_known(const rbac::Mirror& mirror, audit::Time now, FindingBook& findings) {
    mirror.bindings().each(
        [&](const std::string& key, const rbac::Binding&) { evaluate(key, mirror, {}, now, findings); });
}

void Windows::evaluate(const std::string& binding_key, const rbac::Mirror& mirror, const Causes& causes,
                       audit::Time now, FindingBook& findings) {
    const size_t slash = binding_key.find('/');
    const rbac::Binding* binding =
        mirror.binding(binding_key.substr(0, slash), binding_key.substr(slash + 1));
    if (!binding) return;
    const auto openings = openings_of(*binding, mirror, protection_, by_grant_);
    if (!openings) return;
    for (const uint64_t number : std::set<uint64_t>(open_)) {
        Window& window = *all_.find_quietly(number);
        if (window.binding_key() != binding_key || openings->contains(window.target)) continue;
        close(window, causes.closing, causes.closing ? causes.closing->time : now, findings);
    }
    const std::optional<Cause>& cause = causes.opening;
    for (const auto& [target, opening] : *openings) {
        if (Window* window = find_open(target, binding_key)) {
            if (window->subjects == opening.subjects) continue;
            window->subjects = opening.subjects;
            all_.change(window->number);
            continue;
        }
        const Window& window = add({.target = target,
                                    .binding_namespace = binding->namespace_,
                                    .binding_name = binding->name,
                                    .role_namespace = std::string(binding->role_namespace()),
                                    .role_name = binding->role_name,
                                    .through = binding->to_string(),
                                    .subjects = opening.subjects,
                                    .severity = opening.severity,
                                    .basis = cause ? Window::Basis::Objects : Window::Basis::Earlier,
                                    .opened = cause ? cause->time : now,
                                    .opened_by = cause});
        describe_opened(findings.report(subject(window, kExposed), window.opened), window);
    }
}

uint64_t Windows::take_read(const std::string& target, Severity severity, const audit::Grant& grant,
                            const std::string& who, const SecretScope& scope, const Journal& journal,
                            const Observation& observation, FindingBook& findings) {
    const audit::Event& event = observation.event;
    const std::string binding_key = rbac::object_key(grant.binding_namespace, grant.binding_name);
    Window* window = find_open(target, binding_key);
    bool is_new = false;
    if (window && window->candidate && event.received > window->candidate->time + kLag) {
        window->candidate.reset();  // it goes on
    }
    if (!window) {
        window = find_closed(target, binding_key);
        if (!window || event.received > *window->closed + kLag) {
            Window found{
                .target = target,
                .binding_namespace = grant.binding_namespace,
                .binding_name = grant.binding_name,
                .role_namespace = grant.role_kind == "Role" ? grant.binding_namespace : std::string{},
                .role_name = grant.role_name,
                .severity = severity};
            const std::string words = grant.to_string();
            found.through = words.substr(0, words.rfind(" → "));
            found.opened_by = journal.opening(wanted_by(found), window ? *window->closed : audit::Time::min(),
                                              event.stage_time);
            found.basis = found.opened_by ? Window::Basis::Inferred : Window::Basis::Earlier;
            found.opened = found.opened_by ? found.opened_by->time : event.received;
            window = &add(std::move(found));
            is_new = true;
        }
    }
    window->subjects.insert(subject_words(grant));
    window->add_reader(who, std::string(event.verb) + " " + scope.to_string(), event.stage_time);
    all_.change(window->number);
    if (is_new) {
        describe_opened(findings.report(subject(*window, kExposed), window->opened), *window);
    } else if (!window->is_open()) {
        describe_closed(findings.report(subject(*window, kClosed), *window->closed), *window);
    }
    return window->number;
}

void Windows::take_refusal(const SecretScope& scope, const Journal& journal, const Observation& observation,
                           FindingBook& findings) {
    const audit::Event& event = observation.event;
    const std::string way = std::string(event.verb) + " " + scope.to_string();
    for (const uint64_t number : std::set<uint64_t>(open_)) {
        Window& window = *all_.find_quietly(number);
        if (!window.candidate || event.stage_time < window.candidate->time || !window.ways.contains(way)) {
            continue;
        }
        for (const std::string& words : window.subjects) {
            if (!applies(words, event.effective_user())) continue;
            close_by_candidate(window, journal, findings);
            break;
        }
    }
}

void Windows::advance(audit::Time now, const Journal& journal, FindingBook& findings) {
    for (const uint64_t number : std::set<uint64_t>(open_)) {
        Window& window = *all_.find_quietly(number);
        if (!window.candidate || window.candidate->time + kQuiet > now) continue;
        window.closing_presumed = true;
        close_by_candidate(window, journal, findings);
    }
}

void Windows::close_by_candidate(Window& window, const Journal& journal, FindingBook& findings) {
    Cause cause = *window.candidate;
    if (service_account(cause.actor.user) == kAggregator) {
        if (auto edit = journal.edit_behind(cause.time, Journal::Did::Take)) cause = std::move(*edit);
    }
    const audit::Time time = cause.time;
    close(window, cause, time, findings);
}

void Windows::close(Window& window, const std::optional<Cause>& cause, audit::Time time,
                    FindingBook& findings) {
    window.closed = time;
    window.closed_by = cause;
    window.candidate.reset();
    open_.erase(window.number);
    all_.change(window.number);
    findings.resolve(subject(window, kExposed), time);
    describe_closed(findings.report(subject(window, kClosed), time), window);
}

FindingBook::Subject Windows::subject(const Window& window, std::string_view kind) const {
    return {.detector = "secret_exposure",
            .kind = kind,
            .cluster = cluster_,
            .key = row_key({window.target, window.binding_key(), audit::format_time(window.opened)})};
}

Window* Windows::find_open(const std::string& target, const std::string& binding_key) {
    const auto found = by_key_.find(key_of(target, binding_key));
    if (found == by_key_.end()) return nullptr;
    Window& newest = *all_.find_quietly(*found->second.rbegin());
    return newest.is_open() ? &newest : nullptr;
}

Window* Windows::find_closed(const std::string& target, const std::string& binding_key) {
    const auto found = by_key_.find(key_of(target, binding_key));
    if (found == by_key_.end()) return nullptr;
    Window& newest = *all_.find_quietly(*found->second.rbegin());
    return newest.is_open() ? nullptr : &newest;
}

Window& Windows::add(Window window) {
    const uint64_t number = window.number = next_++;
    window.cluster = cluster_;
    open_.insert(number);
    by_key_[key_of(window.target, window.binding_key())].insert(number);
    Window& added = all_.change(number, [this](uint64_t gone, const Window& old) {
        const auto key = by_key_.find(key_of(old.target, old.binding_key()));
        key->second.erase(gone);
        if (key->second.empty()) by_key_.erase(key);
        open_.erase(gone);
    });
    return added = std::move(window);
}

void Windows::load(const StateReader& state, const std::string& prefix) {
    all_.load(state, prefix, [&](uint64_t number, const Window& window) {
        if (number == 0 || number >= kMostWindows || window.number != number) return false;
        next_ = std::max(next_, number + 1);
        if (window.is_open()) open_.insert(number);
        by_key_[key_of(window.target, window.binding_key())].insert(number);
        return true;
    });
}

}  // namespace redshank::secrets
