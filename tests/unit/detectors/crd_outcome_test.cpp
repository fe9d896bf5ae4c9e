#include "detectors/crd/outcome.h"

#include <gtest/gtest.h>

#include "detectors/crd/memory.h"
#include "tests/support/events.h"

namespace redshank::crd {
namespace {

using test::EventSpec;

struct Case {
    const char* what;
    const char* expected;
    const char* cause_has;  // a part of the cause
    const char* status;     // responseStatus
    const char* verb = "create";
    const char* subresource = "";
    const char* decision = "allow";  // "" for none
    const char* stage = "ResponseComplete";
    const char* uri = "/apis/example.com/v1/namespaces/shop/widgets/w";
    int64_t took_ms = 1;
};

// kube-apiserver's wordings; outcome.h names the sources.
const Case
    kCases[] =
        {
            {"success", "ok", "", R"({"metadata":{},"code":200})"},
            {"created", "ok", "", R"({"metadata":{},"code":201})"},
            {"watch that began", "ok", "", R"({"metadata":{},"code":200})", "watch", "", "allow",
             "ResponseStarted"},
            {"not modified", "ok", "", R"({"metadata":{},"code":304})", "get"},

            {"internal error", "server-error", "500",
             R"({"status":"Failure","message":"Internal error occurred: boom","reason":"InternalError","code":500})"},
            {"no reason", "server-error", "500",
             R"({"status":"Failure","message":"unexpected object","code":500})"},
            {"etcd", "server-error", "etcd",
             R"({"status":"Failure","message":"etcdserver: leader changed","code":500})"},
            {"unavailable", "server-error", "503",
             R"({"status":"Failure","message":"the server is currently unable to handle the request","reason":"ServiceUnavailable","code":503})"},
            {"code only 503, at once", "server-error", "503", R"({"metadata":{},"code":503})", "list"},
            {"bad gateway", "server-error", "502", R"({"metadata":{},"code":502})"},

            {"deadline without a reason", "timeout", "time",
             R"({"status":"Failure","message":"context deadline exceeded","code":500})", "list"},
            {"504", "timeout", "time",
             R"({"status":"Failure","message":"Timeout: request did not complete within requested timeout - context deadline exceeded","reason":"Timeout","code":504})"},
            {"ServerTimeout", "timeout", "time",
             R"({"status":"Failure","message":"The list operation against widgets could not be completed at this time, please try again.","reason":"ServerTimeout","code":500})"},
            {"etcd timed out", "timeout", "time",
             R"({"status":"Failure","message":"etcdserver: request timed out","code":500})"},
            {"code only 503 after a minute", "timeout", "time", R"({"metadata":{},"code":503})", "list", "",
             "allow", "ResponseComplete", "/apis/example.com/v1/widgets", 60'001},
            {"code only 503 after its own ?timeout", "timeout", "time", R"({"metadata":{},"code":503})",
             "list", "", "allow", "ResponseComplete", "/apis/example.com/v1/widgets?timeout=3s", 3'002},

            {"panic stage", "panic", "panicked",
             R"({"status":"Failure","message":"APIServer panic'd: net/http: abort Handler","reason":"InternalError","code":500})",
             "get", "", "allow", "Panic"},
            {"panic told in the answer", "panic", "panicked",
             R"({"status":"Failure","message":"This request caused apiserver to panic. Look in the logs for details.","code":500})"},

            {"conversion refused", "conversion-webhook", "connection refused",
             R"({"status":"Failure","message":"conversion webhook for example.com/v2, Kind=Widget failed: Post \"https://127.0.0.1:1/convert?timeout=30s\": dial tcp 127.0.0.1:1: connect: connection refused","code":500})",
             "get"},
            {"conversion answered", "conversion-webhook", "could not convert",
             R"({"status":"Failure","message":"conversion webhook for example.com/v2, Kind=Widget failed: cannot convert: unknown field","code":500})",
             "get"},
            {"conversion wrong answer", "conversion-webhook", "answered wrongly",
             R"({"status":"Failure","message":"conversion webhook for example.com/v2, Kind=WidgetList returned 1 objects, expected 2","code":500})",
             "list"},
            {"conversion inside an internal error", "conversion-webhook", "timed out",
             R"({"status":"Failure","message":"Internal error occurred: conversion webhook for example.com/v2, Kind=Widget failed: Post \"https://x.y.svc:443/c?timeout=30s\": context deadline exceeded","reason":"InternalError","code":500})"},

