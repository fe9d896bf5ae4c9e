// A host's files in a folder: manifest, policy and log, right and wrong.
#include <gmock/gmock.h>

#include <filesystem>

#include "daemon/commands/commands.h"
#include "daemon/doctor/check.h"
#include "daemon/doctor/explain.h"
#include "tests/support/temp_dir.h"

namespace redshank::doctor {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kPolicy = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n";

// kubeadm's manifest, shortened.
const std::string kManifest = R"(apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
  - command:
    - kube-apiserver
    - --audit-policy-file=/etc/kubernetes/audit.yaml
    - --audit-log-path=/var/log/audit/audit.log
    - --audit-log-maxage=30
    - --audit-log-maxbackup=10
    - --audit-log-maxsize=100
    image: registry.k8s.io/kube-apiserver:v1.31.4
    name: kube-apiserver
    volumeMounts:
    - mountPath: /etc/kubernetes/audit.yaml
      name: policy
      readOnly: true
    - mountPath: /var/log/audit
      name: log
  volumes:
  - hostPath:
      path: /etc/kubernetes/audit.yaml
      type: File
    name: policy
  - hostPath:
      path: /var/log/audit
      type: DirectoryOrCreate
    name: log
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

class DoctorTest : public ::testing::Test {
  protected:
    DoctorTest() {
        for (const char* folder : {"/etc/kubernetes/manifests", "/var/log/audit"})
            fs::create_directories(host_.at(folder));
        test::write_file(host_.at("/etc/kubernetes/audit.yaml"), kPolicy);
        test::write_file(host_.at("/var/log/audit/audit.log"), "");
        fs::permissions(host_.at("/var/log/audit/audit.log"), fs::perms::owner_read | fs::perms::owner_write);
    }

    // The rows that are not in order, each as "severity check line: text | fix".
    std::vector<std::string> wrong(const std::string& manifest) {
        test::write_file(manifest_, manifest);
        std::vector<std::string> rows;
        for (const Check& check : examine(manifest_, host_, 37)) {
            if (check.severity == Severity::Ok) continue;
            rows.push_back(std::string(to_string(check.severity)) + " " + check.check + " " +
                           std::to_string(check.line) + ": " + check.text + " | " + check.fix);
        }
        return rows;
    }
    // Expects exactly one such row, which contains both texts.
    void expect_one(const std::string& manifest, const std::string& row, const std::string& fix) {
        const auto rows = wrong(manifest);
        ASSERT_EQ(rows.size(), 1U) << ::testing::PrintToString(rows);
        EXPECT_THAT(rows[0], HasSubstr(row));
        EXPECT_THAT(rows[0], HasSubstr(fix));
    }

