#pragma once

#include <any>
#include <deque>

namespace redshank {

// The configuration of all detectors: each one's struct (access::Config, …), looked up by type. A struct that
// was never set or requested has its defaults.
class DetectorConfig {
  public:
    // The reference is valid as long as this object.
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

    bool keep_all_evidence = false;  // findings keep every event, not only the first and last few

  private:
    std::deque<std::any> parts_;
};

}  // namespace redshank