            {"admission down", "admission-webhook-failed", "guard.example.com: connection refused",
             R"({"status":"Failure","message":"Internal error occurred: failed calling webhook \"guard.example.com\": failed to call webhook: Post \"https://guard.ns.svc:443/v?timeout=2s\": dial tcp 10.0.0.1:443: connect: connection refused","reason":"InternalError","code":500})"},
            {"admission timed out", "admission-webhook-failed", "timed out",
             R"({"status":"Failure","message":"Internal error occurred: failed calling webhook \"guard.example.com\": failed to call webhook: Post \"https://guard.ns.svc:443/v?timeout=2s\": context deadline exceeded","reason":"InternalError","code":500})"},
            {"admission without endpoints", "admission-webhook-failed", "no endpoints",
             R"({"status":"Failure","message":"Internal error occurred: failed calling webhook \"guard.example.com\": failed to call webhook: Post \"https://guard.ns.svc:443/v?timeout=2s\": no endpoints available for service \"guard\"","reason":"InternalError","code":500})"},
            {"admission certificate", "admission-webhook-failed", "certificate",
             R"({"status":"Failure","message":"Internal error occurred: failed calling webhook \"guard.example.com\": failed to call webhook: Post \"https://g/v\": tls: failed to verify certificate: x509: certificate signed by unknown authority","reason":"InternalError","code":500})"},
            {"admission of older servers", "admission-webhook-failed", "connection broke",
             R"({"status":"Failure","message":"Internal error occurred: failed calling admission webhook \"guard.example.com\": Post https://g: EOF","reason":"InternalError","code":500})"},

            {"denied", "admission-denied", "guard.example.com",
             R"({"status":"Failure","message":"admission webhook \"guard.example.com\" denied the request: no","reason":"Forbidden","code":403})"},
            {"denied with 400", "admission-denied", "guard.example.com",
             R"({"status":"Failure","message":"admission webhook \"guard.example.com\" denied the request: no","code":400})"},
            {"denied with 422", "admission-denied", "guard.example.com",
             R"({"status":"Failure","message":"admission webhook \"guard.example.com\" denied the request without explanation","code":422})"},
            {"denied with 500", "admission-denied", "guard.example.com",
             R"({"status":"Failure","message":"admission webhook \"guard.example.com\" denied the request: conversion webhook for x failed: y","code":500})"},
            {"policy", "admission-denied",
             "ValidatingAdmissionPolicy p.example.com", R"({"status":"Failure","message":"widgets.example.com \"w\" is forbidden: ValidatingAdmissionPolicy 'p.example.com' with binding 'b' denied request: no","reason":"Invalid","details":{"name":"w","group":"example.com","kind":"widgets"},"code":422})"},
            {"quota", "admission-denied", "quota",
             R"({"status":"Failure","message":"widgets.example.com \"w\" is forbidden: exceeded quota: q, requested: count/widgets.example.com=1","reason":"Forbidden","details":{"name":"w","group":"example.com","kind":"widgets"},"code":403})"},
            {"dry run unsupported", "admission-denied", "guard.example.com",
             R"({"status":"Failure","message":"admission webhook \"guard.example.com\" does not support dry run","reason":"BadRequest","code":400})"},

            {"route missing", "route-missing", "not served", R"({"metadata":{},"code":404})", "list"},
            {"route missing, worded", "route-missing", "not served",
             R"({"status":"Failure","message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404})",
             "list"},
            {"terminating CRD", "crd-terminating", "being deleted",
             R"({"status":"Failure","message":"create not allowed while custom resource definition is terminating","reason":"MethodNotAllowed","details":{"group":"example.com","kind":"widgets"},"code":405})"},
            {"terminating CRD, as a 403", "crd-terminating", "being deleted",
             R"({"status":"Failure","message":"create not allowed while custom resource definition is terminating","reason":"Forbidden","code":403})"},
            {"terminating namespace", "namespace-terminating", "shop",
             R"({"status":"Failure","message":"widgets.example.com \"w\" is forbidden: unable to create new content in namespace shop because it is being terminated","reason":"Forbidden","details":{"name":"w","group":"example.com","kind":"widgets","causes":[{"reason":"NamespaceTerminating","message":"namespace shop is being terminated","field":"metadata.namespace"}]},"code":403})"},
            {"no namespace", "namespace-missing", "nowhere",
             R"({"status":"Failure","message":"namespaces \"nowhere\" not found","reason":"NotFound","details":{"name":"nowhere","kind":"namespaces"},"code":404})"},
            {"no object", "object-missing", "",
             R"({"status":"Failure","message":"widgets.example.com \"w\" not found","reason":"NotFound","details":{"name":"w","group":"example.com","kind":"widgets"},"code":404})",
             "get"},
            {"no status subresource", "no-subresource", "status",
             R"({"status":"Failure","message":"widgets.example.com \"w\" not found","reason":"NotFound","details":{"name":"w","group":"example.com","kind":"widgets"},"code":404})",
             "patch", "status"},

            {"schema", "validation", "spec.size (FieldValueRequired)",
             R"({"status":"Failure","message":"Widget.example.com \"w\" is invalid: spec.size: Required value","reason":"Invalid","details":{"name":"w","group":"example.com","kind":"Widget","causes":[{"reason":"FieldValueRequired","message":"Required value","field":"spec.size"}]},"code":422})"},
            {"strict decoding", "validation", "strict",
             R"({"status":"Failure","message":"strict decoding error: unknown field \"spec.colour\"","reason":"BadRequest","code":400})"},
            {"strict apply is a 500", "validation", "schema",
             R"({"status":"Failure","message":"failed to create typed patch object (/w; example.com/v2, Kind=Widget): .spec.colour: field not declared in schema","code":500})",
             "patch"},
            {"not JSON", "bad-request", "malformed",
             R"({"status":"Failure","message":"the object provided is unrecognized (must be of type Widget): couldn't get version/kind; json parse error: invalid character","reason":"BadRequest","code":400})"},
            {"bad ?timeout", "bad-request", "malformed",
             R"({"status":"Failure","message":"invalid timeout specified in the request URL","reason":"BadRequest","code":400})",
             "list", "", "", "ResponseStarted"},
            {"media type", "unsupported-media", "media",
             R"({"status":"Failure","message":"the body of the request was in an unknown format","reason":"UnsupportedMediaType","code":415})",
             "patch"},
            {"accept", "not-acceptable", "media",
             R"({"status":"Failure","message":"only the following media types are accepted: application/json","reason":"NotAcceptable","code":406})",
             "list"},
            {"too large", "too-large", "large",
             R"({"status":"Failure","message":"Request entity too large: limit is 3145728","reason":"RequestEntityTooLarge","code":413})"},
            {"too large for etcd", "too-large", "etcd",
             R"({"status":"Failure","message":"etcdserver: request is too large","code":500})"},
            {"method", "method-not-allowed", "cannot create",
             R"({"status":"Failure","message":"the server does not allow this method on the requested resource","reason":"MethodNotAllowed","details":{"group":"example.com","kind":"widgets"},"code":405})"},
            {"conflict", "conflict", "modified",
             R"({"status":"Failure","message":"Operation cannot be fulfilled on widgets.example.com \"w\": the object has been modified; please apply your changes to the latest version and try again","reason":"Conflict","details":{"name":"w","group":"example.com","kind":"widgets"},"code":409})",
             "update"},
            {"apply conflict", "conflict", "field manager",
             R"({"status":"Failure","message":"Apply failed with 1 conflict","reason":"Conflict","details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"m\"","field":".spec.size"}]},"code":409})",
             "patch"},
            {"exists", "already-exists", "exists",
             R"({"status":"Failure","message":"widgets.example.com \"w\" already exists","reason":"AlreadyExists","details":{"name":"w","group":"example.com","kind":"widgets"},"code":409})"},
            {"no right", "forbidden", "not allowed: delete",
             R"({"status":"Failure","message":"widgets.example.com \"w\" is forbidden: User \"alice\" cannot delete resource \"widgets\" in API group \"example.com\" in the namespace \"shop\"","reason":"Forbidden","details":{"name":"w","group":"example.com","kind":"widgets"},"code":403})",
             "delete", "", "forbid"},
            {"may not impersonate", "forbidden", "impersonate",
             R"({"status":"Failure","message":"users \"root\" is forbidden: User \"alice\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope","reason":"Forbidden","details":{"name":"root","kind":"users"},"code":403})",
             "get", "", ""},
            {"no credentials", "unauthenticated", "credentials",
             R"({"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401})", "list",
             "", "", "ResponseStarted"},
            {"priority and fairness", "throttled", "fairness", R"({"metadata":{},"code":429})", "list", "",
             ""},
            {"storage being set up", "throttled", "storage",
             R"({"status":"Failure","message":"storage is (re)initializing","reason":"TooManyRequests","details":{"retryAfterSeconds":1},"code":429})",
             "watch", "", "allow", "ResponseStarted"},
            {"expired", "expired", "too old",
             R"({"status":"Failure","message":"The provided continue parameter is too old","reason":"Expired","code":410})",
             "list"},
            {"client left", "client-gone", "client",
             R"({"status":"Success","message":"Connection closed early","code":200})", "watch"},
            {"client left, 499", "client-gone", "client", R"({"metadata":{},"code":499})", "get"},
            {"client left, cancelled", "client-gone", "client",
             R"({"status":"Failure","message":"context canceled","code":500})", "list"},
};

