#include "tests/eval/life.h"

#include <algorithm>
#include <random>

namespace redshank::eval {

namespace {

constexpr int kDays = 28, kSplit = 14;
constexpr const char* kRbac = "rbac.authorization.k8s.io";

struct Person {
    std::string name, team, tool, version, home;
    std::vector<std::string> namespaces;
    int starts = 0;  // day of the first work
    int shift = 0;   // hours
    bool is_admin = false, execs = false, deploys = false, reads_secrets = false;
};

class Author {
  public:
    explicit Author(unsigned seed) : random_(seed) {}

    Life write() {
        life_.begin = *audit::parse_time("2026-03-02T00:00:00Z");  // a Monday
        life_.split = life_.begin + std::chrono::days{kSplit};
        life_.end = life_.begin + std::chrono::days{kDays};
        people();
        applications();
        operators();
        for (int day = 0; day < kDays; ++day) {
            for (Person& person : people_) work(person, day);
            ci(day);
            machines(day);
            oddities(day);
        }
        attacks();
        std::stable_sort(life_.requests.begin(), life_.requests.end(),
                         [](const Request& a, const Request& b) { return a.time < b.time; });
        return std::move(life_);
    }

  private:
    int roll(int sides) { return static_cast<int>(random_() % static_cast<unsigned>(sides)); }
    bool chance(double p) { return static_cast<double>(random_() % 1'000'000) < p * 1e6; }
    template <class T>
    const T& pick(const std::vector<T>& from) {
        return from[static_cast<size_t>(roll(static_cast<int>(from.size())))];
    }
    std::string random_suffix(int size) {
        static constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
        std::string out;
        for (int i = 0; i < size; ++i)
            out += kLetters[static_cast<size_t>(roll(static_cast<int>(kLetters.size())))];
        return out;
    }
    audit::Time when(int day, double hour) const {
        return life_.begin + std::chrono::days{day} + audit::Duration{static_cast<int64_t>(hour * 3.6e9)};
    }
    double any_hour() { return roll(86'400) / 3600.0; }
    void add(Request request) {
        if (request.time < life_.end) life_.requests.push_back(std::move(request));
    }

    Request by(const Person& person, audit::Time time) {
        Request r{.time = time, .user = person.name, .groups = {person.team, "system:authenticated"}};
        r.agent = person.tool + "/v1.3" + person.version + ".0 (linux/amd64) kubernetes/" + random_suffix(7);
        r.ip = person.home + std::to_string(10 + roll(200));
        return r;
    }
    Request by_account(const std::string& ns, const std::string& name, const std::string& agent,
                       const std::string& ip, audit::Time time) {
        Request r{.time = time,
                  .user = "system:serviceaccount:" + ns + ":" + name,
                  .uid = "u-" + ns + name,
                  .pod = name + "-0",
                  .jti = "j-" + ns + name};
        r.groups = {"system:serviceaccounts", "system:serviceaccounts:" + ns, "system:authenticated"};
        r.agent = agent;
        r.ip = ip;
        return r;
    }
    static Request on(Request r, const char* verb, const char* group, const char* resource, std::string ns,
                      std::string name = {}, const char* sub = "") {
        r.verb = verb;
        r.group = group;
        r.resource = resource;
        r.subresource = sub;
        r.ns = std::move(ns);
        r.name = std::move(name);
        return r;
    }

    void people() {
        static constexpr const char* kTools[] = {"kubectl", "kubectl", "kubectl", "k9s", "Lens"};
        for (int team = 0; team < 4; ++team) {
            const std::string name = "team-" + std::string(1, static_cast<char>('a' + team));
            for (const char* stage : {"", "-staging", "-tools"})
                namespaces_.push_back("product" + std::to_string(team) + stage);
            for (int i = 0; i < 7; ++i) {
                Person p{.name = "p" + std::to_string(team) + std::to_string(i) + "@corp",
                         .team = name,
                         .tool = kTools[roll(5)]};
                p.version = std::to_string(roll(3));
                p.home = "10.8." + std::to_string(team) + ".";
                p.namespaces = {"product" + std::to_string(team),
                                "product" + std::to_string(team) + "-staging"};
                p.shift = roll(4) - 2;
                p.execs = chance(0.5);
                p.deploys = chance(0.6);
                p.reads_secrets = chance(0.5);
                p.starts = i == 6 ? roll(kDays) : 0;  // one joins later
                people_.push_back(p);
            }
        }
        for (int i = 0; i < 4; ++i) {
            Person p{.name = "admin" + std::to_string(i) + "@corp",
                     .team = "platform",
                     .tool = "kubectl",
                     .version = "1"};
            p.home = "10.8.9.";
            p.namespaces = namespaces_;
            p.is_admin = p.execs = p.deploys = p.reads_secrets = true;
            people_.push_back(p);
        }
    }

    void work(Person& p, int day) {
        const bool weekend = day % 7 >= 5;
        if (day < p.starts || (weekend && !chance(0.08)) || chance(0.08)) return;
        if (chance(0.05)) p.version = std::to_string(roll(5));               // upgrades
        if (chance(0.03)) p.home = "10.9." + std::to_string(roll(3)) + ".";  // works from elsewhere
        if (chance(0.02)) p.namespaces.push_back(pick(namespaces_));         // drift: helps another team
        if (chance(0.01)) p.execs = true;
        if (chance(0.01)) p.reads_secrets = true;
        const int requests = 12 + roll(25);
        for (int i = 0; i < requests; ++i) {
            const audit::Time time = when(day, 8.0 + p.shift + roll(9 * 3600) / 3600.0);
            const std::string& ns = pick(p.namespaces);
            const int what = roll(100);
            const Request r = by(p, time);
            if (what < 45) {
                add(on(r, "list", "", "pods", ns));
            } else if (what < 70) {
                add(on(r, "get", "", "pods", ns, "web-" + random_suffix(5), "log"));
            } else if (what < 84) {
                add(on(r, "get", "apps", "deployments", ns, "web"));
            } else if (what < 91) {
                if (p.deploys) add(on(r, "patch", "apps", "deployments", ns, "web"));
            } else if (what < 95) {
                if (p.reads_secrets) add(on(r, "get", "", "secrets", ns, "app-config"));
            } else if (what < 98) {
                if (p.execs) add(on(r, "get", "", "pods", ns, "web-" + random_suffix(5), "exec"));
            } else if (what < 99) {
                add(on(r, "create", "authorization.k8s.io", "selfsubjectaccessreviews", ""));
            } else if (p.is_admin) {
                const int admin = roll(4);
                if (admin == 0) add(on(r, "create", kRbac, "rolebindings", ns, "give-" + random_suffix(4)));
                if (admin == 1) add(on(r, "list", "", "secrets", ns));
                if (admin == 2)
                    add(on(r, "create", kRbac, "clusterrolebindings", "", "give-" + random_suffix(4)));
                if (admin == 3) add(on(r, "patch", "", "configmaps", "kube-system", "coredns"));
            }
        }
    }

    void applications() {
        for (const std::string& ns : namespaces_) {
            for (int day = 0; day < kDays; ++day) {
                const std::string ip =
                    "10.4." + std::to_string(roll(6)) + "." + std::to_string(2 + roll(200));
                for (int i = 0; i < 6; ++i) {
                    const Request r = by_account(ns, "app", "okhttp/4.1", ip, when(day, any_hour()));
                    add(on(r, "get", "", "configmaps", ns, "settings"));
                    if (i < 2) add(on(r, "get", "", "secrets", ns, "app-config"));
                }
            }
        }
    }

    void operators() {
        static constexpr const char* kNames[] = {"certs", "dns",  "ingress", "queue",  "db",    "backup",
                                                 "mesh",  "scan", "quota",   "gitops", "vault", "metrics"};
        int number = 0;
        for (const char* name : kNames) {
            ++number;
            const std::string ns = std::string(name) + "-system", account = std::string(name) + "-operator";
            const std::string agent =
                std::string(name) + "-operator/v0." + std::to_string(roll(9)) + " (linux/amd64)";
            const std::string ip = "10.4." + std::to_string(roll(6)) + "." + std::to_string(roll(200));
            const bool secrets = number % 3 != 0, lists = number % 4 == 1, workloads = number % 5 == 0;
            const int joins = number == 12 ? 17 : number == 11 ? 9 : 0;
            for (int day = joins; day < kDays; ++day) {
                for (int hour = 0; hour < 24; hour += 2) {
                    const Request r =
                        by_account(ns, account, agent, ip, when(day, hour + roll(3600) / 3600.0));
                    add(on(r, "list", "example.com", "things", pick(namespaces_)));
                    add(on(r, "update", "coordination.k8s.io", "leases", ns, account));
                    if (secrets)
                        add(on(r, "get", "", "secrets", pick(namespaces_),
                               std::string(name) + "-credentials"));
                    if (secrets && hour % 6 == 0)
                        add(on(r, "update", "", "secrets", pick(namespaces_),
                               std::string(name) + "-credentials"));
                    if (lists) add(on(r, "list", "", "secrets", ""));
                    if (workloads) add(on(r, "patch", "apps", "deployments", pick(namespaces_), "web"));
                    if (chance(0.004)) add(on(r, "list", "", "secrets", ns));  // restarts
                }
                operators_.push_back({ns, account, agent, ip});
            }
        }
        std::sort(operators_.begin(), operators_.end());
        operators_.erase(std::unique(operators_.begin(), operators_.end()), operators_.end());
    }

    void ci(int day) {
        for (int i = 0; i < 2; ++i) {
            const std::string ns = "pr-" + std::to_string(1200 + day * 2 + i) + "-" + random_suffix(5);
            const double hour = 6 + roll(12);
            const auto runner = [&](double minutes) {
                return by_account("ci", "runner", "Helm/3.1" + std::to_string(day / 9), "10.4.7.9",
                                  when(day, hour + minutes / 60));
            };
            add(on(runner(0), "create", "", "namespaces", "", ns));
            add(on(runner(1), "create", "", "serviceaccounts", ns, "test-" + random_suffix(6)));
            add(on(runner(1.1), "create", kRbac, "roles", ns, "test"));
            add(on(runner(1.2), "create", kRbac, "rolebindings", ns, "test"));
            add(on(runner(1.3), "create", "", "secrets", ns, "app-config"));
            add(on(runner(1.4), "create", "apps", "deployments", ns, "web"));
            const std::string account = "test-" + random_suffix(6);
            for (int step = 0; step < 6; ++step) {
                const Request r = by_account(ns, account, "kubectl/v1.31.0", "10.4.7.9",
                                             when(day, hour + (2 + step) / 60.0));
                add(on(r, step % 2 ? "get" : "list", "", step % 2 ? "secrets" : "pods", ns,
                       step % 2 ? "app-config" : ""));
            }
            add(on(runner(50), "delete", "", "namespaces", "", ns));
        }
    }

    void machines(int day) {
        for (int node = 0; node < 5; ++node) {
            const std::string name = "worker-" + std::to_string(node);
            for (int i = 0; i < 12; ++i) {
                Request r{.time = when(day, any_hour()),
                          .user = "system:node:" + name,
                          .groups = {"system:nodes", "system:authenticated"}};
                r.agent = "kubelet/v1.32.0";
                r.ip = "10.4." + std::to_string(node) + ".1";
                add(on(r, "get", "", "secrets", pick(namespaces_), "app-config"));
                add(on(r, "patch", "", "nodes", "", name, "status"));
            }
        }
        for (const char* controller :
             {"namespace-controller", "replicaset-controller", "generic-garbage-collector"}) {
            for (int i = 0; i < 20; ++i) {
                Request r{.time = when(day, any_hour()),
                          .user = std::string("system:serviceaccount:kube-system:") + controller};
                r.groups = {"system:serviceaccounts", "system:authenticated"};
                r.agent = "kube-controller-manager/v1.32.0";
                r.ip = "10.0.0.2";
                add(on(r, i % 2 ? "delete" : "create", "", "pods", pick(namespaces_),
                       "web-" + random_suffix(5)));
            }
        }
    }

    // Rare but harmless activity.
    void oddities(int day) {
        if (chance(0.15)) {  // on call at night
            const Person& p = pick(people_);
            const double hour = 1 + roll(4);
            add(on(by(p, when(day, hour)), "list", "", "pods", p.namespaces[0]));
            add(on(by(p, when(day, hour + 0.1)), "get", "", "pods", p.namespaces[0],
                   "web-" + random_suffix(5), "exec"));
        }
        if (chance(0.1)) {  // a chart that brings roles
            const Request r = by_account("ci", "runner", "Helm/3.12", "10.4.7.9", when(day, 11));
            add(on(r, "create", kRbac, "roles", pick(namespaces_), "chart"));
        }
        if (chance(0.2)) {  // asks in the wrong place
            Person& p = people_[static_cast<size_t>(roll(28))];
            Request r = by(p, when(day, 14));
            r.code = 403;
            add(on(r, "list", "", "pods", pick(namespaces_)));
            add(on(r, "list", "", "configmaps", pick(namespaces_)));
        }
        if (day % 9 == 4) {  // break glass
            Person& p = people_[static_cast<size_t>(28 + roll(4))];
            add(on(by(p, when(day, 3)), "list", "", "secrets", "kube-system"));
            add(on(by(p, when(day, 3.1)), "get", "admissionregistration.k8s.io",
                   "validatingwebhookconfigurations", "", "policy"));
        }
        if (day % 8 == 3) {  // a misconfigured account fails for a day
            for (int i = 0; i < 40; ++i) {
                Request r = by_account(namespaces_[static_cast<size_t>(day % 12)], "app", "okhttp/4.1",
                                       "10.4.1.77", when(day, any_hour()));
                r.code = 403;
                add(on(r, "list", "batch", "jobs", namespaces_[static_cast<size_t>(day % 12)]));
            }
        }
    }

    // The steps of an attack are minutes to hours apart; half of the thieves use the owner's client and
    // network.
    void attacks() {
        static constexpr const char* kKinds[] = {
            "secret-sweep",     "foreign-secret", "exec",          "bind-admin",
            "mint-token",       "cronjob",        "webhook",       "csr",
            "cover-up",         "node-proxy",     "account-abuse", "role-escalate",
            "foreign-workload", "port-forward"};
        int number = 0;
        for (int round = 0; round < 2; ++round) {
            for (const char* kind : kKinds) {
                const int day = kSplit + roll(kDays - kSplit);
                const audit::Time start =
                    when(day, chance(0.5) ? 8 + roll(9) + 0.01 * roll(90) : any_hour() * 0.9);
                const double pause = pick(std::vector<double>{0.02, 0.3, 2.0});  // hours
                attack(number++, kind, start, pause);
            }
        }
    }

    void attack(int number, const std::string& kind, audit::Time start, double pause) {
        life_.attacks.push_back({kind, start});
        const bool stealthy = chance(0.5);
        const Person& victim = people_[static_cast<size_t>(roll(24))];
        std::string foreign = pick(namespaces_);
        while (std::find(victim.namespaces.begin(), victim.namespaces.end(), foreign) !=
               victim.namespaces.end()) {
            foreign = pick(namespaces_);
        }
        const std::string own = victim.namespaces[0];
        int step = 0;
        const auto dress = [&](Request r) {
            r.time = start + audit::Duration{static_cast<int64_t>(step++ * pause * 3.6e9)};
            r.attack = number;
            if (!stealthy) {
                r.ip = "203.0.113." + std::to_string(5 + number % 200);
                r.agent = pick(std::vector<std::string>{"curl/8.5.0", "python-requests/2.31",
                                                        "Go-http-client/1.1", "kubectl/v1.28.0"});
            }
            return r;
        };
        const auto person = [&] { return dress(by(victim, start)); };
        const auto& [ns, account, agent, ip] = pick(operators_);
        const auto robot = [&] { return dress(by_account(ns, account, agent, ip, start)); };
        const auto app = [&] { return dress(by_account(own, "app", "okhttp/4.1", "10.4.3.33", start)); };
        if (kind == "secret-sweep") {
            add(on(app(), "list", "", "secrets", own));
            add(on(app(), "list", "", "secrets", ""));
        } else if (kind == "foreign-secret") {
            add(on(person(), "get", "", "secrets", foreign, "master-key"));
            add(on(person(), "get", "", "secrets", foreign, "db-root"));
        } else if (kind == "exec") {
            add(on(person(), "get", "", "pods", foreign, "web-" + random_suffix(5), "exec"));
        } else if (kind == "bind-admin") {
            add(on(person(), "create", kRbac, "clusterrolebindings", "", "extra"));
            add(on(person(), "delete", kRbac, "clusterrolebindings", "", "extra"));
        } else if (kind == "mint-token") {
            add(on(person(), "create", "", "serviceaccounts", own, "app", "token"));
        } else if (kind == "cronjob") {
            add(on(person(), "create", "batch", "cronjobs", own, "sync"));
        } else if (kind == "webhook") {
            add(on(robot(), "patch", "admissionregistration.k8s.io", "mutatingwebhookconfigurations", "",
                   "inject"));
        } else if (kind == "csr") {
            add(on(person(), "create", "certificates.k8s.io", "certificatesigningrequests", "", "x"));
            add(on(person(), "update", "certificates.k8s.io", "certificatesigningrequests", "", "x",
                   "approval"));
        } else if (kind == "cover-up") {
            add(on(person(), "delete", "", "events", own, "web." + random_suffix(8)));
        } else if (kind == "node-proxy") {
            add(on(robot(), "get", "", "nodes", "", "worker-1", "proxy"));
        } else if (kind == "account-abuse") {
            add(on(robot(), "list", "", "secrets", "kube-system"));
            add(on(robot(), "create", "", "pods", ns, "helper"));
        } else if (kind == "role-escalate") {
            add(on(robot(), "patch", kRbac, "clusterroles", "", "view"));
        } else if (kind == "foreign-workload") {
            add(on(person(), "create", "apps", "daemonsets", foreign, "agent"));
        } else {
            add(on(person(), "create", "", "pods", foreign, "web-" + random_suffix(5), "portforward"));
        }
    }

    struct Operator {
        std::string ns, account, agent, ip;
        auto operator<=>(const Operator&) const = default;
    };

    std::mt19937 random_;
    Life life_;
    std::vector<Person> people_;
    std::vector<std::string> namespaces_;
    std::vector<Operator> operators_;
};

}  // namespace

Life make_life(unsigned seed) {
    return Author(seed).write();
}

}  // namespace redshank::eval
