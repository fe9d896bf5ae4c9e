#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <map>

#include "daemon/commands/commands.h"
#include "daemon/config/config.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

class PolicyCommandTest : public ::testing::Test {
  protected:
    struct Run {
        int status = -1;
        std::string out, err;
        std::vector<json::object> rows;  // with --format json
    };

    // In `words`, {p} stands for the policy and {l} for the log.
    Run run(const std::string& words) {
        CLI::App app;
        Chosen chosen;
        add_policy(app, chosen);
        std::vector<std::string> arguments{"policy"};
        std::istringstream in(words);
        for (std::string word; in >> word;)
            arguments.push_back(word == "{p}" ? policy_ : word == "{l}" ? log_ : word);
        std::reverse(arguments.begin(), arguments.end());
        app.parse(arguments);
        Run run;
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        try {
            run.status = chosen();
        } catch (const ConfigError& error) {
            run.status = kUsage;
            run.err = error.what();
        }
        run.out = ::testing::internal::GetCapturedStdout();
        run.err += ::testing::internal::GetCapturedStderr();
        if (words.find("json") == words.npos) return run;
        std::istringstream lines(run.out);
        for (std::string line; std::getline(lines, line);) run.rows.push_back(json::parse(line).as_object());
        return run;
    }

    void write_policy(const std::string& rules, const std::string& head = "") {
        test::write_file(policy_, "apiVersion: audit.k8s.io/v1\nkind: Policy\n" + head + "rules:\n" + rules);
    }
    void write_log(const std::vector<test::EventSpec>& events) {
        std::string text;
        for (const test::EventSpec& event : events) text += event.json() + "\n";
        test::write_file(log_, text);
    }

    test::TempDir folder_;
    const std::string policy_ = folder_.file("policy.yaml"), log_ = folder_.file("audit.log");
};

TEST_F(PolicyCommandTest, CheckEndsWith1OnlyWhenTheServerDoesNotStart) {
    write_policy("- level: Metadata\n");
    EXPECT_EQ(run("check {p}").status, kDone);
    EXPECT_THAT(run("check {p}").out, HasSubstr("starts with this policy: 1 rule, 0 remarks"));
    write_policy("- level: None\n  namespace: [a]\n- level: Metadata\n");
    const Run warned = run("check {p} --format json");
    EXPECT_EQ(warned.status, kDone);
    ASSERT_EQ(warned.rows.size(), 2U);
    EXPECT_EQ(
        json::serialize(warned.rows[0]),
        R"({"line":5,"column":3,"severity":"warning","text":"unknown key namespace; did you mean namespaces? )"
        R"(The server leaves it out, so the rule matches more than it seems to.",)"
        R"("server_text":"unknown field \"rules[0].namespace\""})");
    write_policy("- users: [a]\n");
    const Run stopped = run("check {p} --format json");
    EXPECT_EQ(stopped.status, kFound);
    ASSERT_EQ(stopped.rows.size(), 1U);
    EXPECT_EQ(stopped.rows[0].at("severity"), "error");
    EXPECT_EQ(stopped.rows[0].at("server_text"), "rules[0].level: Required value");
    EXPECT_THAT(run("check {p}").out,
                HasSubstr("loading audit policy file: rules[0].level: Required value: from file " + policy_));
}

TEST_F(PolicyCommandTest, CheckTellsOfFilesThatCannotBeRead) {
    const Run missing = run("check /nowhere/policy.yaml --format json");
    EXPECT_EQ(missing.status, kFound);
    EXPECT_EQ(missing.rows.at(0).at("server_text"),
              "failed to read file path \"/nowhere/policy.yaml\": open /nowhere/policy.yaml: no such file or "
              "directory");
    const std::string folder = folder_.path().string();
    const Run directory = run("check " + folder + " --format json");
    EXPECT_EQ(std::string(directory.rows.at(0).at("server_text").as_string()),
              "failed to read file path \"" + folder + "\": read " + folder + ": is a directory");
    EXPECT_THAT(std::string(directory.rows[0].at("text").as_string()),
                HasSubstr("a mount whose source did not exist"));
}

