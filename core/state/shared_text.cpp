#include "core/state/shared_text.h"

#include <unordered_map>

#include "core/mutex.h"
#include "core/state/bounded_table.h"

namespace redshank {

namespace {

struct SharedTexts {
    Mutex mutex;
    std::unordered_map<std::string, std::atomic<size_t>, TextHash, std::equal_to<>> all GUARDED_BY(mutex);
};

SharedTexts& shared_texts() {
    static SharedTexts texts;
    return texts;
}

}  // namespace

const std::string SharedText::kNone;

SharedText::Held* SharedText::share(std::string_view text) {
    if (text.empty()) return nullptr;
    SharedTexts& texts = shared_texts();
    const Lock lock(texts.mutex);
    auto at = texts.all.find(text);
    if (at == texts.all.end()) at = texts.all.try_emplace(std::string(text)).first;
    at->second.fetch_add(1, std::memory_order_relaxed);
    return &*at;
}

// The last one goes under the lock, so that no other thread finds a text that goes.
void SharedText::release(Held* held) {
    for (size_t users = held->second; users > 1;) {
        if (held->second.compare_exchange_weak(users, users - 1, std::memory_order_acq_rel)) return;
    }
    SharedTexts& texts = shared_texts();
    const Lock lock(texts.mutex);
    if (held->second.fetch_sub(1, std::memory_order_acq_rel) == 1)
        texts.all.erase(texts.all.find(held->first));
}

size_t SharedText::in_memory() {
    SharedTexts& texts = shared_texts();
    const Lock lock(texts.mutex);
    return texts.all.size();
}

}  // namespace redshank
