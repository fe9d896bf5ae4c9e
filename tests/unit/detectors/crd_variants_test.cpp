// Failures that no recording contains: other groups, kinds, versions and scopes, and kube-apiserver's other
// wordings for the same class.
#include <gtest/gtest.h>

#include "detectors/crd/request_list.h"
#include "detectors/crd/time_allowed.h"
#include "tests/support/events.h"

namespace redshank::crd {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Request {
    std::string group = "fleet.north.example", resource = "rovers", version = "v1beta2", namespace_ = "yard",
                name = "r-1", subresource = "", verb = "update", user = "system:serviceaccount:yard:rover",
                status = R"({"metadata":{},"code":200})", decision = "allow", stage = "ResponseComplete",
                query = "";
    audit::Duration took = milliseconds{5};
};

const char* const kNoRoute = R"({"metadata":{},"code":404})";

std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

// A failure as apierrors writes it; `details` is raw JSON, "" for none.
std::string failure(int code, std::string_view reason, std::string_view message,
                    std::string_view details = "") {
    std::string text = R"({"metadata":{},"status":"Failure","message":)" + json_text(message);
    if (!reason.empty()) text += ",\"reason\":" + json_text(reason);
    if (!details.empty()) text += ",\"details\":" + std::string(details);
    return text + ",\"code\":" + std::to_string(code) + "}";
}

std::string object_missing(const Request& request) {
    return failure(404, "NotFound",
                   request.resource + "." + request.group + " \"" + request.name + "\" not found",
                   R"({"name":")" + request.name + R"(","group":")" + request.group + R"(","kind":")" +
                       request.resource + "\"}");
}

test::ParsedEvent event_of(const Request& request, int number) {
    test::EventSpec spec;
    spec.audit_id = "v-" + std::to_string(number);
    spec.verb = request.verb;
    spec.stage = request.stage;
    spec.decision = request.decision;
    spec.status = request.status;
    spec.user = R"({"username":")" + request.user + R"("})";
    spec.uri = "/apis/" + request.group + "/" + request.version + "/" + request.resource + request.query;
    spec.object = R"({"resource":")" + request.resource + '"';
    if (!request.namespace_.empty()) spec.object += R"(,"namespace":")" + request.namespace_ + '"';
    if (!request.name.empty()) spec.object += R"(,"name":)" + json_text(request.name);
    spec.object += R"(,"apiGroup":")" + request.group + R"(","apiVersion":")" + request.version + '"';
    if (!request.subresource.empty()) spec.object += R"(,"subresource":")" + request.subresource + '"';
    spec.object += '}';
    const audit::Time time = *audit::parse_time("2026-03-01T08:00:00Z") + seconds{number};
    spec.received = audit::format_time(time);
    spec.time = audit::format_time(time + request.took);
    return spec.parsed();
}

// The listed failures of a log, by the index of the request. Reads the log twice, as `crds --requests` does,
// or once.
std::map<int, FailingRequest> listed(const std::vector<Request>& log, bool twice = true) {
    RequestList list({});
    for (int i = 0; twice && i < static_cast<int>(log.size()); ++i) list.learn("c", *event_of(log[i], i));
    std::map<int, FailingRequest> found;
    for (int i = 0; i < static_cast<int>(log.size()); ++i) {
        if (auto request = list.classify("c", *event_of(log[i], i))) found.emplace(i, *request);
    }
    return found;
}

std::string class_in(const std::map<int, FailingRequest>& found, int number) {
    const auto at = found.find(number);
    return at == found.end() ? "-" : std::string(to_string(at->second.outcome));
}

struct Variant {
    const char* what;
    const char* expected;
    const char* cause_has;
    std::string status;
    const char* verb = "update";
    const char* decision = "allow";
    const char* subresource = "";
    const char* query = "";
    audit::Duration took = milliseconds{5};
};

