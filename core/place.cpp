#include "core/place.h"

namespace redshank {

std::string Place::to_string() const {
    std::string text = file;
    if (line > 0) text += ":" + std::to_string(line);
    if (line > 0 && column > 0) text += ":" + std::to_string(column);
    return text;
}

}  // namespace redshank
