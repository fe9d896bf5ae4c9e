// What a receiver names by file: secrets, URLs that are secrets, certificates. Looked at when its sinks are
// made: a wrong one is an error of the configuration, not an alert that does not arrive.
#pragma once

#include <string>

#include "core/config/table.h"
#include "exporters/receiver_config.h"

namespace redshank {

// A secret from its file, without the newline at its end. Throws ReceiverError; `key` names it there.
std::string read_secret(const ReceiverConfig& receiver, const std::string& key, const std::string& file);

// The value of the Authorization header; "" when no file is named. Throws ReceiverError.
std::string read_authorization(const ReceiverConfig& receiver, const std::string& file);

// TLS files that cannot be read or do not belong together. Throws ReceiverError.
void check_connection(const ReceiverConfig& receiver);

// Where to.
struct Target {
    std::string url;       // when it is no secret
    std::string url_file;  // that holds it
};
void read(ConfigTable& table, Target& target);
// Of a type whose URL is a secret: `url` is an error that says so.
void read_secret_target(ConfigTable& table, Target& target);
// `url`, or what `url_file` holds. Throws ReceiverError: neither or both are given, or it is no URL.
std::string url_of(const ReceiverConfig& receiver, const Target& target);

}  // namespace redshank
