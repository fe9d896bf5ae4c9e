// What is concluded from what never comes, and what a policy says; each beside its twin, from which nothing
// is concluded.
#include <gmock/gmock.h>

#include <optional>

#include "core/metric/metric_writer.h"
#include "core/state/row.h"
#include "detectors/access/config.h"
#include "detectors/crd/config.h"
#include "detectors/engine.h"
#include "detectors/visibility/config.h"
#include "detectors/visibility/row.h"
#include "tests/support/events.h"
#include "tests/support/memory_state.h"
#include "tests/unit/audit/policy/policies.h"

namespace redshank {
namespace {

using audit::policy::test::policy_of;
using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
using test::EventSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kPerson = R"({"username":"alice","groups":["dev","system:authenticated"]})",
                           kManager = R"({"username":"system:kube-controller-manager"})",
                           kNode = R"({"username":"system:node:w1","groups":["system:nodes"]})";
constexpr const char *kReads = "{level: None, verbs: [get, watch, list]}",
                     *kSecrets = "{level: Metadata, resources: [{group: \"\", resources: [secrets]}]}",
                     *kAll = "{level: RequestResponse}";

struct Kind {
    std::string_view user, verb, resource, subresource = {}, group = {};
    std::string_view level = "Metadata", stage = "ResponseComplete";
};
constexpr Kind kWrite{kPerson, "update", "configmaps"}, kRead{kPerson, "get", "configmaps"},
    kSecretRead{kPerson, "get", "secrets"}, kStatus{kNode, "patch", "pods", "status"},
    kManagerWrite{kManager, "update", "configmaps"}, kManagerRead{kManager, "list", "configmaps"};

class VisibleMetrics final : public MetricWriter {
  public:
    std::map<std::string, double> shown;

  private:
    void write(const Metric& metric, const Labels& labels, double value) override {
        if (metric.name == std::string_view("redshank_visibility")) shown[labels.at(0).second] = value;
    }
};

// A log of one cluster, as an engine reads it.
class VisibilityTest : public ::testing::Test {
  protected:
    VisibilityTest() { engine_.emplace(config_); }

    // `count` requests of a kind, evenly within `span`.
    void feed(size_t count, const Kind& kind, audit::Duration span) {
        for (size_t i = 0; i < count; ++i) {
            now_ += span / static_cast<int64_t>(count);
            const std::string time = audit::format_time(now_);
            std::string object = R"({"resource":")" + std::string(kind.resource) +
                                 R"(","namespace":"shop","name":"web","apiVersion":"v1","apiGroup":")" +
                                 std::string(kind.group) + R"(")";
            if (!kind.subresource.empty())
                object += R"(,"subresource":")" + std::string(kind.subresource) + R"(")";
            const test::ParsedEvent event(EventSpec{.stage = std::string(kind.stage),
                                                    .level = std::string(kind.level),
                                                    .audit_id = "e" + std::to_string(++number_),
                                                    .verb = std::string(kind.verb),
                                                    .user = std::string(kind.user),
                                                    .object = object + "}",
                                                    .received = time,
                                                    .time = time}
                                              .json());
            engine_->observe(*event, {.cluster = "prod", .source = "audit.log"});
            for (Finding& finding : engine_->drain()) {
                if (finding.kind == "audit-blind") told_.push_back(std::move(finding));
            }
        }
    }

    visibility::Row row() {
        engine_->save(state_);
        return read_row<visibility::Row>(state_.get(visibility::kTable, "prod").value_or(""))
            .value_or(visibility::Row{});
    }
    std::string state_of(std::string_view kind) {
        const visibility::Row now = row();
        const visibility::Lack* lack = now.lack_of(kind);
        return lack == nullptr ? "" : lack->state;
    }
    std::string reads() { return state_of("secret-read-unprotected"); }
    std::map<std::string, double> shown() const {
        VisibleMetrics metrics;
        engine_->measure(metrics);
        return metrics.shown;
    }
    void restart() {
        engine_->save(state_);
        engine_.emplace(config_);
        engine_->load(state_);
    }
    void name_policy(const std::vector<std::string>& rules) {
        std::string id;
        for (const std::string& rule : rules) id += rule;
        config_.of<visibility::Config>().policies["prod"] = {
            "/etc/kubernetes/policy.yaml", id,
            std::make_shared<const audit::policy::Policy>(policy_of(rules))};
        engine_->reload(config_);
    }