const Variant kVariants[] = {
    // conversion, wrapped by the request that needed it
    {"apply needs another version", "conversion-webhook", "connection refused",
     failure(500, "",
             "failed to update managed fields: failed to convert new object (yard/r-1; "
             "fleet.north.example/v1, Kind=Rover) to proper version (fleet.north.example/v2): conversion "
             "webhook for fleet.north.example/v1, Kind=Rover failed: Post "
             "\"https://conv.yard.svc:443/c?timeout=30s\": dial tcp 10.96.3.3:443: connect: connection "
             "refused"),
     "patch"},
    {"unreadable list", "conversion-webhook", "its service does not exist",
     failure(500, "StorageReadError",
             "failed to read one or more rovers.fleet.north.example from the storage: unable to decode: "
             "conversion webhook for fleet.north.example/v1, Kind=RoverList failed: Post "
             "\"https://conv.yard.svc:443/c?timeout=30s\": service \"conv\" not found"),
     "list"},
    {"the webhook's own words about a service", "conversion-webhook", "it could not convert",
     failure(500, "",
             "conversion webhook for fleet.north.example/v1, Kind=Rover failed: spec.depot: secret \"d\" "
             "not found")},
    {"wrong number", "conversion-webhook", "answered wrongly",
     failure(500, "",
             "conversion webhook for fleet.north.example/v2, Kind=RoverList returned 3 objects, expected "
             "4"),
     "list"},
    {"converted metadata", "conversion-webhook", "answered wrongly",
     failure(500, "",
             "conversion webhook for fleet.north.example/v2, Kind=Rover returned invalid metadata at index "
             "0: metadata.uid must be same")},
    {"wrong version answered", "conversion-webhook", "answered wrongly",
     failure(500, "",
             "conversion webhook for fleet.north.example/v2, Kind=Rover failed: expected webhook response "
             "of apiextensions.k8s.io/v1beta1, Kind=ConversionReview, got /, Kind=")},
    {"webhook panics", "conversion-webhook", "connection broke",
     failure(500, "",
             "conversion webhook for fleet.north.example/v2, Kind=Rover failed: Post "
             "\"https://conv.yard.svc:443/c?timeout=30s\": EOF"),
     "get"},
    {"version taken out of the CRD", "server-error", "no longer has",
     failure(500, "", "request to convert CR from an invalid group/version: fleet.north.example/v1alpha1"),
     "list"},

    // admission webhooks
    {"its certificate has no SAN", "admission-webhook-failed", "gate.yard.example: its certificate",
     failure(500, "InternalError",
             "Internal error occurred: failed calling webhook \"gate.yard.example\": failed to call "
             "webhook: Post \"https://gate.yard.svc:443/v?timeout=10s\": tls: failed to verify certificate: "
             "x509: certificate relies on legacy Common Name field, use SANs instead")},
    {"its service is gone", "admission-webhook-failed", "its service does not exist",
     failure(500, "InternalError",
             "Internal error occurred: failed calling webhook \"gate.yard.example\": failed to call "
             "webhook: Post \"https://gate.yard.svc:443/v?timeout=10s\": service \"gate\" not found")},
    {"wrong answer", "admission-webhook-failed", "answered",
     failure(500, "InternalError",
             "Internal error occurred: failed calling webhook \"gate.yard.example\": received invalid "
             "webhook response: expected response.uid=\"a\", got \"b\"")},
    {"undecodable patch", "admission-webhook-failed", "gate.yard.example",
     failure(500, "InternalError",
             "Internal error occurred: failed calling webhook \"gate.yard.example\": received undecodable "
             "patch in webhook response: unexpected end of JSON input")},
    {"patch that does not fit", "admission-webhook-failed", "patch",
     failure(500, "InternalError",
             "Internal error occurred: add operation does not apply: doc is missing path: "
             "\"/metadata/labels/a\": missing value")},
    {"patch on delete", "admission-webhook-failed", "gate.yard.example",
     failure(500, "InternalError",
             "Internal error occurred: admission webhook \"gate.yard.example\" attempted to modify the "
             "object, which is not supported for this operation"),
     "delete"},
    {"match conditions fail closed", "admission-webhook-failed", "match conditions",
     failure(403, "Forbidden",
             "rovers.fleet.north.example \"r-1\" is forbidden: expression 'object.spec.speed < 3' resulted "
             "in error: no such key: speed",
             R"({"name":"r-1","group":"fleet.north.example","kind":"rovers"})")},
    {"denied with 404", "admission-denied", "gate.yard.example",
     failure(404, "", "admission webhook \"gate.yard.example\" denied the request: depot not found")},
    {"denied with 409", "admission-denied", "gate.yard.example",
     failure(409, "Conflict", "admission webhook \"gate.yard.example\" denied the request: busy")},
    {"denied with 429", "admission-denied", "gate.yard.example",
     failure(429, "TooManyRequests", "admission webhook \"gate.yard.example\" denied the request: slow")},
    {"denied because another one failed", "admission-denied", "gate.yard.example",
     failure(500, "",
             "admission webhook \"gate.yard.example\" denied the request: failed calling webhook "
             "\"other.example\": EOF")},

    // admission without webhooks
    {"policy, default reason", "admission-denied", "ValidatingAdmissionPolicy speed.yard",
     failure(422, "Invalid",
             "rovers.fleet.north.example \"r-1\" is forbidden: ValidatingAdmissionPolicy 'speed.yard' with "
             "binding 'all' denied request: failed expression: object.spec.speed < 3")},
    {"policy, forbidden", "admission-denied", "ValidatingAdmissionPolicy speed.yard",
     failure(403, "Forbidden",
             "rovers.fleet.north.example \"r-1\" is forbidden: ValidatingAdmissionPolicy 'speed.yard' with "
             "binding 'all' denied request: expression 'x' resulted in error: no such key: x")},
    {"quota without an annotation", "admission-denied", "quota",
     failure(403, "Forbidden",
             "rovers.fleet.north.example \"r-1\" is forbidden: exceeded quota: q, requested: "
             "count/rovers.fleet.north.example=1, used: count/rovers.fleet.north.example=5, limited: "
             "count/rovers.fleet.north.example=5"),
     "create", ""},
    {"owner reference", "admission-denied", "admission refused",
     failure(403, "Forbidden",
             "rovers.fleet.north.example \"r-1\" is forbidden: cannot set blockOwnerDeletion if an "
             "ownerReference refers to a resource you can't set finalizers on: , <nil>"),
     "create"},
    {"authorization without an annotation", "forbidden", "not allowed: list",
     failure(403, "Forbidden",
             "rovers.fleet.north.example is forbidden: User \"eve\" cannot list resource \"rovers\" in API "
             "group \"fleet.north.example\" at the cluster scope"),
     "list", ""},
    {"a name that sounds like a policy", "forbidden", "not allowed: get",
     failure(403, "Forbidden",
             "rovers.fleet.north.example \"x is forbidden: ValidatingAdmissionPolicy 'p' denied request\" is "
             "forbidden: User \"eve\" cannot get resource \"rovers\" in API group \"fleet.north.example\""),
     "get", "forbid"},

    // the schema and the client
    {"strict create", "validation", "strict",
     failure(400, "BadRequest",
             "Rover in version \"v1beta2\" cannot be handled as a Rover: strict decoding error: unknown "
             "field \"spec.sped\""),
     "create"},
    {"strict merge patch", "validation", "strict",
     failure(422, "Invalid",
             "\"\" is invalid: patch: Invalid value: \"{}\": strict decoding error: duplicate field "
             "\"spec.speed\"",
             R"({"causes":[{"reason":"FieldValueInvalid","message":"Invalid value","field":"patch"}]})"),
     "patch"},
    {"apply of a wrong type", "validation", "schema",
     failure(500, "",
             "failed to create typed patch object (yard/r-1; fleet.north.example/v1beta2, Kind=Rover): "
             ".spec.speed: expected numeric (int or float), got string"),
     "patch"},
    {"a field that sounds like a webhook", "validation", "schema",
     failure(500, "",
             "failed to create typed patch object (yard/r-1; fleet.north.example/v1beta2, Kind=Rover): "
             ".spec.conversion webhook for x failed: y: field not declared in schema"),
     "patch"},
    {"a JSON patch that does not fit", "validation", "invalid",
     failure(422, "Invalid", "the server rejected our request due to an error in our request", "{}"),
     "patch"},
    {"no resource version", "validation", "metadata.resourceVersion",
     failure(
         422, "Invalid",
         "rovers.fleet.north.example \"r-1\" is invalid: metadata.resourceVersion: Invalid value: 0x0: "
         "must be specified for an update",
         R"({"name":"r-1","group":"fleet.north.example","kind":"rovers","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: 0x0: must be specified for an update","field":"metadata.resourceVersion"}]})")},
    {"wrong types in the body", "bad-request", "malformed",
     failure(400, "BadRequest",
             "Rover in version \"v1beta2\" cannot be handled as a Rover: json: cannot unmarshal string into "
             "Go struct field ObjectMeta.metadata.labels of type map[string]string"),
     "create"},
    {"names differ", "bad-request", "malformed",
     failure(400, "BadRequest", "the name of the object (r-2) does not match the name on the URL (r-1)")},
    {"field selector", "bad-request", "malformed",
     failure(400, "BadRequest", "field label not supported: spec.speed"), "list"},
    {"verb it does not have", "method-not-allowed", "cannot",
     failure(405, "MethodNotAllowed",
             "post is not supported on resources of kind \"rovers.fleet.north.example\"",
             R"({"group":"fleet.north.example","kind":"rovers"})"),
     "create"},

    // other ordinary failures
    {"precondition", "conflict", "",
     failure(409, "Conflict",
             "Operation cannot be fulfilled on rovers.fleet.north.example \"r-1\": Precondition failed: UID "
             "in precondition: a, UID in object meta: b",
             R"({"name":"r-1","group":"fleet.north.example","kind":"rovers"})"),
     "delete"},
    {"two managers", "conflict", "field manager",
     failure(
         409, "Conflict", "Apply failed with 2 conflicts: conflicts with \"m\": .spec.a, .spec.b",
         R"({"causes":[{"reason":"FieldManagerConflict","message":"conflict","field":".spec.a"},{"reason":"FieldManagerConflict","message":"conflict","field":".spec.b"}]})"),
     "patch"},
    {"being deleted", "already-exists", "exists",
     failure(409, "AlreadyExists",
             "object is being deleted: rovers.fleet.north.example \"r-1\" already exists",
             R"({"name":"r-1","group":"fleet.north.example","kind":"rovers"})"),
     "create"},
    {"continue token", "expired", "too old",
     failure(410, "Expired",
             "The provided continue parameter is too old to display a consistent list result. You can start "
             "a new list without the continue parameter, or use the continue token in this response"),
     "list"},
    {"resource version", "expired", "too old", failure(410, "Gone", "too old resource version: 1 (900)"),
     "watch"},
    {"before fairness", "throttled", "many", failure(429, "", "Too many requests, please try again later."),
     "list"},
    {"shutting down", "throttled", "shutting down",
     failure(429, "TooManyRequests", "The apiserver is shutting down, please try again later."), "list", ""},

    // failures of the server
    {"not come so far", "timeout", "resource version",
     failure(
         504, "Timeout", "Timeout: Too large resource version: 99999, current: 5",
         R"({"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1})"),
     "list"},
    {"own short time", "timeout", "time", R"({"metadata":{},"code":503})", "list", "allow", "",
     "?timeout=300ms", milliseconds{310}},
    {"own long time is not over", "server-error", "503", R"({"metadata":{},"code":503})", "list", "allow", "",
     "?timeout=2m", seconds{70}},
    {"gRPC deadline", "timeout", "time",
     failure(500, "", "rpc error: code = DeadlineExceeded desc = context deadline exceeded"), "list"},
    {"limiter", "timeout", "time",
     failure(500, "",
             "client rate limiter Wait returned an error: rate: Wait(n=1) would exceed context "
             "deadline")},
    {"etcd is full", "server-error", "etcd", failure(500, "", "etcdserver: mvcc: database space exceeded"),
     "create"},
    {"cannot be decrypted", "server-error", "500",
     failure(500, "InternalError",
             "Internal error occurred: unable to transform key \"/registry/fleet.north.example/r/yard/r-1\": "
             "no matching key was found for the provided Secretbox transformer"),
     "get"},
    {"server is starting", "server-error", "starting",
     failure(503, "ServiceUnavailable",
             "the request has been made before all known HTTP paths have been installed, please retry"),
     "get"},
    {"the caller left", "client-gone", "client",
     failure(500, "", "rpc error: code = Canceled desc = context canceled"), "list"},

    // routes and namespaces
    {"a proxied route", "route-missing", "not served",
     failure(404, "NotFound", "the server could not find the requested resource",
             R"({"group":"fleet.north.example","kind":"rovers"})"),
     "list"},
    {"a subresource nobody has", "no-subresource", "approval",
     failure(404, "NotFound", "rovers.fleet.north.example \"r-1\" not found",
             R"({"name":"r-1","group":"fleet.north.example","kind":"rovers"})"),
     "update", "allow", "approval"},
    {"no such namespace", "namespace-missing", "moon",
     failure(404, "NotFound", "namespaces \"moon\" not found", R"({"name":"moon","kind":"namespaces"})"),
     "create"},
    {"namespace ends", "namespace-terminating", "yard",
     failure(
         403, "Forbidden",
         "rovers.fleet.north.example \"r-1\" is forbidden: unable to create new content in namespace "
         "yard because it is being terminated",
         R"({"name":"r-1","group":"fleet.north.example","kind":"rovers","causes":[{"reason":"NamespaceTerminating","message":"namespace yard is being terminated","field":"metadata.namespace"}]})"),
     "create"},
    {"definition ends", "crd-terminating", "deleted",
     failure(405, "MethodNotAllowed", "create not allowed while custom resource definition is terminating",
             R"({"group":"fleet.north.example","kind":"rovers"})"),
     "create"},
};