    test::TempDir folder_;
    const Host host_{folder_.path().string()};
    const std::string manifest_ = host_.at("/etc/kubernetes/manifests/kube-apiserver.yaml");
};

TEST_F(DoctorTest, FindsNothingWhereAllIsInOrder) {
    EXPECT_THAT(wrong(kManifest), IsEmpty());
    EXPECT_EQ(usual_manifests(host_), std::vector<std::string>{manifest_});
    ManifestProblem problem;
    const auto server = read_manifest(kManifest, problem);
    ASSERT_TRUE(server);
    EXPECT_EQ(server->minor(), 31);
    EXPECT_EQ(server->flag("audit-log-maxage")->line, 10U);
    EXPECT_EQ(on_host(*server, "/var/log/audit/audit.log"), "/var/log/audit/audit.log");
    EXPECT_EQ(on_host(*server, "/var/log/auditor"), "");
}

// The four mistakes that the course makes.
TEST_F(DoctorTest, FindsAMissingMount) {
    expect_one(
        replaced(kManifest,
                 "    - mountPath: /etc/kubernetes/audit.yaml\n      name: policy\n      readOnly: true\n",
                 ""),
        "error policy-mount 8: No volumeMount holds /etc/kubernetes/audit.yaml",
        "{name: audit-policy-mount, mountPath: /etc/kubernetes/audit.yaml, readOnly: true}");
    expect_one(replaced(kManifest, "    - mountPath: /var/log/audit\n      name: log\n", ""),
               "error log-mount 9: No volumeMount holds /var/log/audit/audit.log",
               "hostPath: {path: /var/log/audit, type: DirectoryOrCreate}");
}

TEST_F(DoctorTest, FindsAWrongPath) {
    expect_one(replaced(kManifest, "--audit-policy-file=/etc/kubernetes/audit.yaml",
                        "--audit-policy-file=/etc/kubernetes/audit-policy.yaml"),
               "error policy-mount 8: No volumeMount holds /etc/kubernetes/audit-policy.yaml",
               "Add to volumeMounts");
    const std::string other =
        replaced(kManifest, "path: /etc/kubernetes/audit.yaml", "path: /etc/kubernetes/other.yaml");
    expect_one(other, "error policy-mount 22: /etc/kubernetes/other.yaml does not exist on the host",
               "Put the file there");
    fs::create_directory(host_.at("/etc/kubernetes/other.yaml"));
    expect_one(other, "is a directory on the host", "rmdir /etc/kubernetes/other.yaml");
}

TEST_F(DoctorTest, FindsAWrongVersionOfThePolicy) {
    test::write_file(host_.at("/etc/kubernetes/audit.yaml"),
                     replaced(kPolicy, "k8s.io/v1", "k8s.io/v1beta1"));
    expect_one(kManifest,
               "error policy 1: The API server does not start: failed decoding: no kind \"Policy\"",
               "write apiVersion: audit.k8s.io/v1");
    // The version in the image decides.
    test::write_file(host_.at("/etc/kubernetes/audit.yaml"),
                     std::string(kPolicy) + "- level: None\n  resources: [{group: \"*\"}]\n");
    expect_one(kManifest, "error policy 6: The API server does not start: rules[1].resources.group",
               "from Kubernetes 1.36 on");
    EXPECT_THAT(wrong(replaced(kManifest, "v1.31.4", "v1.36.0")), IsEmpty());
}

TEST_F(DoctorTest, FindsAMissingVolume) {
    const std::string renamed = std::string(kManifest).replace(kManifest.rfind("name: log"), 9, "name: lag");
    expect_one(renamed, "error log-mount 19: There is no volume log",
               "Add to volumes: - {name: log, hostPath: {path: /var/log/audit");
}

TEST_F(DoctorTest, FindsMountsThatCannotWork) {
    expect_one(replaced(kManifest, "    - mountPath: /var/log/audit\n",
                        "    - mountPath: /var/log/audit\n      readOnly: true\n"),
               "error log-mount 19: /var/log/audit is mounted read-only", "Remove readOnly");
    expect_one(replaced(replaced(replaced(kManifest, "mountPath: /var/log/audit\n",
                                          "mountPath: /var/log/audit/audit.log\n"),
                                 "path: /var/log/audit\n", "path: /var/log/audit/audit.log\n"),
                        "type: DirectoryOrCreate", "type: FileOrCreate"),
               "Only the file of the log is mounted", "Mount its folder: mountPath: /var/log/audit");
    expect_one(replaced(kManifest, "type: DirectoryOrCreate", "type: File"),
               "is not what type: File asks for", "Write type: Directory");
}

TEST_F(DoctorTest, FindsFlagsThatAreMissingOrStopTheServer) {
    const struct {
        const char *from, *to, *row, *fix;
    } cases[] = {
        {"    - --audit-policy-file=/etc/kubernetes/audit.yaml\n", "",
         "error audit-off 7: There is no audit policy", "--audit-policy-file="},
        {"    - --audit-log-path=/var/log/audit/audit.log\n", "", "error audit-off 7: Audit logging is off",
         "--audit-log-path="},
        {"--audit-log-maxage=30", "--audit-log-maxage=-1",
         "error flag-value 10: The API server stops: --audit-log-maxage -1 can't be a negative number",
         "--audit-log-maxage=30"},
        {"--audit-log-maxage=30", "--audit-log-mode=strict",
         "invalid audit log mode strict, allowed modes are \"batch,blocking,blocking-strict\"",
         "blocking-strict"},
        {"--audit-log-maxage=30", "--audit-log-format=text",
         "invalid audit log format text, allowed formats are \"legacy,json\"", "json"},
        {"--audit-log-maxage=30", "--audit-log-format=legacy", "error log-format",
         "Remove --audit-log-format"},
        {"    - --audit-log-maxage=30\n    - --audit-log-maxbackup=10\n", "",
         "warning rotation 7: No backup of the log is ever deleted", "--audit-log-maxbackup=10"},
        {"--audit-log-maxbackup=10", "--audit-log-maxbackup=1", "warning rotation 11: So few backups", "=10"},
    };
    for (const auto& [from, to, row, fix] : cases) expect_one(replaced(kManifest, from, to), row, fix);
    const std::string endless =
        replaced(replaced(kManifest, "maxsize=100", "maxsize=0"), "v1.31.4", "v1.36.1");
    expect_one(endless, "error rotation 12: From Kubernetes 1.36 on maxsize 0", "--audit-log-maxsize=100");
    EXPECT_THAT(wrong(replaced(kManifest, "maxsize=100", "maxsize=0")), IsEmpty());
    // A flag and its value may be two arguments; of repeated flags the last one counts.
    EXPECT_THAT(wrong(replaced(kManifest, "    - --audit-log-maxage=30\n",
                               "    - --audit-log-maxage\n    - \"-1\"\n    - --audit-log-maxage=30\n")),
                IsEmpty());
}

TEST_F(DoctorTest, FindsStrayCopiesAndTornManifests) {
    test::write_file(manifest_ + ".bak", kManifest);
    test::write_file(host_.at("/etc/kubernetes/manifests/.kube-apiserver.yaml.swp"), kManifest);
    test::write_file(host_.at("/etc/kubernetes/manifests/etcd.yaml"),
                     "kind: Pod\nspec: {containers: [{name: etcd}]}\n");
    expect_one(kManifest, "error stray-copy 0: A second kube-apiserver manifest",
               "kube-apiserver.yaml.bak /root/");
    fs::remove(manifest_ + ".bak");
    expect_one("kind: Pod\nspec:\n\tcontainers: []\n", "error manifest 3: This cannot be read",
               "mend this line");
    expect_one("kind: Service\n", "error manifest 1: This is no Pod", "");
    expect_one("kind: Pod\nspec: {containers: [{name: etcd}]}\n",
               "No container of this Pod runs kube-apiserver", "");
    for (const std::string& file : {std::string("/nowhere/x.yaml"), folder_.path().string()})
        EXPECT_EQ(examine(file, host_, 37).at(0).text, "The manifest cannot be read.") << file;
}

TEST_F(DoctorTest, ReadsWhatTheServerLastSaid) {
    const std::string pod = host_.at("/var/log/pods/kube-system_kube-apiserver-cp1_abc/kube-apiserver");
    fs::create_directories(pod);
    test::write_file(
        pod + "/3.log",
        "2026-01-05T10:00:00Z stderr F E0105 run.go:74] \"command failed\" err=\"loading audit policy file: "
        "rules[0].level: Required value: from file /p\"\nother\n");
    expect_one(kManifest,
               "error pod-log 0: The API server did not start. A rule of the policy has no level, or a word "
               "that is none. It says: loading audit policy file: rules[0].level: Required value",
               "capitals count");
    test::write_file(
        pod + "/3.log",
        "W0105 reader.go:81] Audit policy contains errors, falling back to lenient decoding: x\n");
    expect_one(kManifest, "warning pod-log", "redshank policy check");
}

TEST_F(DoctorTest, SaysWhatAnUnreadablePolicyMeans) {
    const fs::path folder = host_.at("/var/log/pods/kube-system_kube-apiserver-a_1/kube-apiserver");
    fs::create_directories(folder);
    const auto said = [&](const std::string& line) {
        test::write_file(folder / "0.log", "E1 run.go:74] loading audit policy file: " + line + "\n");
        return wrong(kManifest);
    };
    for (const auto& [line, row] : std::vector<std::pair<std::string, std::string>>{
             {"failed to read file path \"/p\": open /p: no such file or directory", "type File"},
             {"failed to read file path \"/p\": read /p: is a directory", "rmdir"},
             {"failed decoding: no kind \"Policy\" is registered for version \"audit.k8s.io/v1beta1\"",
              "audit.k8s.io/v1 and"},
             {"unknown group version field /, Kind= in policy: from file /p", "has no apiVersion"},
             {"loaded illegal policy with 0 rules: from file /p", "no rules"},
             {"rules[0].level: Required value: from file /p", "no level"},
             {"omitStages[0]: Invalid value: \"x\": allowed stages are", "names no stage"},
             {"rules[0].nonResourceURLs[0]: Invalid value: \"healthz\"", "Begin each with /"},
             {"rules[0].resources.group: Invalid value: \"apps/v1\"", "not apps/v1"},
             {"rules[0].resources.resourceNames: Invalid value", "Name the resources"},
             {"failed decoding: yaml: line 3", "names the line"},
             {"something else", "says why"}}) {
        const auto rows = said(line);
        ASSERT_EQ(rows.size(), 1u) << line;
        EXPECT_THAT(rows[0], HasSubstr(row));
        EXPECT_THAT(rows[0], HasSubstr("It says: loading audit policy file: " + line));
    }
}

TEST_F(DoctorTest, ExplainsTheStepsWithThePathsOfThisHost) {
    test::write_file(manifest_, kManifest);
    std::string all;
    for (const Step& step : procedure(manifest_, host_)) {
        all += step.text + "\n";
        for (const std::string& command : step.commands) all += command + "\n";
    }
    const std::string own = "/etc/kubernetes/manifests/" + fs::path(manifest_).filename().string();
    const size_t off = all.find("mv " + own + " /root/"), gone = all.find("while crictl"),
                 on = all.find(" " + own + "\n"), back = all.find("until crictl"),
                 test = all.find("/var/log/audit/audit.log | tail -1");
    ASSERT_NE(test, all.npos) << all;
    EXPECT_LT(off, gone);
    EXPECT_LT(gone, on);
    EXPECT_LT(on, back);
    EXPECT_LT(back, test);
    EXPECT_THAT(all, HasSubstr("redshank policy check /etc/kubernetes/audit.yaml"));
    const auto service = procedure("", host_);
    EXPECT_THAT(service.front().text, HasSubstr("/etc/rancher/k3s/config.yaml"));
}

TEST_F(DoctorTest, TheCommandEndsWith1WhereSomethingIsWrong) {
    const auto run = [&](std::vector<std::string> arguments) {
        CLI::App app;
        Chosen chosen;
        add_doctor(app, chosen);
        std::reverse(arguments.begin(), arguments.end());
        app.parse(arguments);
        ::testing::internal::CaptureStdout();
        const int status = chosen();
        return std::pair(status, ::testing::internal::GetCapturedStdout());
    };
    const std::string root = folder_.path().string();
    EXPECT_EQ(run({"doctor", "--root", root}).first, kFound);  // there is no manifest yet
    test::write_file(manifest_, kManifest);
    EXPECT_EQ(run({"doctor", "--root", root}).first, kDone);
    test::write_file(manifest_, replaced(kManifest, "maxage=30", "maxage=-1"));
    const auto [status, out] = run({"doctor", "--manifest", manifest_, "--root", root, "--format", "json"});
    EXPECT_EQ(status, kFound);
    EXPECT_THAT(out,
                HasSubstr(R"({"check":"flag-value","severity":"error","path":")" + manifest_ +
                          R"(","line":10,"text":"The API server stops: --audit-log-maxage -1 can't be a )"
                          R"(negative number","fix":"Write: - --audit-log-maxage=30"})"));
}