    const audit::Time start_ = *audit::parse_time("2026-01-05T10:00:00Z");
    audit::Time now_ = start_;
    DetectorConfig config_;
    std::optional<Engine> engine_;
    test::MemoryState state_;
    std::vector<Finding> told_;
    size_t number_ = 0;
};

TEST_F(VisibilityTest, ReadsAreHiddenWhenKubeletsAreSeenToWriteAndNeverToRead) {
    feed(50, kStatus, seconds{10});
    feed(949, kWrite, seconds{60});
    EXPECT_EQ(reads(), "");
    EXPECT_THAT(shown(), IsEmpty());
    feed(1, kWrite, seconds{1});
    EXPECT_EQ(reads(), "blind");
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_EQ(told_[0].detector, "source");
    EXPECT_EQ(told_[0].severity, Severity::Medium);
    EXPECT_EQ(told_[0].summary,
              "The audit log of prod has shown no reads of Secrets since 2026-01-05 10:00:00 UTC. "
              "None of 1,000 requests was a read of anything; what is done so is not seen.");
    EXPECT_EQ(told_[0].first_seen, start_ + std::chrono::milliseconds{200});
    EXPECT_EQ(shown()["secret_exposure"], 0.5);
    EXPECT_EQ(shown()["crd_health"], 0.5);
    feed(2000, kWrite, hours{30});
    EXPECT_EQ(told_.size(), 1U);
}

TEST_F(VisibilityTest, NothingIsConcludedFromTooLittle) {
    const struct {
        const char* what;
        size_t statuses, manager_writes, writes;
        audit::Duration span;
        bool is_hidden;
    } cases[] = {
        {"writes of people only", 0, 0, 5000, hours{23}, false},
        {"writes of people for a day", 0, 0, 5000, hours{25}, true},
        {"a day with few requests", 0, 0, 998, hours{25}, false},
        {"too few kubelets", 49, 0, 5000, minutes{14}, false},
        {"kubelets in less than a minute", 50, 0, 5000, seconds{59}, false},
        {"kubelets in a minute", 50, 0, 5000, seconds{61}, true},
        {"the control plane for 14 minutes", 0, 100, 5000, minutes{14}, false},
        {"the control plane for a quarter of an hour", 0, 100, 5000, minutes{15} + seconds{10}, true},
        {"too little of the control plane", 0, 99, 5000, minutes{20}, false},
    };
    for (const auto& c : cases) {
        engine_.emplace(config_);
        state_ = {};
        feed(1, kWrite, {});
        if (c.statuses > 0) feed(c.statuses, kStatus, {});
        if (c.manager_writes > 0) feed(c.manager_writes, kManagerWrite, {});
        feed(c.writes - c.statuses - c.manager_writes, kWrite, c.span);
        EXPECT_EQ(reads(), c.is_hidden ? "blind" : "") << c.what;
    }
}

// A daemon that stood still for a day, or a cluster at rest, has not watched for a day.
TEST_F(VisibilityTest, AHoleInTheLogIsNoTime) {
    feed(2000, kWrite, hours{10});
    now_ += hours{48};
    feed(2000, kWrite, hours{10});
    EXPECT_EQ(reads(), "");
    feed(2000, kWrite, hours{5});
    EXPECT_EQ(reads(), "blind");
}

// The book forgets what is not told of for a day; what is hidden is hidden still.
TEST_F(VisibilityTest, AfterAHoleOfDaysItIsTheSameFinding) {
    feed(50, kStatus, seconds{10});
    feed(1000, kWrite, seconds{60});
    ASSERT_EQ(told_.size(), 1U);
    for (const bool is_restarted : {false, true}) {
        if (is_restarted) restart();
        now_ += hours{72};
        feed(10, kWrite, hours{3});
    }
    for (const Finding& finding : told_) EXPECT_EQ(finding.id, told_[0].id);
    EXPECT_EQ(told_.back().first_seen, told_[0].first_seen);
    now_ += hours{72};
    feed(1, kSecretRead, seconds{1});
    EXPECT_EQ(told_.back().id, told_[0].id);
    EXPECT_EQ(told_.back().status, FindingStatus::Resolved);
    // What is hidden later is another finding.
    const std::string first = told_[0].id;
    feed(50, kStatus, seconds{10});
    feed(4000, kWrite, hours{25});
    EXPECT_NE(told_.back().id, first);
    EXPECT_EQ(told_.back().status, FindingStatus::Firing);
}