TEST_F(PolicyCommandTest, TheVersionDecides) {
    write_policy("- level: None\n  resources: [{group: \"*\"}]\n- level: Metadata\n");
    EXPECT_EQ(run("check {p} --kubernetes 1.35").status, kFound);
    EXPECT_EQ(run("check {p} --kubernetes 1.36").status, kDone);
    EXPECT_EQ(run("check {p}").status, kDone);
    EXPECT_THROW(run("check {p} --kubernetes 1.99"), CLI::ValidationError);
    // A v1beta1 policy on 1.25: the output names the line and the fix.
    test::write_file(policy_, "apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules:\n- level: Metadata\n");
    const Run old = run("check {p} --kubernetes 1.25");
    EXPECT_EQ(old.status, kFound);
    EXPECT_THAT(old.out, HasSubstr(":1:13: error: audit.k8s.io/v1beta1 is gone since Kubernetes 1.24; write "
                                   "apiVersion: audit.k8s.io/v1"));
}

TEST_F(PolicyCommandTest, TextsOfTheFileCannotSteerATerminal) {
    write_policy("- level: Metadata\n  \"a\\e[2Jb\\u202e\": 1\n");
    const Run text = run("check {p}");
    EXPECT_EQ(text.status, kDone);
    EXPECT_THAT(text.out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text.out, Not(HasSubstr("\u202e")));
}

TEST_F(PolicyCommandTest, ExplainTellsLevelStageAndLineOfEachEvent) {
    write_policy("- level: None\n  verbs: [list]\n- level: Request\n  verbs: [get]\n",
                 "omitStages: [RequestReceived]\n");
    test::EventSpec list, received, got, other;
    list.verb = "list";
    received.stage = "RequestReceived";
    got.audit_id = "a-2";
    other.verb = "delete";
    write_log({list, received, got, other});
    const Run run_json = run("explain {p} {l} --format json");
    ASSERT_EQ(run_json.rows.size(), 4U);
    EXPECT_EQ(run_json.status, kDone);
    EXPECT_EQ(json::serialize(run_json.rows[0]),
              R"({"audit_id":"a-1","stage":"ResponseComplete","level":"None","kept":false,"line":5})");
    EXPECT_EQ(json::serialize(run_json.rows[1]),
              R"({"audit_id":"a-1","stage":"RequestReceived","level":"Request","kept":false,"line":7})");
    EXPECT_EQ(json::serialize(run_json.rows[2]),
              R"({"audit_id":"a-2","stage":"ResponseComplete","level":"Request","kept":true,"line":7})");
    EXPECT_EQ(json::serialize(run_json.rows[3]),
              R"({"audit_id":"a-1","stage":"ResponseComplete","level":"None","kept":false,"line":0})");
    EXPECT_THAT(run("explain {p} {l}").out, HasSubstr("get pods in shop named web"));
    // The path behind a proxy is not printed.
    received.uri = "/api/v1/namespaces/shop/pods/web/proxy/secret-path";
    write_log({received});
    EXPECT_THAT(run("explain {p} {l}").out, Not(HasSubstr("secret-path")));
}

TEST_F(PolicyCommandTest, APolicyThatCannotBeLoadedIsWrongUsageForTheOthers) {
    write_policy("- level: none\n");
    write_log({{}});
    for (const char* words : {"explain {p} {l}", "simulate {p} {l}", "leaks {p}"}) {
        const Run failed = run(words);
        EXPECT_EQ(failed.status, kUsage) << words;
        EXPECT_THAT(failed.err, HasSubstr(policy_ + ":4:10: none is no level")) << words;
    }
}

TEST_F(PolicyCommandTest, LeaksAreRowsAndStatus1) {
    write_policy("- level: Metadata\n  resources: [{resources: [secrets]}]\n");
    EXPECT_EQ(run("leaks {p}").status, kDone);
    write_policy("- level: Request\n  verbs: [create]\n  resources: [{resources: [secrets]}]\n");
    const Run found = run("leaks {p} --format json");
    EXPECT_EQ(found.status, kFound);
    ASSERT_EQ(found.rows.size(), 1U);
    EXPECT_EQ(json::serialize(found.rows[0]),
              R"({"line":4,"resource":"secrets","level":"Request","what":"create: the values of Secrets"})");
}