TEST_F(DoctorTest, FindsALogThatEverybodyMayRead) {
    fs::permissions(host_.at("/var/log/audit/audit.log"), fs::perms::others_read, fs::perm_options::add);
    expect_one(kManifest, "warning log 0: Everybody on this host may read",
               "chmod 0640 /var/log/audit/audit.log");
    fs::remove(host_.at("/var/log/audit/audit.log"));
    expect_one(kManifest, "warning log 0: There is no audit log yet", "restarted");
}

// Of a disk that holds less than the backups may grow to.
TEST_F(DoctorTest, SaysWhenTheDiskIsTooSmallForTheBackups) {
    const auto with = [&](const std::string& size, const std::string& backups) {
        return wrong(replaced(replaced(kManifest, "maxsize=100", "maxsize=" + size), "maxbackup=10",
                              "maxbackup=" + backups));
    };
    const std::string large = "1000000000";  // a petabyte
    const auto rows = with(large, "10");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_THAT(rows[0], ::testing::StartsWith("warning disk 0: "));
    EXPECT_THAT(
        rows[0],
        HasSubstr(
            " MB are free, and log and backups may grow to 11000000000 MB. | Lower --audit-log-maxbackup"));
    EXPECT_THAT(with("1", "10"), IsEmpty());
    // Without backups the log alone is what the server bounds.
    const std::string none = replaced(replaced(kManifest, "maxsize=100", "maxsize=" + large),
                                      "    - --audit-log-maxbackup=10\n", "");
    EXPECT_THAT(wrong(none), IsEmpty());
}