Request request_of(const Variant& variant) {
    return {.subresource = variant.subresource,
            .verb = variant.verb,
            .status = variant.status,
            .decision = variant.decision,
            .query = variant.query,
            .took = variant.took};
}

TEST(CrdVariants, OtherWordingsOfTheSameClass) {
    for (const Variant& variant : kVariants) {
        // The resource is unknown so far, or known by a success.
        for (const bool is_known : {false, true}) {
            std::vector<Request> log;
            if (is_known) log.push_back({.verb = "get"});
            log.push_back(request_of(variant));
            if (!is_known) log.push_back({.verb = "get"});
            const auto found = listed(log);
            const int number = is_known ? 1 : 0;
            EXPECT_EQ(class_in(found, number), variant.expected) << variant.what;
            ASSERT_TRUE(found.contains(number)) << variant.what;
            const std::string& cause = found.at(number).cause;
            EXPECT_NE(cause.find(variant.cause_has), std::string::npos) << variant.what << ": " << cause;
            EXPECT_EQ(cause.find("https:"), std::string::npos) << variant.what << ": " << cause;
            EXPECT_EQ(found.size(), 1U) << variant.what;
        }
    }
}

TEST(CrdVariants, GroupsAndPluralsDoNotMatter) {
    struct Place {
        const char *group, *resource, *namespace_;
    };
    // Plurals that are built in as well, groups below k8s.io, cluster scope, a group of one label and a TLD.
    for (const Place& place :
         {Place{"serving.north.example", "services", "yard"}, Place{"net.north.example", "ingresses", "yard"},
          Place{"audit.north.example", "events", "yard"}, Place{"tenancy.north.example", "namespaces", ""},
          Place{"snapshot.storage.k8s.io", "volumesnapshots", "yard"},
          Place{"policy.networking.k8s.io", "adminnetworkpolicies", ""},
          Place{"metrics.north.example", "nodes", ""}, Place{"x.io", "secrets", "yard"}}) {
        for (const Variant& variant : kVariants) {
            if (std::string_view(variant.expected).starts_with("namespace-")) continue;
            Request good, bad = request_of(variant);
            for (Request* request : {&good, &bad}) {
                request->group = place.group;
                request->resource = place.resource;
                request->namespace_ = place.namespace_;
            }
            EXPECT_EQ(class_in(listed({good, bad}), 1), variant.expected)
                << variant.what << " of " << place.resource << "." << place.group;
        }
    }
}

