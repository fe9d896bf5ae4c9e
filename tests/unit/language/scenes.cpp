#include "tests/unit/language/scenes.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "detectors/secrets/config.h"
#include "tests/support/corpus.h"
#include "tests/unit/detectors/access/diary.h"
#include "tests/unit/language/talkative.h"

namespace redshank::test {

namespace {

// Only named reasons make findings.
Diary named_reasons() {
    access::Config config = Diary::short_learning();
    config.disable = {"unusual-access"};
    return Diary(config);
}

std::vector<Finding> dormant() {
    Diary diary = named_reasons();
    diary.at(1, {});
    diary.at(2, {});
    diary.at(2 + 60 * 24, {});
    return diary.told();
}

std::vector<Finding> another_token() {
    Diary diary = named_reasons();
    diary.through(1, 100, 1, {.user = account("shop", "api", "api-0")});
    diary.at(101, {.user = account("shop", "api", "", "j-3")});
    return diary.told();
}

std::vector<Finding> at_night() {
    Diary diary = named_reasons();
    for (int day = 0; day < 28; ++day) {
        if (day % 7 < 5) diary.through(day * 24 + 9, day * 24 + 17, 1, {});
    }
    diary.at(29 * 24 + 3, {.resource = "secrets"});
    return diary.told();
}

std::vector<Finding> tried_and_found() {
    Diary diary = named_reasons();
    diary.through(1, 100, 1, {});
    const char* stranger = "198.51.100.7";
    for (int i = 0; i < 8; ++i) {
        diary.at(101 + i / 1000.0, {.user = "{}",
                                    .verb = "list",
                                    .agent = "curl/8",
                                    .ip = stranger,
                                    .code = 401,
                                    .decision = "",
                                    .uri = "/api/v1/" + std::to_string(i)});
    }
    diary.at(101.2, {.verb = "list", .resource = "secrets", .agent = "curl/8", .ip = stranger});
    return diary.told();
}

// Four people do something new on one day, and one finding a day is the budget.
std::vector<Finding> held_back() {
    constexpr double kThen = 14 * 24;
    access::Config config = Diary::short_learning();
    config.budget_per_day = 1;
    Diary diary(config);
    const auto user = [](const char* name) { return person(name, std::string("team-") + name); };
    for (const char* name : {"alice", "bob", "carol", "dora"})
        diary.through(8, kThen, 5, {.user = user(name)});
    diary.at(kThen + 1, {.user = user("alice"), .verb = "list", .resource = "secrets", .name = ""});
    double hour = kThen + 2;
    for (const char* name : {"bob", "carol", "dora"})
        diary.at(hour += 0.1, {.user = user(name), .verb = "create", .resource = "pods", .name = "tmp"});
    return diary.told();
}

// A second after the last event of the log.
void append(std::string& log, EventSpec spec) {
    const size_t number = static_cast<size_t>(std::count(log.begin(), log.end(), '\n'));
    spec.received = spec.time =
        "2026-01-05T10:00:" + std::string(number < 10 ? "0" : "") + std::to_string(number) + ".000000Z";
    spec.audit_id = "a-" + std::to_string(number);
    log += spec.json() + "\n";
}

constexpr auto kCreated = R"({"metadata":{},"code":201})";

std::vector<Finding> around_a_secret() {
    DetectorConfig config = talkative();
    config.of<secrets::Config>().protect = {
        {.secrets = {"shop/db"}, .readers = {"system:serviceaccount:shop:api"}}};
    std::string log;
    append(log, {.level = "Request",
                 .verb = "create",
                 .object = R"({"resource":"pods","namespace":"shop","name":"web","apiVersion":"v1"})",
                 .status = kCreated,
                 .request_object = R"({"spec":{"volumes":[{"secret":{"secretName":"db"}}]}})"});
    append(log, {.verb = "create",
                 .object = R"({"resource":"serviceaccounts","namespace":"shop","name":"api",)"
                           R"("subresource":"token"})",
                 .status = kCreated,
                 .reason = "x",
                 .more_annotations = R"(,"authentication.kubernetes.io/issued-credential-id":"JTI=1")"});
    append(log,
           {.user = R"({"username":"system:serviceaccount:shop:api","groups":["system:serviceaccounts"],)"
                    R"("extra":{"authentication.kubernetes.io/credential-id":["JTI=1"]}})",
            .object = R"({"resource":"secrets","namespace":"shop","name":"db","apiVersion":"v1"})"});
    return find_in(Log::of_text(log), config);
}

std::vector<Finding> old_version() {
    std::string log;
    for (int i = 0; i < 20; ++i) {
        append(log, {.uri = "/apis/example.com/v1beta1/namespaces/shop/widgets/one",
                     .object = R"({"resource":"widgets","namespace":"shop","name":"one",)"
                               R"("apiGroup":"example.com","apiVersion":"v1beta1"})",
                     .more_annotations = R"(,"k8s.io/deprecated":"true")"});
    }
    return find_in(Log::of_text(log), talkative());
}

}  // namespace

std::vector<Finding> findings_of_scenes() {
    std::vector<Finding> all;
    for (const auto scene :
         {dormant, another_token, at_night, tried_and_found, held_back, around_a_secret, old_version}) {
        std::vector<Finding> some = scene();
        std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    return all;
}

}  // namespace redshank::test