TEST_F(DoctorTest, ALogsModeIsShownAndJudgedByOthersAlone) {
    const std::string log = host_.at("/var/log/audit/audit.log");
    const auto row = [&](unsigned mode) {
        fs::permissions(log, static_cast<fs::perms>(mode));
        test::write_file(manifest_, kManifest);
        for (const Check& check : examine(manifest_, host_, 37)) {
            if (check.check == std::string("log"))
                return std::string(to_string(check.severity)) + " " + check.text;
        }
        return std::string("none");
    };
    EXPECT_THAT(row(0600), ::testing::StartsWith("ok mode 0600, owner "));
    EXPECT_THAT(row(0640), ::testing::StartsWith("ok mode 0640, owner "));
    EXPECT_THAT(row(0642), ::testing::StartsWith("ok mode 0642, owner "));
    EXPECT_EQ(row(0644), "warning Everybody on this host may read the audit log.");
    EXPECT_EQ(row(0604), "warning Everybody on this host may read the audit log.");
}

// Each container and mount that is nearly the one.
TEST(DoctorManifest, FindsTheServerItsFlagsAndItsMounts) {
    const auto read = [](const std::string& container) {
        ManifestProblem problem;
        return read_manifest("kind: Pod\nspec:\n  containers:\n  - " + container + "\n", problem);
    };
    for (const char* good :
         {"name: kube-apiserver", "command: [kube-apiserver]", "command: [/usr/bin/kube-apiserver]",
          "command: [sh, -c, 'exec kube-apiserver --x']"})
        EXPECT_TRUE(read(good)) << good;
    for (const char* bad : {"name: kube-apiserver-proxy", "command: [kube-apiserver2]",
                            "command: [x-kube-apiserver]", "args: [kube-apiserver]", "name: etcd"})
        EXPECT_FALSE(read(bad)) << bad;
    const auto server = read(
        "{name: kube-apiserver, image: 'r/k:v1.30.2-eks-1', command: [kube-apiserver, --a=1, --b, '2', --c, "
        "--d=, -e=5, --a=3], args: [--f=g=h]}");
    ASSERT_TRUE(server);
    const std::pair<const char*, const char*> kFlags[] = {
        {"a", "3"}, {"b", "2"}, {"c", ""}, {"d", ""}, {"f", "g=h"}};
    for (const auto& [name, value] : kFlags) {
        ASSERT_NE(server->flag(name), nullptr) << name;
        EXPECT_EQ(server->flag(name)->value, value) << name;
    }
    EXPECT_EQ(server->flag("e"), nullptr);
    EXPECT_EQ(server->minor(), 30);
    const std::pair<const char*, std::optional<int>> kImages[] = {
        {"r:5000/k:v1.31.4", 31}, {"k:v1.31", 31},           {"k:v1.31.4@sha256:ab", 31},
        {"k:v1.32.0+k3s1", 32},   {"k:v1.33.0_x", 33},       {"k:latest", std::nullopt},
        {"k", std::nullopt},      {"k:v2.31", std::nullopt}, {"k:1.31", std::nullopt}};
    for (const auto& [image, minor] : kImages)
        EXPECT_EQ(read("{name: kube-apiserver, image: '" + std::string(image) + "'}")->minor(), minor)
            << image;
    const auto mounted = read(
        "{name: kube-apiserver, volumeMounts: [{name: root, mountPath: /}, {name: log, mountPath: "
        "/var/log/}, {name: audit, mountPath: /var/log/audit}]}");
    const std::pair<const char*, const char*> kPaths[] = {{"/var/log/audit/a.log", "audit"},
                                                          {"/var/log/audit", "audit"},
                                                          {"/var/log/auditor/a", "log"},
                                                          {"/var/log/a", "log"},
                                                          {"/var/log", "log"},
                                                          {"/var/logs/a", "root"},
                                                          {"/etc/a", "root"}};
    for (const auto& [path, name] : kPaths) EXPECT_EQ(mounted->mount_of(path)->volume, name) << path;
    EXPECT_EQ(read("name: kube-apiserver")->mount_of("/x"), nullptr);
}