TEST(CrdVariants, NamespaceThatIsMissedByAResourceOfThatName) {
    Request good{.group = "tenancy.north.example", .resource = "namespaces"}, bad = good;
    bad.verb = "create";
    bad.status =
        failure(404, "NotFound", "namespaces \"moon\" not found", R"({"name":"moon","kind":"namespaces"})");
    Request missing = good;
    missing.verb = "get";
    missing.status = object_missing(missing);
    const auto found = listed({good, bad, missing});
    EXPECT_EQ(class_in(found, 1), "namespace-missing");
    EXPECT_EQ(class_in(found, 2), "object-missing");
}

TEST(CrdVariants, WhatIsNoCustomResource) {
    const Request crd{.group = "apiextensions.k8s.io",
                      .resource = "customresourcedefinitions",
                      .version = "v1",
                      .namespace_ = "",
                      .name = "rovers.fleet.north.example",
                      .verb = "create"};
    Request refused_crd = crd, selected_crd = crd, api = crd;
    refused_crd.status = failure(422, "Invalid", "it is invalid");
    selected_crd.verb = "watch";  // kubectl wait --for condition=established crd/…
    api.group = "apiregistration.k8s.io";
    api.resource = "apiservices";
    api.name = "v1beta2.fleet.north.example";
    api.user = "carol";
    const Request no_route{.verb = "list", .status = kNoRoute};
    const Request failing{.status = failure(500, "InternalError", "Internal error occurred: boom")};

    EXPECT_TRUE(listed({no_route}).empty()) << "nothing says that it exists";
    EXPECT_TRUE(listed({refused_crd, no_route}).size() == 0) << "its definition was refused";
    EXPECT_TRUE(listed({selected_crd, no_route}).empty()) << "a selector names what need not exist";
    EXPECT_TRUE(listed({api, failing}).empty()) << "an aggregated server's";
    EXPECT_EQ(class_in(listed({crd, no_route}), 1), "route-missing");
    EXPECT_EQ(class_in(listed({no_route, crd}), 0), "route-missing") << "learnt later";
    // A definition takes precedence over the group, since aggregated and custom resources may share a group.
    EXPECT_EQ(class_in(listed({api, crd, failing}), 2), "server-error");
    // The API server itself registers the groups of definitions.
    Request local = api;
    local.user = "system:apiserver";
    EXPECT_EQ(class_in(listed({local, failing}), 1), "server-error");
    for (const char* group : {"apps", "networking.k8s.io", "resource.k8s.io", "storagemigration.k8s.io"}) {
        Request built_in = failing;
        built_in.group = group;
        EXPECT_TRUE(listed({built_in}).empty()) << group;
    }
}

