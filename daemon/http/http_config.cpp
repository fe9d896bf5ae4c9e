#include "daemon/http/http_config.h"

#include "core/config/table.h"
#include "daemon/http/endpoint.h"

namespace redshank {

void read(ConfigTable& table, HttpConfig& config) {
    table.read("listen", config.listen);
    if (!parse_endpoint(config.listen)) table.error("listen", kEndpointForm);
    table.read("web_config_file", config.web_config_file);
    table.read("reload", config.reload, {"off", "loopback", "any"});
}

}  // namespace redshank
