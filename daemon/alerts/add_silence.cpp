#include "daemon/alerts/add_silence.h"

#include <fmt/format.h>
#include <unistd.h>

#include "core/state/row.h"
#include "daemon/store/checked.h"

namespace redshank {

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
    store.begin();
    store.writer().put(kSilenceTable, silence.id, write_row(silence));
    return store.commit() ? "" : store.problem();
}

}  // namespace redshank
