// What commands say of an answer that the log does not hold whole.
#include <gmock/gmock.h>

#include "tests/support/command_test.h"

namespace redshank {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Rows as the detector writes them: cluster c under the course's policy, d without reads so far, e with all.
class Caveats : public test::CommandTest {
  protected:
    Caveats() {
        const std::string
            seen = R"("since":1767607201000000,"last":1767607301000000)",
            came = R"(,"reads":[1767607300000000,0,5,0,0],"secret_reads":[1767607300000000,0,5,0,0])";
        write_state(
            {{"engine.clusters",
              {{"c", R"({"number":0})"}, {"d", R"({"number":1})"}, {"e", R"({"number":2})"}}},
             {"source.visibility",
              {{"c", R"({"seen":{)" + seen + R"(},"policy":"/etc/policy.yaml","lacks":[)" +
                         lack("secret-read-unprotected", "blind",
                              R"("get secrets","list secrets","watch secrets")") +
                         "," +
                         lack("unusual-access", "partly",
                              R"("get pods","get secrets","list pods","list secrets")") +
                         "," + lack("crd-failing", "partly", R"("get anything")") + "," +
                         lack("crd-slow", "blind", "") + "," +
                         lack("secret-exposed", "partly", R"("get secrets","list secrets","watch secrets")") +
                         "]}"},
               {"\n1\nd", R"({"seen":{)" + seen + R"(,"secret_reads":[0,0,37,0,0]}})"},
               {"\n2\ne", R"({"seen":{)" + seen + came + "}}"}}},
             {"unusual_access.watching",
              {{"c", R"({"since":1767607201000000,"last":1767607301000000,"gap_count":0,"gaps":[]})"}}}});
    }

    static std::string lack(const std::string& kind, const std::string& state, const std::string& missing) {
        return R"({"kind":")" + kind + R"(","state":")" + state + R"(","missing":[)" + missing +
               R"(],"since":1767607201000000,"line":5})";
    }
};

TEST_F(Caveats, OfSecretsSayThatReadsWereNotLoggedSinceWhenAndByWhichLine) {
    const test::CommandRun run = run_command(add_secrets, {"secrets", "--cluster", "c"});
    EXPECT_EQ(run.status, kDone);
    EXPECT_THAT(
        run.out,
        HasSubstr("WHO ASKED FOR THE CONTENT\nnobody was logged\n\n"
                  "Caveat: Reads of Secrets are not logged in c since 2026-01-05 10:00:01 UTC (line 5 of "
                  "/etc/policy.yaml leaves them out): get secrets, list secrets and watch secrets. That "
                  "they are not listed does not mean that there were none.\n"));
    // The reads that windows are inferred from are the same.
    EXPECT_EQ(run.out.find("Caveat: ", run.out.find("Caveat: ") + 1), std::string::npos);
}

TEST_F(Caveats, OfSecretsSayWhenNothingIsKnownYet) {
    const std::string out = run_command(add_secrets, {"secrets", "--cluster", "d"}).out;
    EXPECT_THAT(
        out, HasSubstr("Caveat: No reads of Secrets came in d since 2026-01-05 10:00:01 UTC (37 requests): "
                       "whether they are logged is not known."));
    EXPECT_THAT(run_command(add_secrets, {"secrets", "--cluster", "e"}).out,
                AllOf(HasSubstr("\nnobody\n"), Not(HasSubstr("Caveat"))));
    EXPECT_THAT(run_command(add_secrets, {"secrets"}).out, AllOf(HasSubstr(" in c "), HasSubstr(" in d ")));
}

TEST_F(Caveats, OfSecretsAreObjectsInJson) {
    const test::CommandRun run = run_command(add_secrets, {"secrets", "--cluster", "c", "--format", "json"});
    EXPECT_THAT(
        run.out,
        AllOf(HasSubstr(R"({"type":"caveat","cluster":"c","kind":"secret-read-unprotected","state":"blind",)"
                        R"("missing":["get secrets","list secrets","watch secrets"],)"
                        R"("since":"2026-01-05T10:00:01.000000Z","policy":"/etc/policy.yaml","line":5,)"
                        R"("text":"Reads of Secrets are not logged)")));
    EXPECT_THAT(run.err, HasSubstr("caveat: Reads of Secrets are not logged"));
}

TEST_F(Caveats, OfOtherCommandsAreThoseOfTheirQuestion) {
    const std::string access = run_command(add_last_access, {"last-access", "--cluster", "c"}).out;
    EXPECT_THAT(access,
                HasSubstr("Caveat: Not all is logged of acts of accounts in c since 2026-01-05 10:00:01 UTC "
                          "(line 5 of /etc/policy.yaml leaves them out): get pods, get secrets, list pods "
                          "and 1 more."));
    const test::CommandRun crds = run_command(add_crds, {"crds", "--cluster", "c"});
    EXPECT_THAT(crds.out, AllOf(HasSubstr("no custom resource was logged"),
                                HasSubstr("Caveat: Not all is logged of requests on custom resources"),
                                Not(HasSubstr("crd-slow"))));
    EXPECT_THAT(run_command(add_crds, {"crds", "--format", "json"}).err,
                HasSubstr("caveat: Not all is logged of requests on"));
    EXPECT_THAT(run_command(add_crds, {"crds", "--cluster", "e"}).out, Not(HasSubstr("Caveat")));
}

TEST_F(Caveats, OfLastAccessStandInTheRowOfWatching) {
    const std::string out = run_command(add_last_access, {"last-access", "--format", "json"}).out;
    EXPECT_THAT(out, AllOf(HasSubstr(R"({"watching":"c",)"), HasSubstr(R"("caveats":[{"cluster":"c",)"),
                           HasSubstr(R"("kind":"unusual-access")")));
}

}  // namespace
}  // namespace redshank
