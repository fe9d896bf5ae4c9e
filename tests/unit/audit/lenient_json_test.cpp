#include "audit/lenient_json.h"

#include <gtest/gtest.h>

namespace redshank::audit {
namespace {

TEST(LenientJson, OnlyWhatParsersRefuseIsSaidOtherwise) {
    const std::pair<std::string, std::string> cases[] = {
        {R"({"a":"b","c":[1,-2.5,1e9,true,null]})", R"({"a":"b","c":[1,-2.5,1e9,true,null]})"},
        {R"("\ud83d\ude00 \n \u00df")", R"("\ud83d\ude00 \n \u00df")"},
        {R"("\ud83d")", R"("\ufffd")"},
        {R"("\ude00\ud83d")", R"("\ufffd\ufffd")"},
        {R"("\ud83d\ud83d\ude00")", R"("\ufffd\ud83d\ude00")"},
        {R"("\\ud83d")", R"("\\ud83d")"},
        {R"("\"12345678901234567890")", R"("\"12345678901234567890")"},
        {R"([12345678901234567890,-99999999999999999999])",
         R"([12345678901234567890e0,-99999999999999999999e0])"},
        {R"([1234567890123456789.5])", R"([1234567890123456789.5])"},
        {R"("\)", R"("\)"},
        {R"("\u12)", R"("\u12)"},
    };
    for (const auto& [json, want] : cases) EXPECT_EQ(lenient_json(json), want);
}

}  // namespace
}  // namespace redshank::audit
