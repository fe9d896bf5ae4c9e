// Reads any bytes as redshank.toml: the result is a configuration or an error, never a crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        redshank::parse_config({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
    } catch (const redshank::ConfigError& error) {
        if (std::string_view(error.what()).empty()) abort();
    }
    return 0;
}
