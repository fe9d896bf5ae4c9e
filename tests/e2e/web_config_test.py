"""The web configuration file of exporter-toolkit before the daemon's pages: TLS, client certificates, users, headers, all
of it read again without a restart. The test makes its certificates."""
import base64
import contextlib
import http.client
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
import unittest

from harness import BINARY, Daemon, anonymous_secret_read, wait_for

# bcrypt of "secret" (cost 4, which is quick) and of "other".
SECRET = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"
OTHER = "$2y$05$zyxwvutsrqponmlkjihgfeOvtEFCzoMoo8CtVHaIiihsg6tnhW4IO"
TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
USERS = f"basic_auth_users:\n  prometheus: {SECRET}\n"


def openssl(*arguments, folder):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_certificate(folder, name, subject, alt):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
            f"/CN={subject}", "-addext", f"subjectAltName={alt}", "-keyout", f"{name}.key", "-out", f"{name}.crt", folder=folder)


class WebConfig(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        make_certificate(self.folder, "server", "server", "IP:127.0.0.1")
        self.file = self.folder / "web.yml"

    def start(self, text, more=""):
        self.write(text)
        self.daemon = Daemon(self.folder, http=f'web_config_file = "{self.file}"\n{more}')
        self.addCleanup(self.daemon.kill)
        wait_for(self.answers, "the listener")

    def write(self, text):
        other = self.folder / "web.new"
        other.write_text(text)
        other.rename(self.file)

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.daemon.port)) == 0

    def trusting(self, certificate=None, server="server"):
        context = ssl.create_default_context(cafile=self.folder / f"{server}.crt")
        if certificate:
            context.load_cert_chain(self.folder / f"{certificate}.crt", self.folder / f"{certificate}.key")
        return context

    def get(self, path="/metrics", user=None, password="", tls=None, method="GET", **headers):
        """(status, headers, body); raises what TLS raises."""
        if tls:
            connection = http.client.HTTPSConnection("127.0.0.1", self.daemon.port, context=tls, timeout=20)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=20)
        if user is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def status(self, *arguments, **keywords):
        return self.get(*arguments, **keywords)[0]

    def said(self):
        return (self.folder / "output").read_text()

    def test_users(self):
        self.start(USERS + "http_server_config:\n  headers:\n    X-Frame-Options: deny\n")
        status, headers, body = self.get()
        self.assertEqual((status, headers["WWW-Authenticate"], headers["X-Frame-Options"]), (401, "Basic", "deny"))
        self.assertNotIn(b"redshank_", body)
        for _ in range(2):  # the second time it is remembered
            status, _, body = self.get(user="prometheus", password="secret")
            self.assertEqual(status, 200)
            self.assertIn(b"redshank_build_info", body)
        for user, password in (("prometheus", "secre"), ("prometheus", ""), ("alice", "secret"), ("", "")):
            self.assertEqual(self.status(user=user, password=password), 401, (user, password))
        self.assertEqual(self.status("/status", user="prometheus", password="secret", Host="redshank.example"), 200)
        self.assertEqual(self.status("/-/reload", method="POST"), 401)
        # A probe hears whether it works, and nothing else.
        status, _, body = self.get("/healthz")
        self.assertEqual((status, body), (200, b"ok\n"))
        wait_for(lambda: self.status("/readyz") == 503, "a log that is not there")
        self.assertEqual(self.get("/readyz")[2], b"not ok; with a password this page says why\n")
        self.assertIn(b"audit.log", self.get("/readyz", user="prometheus", password="secret")[2])

    def test_what_is_remembered_ends_with_the_file(self):
        self.start(USERS)
        self.assertEqual(self.status(user="prometheus", password="secret"), 200)
        self.write(f"basic_auth_users:\n  prometheus: {OTHER}\n")
        self.assertEqual(self.status(user="prometheus", password="secret"), 401)
        self.assertEqual(self.status(user="prometheus", password="other"), 200)
        self.write(f"basic_auth_users:\n  grafana: {OTHER}\n")
        self.assertEqual(self.status(user="prometheus", password="other"), 401)
        for bad in ("", "basic_auth_users:\n  prometheus: secret\n"):
            self.write(bad)
            self.assertEqual(self.status(), 401)
            self.assertEqual(self.status(user="grafana", password="other"), 200)
        self.assertIn("they stay in force until redshank is restarted", self.said())
        self.assertIn("web.yml:2:15: is no bcrypt hash", self.said())

    def test_tls(self):
        self.start(TLS)
        self.assertIn("https://127.0.0.1", wait_for(lambda: "metrics at" in self.said() and self.said(), "the first line"))
        self.assertEqual(self.status(tls=self.trusting()), 200)
        status, _, body = self.get()
        self.assertEqual((status, body), (400, b"this is HTTPS\n"))
        old = self.trusting()
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assertEqual(self.status(tls=old), 200)
        self.write(TLS + "  min_version: TLS13\n")
        with self.assertRaises(ssl.SSLError):
            self.get(tls=old)
        # A renewed certificate is shown from the next connection on.
        make_certificate(self.folder, "renewed", "renewed", "IP:127.0.0.1")
        for end in ("key", "crt"):
            (self.folder / f"renewed.{end}").rename(self.folder / f"server.{end}")
        self.assertEqual(self.status(tls=self.trusting()), 200)

    def test_client_certificates(self):
        make_certificate(self.folder, "client", "client", "DNS:prometheus.example")
        make_certificate(self.folder, "stranger", "stranger", "DNS:prometheus.example")
        demand = TLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: client.crt\n"
        self.start(demand)
        self.assertEqual(self.status(tls=self.trusting("client")), 200)
        for context in (self.trusting(), self.trusting("stranger")):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.get(tls=context)
        self.write(demand + "  client_allowed_sans: [prometheus.example]\n")
        self.assertEqual(self.status(tls=self.trusting("client")), 200)
        self.write(demand + "  client_allowed_sans: [grafana.example]\n")
        self.assertEqual(self.status(tls=self.trusting("client")), 403)
        self.write(TLS + "  client_auth_type: RequireAnyClientCert\n")
        self.assertEqual(self.status(tls=self.trusting("stranger")), 200)
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.get(tls=self.trusting())

    def test_a_verified_certificate_names_an_operator(self):
        for name in ("alice", "bob"):
            make_certificate(self.folder, name, name, f"DNS:{name}.example")
        (self.folder / "clients.crt").write_text((self.folder / "alice.crt").read_text() + (self.folder / "bob.crt").read_text())
        (self.folder / "audit.log").write_bytes(anonymous_secret_read("a", "db") + b"\n")
        verifying = TLS + "  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: clients.crt\n"
        self.write(verifying)
        self.daemon = Daemon(self.folder, "[pages]\noperators = [\"alice\"]\n", http=f'web_config_file = "{self.file}"\n')
        self.addCleanup(self.daemon.kill)
        wait_for(self.answers, "the listener")
        page = lambda path, certificate: self.get(path, tls=self.trusting(certificate))[2].decode()
        incident = wait_for(lambda: re.search(r"/incidents/i_\w+", page("/", None)), "an incident").group()
        for certificate, may_act in (("alice", True), ("bob", False), (None, False)):
            self.assertEqual('name="token"' in page(incident, certificate), may_act, certificate)
        # Who is not asked to prove a certificate has none that names anybody.
        self.write(TLS + "  client_auth_type: RequireAnyClientCert\n")
        self.assertNotIn('name="token"', page(incident, "alice"))
        # Where there are passwords, the name is theirs.
        self.write(verifying + USERS)
        self.assertEqual(self.status("/", tls=self.trusting("alice")), 401)

    def test_handshakes_that_do_not_come_keep_nobody_out(self):
        self.start(TLS)
        slow = [socket.create_connection(("127.0.0.1", self.daemon.port)) for _ in range(80)]
        self.addCleanup(lambda: [each.close() for each in slow])
        for each in slow[:40]:
            each.sendall(b"\x16\x03\x01\x02")  # the beginning of a handshake
        self.assertEqual(self.status(tls=self.trusting()), 200)

    def test_passwords_that_are_wrong_keep_nobody_out_who_is_known(self):
        slow = SECRET.replace("$04$", "$11$")  # of no password; costs a tenth of a second
        self.start(USERS + f"  slow: {slow}\n")
        self.assertEqual(self.status(user="prometheus", password="secret"), 200)
        wrong = b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + base64.b64encode(b"slow:x") + b"\r\n\r\n"
        askers = [socket.create_connection(("127.0.0.1", self.daemon.port)) for _ in range(40)]
        self.addCleanup(lambda: [each.close() for each in askers])
        for each in askers:
            each.sendall(wrong)
        self.assertEqual(self.status(user="prometheus", password="secret"), 200)
        askers[-1].settimeout(0.01)
        with self.assertRaises(TimeoutError):  # whoever is not known waits
            askers[-1].recv(1)

    def test_check_config_reads_it(self):
        config = self.folder / "c.toml"
        config.write_text(f'[http]\nweb_config_file = "{self.file}"\n[[source]]\npath = "{self.folder}/audit.log"\n')
        for text, status, words in ((TLS + USERS, 0, ""), (TLS.replace("server.key", "none.key"), 2, "web.yml:3:13: key_file"),
                                    ("tls_config:\n", 2, "web.yml:1:1: unknown key tls_config")):
            self.write(text)
            done = subprocess.run([BINARY, "check-config", config], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
