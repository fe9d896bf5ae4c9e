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
        {R"("\ud7ff\ue000")", R"("\ud7ff\ue000")"},  // the neighbours of surrogates
        {R"("\ud800\udc00\udbff\udfff")", R"("\ud800\udc00\udbff\udfff")"},
        {R"("\ud800\udbff")", R"("\ufffd\ufffd")"},
        {R"("\ud800\ue000")", R"("\ufffd\ue000")"},
        {R"("\ud800x\udc00")", R"("\ufffdx\ufffd")"},
        {R"("\ud83")", R"("\ud83")"},
        {R"("\ud83g")", R"("\ud83g")"},
        {R"([123456789012345678,1234567890123456789])", R"([123456789012345678,1234567890123456789e0])"},
        {R"([-12345678901234567,-123456789012345678])", R"([-12345678901234567,-123456789012345678e0])"},
        {R"([12345678901234567890E1,1234567890123456789e1])",
         R"([12345678901234567890E1,1234567890123456789e1])"},
        {R"({"1234567890123456789":9,"a":0})", R"({"1234567890123456789":9,"a":0})"},
        {R"("\)", R"("\)"},
        {R"("\u12)", R"("\u12)"},
    };
    for (const auto& [json, want] : cases) EXPECT_EQ(lenient_json(json), want);
}

}  // namespace
}  // namespace redshank::audit
