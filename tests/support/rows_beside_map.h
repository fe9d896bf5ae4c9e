// Tables of rows by text (TextRows, SharedRows) of texts, held against a map.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace redshank::test {

template <class Rows>
std::map<std::string, std::string> all_in(const Rows& rows) {
    std::map<std::string, std::string> all;
    for (const typename Rows::Entry& entry : rows) {
        const bool is_new = all.emplace(rows.key(entry), Rows::held(entry)).second;
        EXPECT_TRUE(is_new) << rows.key(entry) << " is visited twice";
    }
    return all;
}

// Whatever comes and goes in whatever order, of `most` keys.
template <class Rows, class KeyOf>
void expect_like_a_map(Rows& rows, std::mt19937& random, unsigned most, KeyOf key_of) {
    std::map<std::string, std::string> map;
    for (int i = 0; i < 20'000; ++i) {
        const std::string key = key_of(random() % most);
        typename Rows::Entry* const entry = rows.find(key);
        ASSERT_EQ(entry != nullptr, map.contains(key)) << key;
        if (entry == nullptr) {
            Rows::held(rows.add(key)) = map[key] = std::to_string(i);
        } else if (random() % 2 == 0) {
            rows.erase(*entry);
            map.erase(key);
        } else {
            ASSERT_EQ(Rows::held(*entry), map[key]);
        }
        ASSERT_EQ(rows.size(), map.size());
    }
    EXPECT_EQ(all_in(rows), map);
}

}  // namespace redshank::test
