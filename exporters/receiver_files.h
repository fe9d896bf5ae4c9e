// Reads the files that a receiver names: secrets, secret URLs, certificates. They are read when the sinks are
// made, so that a bad file is an error of the configuration and not an alert that never arrives.
#pragma once

#include <string>

#include "core/config/table.h"
#include "exporters/receiver_config.h"

namespace redshank {

// Reads a secret from its file, without the newline at the end. Throws ReceiverError, which names `key`.
std::string read_secret(const ReceiverConfig& receiver, const std::string& key, const std::string& file);

// The value of the Authorization header; "" when no file is named. Throws ReceiverError.
std::string read_authorization(const ReceiverConfig& receiver, const std::string& file);

// Checks that TLS files can be read and belong together. Throws ReceiverError.
void check_connection(const ReceiverConfig& receiver);

// The URL of a receiver.
struct Target {
    std::string url;       // for a URL that is no secret
    std::string url_file;  // the file that contains a secret URL
};
void read(ConfigTable& table, Target& target);
// For a type whose URL is a secret: `url` is then an error that says so.
void read_secret_target(ConfigTable& table, Target& target);
// Returns `url`, or the content of `url_file`. Throws ReceiverError when neither or both are given, or the
// URL is invalid.
std::string url_of(const ReceiverConfig& receiver, const Target& target);

}  // namespace redshank
