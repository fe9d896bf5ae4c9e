#include "core/state/shared_rows.h"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <random>
#include <string>

#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "tests/support/rows_beside_map.h"

namespace redshank {
namespace {

TEST(TextPool, EachTextHasANumberWhileItIsTaken) {
    TextPool pool;
    EXPECT_EQ(pool.take(""), TextPool::kEmpty);
    EXPECT_EQ(pool.text(TextPool::kEmpty), "");
    EXPECT_EQ(pool.size(), 0U);
    const uint32_t alice = pool.take("alice"), bob = pool.take("bob");
    EXPECT_NE(alice, bob);
    EXPECT_NE(alice, TextPool::kEmpty);
    EXPECT_EQ(pool.take("alice"), alice);
    EXPECT_EQ(pool.text(alice), "alice");
    EXPECT_EQ(pool.size(), 2U);
    pool.give_back(alice);
    EXPECT_EQ(pool.text(alice), "alice") << "it was taken twice";
    pool.give_back(alice);
    EXPECT_EQ(pool.size(), 1U);
    EXPECT_EQ(pool.take("carol"), alice) << "a free number is given again";
    EXPECT_EQ(pool.text(alice), "carol");
    EXPECT_EQ(pool.text(bob), "bob");
    pool.give_back(TextPool::kEmpty);
    EXPECT_EQ(pool.size(), 2U);
}

// Texts that are taken lately are found without a look-up: also beside others, and after they have gone.
TEST(TextPool, WhatWasTakenLatelyIsItself) {
    TextPool pool;
    const uint32_t alice = pool.take("alice");
    const uint32_t grace = pool.take("grace");  // as long, with the same end
    EXPECT_NE(alice, grace);
    EXPECT_EQ(pool.take("grace"), grace);
    EXPECT_EQ(pool.take("alice"), alice);
    EXPECT_EQ(pool.take("alice"), alice);
    for (int i = 0; i < 3; ++i) pool.give_back(alice);
    EXPECT_EQ(pool.size(), 1U);
    EXPECT_EQ(pool.text(grace), "grace");
    EXPECT_EQ(pool.take("grace"), grace);
    EXPECT_EQ(pool.text(pool.take("alice")), "alice");
    EXPECT_EQ(pool.size(), 2U);
    for (int i = 0; i < 3; ++i) pool.give_back(grace);
    EXPECT_EQ(pool.size(), 1U) << "three were taken";
}

// "user/what": the first '/' and the second.
struct AtSlashes {
    KeyParts operator()(std::string_view key) const {
        const size_t first = std::min(key.find('/'), key.size());
        const size_t second = std::min(key.find('/', first + 1), key.size());
        return {key.substr(0, first), key.substr(first, second - first), key.substr(second)};
    }
};
using Rows = SharedRows<std::string, AtSlashes>;

TEST(SharedRows, FindsWhatWasAdded) {
    const auto pool = std::make_shared<TextPool>();
    Rows rows(pool);
    EXPECT_TRUE(rows.empty());
    EXPECT_EQ(rows.find("alice/list"), nullptr);
    Rows::held(rows.add("alice/list")) = "1";
    Rows::held(rows.add("alice/get")) = "2";
    Rows::held(rows.add("bob/list")) = "3";
    Rows::held(rows.add("")) = "4";
    Rows::held(rows.add("alice/list/pods")) = "5";
    EXPECT_EQ(rows.size(), 5U);
    EXPECT_EQ(pool->size(), 5U) << "alice, /list, /get, bob, /pods";
    EXPECT_EQ(Rows::held(*rows.find("alice/list")), "1");
    EXPECT_EQ(Rows::held(*rows.find("alice/get")), "2");
    EXPECT_EQ(Rows::held(*rows.find("bob/list")), "3");
    EXPECT_EQ(Rows::held(*rows.find("")), "4");
    EXPECT_EQ(Rows::held(*rows.find("alice/list/pods")), "5");
    EXPECT_EQ(rows.key(*rows.find("alice/list/pods")), "alice/list/pods");
    EXPECT_EQ(rows.find("bob/get"), nullptr) << "both parts are known";
    EXPECT_EQ(rows.find("carol/get"), nullptr);
    EXPECT_EQ(rows.find("alice"), nullptr);
    rows.erase(*rows.find("bob/list"));
    EXPECT_EQ(rows.find("bob/list"), nullptr);
    EXPECT_EQ(pool->size(), 4U) << "bob has gone";
    // A number of a text that has gone is another one's.
    Rows::held(rows.add("dora/list")) = "6";
    EXPECT_EQ(rows.find("bob/list"), nullptr);
    EXPECT_EQ(Rows::held(*rows.find("dora/list")), "6");
}

TEST(SharedRows, TextsGoWithTheRows) {
    const auto pool = std::make_shared<TextPool>();
    {
        Rows rows(pool);
        for (int i = 0; i < 1'000; ++i) rows.add("user-" + std::to_string(i) + "/list");
        EXPECT_EQ(pool->size(), 1'001U);
    }
    EXPECT_EQ(pool->size(), 0U);
}

TEST(SharedRows, ARowStaysWhereItIs) {
    Rows rows;
    Rows::Entry* const first = &rows.add("first");
    Rows::held(*first) = "a text that is too long to be inside of the string";
    for (int i = 0; i < 10'000; ++i) rows.add(std::to_string(i));
    EXPECT_EQ(rows.find("first"), first);
    for (int i = 0; i < 10'000; ++i) rows.erase(*rows.find(std::to_string(i)));
    EXPECT_EQ(rows.find("first"), first);
    EXPECT_EQ(test::all_in(rows).size(), 1U);
    Rows moved = std::move(rows);
    EXPECT_EQ(moved.find("first"), first);
    EXPECT_EQ(Rows::held(*first), "a text that is too long to be inside of the string");
}

// Whatever comes and goes in whatever order, beside a map.
TEST(SharedRows, IsAMap) {
    std::mt19937 random(1);  // NOLINT: the same each time
    for (const unsigned most : {3U, 7U, 50U, 1'000U}) {
        const auto pool = std::make_shared<TextPool>();
        Rows rows(pool);
        test::expect_like_a_map(rows, random, most, [](unsigned one) {
            return "user-" + std::to_string(one / 7) + "/" + std::to_string(one % 7);
        });
        EXPECT_LE(pool->size(), most / 7 + 1 + 7);
    }
}

struct Seen {
    int64_t count = 0;
};
template <class V>
void describe(V& v, Seen& row) {
    v.must("count", row.count);
}
int64_t worth(const Seen& row) {
    return row.count;
}

class Kept : public StateWriter, public StateReader {
  public:
    void put(std::string_view, std::string_view key, std::string_view value) override {
        rows[std::string(key)] = value;
    }
    void erase(std::string_view, std::string_view key) override { rows.erase(std::string(key)); }
    std::optional<std::string> get(std::string_view, std::string_view) const override { return {}; }
    void scan(std::string_view, std::string_view,
              const std::function<void(std::string_view, std::string_view)>& row) const override {
        for (const auto& [key, value] : rows) row(key, value);
    }
    std::map<std::string, std::string> rows;
};

using Table = BoundedTable<Seen, SharedKeys<AtSlashes>>;

std::vector<std::string> keys_of(const Table& table) {
    std::vector<std::string> keys;
    table.each([&](std::string_view key, const Seen&) { keys.emplace_back(key); });
    std::sort(keys.begin(), keys.end());
    return keys;
}

TEST(SharedRows, InATableAreInTheStateByText) {
    Kept state;
    Table table("t", 100);
    table.change("alice/list").count = 2;
    table.change("bob/list").count = 3;
    table.save(state);
    EXPECT_EQ(state.rows, (std::map<std::string, std::string>{{"alice/list", R"({"count":2})"},
                                                              {"bob/list", R"({"count":3})"}}));
    Table again("t", 100);
    again.load(state);
    ASSERT_TRUE(again.contains("alice/list"));
    EXPECT_EQ(again.find("bob/list")->count, 3);
    again.erase("bob/list");
    again.save(state);
    EXPECT_EQ(state.rows.size(), 1U);
}

// Which rows of equal worth go depends on their keys, not on the order in which they came or on the process.
TEST(SharedRows, TheSameAreEvictedAfterARestart) {
    Kept state;
    Table forward("t", 100), backward("t", 100);
    for (int i = 0; i < 100; ++i) forward.change("user-" + std::to_string(i) + "/list").count = i % 2;
    for (int i = 100; i-- > 0;) backward.change("user-" + std::to_string(i) + "/list").count = i % 2;
    forward.save(state);
    Table loaded("t", 100);
    loaded.load(state);
    for (Table* table : {&forward, &backward, &loaded}) table->change("one/more").count = 9;
    EXPECT_EQ(forward.evictions(), 10U);
    EXPECT_EQ(forward.size(), 91U);
    EXPECT_EQ(keys_of(forward), keys_of(backward));
    EXPECT_EQ(keys_of(forward), keys_of(loaded));
    for (int i = 1; i < 100; i += 2) EXPECT_TRUE(forward.contains("user-" + std::to_string(i) + "/list"));
}

}  // namespace
}  // namespace redshank