// The definition was created before the log begins, and is deleted within it.
TEST(CrdVariants, DefinitionDeletedWithoutHavingBeenSeen) {
    const Request good{.name = "", .verb = "list"}, gone{.verb = "list", .status = kNoRoute};
    const Request deletion{.group = "apiextensions.k8s.io",
                           .resource = "customresourcedefinitions",
                           .version = "v1",
                           .namespace_ = "",
                           .name = "rovers.fleet.north.example",
                           .verb = "delete"};
    for (const bool twice : {false, true}) {
        EXPECT_EQ(class_in(listed({good, deletion, gone}, twice), 2), "route-missing");
        EXPECT_EQ(class_in(listed({deletion, gone}, twice), 1), "route-missing");
    }
    EXPECT_EQ(class_in(listed({good, gone}), 1), "route-missing");
    EXPECT_EQ(class_in(listed({gone, good}), 0), "route-missing");
}

TEST(CrdVariants, SubresourceThatIsServedLaterMissesTheObject) {
    Request missing{.subresource = "status", .verb = "patch"};
    missing.status = object_missing(missing);
    const Request served{.name = "r-2", .subresource = "status", .verb = "patch"};
    EXPECT_EQ(class_in(listed({missing, served}), 0), "object-missing");
    EXPECT_EQ(class_in(listed({{.verb = "get"}, missing}), 1), "no-subresource");
}

