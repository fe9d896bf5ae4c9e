#include "daemon/alerts/add_silence.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "core/state/row.h"
#include "daemon/store/checked.h"

namespace redshank {

namespace {

std::string save(Store& store, const Silence& silence) {
    store.begin();
    store.writer().put(kSilenceTable, silence.id, write_row(silence));
    return store.commit() ? "" : store.problem();
}

}  // namespace

std::string add_silence(Store& store, Silence& silence, audit::Time now) {
    silence.id = "s_" + finding_id({"silence", write_row(silence), std::to_string(getpid())}).substr(2, 12);
    const auto known = read_silences(checked_state(store));
    store.begin();
    size_t kept = known.size();
    for (const Silence& old : known) {
        if (old.ends + std::chrono::days{7} >= now) continue;
        store.writer().erase(kSilenceTable, old.id);
        --kept;
    }
    store.commit();
    if (kept >= kMaxSilences) return fmt::format("there are {} silences already; expire some", kept);
    return save(store, silence);
}

std::optional<std::string> expire_silence(Store& store, const std::string& id, audit::Time now) {
    for (Silence& silence : read_silences(checked_state(store))) {
        if (silence.id != id) continue;
        silence.ends = std::min(silence.ends, now);
        return save(store, silence);
    }
    return std::nullopt;
}

}  // namespace redshank
