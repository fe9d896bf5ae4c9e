#include <stdexcept>

#include "daemon/store/store.h"

namespace redshank {

// Until the store is built: no command keeps anything.
std::unique_ptr<Store> Store::open(const std::string& path, Mode) {
    throw std::runtime_error(path + ": the state database is not built yet");
}

}  // namespace redshank
