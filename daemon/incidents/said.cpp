#include "daemon/incidents/said.h"

#include <array>

#include "core/state/key.h"
#include "core/state/row.h"

namespace redshank {

std::span<const std::string_view> words_of(SaidOfIncident::What) {
    static constexpr std::array<std::string_view, 2> kWords{"ack", "close"};
    return kWords;
}

std::string key_of(const SaidOfIncident& said) {
    return said.incident + kKeyMark + std::string(words_of(said.what)[static_cast<size_t>(said.what)]);
}

void each_said(const StateReader& state, const std::function<void(std::string_view, SaidOfIncident)>& row) {
    load_rows<SaidOfIncident>(state, kSaidTable, "", row);
}

}  // namespace redshank