// A watch may find the cache empty before or after the first request that reports a failed conversion.
TEST(CrdVariants, WatchesThatWaitForStorage) {
    const Request waiting{.name = "",
                          .verb = "watch",
                          .status = failure(429, "TooManyRequests", "storage is (re)initializing",
                                            R"({"retryAfterSeconds":1})")};
    const Request broken{
        .verb = "get",
        .status = failure(500, "", "conversion webhook for fleet.north.example/v1, Kind=Rover failed: EOF")};
    const Request good{.verb = "get"}, watching{.name = "", .verb = "watch"};
    EXPECT_EQ(class_in(listed({waiting, broken}), 0), "conversion-webhook");
    EXPECT_EQ(class_in(listed({broken, waiting}), 1), "conversion-webhook");
    EXPECT_EQ(class_in(listed({waiting, watching, broken}), 0), "throttled");
    // Another version has a cache of its own; its watch waits because the definition was edited.
    Request other = waiting;
    other.version = "v2";
    EXPECT_EQ(class_in(listed({broken, other}), 1), "throttled");
    EXPECT_EQ(class_in(listed({other, broken}), 0), "throttled");
    EXPECT_EQ(class_in(listed({good, waiting}), 1), "throttled");
}

TEST(CrdVariants, DurationsAsGoReadsThem) {
    EXPECT_EQ(parse_go_duration("300ms"), milliseconds{300});
    EXPECT_EQ(parse_go_duration("1m30s"), seconds{90});
    EXPECT_EQ(parse_go_duration("1.5h"), minutes{90});
    for (const char* bad : {"", "5", "s", "-1s", "1x", "1e3s", "9999999999h", "nans", "-nans", "nan(1)s",
                            "infh", "infinitys", "1snanns"})
        EXPECT_EQ(parse_go_duration(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace redshank::crd
