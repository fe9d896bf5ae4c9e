#include "audit/cut.h"

#include <gmock/gmock.h>

#include "audit/request_uri.h"
#include "tests/support/events.h"
#include "tests/support/unicode.h"

namespace redshank::audit {
namespace {

using test::EventSpec;
using testing::EndsWith;
using testing::StartsWith;

TEST(Cut, LeavesWhatFits) {
    EXPECT_EQ(cut(std::string(64, 'a'), 64), std::string(64, 'a'));
    EXPECT_EQ(cut("", 64), "");
}

TEST(Cut, KeepsTheBeginningAndTellsLongTextsApart) {
    const std::string a = std::string(1000, 'n') + "a", b = std::string(1000, 'n') + "b";
    EXPECT_EQ(cut(a, 64).size(), 64u);
    EXPECT_THAT(cut(a, 64), StartsWith(std::string(45, 'n') + "…"));
    EXPECT_NE(cut(a, 64), cut(b, 64));
    EXPECT_EQ(cut(std::string(65, 'a'), 64),
              std::string(45, 'a') + "…8087e9a889f8a14c");  // stored rows contain it, so it must never change
}

TEST(Cut, NeverCutsInsideACharacter) {
    for (size_t lead = 0; lead < 4; ++lead) {
        std::string text(lead, 'x');
        for (int i = 0; i < 100; ++i) text += "😀";
        EXPECT_TRUE(test::is_utf8(cut(text, 64))) << lead;
        EXPECT_LE(cut(text, 64).size(), 64u);
        EXPECT_GT(cut(text, 64).size(), 60u);
    }
}

// All texts of an event that a client can make long and that some state keeps.
TEST(Cut, BoundsWhatAnEventKeeps) {
    const std::string n(5000, 'n');
    const auto event =
        EventSpec{.audit_id = n,
                  .verb = n,
                  .uri = "/api/" + n + "?command=" + n,
                  .user = R"({"username":")" + n + R"(","uid":")" + n + R"(","groups":[")" + n +
                          R"("],"extra":{")" + n + R"(":[")" + n + R"("]}})",
                  .impersonated = R"({"username":")" + n + R"(","groups":[")" + n + R"("]})",
                  .source_ip = n,
                  .agent = n,
                  .object = R"({"resource":")" + n + R"(","namespace":")" + n + R"(","name":")" + n +
                            R"(","uid":")" + n + R"(","apiGroup":")" + n + R"(","apiVersion":")" + n +
                            R"(","resourceVersion":")" + n + R"(","subresource":")" + n + R"("})",
                  .status = R"({"code":403,"reason":")" + n + R"(","details":{"name":")" + n +
                            R"(","group":")" + n + R"(","kind":")" + n + R"(","uid":")" + n + R"("}})"}
            .parsed();
    for (const std::string_view text : {event->audit_id,
                                        event->verb,
                                        event->user.username,
                                        event->user.uid,
                                        event->user.groups[0],
                                        event->user.extra[0].key,
                                        event->user.extra[0].values[0],
                                        event->impersonated_user.username,
                                        event->impersonated_user.groups[0],
                                        event->source_ips[0],
                                        event->object.resource,
                                        event->object.namespace_,
                                        event->object.name,
                                        event->object.uid,
                                        event->object.api_group,
                                        event->object.api_version,
                                        event->object.resource_version,
                                        event->object.subresource,
                                        event->response.reason,
                                        event->response.details_name,
                                        event->response.details_group,
                                        event->response.details_kind,
                                        event->response.details_uid}) {
        EXPECT_EQ(text.size(), kLongestName);
    }
    EXPECT_EQ(event->user_agent.size(), kLongestAgent);
    EXPECT_EQ(uri_path(event->request_uri).size(), kLongestPath);
    EXPECT_THAT(std::string(event->request_uri), EndsWith("?command=" + n));  // rules read the whole query
}

TEST(Cut, LeavesAnEventOfUsualLength) {
    const std::string n(kLongestName, 'n');
    const auto event = EventSpec{.uri = "/" + std::string(kLongestPath - 1, 'p'),
                                 .agent = std::string(kLongestAgent, 'a'),
                                 .object = R"({"resource":"pods","name":")" + n + R"("})"}
                           .parsed();
    EXPECT_EQ(event->object.name, n);
    EXPECT_EQ(event->user_agent, std::string(kLongestAgent, 'a'));
    EXPECT_EQ(event->request_uri, "/" + std::string(kLongestPath - 1, 'p'));
}

}  // namespace
}  // namespace redshank::audit