TEST_F(PolicyCommandTest, SimulateCountsByRule) {
    write_policy("- level: None\n  verbs: [list]\n- level: Metadata\n  verbs: [update]\n");
    test::EventSpec list, update, removed;
    list.verb = "list";
    update.verb = "update";
    update.level = "RequestResponse";
    update.request_object = R"({"big":"body"})";
    removed.verb = "delete";
    write_log({list, list, update, removed});
    const Run counted = run("simulate {p} {l} --format json");
    ASSERT_EQ(counted.rows.size(), 4U);
    const auto row = [&](size_t i, const char* key) { return counted.rows[i].at(key).to_number<uint64_t>(); };
    const uint64_t listed = list.json().size() + 1, updated = update.json().size() + 1;
    EXPECT_EQ(row(0, "line"), 0U);
    EXPECT_EQ(row(0, "events_before"), 1U);
    EXPECT_EQ(row(0, "events_after"), 0U);
    EXPECT_EQ(row(1, "line"), 4U);
    EXPECT_EQ(row(1, "events_before"), 2U);
    EXPECT_EQ(row(1, "bytes_before"), 2 * listed);
    EXPECT_EQ(row(1, "bytes_after"), 0U);
    EXPECT_EQ(row(2, "line"), 6U);
    EXPECT_EQ(row(2, "bytes_before"), updated);
    // "Metadata" in place of "RequestResponse" is 7 letters shorter.
    EXPECT_EQ(row(2, "bytes_after"), updated - std::string(R"(,"requestObject":{"big":"body"})").size() - 7);
    EXPECT_EQ(counted.rows[3].at("findings_lost").as_array().size(), 0U);
}

TEST_F(PolicyCommandTest, CoverageNamesWhatIsBlindAndSuggestFeedsIt) {
    write_policy("- {level: None, verbs: [get, watch, list]}\n- {level: Metadata}\n");
    const Run covered = run("coverage {p} --format json");
    EXPECT_EQ(covered.status, kFound);
    size_t seen = 0;
    for (const json::object& row : covered.rows) {
        if (row.at("name") != "secret-read-unprotected") continue;
        ++seen;
        EXPECT_EQ(
            json::serialize(row),
            R"({"unit":"kind","name":"secret-read-unprotected","state":"blind",)"
            R"("missing":["get secrets","list secrets","watch secrets"],"line":4,)"
            R"("why":"Not in the log: get secrets, list secrets and watch secrets; line 4 says level None."})");
    }
    EXPECT_EQ(seen, 1U);
    EXPECT_THAT(run("coverage {p}").out, HasSubstr("blind"));
    // A disabled detector needs no events.
    const std::string config = folder_.file("c.toml");
    test::write_file(config, "[detectors.secret_exposure]\nenabled = false\n");
    EXPECT_THAT(run("coverage {p} --config " + config).out, Not(HasSubstr("secret-read-unprotected")));
    const Run suggested = run("suggest --kubernetes 1.31");
    EXPECT_EQ(suggested.status, kDone);
    test::write_file(policy_, suggested.out);
    EXPECT_EQ(run("check {p} --kubernetes 1.31").status, kDone);
    EXPECT_THAT(run("coverage {p} --kubernetes 1.31").out,
                Not(HasSubstr("secret-read-unprotected            blind")));
}

// Each well-known policy beside the suggested one: what it does not show, by which line, and what it leaks.
TEST_F(PolicyCommandTest, SuggestComparesWithWellKnownPolicies) {
    const auto compared = [&](const std::string& with) {
        std::map<std::string, std::string> out;
        for (const json::object& row : run("suggest --format json --compare " + with).rows) {
            const auto text = [&](const char* key) { return std::string(row.at(key).as_string()); };
            out[text("unit") + " " + text("name")] =
                row.contains("compared") ? text("suggested") + " " + text("compared") : text("level");
        }
        return out;
    };
    auto course = compared("course");
    EXPECT_EQ(course["kind secret-read-unprotected"], "fed blind");
    EXPECT_EQ(course.count("leak secrets"), 0U);
    auto stig = compared("stig");
    EXPECT_EQ(stig.count("kind secret-read-unprotected"), 0U);
    EXPECT_EQ(stig["leak secrets"], "RequestResponse");
    for (const char* name : {"cis", "openshift", "gke", "eks"}) EXPECT_FALSE(compared(name).empty()) << name;
    EXPECT_THAT(run("suggest --compare course").out,
                HasSubstr("   7  Not in the log: get secrets, list secrets"));
    // A file, and the suggested policy itself.
    test::write_file(policy_, run("suggest").out);
    EXPECT_EQ(run("suggest --compare {p}").out, policy_ + " shows what the suggested policy shows.\n");
    const Run wrong = run("suggest --compare gkee");
    EXPECT_EQ(wrong.status, kUsage);
    EXPECT_THAT(wrong.err, HasSubstr("'gkee' is neither a file (write ./gkee) nor one of cis, course, eks, "
                                     "gke, openshift, stig"));
}