test::ParsedEvent event_of(const Case& c) {
    EventSpec spec;
    spec.verb = c.verb;
    spec.stage = c.stage;
    spec.uri = c.uri;
    spec.status = c.status;
    spec.decision = c.decision;
    const std::string subresource =
        *c.subresource ? std::string(R"(,"subresource":")") + c.subresource + '"' : "";
    spec.object =
        R"({"resource":"widgets","namespace":"shop","name":"w","apiGroup":"example.com","apiVersion":"v1")" +
        subresource + "}";
    spec.time = audit::format_time(*audit::parse_time(spec.received) + std::chrono::milliseconds{c.took_ms});
    return spec.parsed();
}

TEST(CrdOutcome, TellsEveryClassByWhatTheServerLogs) {
    for (const Case& c : kCases) {
        const test::ParsedEvent event = event_of(c);
        const Outcome outcome = classify(*event);
        EXPECT_EQ(to_string(outcome.outcome), c.expected) << c.what;
        EXPECT_NE(outcome.cause.find(c.cause_has), std::string::npos) << c.what << ": " << outcome.cause;
        EXPECT_EQ(outcome.cause.empty(), outcome.outcome == OutcomeClass::Ok) << c.what;
    }
}

TEST(CrdOutcome, EveryClassHasACaseAndAName) {
    for (size_t i = 0; i < kOutcomeClasses; ++i) {
        const auto outcome = static_cast<OutcomeClass>(i);
        const bool has_case = std::any_of(std::begin(kCases), std::end(kCases),
                                          [&](const Case& c) { return c.expected == to_string(outcome); });
        EXPECT_TRUE(has_case) << to_string(outcome);
        OutcomeClass parsed{};
        EXPECT_TRUE(parse_outcome(to_string(outcome), parsed));
        EXPECT_EQ(parsed, outcome);
    }
}

