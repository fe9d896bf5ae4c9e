#include "core/request/verdict.h"

#include <gtest/gtest.h>

#include "tests/support/events.h"

namespace redshank {
namespace {

using enum RequestVerdict;

RequestVerdict verdict(int code, const std::string& decision, const std::string& message = "") {
    test::EventSpec spec;
    spec.status =
        code == 0 ? ""
                  : R"({"metadata":{},"message":")" + message + R"(","code":)" + std::to_string(code) + "}";
    spec.decision = decision;
    return verdict_of(*spec.parsed());
}

TEST(Verdict, ByCodeAndDecision) {
    const struct {
        int code;
        RequestVerdict allow, forbid, none;
    } rows[] = {
        {0, Allowed, Forbidden, NotDecided},
        {101, Allowed, Forbidden, Allowed},
        {200, Allowed, Forbidden, Allowed},
        {201, Allowed, Forbidden, Allowed},
        {304, Allowed, Forbidden, Allowed},
        {399, Allowed, Forbidden, Allowed},
        {400, Failed, Forbidden, NotDecided},
        {401, RefusedByAdmission, Forbidden, Unauthenticated},
        {403, RefusedByAdmission, Forbidden, Forbidden},
        {404, Failed, Forbidden, NotDecided},
        {409, Failed, Forbidden, NotDecided},
        {422, Failed, Forbidden, NotDecided},
        {429, Failed, Forbidden, NotDecided},
        {500, Failed, Forbidden, NotDecided},
        {504, Failed, Forbidden, NotDecided},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(to_string(verdict(row.code, "allow")), to_string(row.allow)) << row.code;
        EXPECT_EQ(to_string(verdict(row.code, "forbid")), to_string(row.forbid)) << row.code;
        EXPECT_EQ(to_string(verdict(row.code, "")), to_string(row.none)) << row.code;
    }
}

TEST(Verdict, ByWordsWhereTheAnnotationsSayNothing) {
    const struct {
        int code;
        std::string decision, message;
        RequestVerdict expected;
    } rows[] = {
        {403, "", R"(secrets \"db\" is forbidden: User \"bob\" cannot get resource \"secrets\")", Forbidden},
        {403, "", R"(forbidden: User \"system:anonymous\" cannot get path \"/\")", Forbidden},
        {403, "", R"(users \"x\" is forbidden: User \"bob\" cannot impersonate resource \"users\")",
         Forbidden},
        {403, "", R"(pods \"web\" is forbidden: exceeded quota: q)", RefusedByAdmission},
        {403, "allow", R"(pods \"a\" is forbidden: User \"bob\" cannot set blockOwnerDeletion)",
         RefusedByAdmission},
        {400, "allow", R"(admission webhook \"w.example.com\" denied the request: no)", RefusedByAdmission},
        {422, "", R"(admission webhook \"w.example.com\" denied the request: no)", RefusedByAdmission},
        {500, "allow", R"(Internal error occurred: admission webhook \"w\" attempted to modify the object)",
         Failed},
        {500, "allow", R"(Internal error occurred: failed calling webhook \"w\")", Failed},
        {422, "allow",
         R"(pods \"web\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no)",
         RefusedByAdmission},
        {404, "allow", R"(x is forbidden: ValidatingAdmissionPolicy 'p' denied request)", Failed},
    };
    for (const auto& row : rows)
        EXPECT_EQ(to_string(verdict(row.code, row.decision, row.message)), to_string(row.expected))
            << row.message;
}

TEST(Verdict, RefusalsAreThoseThatSomebodySaidNoTo) {
    const struct {
        RequestVerdict verdict;
        bool expected;
    } rows[] = {{Allowed, false},        {Forbidden, true},   {RefusedByAdmission, true},
                {Unauthenticated, true}, {NotDecided, false}, {Failed, false}};
    for (const auto& row : rows) EXPECT_EQ(is_refusal(row.verdict), row.expected) << to_string(row.verdict);
}

TEST(Verdict, RefusedImpersonationIsToldByItsMessage) {
    test::EventSpec spec;
    spec.status =
        R"({"metadata":{},"message":"users \"x\" is forbidden: User \"bob\" cannot impersonate resource \"users\"","code":403})";
    spec.decision = "";
    EXPECT_TRUE(is_refused_impersonation(*spec.parsed()));
    spec.decision = "forbid";
    EXPECT_FALSE(is_refused_impersonation(*spec.parsed()));
    spec.decision = "";
    spec.status = R"({"metadata":{},"message":"secrets is forbidden: User \"bob\" cannot get","code":403})";
    EXPECT_FALSE(is_refused_impersonation(*spec.parsed()));
}

}  // namespace
}  // namespace redshank
