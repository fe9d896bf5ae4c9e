// Invented requests on custom resources, for tests of the whole of crd_health.
#pragma once

#include <gtest/gtest.h>

#include "detectors/crd/detector.h"
#include "detectors/crd/report.h"
#include "detectors/engine.h"
#include "tests/support/events.h"
#include "tests/support/memory_state.h"

namespace redshank::test {

inline constexpr const char* kOk = R"({"metadata":{},"code":200})";
inline constexpr const char* kNoRoute = R"({"metadata":{},"code":404})";
inline constexpr const char* kBoom =
    R"({"status":"Failure","message":"Internal error occurred: boom","reason":"InternalError","code":500})";
inline constexpr const char* kForbidden =
    R"({"status":"Failure","message":"widgets.example.com is forbidden","reason":"Forbidden","details":{"group":"example.com","kind":"widgets"},"code":403})";
inline constexpr const char* kOperator = "system:serviceaccount:ops:widget-operator";

// An engine, a clock, and all findings in their last form by id.
class CrdRequests : public testing::Test {
  protected:
    struct Request {
        std::string group = "example.com", resource = "widgets", name = "w", subresource = "";
        std::string verb = "get", user = "system:serviceaccount:ops:app", status = kOk;
        std::string stage = "ResponseComplete", decision = "allow", version = "v1", namespace_ = "shop",
                    query = "";
        std::string annotations = "";  // ,"key":"value"
        audit::Duration took = std::chrono::milliseconds{3};
        std::string cluster = "c";
    };

    void send(const Request& request) {
        EventSpec spec;
        spec.audit_id = "a-" + std::to_string(++sent_);
        spec.stage = request.stage;
        spec.verb = request.verb;
        spec.uri = "/apis/" + request.group + "/" + request.version + "/namespaces/shop/" + request.resource +
                   "/" + request.name + "?n=" + std::to_string(sent_) + request.query;
        spec.more_annotations = request.annotations;
        spec.user = R"({"username":")" + request.user + '"' +
                    (request.user.starts_with("system:node:") ? R"(,"groups":["system:nodes"]})" : "}");
        spec.object = R"({"resource":")" + request.resource + R"(","name":")" + request.name +
                      R"(","apiGroup":")" + request.group + R"(","apiVersion":")" + request.version + '"' +
                      (request.namespace_.empty() ? "" : R"(,"namespace":")" + request.namespace_ + '"') +
                      (request.subresource.empty() ? "" : R"(,"subresource":")" + request.subresource + '"') +
                      "}";
        spec.status = request.status;
        spec.decision = request.decision;
        spec.received = audit::format_time(now_ - request.took);
        spec.time = audit::format_time(now_);
        const ParsedEvent event = spec.parsed();
        engine_->observe(
            *event, {.cluster = request.cluster, .source = "audit.log", .offset = sent_, .generation = "g"});
        for (Finding& finding : engine_->drain()) {
            if (finding.detector != "crd_health") continue;
            for (const Evidence& evidence : finding.evidence) EXPECT_EQ(evidence.generation, "g");
            told_[finding.id] = std::move(finding);
        }
    }

    void crd(const std::string& verb, const std::string& name) {
        send({.group = "apiextensions.k8s.io",
              .resource = "customresourcedefinitions",
              .name = name,
              .verb = verb,
              .user = "alice"});
    }

    // Sends one request every `step`, each on another object.
    void repeat(int times, audit::Duration step, Request request) {
        for (int i = 0; i < times; ++i) {
            now_ += step;
            request.name = "w" + std::to_string(i);
            send(request);
        }
    }

    void restart() {
        MemoryState state = saved();
        engine_ = std::make_unique<Engine>(config_);
        engine_->load(state);
    }

    // Starts over with an empty engine.
    void begin_anew() {
        engine_ = std::make_unique<Engine>(config_);
        told_.clear();
    }

    MemoryState saved() {
        engine_->save(state_);
        return state_;
    }

    std::vector<crd::Report> reports() { return crd::read_reports(saved(), config_.of<crd::Config>()); }

    std::vector<Finding> findings(const std::string& kind) const {
        std::vector<Finding> all;
        for (const auto& [id, finding] : told_) {
            if (finding.kind == kind) all.push_back(finding);
        }
        return all;
    }

    DetectorConfig config_;
    std::unique_ptr<Engine> engine_ = std::make_unique<Engine>(config_);
    MemoryState state_;
    std::map<std::string, Finding> told_;
    audit::Time now_ = *audit::parse_time("2026-01-05T10:00:00Z");
    uint64_t sent_ = 0;
};

}  // namespace redshank::test