TEST(CrdOutcome, CausesHoldNoUrlAndNoText) {
    for (const Case& c : kCases) {
        const test::ParsedEvent event = event_of(c);
        const std::string cause = classify(*event).cause;
        EXPECT_EQ(cause.find("http"), std::string::npos) << cause;
        EXPECT_EQ(cause.find('?'), std::string::npos) << cause;
        EXPECT_EQ(cause.find("colour"), std::string::npos) << cause;
    }
}

// Messages contain the object's name, which any client may choose.
TEST(CrdOutcome, NamesDoNotMakeAClass) {
    EventSpec spec;
    spec.verb = "get";
    spec.object =
        R"({"resource":"widgets","namespace":"shop","name":"failed calling webhook \"x\"","apiGroup":"example.com","apiVersion":"v1"})";
    spec.status =
        R"({"status":"Failure","message":"widgets.example.com \"failed calling webhook \\\"x\\\"\" not found","reason":"NotFound","details":{"name":"failed calling webhook \"x\"","group":"example.com","kind":"widgets"},"code":404})";
    EXPECT_EQ(to_string(classify(*spec.parsed()).outcome), "object-missing");
}

test::ParsedEvent widget_event(const char* verb, const char* subresource, const char* status) {
    Case c{"", "", "", status, verb, subresource};
    return event_of(c);
}

