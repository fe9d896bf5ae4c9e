#include "detectors/secrets/window.h"

namespace redshank::secrets {

std::span<const std::string_view> words_of(Window::Basis) {
    static constexpr std::string_view kWords[] = {"objects", "inferred", "earlier"};
    return kWords;
}

std::string_view to_string(Window::Basis basis) {
    return words_of(basis)[static_cast<size_t>(basis)];
}

void Window::add_reader(const std::string& who, const std::string& way, audit::Time time) {
    if (reads == 0 || time < first_read) first_read = time;
    if (reads == 0 || time > last_read) last_read = time;
    ++reads;
    if (readers.contains(who) || readers.size() < kMaxReaders) ++readers[who];
    if (ways.size() < kMaxReaders) ways.insert(way);
}

}  // namespace redshank::secrets
