#include "core/state/shared_text.h"

#include <memory>
#include <vector>

#include "core/mutex.h"

namespace redshank {

namespace {

struct SharedTexts {
    Mutex mutex;
    TextRows<SharedText::Counted> all GUARDED_BY(mutex);
    uint32_t numbers GUARDED_BY(mutex) = 1;  // the first that was never given; 0 is ""
    std::vector<uint32_t> free GUARDED_BY(mutex);
};

SharedTexts& shared_texts() {
    static SharedTexts texts;
    return texts;
}

}  // namespace

std::atomic<SharedText::Block*> SharedText::blocks_[kBlocks];

SharedText::Held*& SharedText::place_of(uint32_t number) {
    std::atomic<Block*>& at = blocks_[number / kBlock];
    Block* block = at.load(std::memory_order_acquire);
    if (block == nullptr) at.store(block = new Block{}, std::memory_order_release);
    return (*block)[number % kBlock];
}

uint32_t SharedText::share(std::string_view text) {
    if (text.empty()) return 0;
    SharedTexts& texts = shared_texts();
    const Lock lock(texts.mutex);
    Held* held = texts.all.find(text);
    if (held == nullptr) {
        if (texts.free.empty()) {
            if (texts.numbers == kBlocks * kBlock) throw std::bad_alloc();
            // Room for all that may be free at once: who releases a text cannot be refused memory.
            if (texts.free.capacity() <= texts.numbers) texts.free.reserve(2 * (texts.numbers + size_t{1}));
            texts.free.push_back(texts.numbers++);
        }
        const uint32_t number = texts.free.back();
        Held*& place = place_of(number);
        held = place = &texts.all.add(text);
        Texts::held(*held).number = number;
        texts.free.pop_back();
    }
    Texts::held(*held).users.fetch_add(1, std::memory_order_relaxed);
    return Texts::held(*held).number;
}

// The last one goes under the lock, so that no other thread finds a text that goes.
void SharedText::release(uint32_t number) {
    Held* const held = held_of(number);
    std::atomic<uint32_t>& all = Texts::held(*held).users;
    for (uint32_t users = all; users > 1;) {
        if (all.compare_exchange_weak(users, users - 1, std::memory_order_acq_rel)) return;
    }
    SharedTexts& texts = shared_texts();
    const Lock lock(texts.mutex);
    if (all.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    texts.all.erase(*held);
    texts.free.push_back(number);
}

size_t SharedText::in_memory() {
    SharedTexts& texts = shared_texts();
    const Lock lock(texts.mutex);
    return texts.all.size();
}

}  // namespace redshank
