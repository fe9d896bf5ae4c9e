#include "audit/event_list.h"

#include <gmock/gmock.h>

#include <string>

#include "audit/event_parser.h"

namespace redshank::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EventListTest : public ::testing::Test {
  protected:
    std::string why(std::string body) {
        text_ = std::move(body);
        const size_t size = text_.size();
        text_.append(kPadding, '\0');
        const char* said = reader_.read(std::string_view(text_).substr(0, size), items_);
        return said ? said : "";
    }

    EventListReader reader_;
    std::string text_;
    std::vector<std::string_view> items_;
};

TEST_F(EventListTest, GivesTheJsonOfEachItem) {
    EXPECT_EQ(why(R"({"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},)"
                  R"("items":[{"a":"]},{"},  {"b":{"c":[1]}}]})"
                  "\n"),
              "");
    EXPECT_THAT(items_, ElementsAre(R"({"a":"]},{"})", R"({"b":{"c":[1]}})"));
    EXPECT_EQ(why(R"({"items":[],"kind":"EventList"})"), "");
    EXPECT_TRUE(items_.empty());
}

TEST_F(EventListTest, SaysWhatIsNoList) {
    for (const char* body :
         {R"({"kind":"Event","items":[{}]})", R"({"kind":"EventList"})", R"({"kind":"EventList","items":{}})",
          R"({"kind":"EventList","items":[1]})", R"({"kind":"EventList","apiVersion":"v1","items":[]})"}) {
        EXPECT_THAT(why(body), HasSubstr("no audit.k8s.io EventList")) << body;
    }
    for (const char* body :
         {"", "{", "[]", "1", "\xff\xfe", R"({"kind":"EventList","items":[{]})",
          R"({"kind":"EventList","items":[{}]} {})", R"({"kind":"EventList","items":[{})"}) {
        EXPECT_THAT(why(body), HasSubstr("not one JSON object")) << body;
    }
}

TEST_F(EventListTest, HasABound) {
    std::string body = R"({"kind":"EventList","items":[{})";
    for (size_t i = 1; i < EventListReader::kMostItems; ++i) body += ",{}";
    EXPECT_EQ(why(body + "]}"), "");
    EXPECT_EQ(items_.size(), EventListReader::kMostItems);
    EXPECT_THAT(why(body + ",{}]}"), HasSubstr("more than 65536"));
}

}  // namespace
}  // namespace redshank::audit
