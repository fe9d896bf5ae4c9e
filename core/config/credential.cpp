#include "core/config/credential.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "core/config/file_text.h"

namespace redshank {

std::string credential_path(const std::string& file) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    return !file.starts_with('/') && folder ? std::string(folder) + "/" + file : file;
}

std::string read_credential(const std::string& file) {
    const std::string path = credential_path(file);
    const std::optional<std::string> whole = file_text(path);
    if (!whole) throw std::runtime_error(path + ": cannot read: " + std::strerror(errno));
    std::string text = *whole;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back();
    if (text.empty()) throw std::runtime_error(path + ": is empty");
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20) throw std::runtime_error(path + ": must hold one line");
    }
    return text;
}

}  // namespace redshank