TEST_F(VisibilityTest, OneReadEndsIt) {
    feed(50, kStatus, seconds{10});
    feed(1000, kWrite, seconds{60});
    ASSERT_EQ(told_.size(), 1U);
    feed(1, kSecretRead, seconds{1});
    ASSERT_EQ(told_.size(), 2U);
    EXPECT_EQ(told_[1].id, told_[0].id);
    EXPECT_EQ(told_[1].status, FindingStatus::Resolved);
    EXPECT_EQ(reads(), "");
    EXPECT_EQ(shown()["secret_exposure"], 1);
}

TEST_F(VisibilityTest, ReadsThatCameOnceMustStayAwayForADay) {
    feed(10, kSecretRead, seconds{10});
    const audit::Time last = now_;
    feed(50, kStatus, seconds{10});
    feed(4000, kWrite, hours{23});
    EXPECT_THAT(told_, IsEmpty());
    feed(200, kWrite, hours{1});
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_EQ(row().lack_of("secret-read-unprotected")->since, last);
    EXPECT_THAT(told_[0].summary, HasSubstr("since 2026-01-05 10:00:10 UTC"));
}

// kube-controller-manager watches Secrets wherever its reads are logged.
TEST_F(VisibilityTest, ReadsOfSecretsAloneAreHiddenWhenTheManagerReadsAllElse) {
    feed(19, kManagerRead, minutes{59});
    feed(2000, kRead, hours{2});
    EXPECT_EQ(reads(), "");
    feed(1, kManagerRead, seconds{1});
    EXPECT_EQ(reads(), "blind");
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_THAT(told_[0].summary, HasSubstr("None of 2,020 requests read one"));
    EXPECT_EQ(state_of("crd-failing"), "");
    feed(1, kSecretRead, seconds{1});
    EXPECT_EQ(reads(), "");
}

TEST_F(VisibilityTest, LevelsAreLearntFromWritesOfPeople) {
    const Kind deploys{kPerson, "create", "deployments", "", "apps"};
    Kind with_body = deploys, of_manager = deploys;
    with_body.level = "Request";
    of_manager.user = kManager;
    feed(1, kSecretRead, seconds{1});
    feed(30, of_manager, seconds{30});
    feed(19, deploys, seconds{30});
    EXPECT_EQ(state_of("secret-read-indirect"), "");
    feed(1, deploys, seconds{1});
    EXPECT_EQ(state_of("secret-read-indirect"), "blind");
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_EQ(told_[0].severity, Severity::Info);
    EXPECT_EQ(told_[0].title, "The audit log does not show bodies of workloads");
    feed(1, with_body, seconds{1});
    EXPECT_EQ(state_of("secret-read-indirect"), "");
    EXPECT_EQ(told_.back().status, FindingStatus::Resolved);
}

TEST_F(VisibilityTest, BodiesOfRolesAreMissedInPart) {
    const Kind binds{kPerson, "create", "rolebindings", "", "rbac.authorization.k8s.io"};
    feed(1, kSecretRead, seconds{1});
    feed(19, binds, seconds{30});
    EXPECT_EQ(state_of("secret-exposed"), "");
    feed(1, binds, seconds{1});
    EXPECT_EQ(state_of("secret-exposed"), "partly");
}

TEST_F(VisibilityTest, WatchesToldAtTheirEndShowThatStartsAreOmitted) {
    const Kind ends{kPerson, "watch", "configmaps"};
    Kind starts = ends;
    starts.stage = "ResponseStarted";
    feed(1, kSecretRead, seconds{1});
    feed(49, ends, seconds{30});
    EXPECT_EQ(state_of("unusual-access"), "");
    feed(1, ends, seconds{1});
    EXPECT_EQ(state_of("unusual-access"), "late");
    feed(1, starts, seconds{1});
    EXPECT_EQ(state_of("unusual-access"), "");
}

TEST_F(VisibilityTest, ARestartTellsNothingAnewAndForgetsNothing) {
    feed(50, kStatus, seconds{10});
    feed(1000, kWrite, seconds{60});
    restart();
    feed(10, kWrite, seconds{60});
    EXPECT_EQ(told_.size(), 1U);
    EXPECT_EQ(reads(), "blind");
    EXPECT_EQ(row().seen.reads.requests, 1060U);
    EXPECT_EQ(shown()["secret_exposure"], 0.5);
}

