#include "audit/utf8.h"

#include <gtest/gtest.h>

#include "audit/request_uri.h"

namespace redshank::audit {
namespace {

TEST(Utf8, WhatIsNotValidIsReplacedByteForByte) {
    const std::pair<std::string, std::string> cases[] = {
        {"", ""},
        {"web", "web"},
        {"Grüße 漢字 😀", "Grüße 漢字 😀"},
        {"\xff", "�"},
        {"a\xc3", "a�"},               // truncated
        {"\xc3(", "�("},               // no continuation
        {"\xc0\xaf", "��"},            // overlong
        {"\xed\xa0\x80", "���"},       // surrogate
        {"\xf4\x90\x80\x80", "����"},  // beyond U+10FFFF
        {"ok \x80 ok", "ok � ok"},
    };
    for (const auto& [text, want] : cases) EXPECT_EQ(valid_utf8(text), want) << want;
}

TEST(Utf8, CutsBetweenCharacters) {
    EXPECT_EQ(cut_utf8("abc", 5), "abc");
    EXPECT_EQ(cut_utf8("abc", 2), "ab");
    EXPECT_EQ(cut_utf8("aß", 2), "a");
    EXPECT_EQ(cut_utf8("aß", 3), "aß");
    EXPECT_EQ(cut_utf8("😀", 3), "");
    EXPECT_EQ(cut_utf8("漢字", 5), "漢");
}

TEST(Utf8, APercentDecodedValueIsText) {
    EXPECT_EQ(query_value("/x?command=%FF", "command"), "�");
    EXPECT_EQ(query_value("/x?command=%C3%9F", "command"), "ß");
}

}  // namespace
}  // namespace redshank::audit
