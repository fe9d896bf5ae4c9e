"""Connections to receivers: which certificates redshank trusts, how it authenticates, and what it refuses. The test makes
its certificates."""
import pathlib
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
import warnings

from harness import BINARY, SOURCE

sys.path.insert(0, str(SOURCE / "tests/support"))
from receivers.webhook import KEYS, Webhook  # noqa: E402

PATH = "/hidden/path"


def openssl(*arguments, folder):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Threaded:
    """A server of raw connections: handle(connection) for each, until close()."""

    def __init__(self, handle):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.seen = []
        self.handle = handle
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(20)
                try:
                    self.handle(self, connection)
                except OSError:
                    pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def connect_proxy(server, connection):
    """CONNECT host:port, then bytes both ways."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    method, target, _ = head.split(b"\r\n")[0].decode().split()
    server.seen.append((method, target))
    host, port = target.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as behind:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        while True:
            for ready in select.select([connection, behind], [], [], 20)[0]:
                data = ready.recv(65536)
                if not data:
                    return
                (behind if ready is connection else connection).sendall(data)


def http2(context):
    """Speaks just enough HTTP/2 to answer one request with 200."""
    def handle(server, plain):
        with context.wrap_socket(plain, server_side=True) as connection:
            server.seen.append(connection.selected_alpn_protocol())
            stream = connection.makefile("rb")
            if stream.read(24) != b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n":
                return
            connection.sendall(struct.pack(">IBI", 4, 0, 0))  # SETTINGS, empty
            while True:
                size_and_kind, flags, number = struct.unpack(">IBI", stream.read(9))
                kind, body = size_and_kind & 0xff, stream.read(size_and_kind >> 8)
                if kind == 0 and body:
                    server.seen.append(body)
                if kind in (0, 1) and flags & 1:  # the end of the request
                    break
            # HEADERS, END_HEADERS and END_STREAM, ":status: 200" of the static table.
            connection.sendall(struct.pack(">IBI", (1 << 8) | 1, 5, number) + b"\x88")
            stream.read(1)  # until the client closes
    return handle


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        folder = cls.folder = pathlib.Path(cls.temporary.name)
        for name in ("ca", "other"):
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt", folder=folder)
        for name, address in (("server", "IP:127.0.0.1"), ("stranger", "DNS:elsewhere.example"), ("client", "DNS:me")):
            (folder / f"{name}.ext").write_text(f"subjectAltName={address}\n")
            openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                    "-keyout", f"{name}.key", "-out", f"{name}.csr", folder=folder)
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                    "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt", folder=folder)
        for number, key in enumerate(KEYS):
            (folder / f"secret{number}").write_text(key)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def server_context(self, name="server"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context

    def start(self, thing):
        self.addCleanup(thing.close)
        return thing

    def send(self, url, keys="", trust="ca"):
        """(exit status, what test-receiver said)."""
        config = self.folder / "redshank.toml"
        config.write_text(f'[[receiver]]\nname = "hook"\ntype = "webhook"\nurl = "{url}{PATH}"\n'
                          f'secret_files = ["{self.folder}/secret0", "{self.folder}/secret1"]\n' +
                          (f'ca_file = "{self.folder}/{trust}.crt"\n' if trust else "") +
                          "".join(f"{line}\n" for line in keys.splitlines()))
        environment = {"https_proxy": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1",
                       "http_proxy": "http://127.0.0.1:1", "PATH": "/usr/bin:/bin"}
        done = subprocess.run([BINARY, "test-receiver", "hook", "--config", config], capture_output=True, text=True,
                              timeout=60, check=False, env=environment)
        self.assertNotIn(PATH, done.stdout + done.stderr)
        return done.returncode, done.stdout + done.stderr

    def test_a_server_of_our_ca_is_trusted(self):
        mock = self.start(Webhook(tls=self.server_context()))
        self.assertEqual(self.send(mock.url), (0, "hook: accepted (204)\n"))
        self.assertEqual(mock.violations, [])

    def test_others_are_not(self):
        mock = self.start(Webhook(tls=self.server_context()))
        for trust in ("", "other"):
            status, said = self.send(mock.url, trust=trust)
            self.assertEqual(status, 1, said)
            self.assertRegex(said, "hook: failed, the daemon would try again \\(tls: .*certificate")
        stranger = self.start(Webhook(tls=self.server_context("stranger")))
        status, said = self.send(stranger.url)
        self.assertEqual(status, 1, said)
        self.assertIn("no alternative certificate subject name matches", said)
        self.assertEqual(mock.accepted + stranger.accepted, [])

    def test_old_versions_are_refused(self):
        warnings.simplefilter("ignore", DeprecationWarning)
        context = self.server_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        mock = self.start(Webhook(tls=context))
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # proves that the server works, and with this version
        old.load_verify_locations(self.folder / "ca.crt")
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        with socket.create_connection(("127.0.0.1", mock.port)) as plain:
            with old.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                self.assertEqual(connection.version(), "TLSv1.1")
        status, said = self.send(mock.url)
        self.assertEqual(status, 1)
        self.assertRegex(said, r"\(tls: .*version")

    def test_shows_its_certificate(self):
        context = self.server_context()
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.folder / "ca.crt")
        mock = self.start(Webhook(tls=context))
        own = f'client_cert_file = "{self.folder}/client.crt"\nclient_key_file = "{self.folder}/client.key"'
        self.assertEqual(self.send(mock.url, own), (0, "hook: accepted (204)\n"))
        status, said = self.send(mock.url)
        self.assertEqual(status, 1)
        self.assertRegex(said, r"\(tls: .*alert certificate required")
        self.assertEqual(len(mock.accepted), 1)

    def test_goes_through_the_proxy_of_the_configuration_only(self):
        mock = self.start(Webhook(tls=self.server_context()))
        proxy = self.start(Threaded(connect_proxy))
        self.assertEqual(self.send(mock.url, f'proxy = "http://127.0.0.1:{proxy.port}"'), (0, "hook: accepted (204)\n"))
        self.assertEqual(proxy.seen, [("CONNECT", f"127.0.0.1:{mock.port}")])

    def test_follows_no_redirect(self):
        mock, elsewhere = self.start(Webhook(tls=self.server_context())), self.start(Webhook())
        for status in (301, 302, 307, 308):
            mock.plan((status, {"Location": elsewhere.url + "/other"}, ""))
            self.assertEqual(self.send(mock.url), (1, f"hook: failed, the daemon would try again ({status})\n"))
        self.assertEqual(elsewhere.accepted + elsewhere.violations, [])

    def test_speaks_http_2_where_offered(self):
        context = self.server_context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        server = self.start(Threaded(http2(context)))
        self.assertEqual(self.send(f"https://127.0.0.1:{server.port}"), (0, "hook: accepted (200)\n"))
        self.assertEqual(server.seen[0], "h2")
        self.assertIn(b'"test-alert"', server.seen[1])

    def test_the_configuration_is_checked_before_anything_is_sent(self):
        (self.folder / "empty.pem").write_text("")
        subprocess.run(["openssl", "ec", "-in", "client.key", "-out", "locked.key", "-aes256", "-passout", "pass:x"],
                       cwd=self.folder, check=True, stderr=subprocess.DEVNULL)
        client = f'client_cert_file = "{self.folder}/client.crt"\n'
        for keys, trust, problem in (
                ("", "absent", "ca_file .*absent.crt: cannot read: No such file or directory"),
                ('ca_file = "FOLDER/empty.pem"', "", "ca_file .*empty.pem: holds no certificate in PEM"),
                ('client_key_file = "FOLDER/client.key"', "ca", "client_key_file needs client_cert_file"),
                (client, "ca", "client_cert_file .*client.crt: holds no private key in PEM"),
                (client + 'client_key_file = "FOLDER/server.key"', "ca", "is not the key of client_cert_file"),
                (client + 'client_key_file = "FOLDER/locked.key"', "ca", "no private key in PEM without a passphrase"),
                ('proxy = "127.0.0.1:8080"', "ca", "redshank.toml:7:9: receiver.proxy: must begin with https:// or http://"),
                ('proxy = 8080', "ca", "redshank.toml:7:9: receiver.proxy: must be a string"),
                ('ca_files = "x"', "ca", "redshank.toml:7:1: unknown key .*'ca_file'")):
            with self.subTest(problem):
                status, said = self.send("https://127.0.0.1:1", keys.replace("FOLDER", str(self.folder)), trust)
                self.assertRegex(said, problem)
                self.assertEqual(status, 2)


if __name__ == "__main__":
    unittest.main()