constexpr const char* kNotFound =
    R"({"status":"Failure","message":"widgets.example.com \"w\" not found","reason":"NotFound","details":{"name":"w","group":"example.com","kind":"widgets"},"code":404})";

TEST(CrdOutcome, StatusThatWasServedBeforeMissesTheObject) {
    Memory memory;
    EXPECT_EQ(memory.take(*widget_event("patch", "status", kNotFound)).outcome, OutcomeClass::NoSubresource);
    EXPECT_EQ(memory.take(*widget_event("patch", "status", R"({"code":200})")).outcome, OutcomeClass::Ok);
    EXPECT_EQ(memory.take(*widget_event("patch", "status", kNotFound)).outcome, OutcomeClass::ObjectMissing);
    EXPECT_EQ(memory.take(*widget_event("get", "scale", kNotFound)).outcome, OutcomeClass::NoSubresource);
}

TEST(CrdOutcome, WatchCacheThatCannotBeFilledIsTheConversionsFault) {
    constexpr const char* kInitializing =
        R"({"status":"Failure","message":"storage is (re)initializing","reason":"TooManyRequests","code":429})";
    constexpr const char* kConversion =
        R"({"status":"Failure","message":"conversion webhook for example.com/v2, Kind=Widget failed: EOF","code":500})";
    Memory memory;
    EXPECT_EQ(memory.take(*widget_event("watch", "", kInitializing)).outcome, OutcomeClass::Throttled);
    memory.take(*widget_event("get", "", kConversion));
    EXPECT_EQ(memory.take(*widget_event("watch", "", kInitializing)).outcome,
              OutcomeClass::ConversionWebhook);
    memory.take(*widget_event("get", "", R"({"code":200})"));
    EXPECT_EQ(memory.take(*widget_event("watch", "", kInitializing)).outcome, OutcomeClass::Throttled);
}

TEST(CrdOutcome, NamesAWebhookThatWasPassedOver) {
    EventSpec spec;
    spec.more_annotations =
        R"(,"failed-open.validating.webhook.admission.k8s.io/round_0_index_0":"guard.example.com")";
    EXPECT_EQ(failed_open_webhook(*spec.parsed()), "guard.example.com");
    EXPECT_EQ(failed_open_webhook(*EventSpec{}.parsed()), "");
}

}  // namespace
}  // namespace redshank::crd
