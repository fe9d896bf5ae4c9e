// What /metrics and /readyz say is new once something is, whatever it is. The clocks are the simulation's.
#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/health.h"
#include "tests/simulation/system.h"
#include "tests/support/events.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using testing::HasSubstr;

// Gives what the test puts into it, once, and is as the test says.
class GivenSource final : public Source {
  public:
    const std::string& name() const override { return name_; }
    const std::string& cluster() const override { return name_; }
    std::string start(const std::optional<std::string>&) override { return {}; }
    Read read(Batch& batch) override {
        batch.clear();
        std::swap(batch, next);
        return batch.empty() ? Read::Idle : Read::Lines;
    }
    std::string position_after(const Line&) override { return "{}"; }
    SourceStatus status() const override { return now; }

    Batch next;
    SourceStatus now{.up = true, .caught_up = true};

  private:
    std::string name_ = "given";
};

class PublishTest : public ::testing::Test, protected PipelineListener {
  protected:
    PublishTest() {
        sim::host() = sim::Host{};
        pipeline_.begin();
        health_.publish();
    }
    void turned(Turn turn) override {
        if (turn == Turn::WithinBatch) within_();
    }
    void put_lines(int count) {
        const std::string line = test::EventSpec{}.json();
        text_.clear();
        for (int i = 0; i < count; ++i) text_ += line + "\n";
        text_.append(audit::kPadding, '\0');
        for (int i = 0; i < count; ++i) {
            const size_t at = static_cast<size_t>(i) * (line.size() + 1);
            source().next.lines.push_back({std::string_view(text_).substr(at, line.size()), at});
        }
        source().next.can_be_cut = true;
    }
    GivenSource& source() { return static_cast<GivenSource&>(*sources_.front()); }
    std::string metrics() const { return metrics_.serialize(Metrics::Format::Text); }
    static std::vector<std::unique_ptr<Source>> given() {
        std::vector<std::unique_ptr<Source>> one;
        one.push_back(std::make_unique<GivenSource>());
        return one;
    }

    test::TempDir dir_;
    std::string text_;
    std::unique_ptr<Store> store_ = Store::open(dir_.file("redshank.db"), Store::Mode::ReadWrite);
    Engine engine_{DetectorConfig{}};
    IncidentBook incidents_;
    std::vector<std::unique_ptr<Source>> sources_ = given();
    Pipeline pipeline_{engine_, incidents_, sources_, store_.get(), *this, 1, nullptr, {.turn = {}}};
    Metrics metrics_;
    Health health_{"c", metrics_, pipeline_, engine_, incidents_, sources_, *store_};
    std::function<void()> within_ = [] {};
};

TEST_F(PublishTest, WhatIsPassedOver) {
    source().next.skips.push_back({.reason = "oversize", .bytes = 7, .lines = 1});
    pipeline_.step();
    health_.publish();
    EXPECT_THAT(metrics(), HasSubstr("redshank_skipped_bytes_total{reason=\"oversize\"} 7\n"));
}

TEST_F(PublishTest, WhatIsReadOfABatchThatTakesLong) {
    std::vector<std::string> said;
    within_ = [&] {
        health_.publish();
        const std::string all = metrics();
        const std::string name = "redshank_events_total{outcome=\"parsed\"} ";
        const size_t at = all.find(name) + name.size();
        said.push_back(all.substr(at, all.find('\n', at) - at));
    };
    put_lines(3);
    pipeline_.step();
    EXPECT_THAT(said, testing::ElementsAre("1", "2", "3"));
}

TEST_F(PublishTest, HowASourceIs) {
    EXPECT_EQ(health_.readyz().status, 200);
    source().now.problem = "its folder is gone";
    health_.publish();
    EXPECT_THAT(health_.readyz().body, HasSubstr("its folder is gone"));
    source().now.problem.clear();
    health_.publish();
    EXPECT_EQ(health_.readyz().status, 200);
}

TEST_F(PublishTest, HowFarASourceLagsBehindAsTimePasses) {
    const auto lag = [&] {
        health_.publish();
        const std::string all = metrics();
        const size_t at = all.find("redshank_source_lag_seconds{");
        return all.substr(all.find(' ', at) + 1, 5);
    };
    sim::host().wall = 1'767'607'260'000'000'000;  // a minute after the event
    put_lines(1);
    pipeline_.step();
    source().now.lag_bytes = 1;
    EXPECT_EQ(lag(), "59.99");
    sim::host().pass(60'000'000'000);
    EXPECT_EQ(lag(), "119.9");
}

}  // namespace
}  // namespace redshank
