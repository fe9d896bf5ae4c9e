#include "tests/eval/crd_streams.h"

#include <algorithm>
#include <cmath>

namespace redshank::eval {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::string_view kOperator = "system:serviceaccount:shop:widget-operator";
constexpr int kObjects = 40, kCallers = 6;

// Two storms a day, at fixed hours that no window is aligned with.
bool in_storm(audit::Time time) {
    const audit::Duration day = time - std::chrono::floor<std::chrono::days>(time);
    return (day >= hours{7} + minutes{13} && day < hours{7} + minutes{16}) ||
           (day >= hours{16} + minutes{41} && day < hours{16} + minutes{44});
}

}  // namespace

Simulation::Simulation(Detector& detector, FindingBook& findings, uint64_t seed)
    : detector_(detector), findings_(findings), random_(seed) {}

void Simulation::fill(const Stream& stream, audit::Time time) {
    const auto uniform = [this] { return std::uniform_real_distribution<double>(0, 1)(random_); };
    const auto pick = [this](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); };
    event_.clear();
    event_.stage = audit::Stage::ResponseComplete;
    event_.audit_id = "a";
    event_.decision = "allow";
    event_.object.present = true;
    event_.object.api_group = "example.com";
    event_.object.api_version = "v1";
    event_.object.resource = "widgets";
    event_.object.namespace_ = "shop";
    event_.received = time;
    event_.stage_time = time + milliseconds{4};

    const bool is_storm = stream.storms && in_storm(time) && uniform() < 0.9;
    const bool operator_acts =
        stream.operator_lives && (stream.operator_stops == audit::Time{} || time < stream.operator_stops);
    const int caller = pick(kCallers);
    name_ = "w" + std::to_string(is_storm ? 0 : pick(kObjects));
    if (caller == 0 && operator_acts && !is_storm) {
        user_ = kOperator;
        event_.verb = "update";
        event_.object.subresource = "status";
    } else {
        user_ = "system:serviceaccount:shop:app" + std::to_string(is_storm ? 1 : std::max(caller, 1));
        const double kind = uniform();
        event_.verb = is_storm || kind < 0.3 ? "update" : kind < 0.8 ? "get" : "patch";
    }
    event_.object.name = name_;
    event_.user.username = user_;
    const bool is_fault = stream.fault_begins != audit::Time{} && time >= stream.fault_begins;
    if (is_storm || uniform() < stream.base_faults || (is_fault && uniform() < stream.fault)) {
        event_.response = {.present = true,
                           .code = 500,
                           .status = "Failure",
                           .message = "Internal error occurred: boom",
                           .reason = "InternalError"};
    } else {
        event_.response = {.present = true, .code = 200};
    }
}

bool Simulation::advance(audit::Time time, const Told& told) {
    findings_.advance(time);
    detector_.advance(time, findings_);
    now_ = time;
    return tell(told);
}

bool Simulation::tell(const Told& told) {
    for (const Finding& finding : findings_.drain()) {
        if (!told(finding, now_)) return false;
    }
    return true;
}

bool Simulation::send(audit::Time time, const Told& told) {
    using std::chrono::floor, std::chrono::seconds;
    // Other traffic of the cluster advances the clock.
    for (audit::Time other = now_ + minutes{1}; now_ != audit::Time{} && other < time; other += minutes{1}) {
        if (!advance(other, told)) return false;
    }
    if (floor<seconds>(time) > floor<seconds>(now_) && !advance(time, told)) return false;
    now_ = time;
    const Origin origin{.cluster = "sim", .source = "sim", .offset = ++sent_};
    const Request request = symbols_.understand(event_);
    detector_.observe({.event = event_, .request = request, .origin = origin, .answers = true, .now = now_},
                      findings_);
    return tell(told);
}

void Simulation::run(const Stream& stream, audit::Time from, audit::Time to, const Told& told) {
    std::exponential_distribution<double> gap(stream.per_hour);
    audit::Time next_watch = from;
    for (audit::Time time = from;;) {
        time += audit::Duration{static_cast<int64_t>(gap(random_) * 3.6e9)};
        // The operator renews its watch every eight minutes; the log shows each watch when it ends.
        const bool operator_acts = stream.operator_lives && (stream.operator_stops == audit::Time{} ||
                                                             next_watch < stream.operator_stops);
        while (operator_acts && next_watch <= std::min(time, to)) {
            Stream quiet;
            quiet.base_faults = 0;
            quiet.storms = false;
            fill(quiet, next_watch);
            user_ = kOperator;
            event_.user.username = user_;
            event_.verb = "watch";
            event_.object.name = event_.object.subresource = {};
            event_.received = next_watch - minutes{8};
            event_.stage_time = next_watch;
            if (!send(next_watch, told)) return;
            next_watch += minutes{8};
        }
        if (time >= to) return;
        fill(stream, time);
        if (!send(time, told)) return;
    }
}

}  // namespace redshank::eval
