#pragma once

#include <string>
#include <vector>

#include "core/config/table.h"
#include "exporters/alert_sink.h"
#include "exporters/receiver_files.h"
#include "exporters/siem.h"

namespace redshank {

struct WebhookConfig {
    Target target;
    std::vector<std::string> secret_files;  // keys of the signature; each signs, so that keys can be rotated
    std::string authorization_file;         // the value of the Authorization header
    bool cloudevents = false;               // CloudEvents 1.0, structured mode
    SiemFormat format = SiemFormat::Own;    // of the body
};

void read(ConfigTable& table, WebhookConfig& config);
std::vector<NamedSink> make_sinks(const WebhookConfig& config, const ReceiverConfig& receiver);

}  // namespace redshank
