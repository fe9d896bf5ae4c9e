// Simulated requests on one custom resource, for measuring false alarms and delays of crd_health.
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <string>

#include "detectors/detector.h"

namespace redshank::eval {

struct Stream {
    double per_hour = 100;
    double base_faults = 0.005;  // share of requests that fail in normal times
    double fault = 0;            // additional share that fails from `fault_begins` on
    audit::Time fault_begins{};
    bool storms = true;          // twice a day, one client repeats a failing request for three minutes
    bool operator_lives = true;  // the service account that watches and writes the status
    audit::Time operator_stops{};
};

// Feeds a detector with the events of a stream between `from` and `to`, in order.
class Simulation {
  public:
    using Told = std::function<bool(const Finding&, audit::Time)>;

    Simulation(Detector& detector, FindingBook& findings, uint64_t seed);

    // Calls `told` with each new finding; stops early when it returns false.
    void run(const Stream& stream, audit::Time from, audit::Time to, const Told& told);

  private:
    bool advance(audit::Time time, const Told& told);
    bool tell(const Told& told);
    bool send(audit::Time time, const Told& told);
    void fill(const Stream& stream, audit::Time time);

    Detector& detector_;
    FindingBook& findings_;
    std::mt19937_64 random_;
    audit::Event event_;
    Symbols symbols_;
    std::string name_, user_;
    audit::Time now_{};
    uint64_t sent_ = 0;
};

}  // namespace redshank::eval
