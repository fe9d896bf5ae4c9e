#include "core/state/shared_text.h"

#include "core/mutex.h"

namespace redshank {

namespace {

struct SharedTexts {
    Mutex mutex;
    TextRows<std::atomic<size_t>> all GUARDED_BY(mutex);  // how many have it
};

SharedTexts& shared_texts() {
    static SharedTexts texts;
    return texts;
}

}  // namespace

SharedText::Held* SharedText::share(std::string_view text) {
    if (text.empty()) return nullptr;
    SharedTexts& texts = shared_texts();
    const Lock lock(texts.mutex);
    Held* held = texts.all.find(text);
    if (held == nullptr) held = &texts.all.add(text);
    users_of(*held).fetch_add(1, std::memory_order_relaxed);
    return held;
}

// The last one goes under the lock, so that no other thread finds a text that goes.
void SharedText::release(Held* held) {
    std::atomic<size_t>& all = users_of(*held);
    for (size_t users = all; users > 1;) {
        if (all.compare_exchange_weak(users, users - 1, std::memory_order_acq_rel)) return;
    }
    SharedTexts& texts = shared_texts();
    const Lock lock(texts.mutex);
    if (all.fetch_sub(1, std::memory_order_acq_rel) == 1) texts.all.erase(*held);
}

size_t SharedText::in_memory() {
    SharedTexts& texts = shared_texts();
    const Lock lock(texts.mutex);
    return texts.all.size();
}

}  // namespace redshank
