#pragma once

#include <any>
#include <deque>

namespace redshank {

// What the configuration says to all detectors: the struct of each (access::Config, …), by its type. A struct
// that nobody has asked for or set has its defaults.
class DetectorConfig {
  public:
    // The reference is good as long as this object.
    template <class Config>
    Config& of() {
        for (std::any& part : parts_) {
            if (Config* config = std::any_cast<Config>(&part)) return *config;
        }
        return parts_.emplace_back().emplace<Config>();
    }
    template <class Config>
    const Config& of() const {
        for (const std::any& part : parts_) {
            if (const Config* config = std::any_cast<Config>(&part)) return *config;
        }
        static const Config standard;
        return standard;
    }

    bool keep_all_evidence = false;  // in findings: every event, not the first and last few

  private:
    std::deque<std::any> parts_;
};

}  // namespace redshank
