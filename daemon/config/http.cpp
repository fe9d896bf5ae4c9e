#include "daemon/config/readers.h"

namespace redshank {

void read_http(ConfigTable& table, HttpConfig& config) {
    table.read("listen", config.listen);
    table.read("reload", config.reload, {"off", "loopback", "any"});
}

}  // namespace redshank
