#pragma once

#include <stdexcept>

namespace redshank {

// A configuration that cannot be used. what() has all mistakes, one on each line, each with file:line:column.
// Thrown at start-up and reload only.
class ConfigError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace redshank