// The end of the Pod's newest log, in which the last such line counts.
TEST_F(DoctorTest, TheNewestPodLogCountsAndOnlyItsEnd) {
    const fs::path pods = host_.at("/var/log/pods");
    const auto put = [&](const char* file, const std::string& text, int age) {
        const fs::path path = pods / file;
        fs::create_directories(path.parent_path());
        test::write_file(path, text);
        fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{age});
    };
    const std::string batch = "invalid audit batch: x\n";
    put("kube-system_kube-apiserver-a_1/kube-apiserver/0.log", batch, 2);
    put("kube-system_kube-apiserver-a_1/kube-apiserver/1.log", "fine\n", 1);
    put("kube-system_kube-apiserver-a_1/kube-apiserver/2.txt", batch, 0);
    put("kube-system_etcd-a_1/etcd/0.log", batch, 0);
    EXPECT_THAT(wrong(kManifest), IsEmpty());
    put("kube-system_kube-apiserver-a_1/kube-apiserver/1.log", batch + std::string(256 << 10, 'x'), 1);
    EXPECT_THAT(wrong(kManifest), IsEmpty());
    put("kube-system_kube-apiserver-a_1/kube-apiserver/1.log",
        batch + std::string((256 << 10) - batch.size(), 'x'), 1);
    EXPECT_EQ(wrong(kManifest).size(), 1u);
    put("kube-system_kube-apiserver-a_1/kube-apiserver/1.log",
        "invalid audit batch: old\ninvalid audit batch: " + std::string(500, 'n') + "\n", 1);
    const auto rows = wrong(kManifest);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_THAT(rows[0], HasSubstr("It says: invalid audit batch: " + std::string(400 - 21, 'n') + " |"));
}

}  // namespace
}  // namespace redshank::doctor