TEST_F(VisibilityTest, UnderTheCoursesPolicyTheFirstEventTellsWhatIsHidden) {
    name_policy({kReads, kSecrets, kAll});
    feed(1, kWrite, seconds{1});
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_EQ(told_[0].summary,
              "The audit log of prod has shown no reads of Secrets since 2026-01-05 10:00:01 UTC, because "
              "line 4 of /etc/kubernetes/policy.yaml leaves them out. What is done so is not seen.");
    EXPECT_EQ(row().policy, "/etc/kubernetes/policy.yaml");
    EXPECT_EQ(row().lack_of("secret-read-unprotected")->line, 4U);
    EXPECT_THAT(row().lack_of("secret-read-unprotected")->missing,
                ElementsAre("get secrets", "list secrets", "watch secrets"));
    EXPECT_EQ(state_of("unusual-access"), "partly");
    EXPECT_EQ(state_of("secret-read-indirect"), "");
    // The policy still decides when what comes says the same.
    feed(50, kStatus, seconds{10});
    feed(1000, kWrite, seconds{60});
    EXPECT_EQ(row().lack_of("secret-read-unprotected")->line, 4U);
    EXPECT_EQ(told_.size(), 1U);
}

TEST_F(VisibilityTest, APolicyThatShowsEverythingIsBelievedAsLongAsItIsTrue) {
    name_policy({kAll});
    feed(1, kWrite, seconds{1});
    EXPECT_THAT(row().lacks, IsEmpty());
    EXPECT_EQ(shown()["secret_exposure"], 1);
    feed(50, kStatus, seconds{10});
    feed(1000, kWrite, seconds{60});
    EXPECT_EQ(reads(), "blind");
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_THAT(told_[0].reasons.at(0).text, HasSubstr("none of 1,000 requests was a read of anything"));
}

TEST_F(VisibilityTest, AReadThatThePolicyHidesShowsThatAnotherIsInForce) {
    name_policy({kReads, kAll});
    feed(10, kWrite, seconds{1});
    ASSERT_EQ(told_.size(), 1U);
    feed(1, kSecretRead, seconds{1});
    EXPECT_EQ(reads(), "");
    EXPECT_EQ(row().policy, "");
    EXPECT_EQ(told_.back().status, FindingStatus::Resolved);
    // It stays so over a restart, until another policy is named.
    restart();
    feed(10, kWrite, seconds{1});
    EXPECT_EQ(reads(), "");
    name_policy({kReads, kSecrets, kAll});
    feed(10, kWrite, seconds{1});
    EXPECT_EQ(reads(), "blind");
}

TEST_F(VisibilityTest, EachQuestionHasItsFinding) {
    name_policy({"{level: Metadata, resources: [{resources: [configmaps]}]}"});
    feed(1, kWrite, seconds{1});
    std::set<std::string> titles;
    for (const Finding& finding : told_) titles.insert(finding.title);
    EXPECT_EQ(titles.size(), 7U);
    EXPECT_EQ(told_.size(), 7U);
    EXPECT_THAT(told_[0].summary, HasSubstr("because no rule of /etc/kubernetes/policy.yaml logs them"));
    EXPECT_EQ(shown()["unusual_access"], 0);
    name_policy({kAll});
    feed(1, kWrite, seconds{1});
    EXPECT_EQ(told_.size(), 14U);
    for (size_t i = 7; i < told_.size(); ++i) EXPECT_EQ(told_[i].status, FindingStatus::Resolved);
}

TEST_F(VisibilityTest, DetectorsThatAreOffAreNotMissed) {
    config_.of<crd::Config>().enabled = false;
    config_.of<access::Config>().enabled = false;
    name_policy({"{level: None}"});
    feed(1, kWrite, seconds{1});
    EXPECT_EQ(shown().count("crd_health") + shown().count("unusual_access"), 0U);
    for (const Finding& finding : told_) {
        EXPECT_THAT(finding.title, Not(HasSubstr("custom resources")));
        EXPECT_THAT(finding.title, Not(HasSubstr("accounts")));
    }
    EXPECT_EQ(told_.size(), 3U);
}

}  // namespace
}  // namespace redshank