TEST_F(PolicyCommandTest, CoverageWithALogSaysWhatAFixAdds) {
    write_policy(
        "- {level: None, verbs: [get, watch, list]}\n- {level: Metadata, verbs: [create, update]}\n");
    test::EventSpec read, listed, created, removed;
    listed.verb = "list";
    created.verb = "create";
    removed.verb = "delete";
    write_log({read, listed, created, created, removed});
    std::map<int64_t, json::object> added;  // by line
    for (const json::object& row : run("coverage {p} {l} --format json").rows) {
        // What is fed needs no fix.
        EXPECT_EQ(row.contains("fix_adds"), row.at("state") != "fed") << json::serialize(row);
        if (row.contains("fix_adds")) added[row.at("line").as_int64()] = row.at("fix_adds").as_object();
    }
    const auto expect_added = [&](int64_t line, size_t events, size_t bytes) {
        ASSERT_TRUE(added.contains(line)) << line;
        EXPECT_EQ(json::serialize(added[line]),
                  json::serialize(json::object{{"events", events}, {"bytes", bytes}}));
    };
    expect_added(4, 2, read.json().size() + listed.json().size() + 2);
    expect_added(0, 1, removed.json().size() + 1);
    // Without a log nothing is known of it; with one that the policy keeps whole a fix adds bodies only.
    for (const json::object& row : run("coverage {p} --format json").rows)
        EXPECT_FALSE(row.contains("fix_adds"));
    EXPECT_THAT(run("coverage {p}").out, Not(HasSubstr("a fix adds")));
    EXPECT_THAT(run("coverage {p} {l}").out, HasSubstr("Line 4 keeps 2 events (0.0 MB) out of this log"));
    EXPECT_THAT(run("coverage {p} {l}").out, HasSubstr("The lack of a rule that matches keeps 1 event ("));
    write_log({created});
    EXPECT_THAT(run("coverage {p} {l}").out, HasSubstr("keeps no event out of this log"));
}

// Under its own policy a recording loses nothing, neither events nor findings.
TEST_F(PolicyCommandTest, SimulateOfTheSamePolicyLosesNothing) {
    NEEDS_SHARED("corpus/fat-course-secrets-first");
    const auto corpus = test::shared_dir() / "corpus/fat-course-secrets-first";
    const Run same = run("simulate " + (corpus / "audit-policy.yaml").string() + " " +
                         (corpus / "audit.log.zst").string() + " --format json");
    uint64_t events = 0;
    for (const json::object& row : same.rows) {
        if (row.contains("findings_lost")) {
            EXPECT_TRUE(row.at("findings_lost").as_array().empty());
            continue;
        }
        EXPECT_EQ(row.at("events_before"), row.at("events_after"));
        EXPECT_EQ(row.at("bytes_before"), row.at("bytes_after"));
        EXPECT_EQ(row.at("bodies_unknown").to_number<uint64_t>(), 0U);
        events += row.at("events_after").to_number<uint64_t>();
    }
    EXPECT_EQ(events, 2'274U);
}

// The course's order of rules loses reads of Secrets, and the findings about them.
TEST_F(PolicyCommandTest, SimulateNamesTheFindingsThatAreLost) {
    NEEDS_SHARED("corpus/attacks-dev");
    write_policy(
        "- {level: None, verbs: [get, watch, list]}\n- {level: Metadata, resources: [{resources: "
        "[secrets]}]}\n"
        "- {level: RequestResponse}\n",
        "omitStages: [RequestReceived]\n");
    const Run course =
        run("simulate {p} " + (test::shared_dir() / "corpus/attacks-dev/audit.log.zst").string() +
            " --format json");
    std::map<std::string, size_t> kinds;
    for (const json::value& lost : course.rows.back().at("findings_lost").as_array()) {
        ++kinds[std::string(lost.at("kind").as_string())];
    }
    EXPECT_GT(kinds["secret-read-unprotected"], 0U);
    EXPECT_GT(kinds["anonymous-success"], 0U);
}

}  // namespace
}  // namespace redshank
