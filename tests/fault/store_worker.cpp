// The process that the fault tests kill: writes numbered transactions to a store, and prints a store's
// content.
//   store_worker run DB N    continues from DB's last transaction to N; prints each number once it is durable
//   store_worker dump DB     prints everything as one JSON object
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include "daemon/store/store.h"

namespace redshank {
namespace {

namespace json = boost::json;

int64_t number_in(const std::optional<std::string>& text) {
    return text ? std::atoll(text->c_str()) : 0;
}

std::string padded(int64_t number) {
    std::string digits = std::to_string(number);
    return std::string(8 - std::min<size_t>(8, digits.size()), '0') + digits;
}

Finding numbered(int64_t number) {
    Finding finding{
        .id = "f_" + padded(number), .time = audit::Time{std::chrono::seconds{number}}, .detector = "d"};
    finding.count = 1;
    return finding;
}

// Transaction n: its number as position and counter, rows that come and go, and one finding. Every third is
// larger than SQLite's page cache, so that some of its pages reach the log before it is complete.
void stage(Store& store, int64_t n) {
    store.begin();
    store.set_position("source", std::to_string(n));
    StateWriter& state = store.writer();
    state.put("counter", "n", std::to_string(n));
    const int rows = n % 3 == 0 ? 1500 : 5;
    for (int i = 0; i < rows; ++i) {
        state.put("rows", padded(n) + "." + std::to_string(i), std::string(n % 3 == 0 ? 1800 : 300, 'v'));
    }
    for (int i = 0; n > 1 && i < ((n - 1) % 3 == 0 ? 1500 : 5); ++i) {
        state.erase("rows", padded(n - 1) + "." + std::to_string(i));
    }
    store.upsert_finding(numbered(n));
    store.enqueue(News{.finding = numbered(n)});
}

// Moves items from the outbox into delivery's own table in one transaction, as delivery does.
void take_over(Store& store) {
    const auto items = store.outbox(10);
    if (items.size() < 2) return;
    store.begin();
    store.writer().put("delivered", items[0].news.finding->id, std::to_string(items[0].sequence));
    store.remove_from_outbox(items[0].sequence);
    store.commit();
}

int run(const std::string& path, int64_t last) {
    const auto store = Store::open(path, Store::Mode::ReadWrite);
    for (int64_t n = number_in(store->position("source")) + 1; n <= last; ++n) {
        stage(*store, n);
        if (!store->commit()) continue;  // a full disk: it goes with the next one
        const std::string line = std::to_string(n) + "\n";
        if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
        take_over(*store);
    }
    for (int tries = 0; tries < 1000; ++tries) {
        if (store->commit()) return 0;
    }
    std::fprintf(stderr, "%s\n", store->problem().c_str());
    return 1;
}

int dump(const std::string& path) {
    const auto store = Store::open(path, Store::Mode::ReadWrite);
    json::object out;
    out["damage"] = store->damage();
    out["position"] = number_in(store->position("source"));
    out["counter"] = number_in(store->state().get("counter", "n"));
    json::object rows;
    store->state().scan("rows", "", [&](std::string_view key, std::string_view) {
        json::value& count = rows[key.substr(0, 8)];
        count = (count.is_int64() ? count.as_int64() : 0) + 1;
    });
    out["rows"] = rows;
    json::array findings, outbox, delivered;
    store->findings({}, [&](const Finding& finding) { findings.emplace_back(finding.id); });
    for (const OutboxItem& item : store->outbox(1000)) outbox.emplace_back(item.news.finding->id);
    store->state().scan("delivered", "",
                        [&](std::string_view key, std::string_view) { delivered.emplace_back(key); });
    out["findings"] = findings;
    out["outbox"] = outbox;
    out["delivered"] = delivered;
    std::printf("%s\n", json::serialize(out).c_str());
    return 0;
}

}  // namespace
}  // namespace redshank

int main(int argc, char** argv) {
    try {
        if (argc == 4 && std::strcmp(argv[1], "run") == 0) return redshank::run(argv[2], std::atoll(argv[3]));
        if (argc == 3 && std::strcmp(argv[1], "dump") == 0) return redshank::dump(argv[2]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 3;
    }
    return 2;
}
