#include "exporters/kafka_connection.h"

namespace redshank {

bool has_kafka() {
    return false;
}

}  // namespace redshank
