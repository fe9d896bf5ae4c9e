"""The webhook source over HTTPS, as an API server uses it and as others abuse it. Certificates are made here."""
import contextlib
import http.client
import json
import os
import pathlib
import resource
import signal
import socket
import sqlite3
import ssl
import subprocess
import tarfile
import tempfile
import threading
import unittest
import warnings
import zlib

import harness
from harness import PATIENCE, SOURCE, Daemon, event, replay, wait_for
from webhook_client import TOKEN, Client, event_list, free_port, make_certificates

SHARED = pathlib.Path(os.environ.get("REDSHANK_SHARED", SOURCE.parent / "shared"))
SETTINGS = '[detectors.unusual_access]\nlearning = "1m"\n'


class Webhook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        make_certificates(cls.folder)
        (cls.folder / "token").write_text(TOKEN + "\n")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)
        self.port = free_port()

    def start(self, keys=None, **process):
        keys = f'token_file = "{self.folder}/token"' if keys is None else keys
        daemon = Daemon(self.home, SETTINGS, source=(
            f'type = "webhook"\nname = "api"\nlisten = "127.0.0.1:{self.port}"\ncert_file = "{self.folder}/server.crt"\n'
            f'key_file = "{self.folder}/server.key"\n{keys}'), **process)
        self.addCleanup(daemon.kill)
        return daemon

    def started(self, keys=None):
        daemon = self.start(keys)
        daemon.wait_until_ready()
        return daemon

    def client(self, **options):
        client = Client(self.folder, self.port, **options)
        self.addCleanup(client.close)
        return client

    def findings(self):
        database = sqlite3.connect(self.home / "state" / "redshank.db")
        rows = {row[0]: json.loads(row[1]) for row in database.execute("SELECT id, json FROM findings")}
        database.close()
        return rows

    # --- What an API server gets ---

    def test_200_means_durable_and_a_repeated_body_counts_once_also_over_a_restart(self):
        bodies = [event_list(*(event(f"{i}-{j}", second=10 * i + j) for j in range(5))) for i in range(4)]
        daemon = self.started()
        client = self.client()
        for body in bodies:
            self.assertEqual(client.post(body)[0], 200)
        self.assertEqual(client.post(bodies[1])[0], 200)
        daemon.wait_for_events(20)
        self.assertEqual(daemon.metric("redshank_webhook_repeated_bodies_total"), 1)
        daemon.stop(signal.SIGKILL)
        daemon = self.started()
        for body in (*bodies, event_list(event("new", second=50))):
            client.deliver(body)
        daemon.wait_for_events(1)
        self.assertEqual(daemon.metric("redshank_events_total"), 1, "only the new one is left to be counted")
        self.assertEqual(daemon.metric("redshank_webhook_requests_total", code="200"), 5)
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def test_what_cannot_be_made_durable_is_answered_503_and_taken_later(self):
        daemon = self.started()
        client = self.client()
        self.assertEqual(client.post(event_list(event("a")))[0], 200)
        blocker = sqlite3.connect(self.home / "state" / "redshank.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        body = event_list(event("b", second=1))
        status, headers, _ = client.post(body)
        self.assertEqual((status, headers["Retry-After"]), (503, "1"))
        blocker.execute("ROLLBACK")
        blocker.close()
        client.deliver(body)
        daemon.wait_for_events(2)
        self.assertEqual(daemon.metric("redshank_events_total"), 2)
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def recorded(self, name):
        """[(body, headers)] of a recording, and its log."""
        folder = SHARED / "corpus" / name
        if not (folder / "bodies.tar.zst").exists():
            self.skipTest(f"needs {folder} (set REDSHANK_SHARED to where it is)")
        unpacked = self.home / "bodies"
        plain = subprocess.run(["zstd", "-dc", folder / "bodies.tar.zst"], stdout=subprocess.PIPE, check=True).stdout
        (self.home / "bodies.tar").write_bytes(plain)
        with tarfile.open(self.home / "bodies.tar") as archive:
            archive.extractall(unpacked)
        index = [json.loads(line) for line in next(unpacked.rglob("index.jsonl")).read_text().splitlines()]
        where = next(unpacked.rglob("index.jsonl")).parent
        bodies = [((where / f"{row['n']:05}.body").read_bytes(), dict(row["headers"])) for row in index]
        log = self.home / "whole.log"
        log.write_bytes(subprocess.run(["zstd", "-dc", folder / "audit.log.zst"], stdout=subprocess.PIPE, check=True).stdout)
        return bodies, log

    def test_a_recorded_run_finds_what_its_log_says_in_spite_of_kills_resets_and_refusals(self):
        for name, kills in (("webhook-bodies-batch", 3), ("webhook-bodies-blocking", 2)):
            with self.subTest(name):
                self.setUp()
                bodies, log = self.recorded(name)
                daemon = self.started()
                clients = [self.client(), self.client()]
                for i, (body, headers) in enumerate(bodies):
                    if i % (len(bodies) // (kills + 1)) == 5:
                        self.reset_in_the_middle(body, headers)
                        self.kill(daemon, clients[0], body)
                        daemon = self.started()
                    clients[i % 2].deliver(body, headers)
                    if i % 97 == 3:
                        clients[1].deliver(body, headers)
                    if i in (4, len(bodies) // 2):
                        self.refuse_a_while(clients[0], bodies[i + 1][0])
                wait_for(lambda: daemon.metric("redshank_source_lag_bytes") == 0, "everything is read")
                self.assertEqual(daemon.metric("redshank_lines_skipped_total"), 0)
                self.assertEqual(daemon.stop(), 0, daemon.said())
                self.assert_same_findings(log)

    def reset_in_the_middle(self, body, headers):
        """The network fails while the body is sent."""
        client = self.client()
        plain = socket.create_connection(("127.0.0.1", self.port))
        with client.context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            head = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
            connection.sendall(f"POST /audit?timeout=30s HTTP/1.1\r\n{head}\r\n".encode() + body[:len(body) // 2])

    def refuse_a_while(self, client, body):
        """The disk takes nothing: 503. The body comes again later, as the API server sends it again."""
        blocker = sqlite3.connect(self.home / "state" / "redshank.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        self.assertEqual(client.post(body)[0], 503)
        blocker.execute("ROLLBACK")
        blocker.close()

    def kill(self, daemon, client, body):
        """While a body is on its way: it is committed or not, and the client does not know."""
        def post():
            try:
                client.post(body)
            except (OSError, http.client.HTTPException):
                pass
        thread = threading.Thread(target=post)
        thread.start()
        daemon.stop(signal.SIGKILL)
        thread.join()

    def assert_same_findings(self, log):
        replayed, stats = replay("--config", self.home / "redshank.toml", str(log))
        database = sqlite3.connect(self.home / "state" / "redshank.db")
        counts = [json.loads(row[0]) for row in
                  database.execute("SELECT value FROM state WHERE tbl = 'unusual_access.last_access'")]
        database.close()
        answered = sum(row["successes"] + row["denials"] for row in counts)
        whole = self.home / "replayed"
        subprocess.run([os.environ["REDSHANK"], "replay", "--config", self.home / "redshank.toml", "--state", whole, log],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        database = sqlite3.connect(whole if whole.is_file() else whole / "redshank.db")
        wanted = sum(row["successes"] + row["denials"] for row in (json.loads(row[0]) for row in database.execute(
            "SELECT value FROM state WHERE tbl = 'unusual_access.last_access'")))
        database.close()
        self.assertGreater(wanted, 1000)
        self.assertEqual(answered, wanted, "each request is counted once")
        live = self.findings()
        self.assertEqual(sorted(live), sorted(replayed))
        for name, finding in replayed.items():
            for key in ("kind", "count", "severity", "actor", "object", "status"):
                self.assertEqual(live[name].get(key), finding.get(key), (name, key))

    def test_a_socket_of_systemd_is_taken_so_that_connections_wait_over_a_restart(self):
        listener = socket.create_server(("127.0.0.1", self.port))
        self.addCleanup(listener.close)
        environment = {**os.environ, "LISTEN_FDS": "1"}
        daemon = self.start_activated(listener, environment)
        daemon.wait_until_ready()
        client = self.client()
        self.assertEqual(client.post(event_list(event("a")))[0], 200)
        self.assertEqual(daemon.stop(), 0, daemon.said())
        client.close()
        answers = []
        thread = threading.Thread(target=lambda: answers.append(client.post(event_list(event("b", second=1)))[0]))
        thread.start()  # nobody is there to accept: the kernel keeps the connection
        daemon = self.start_activated(listener, environment)
        thread.join(PATIENCE)
        self.assertEqual(answers, [200])
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def start_activated(self, listener, environment):
        """sh puts its own id where systemd puts that of the service, and becomes it."""
        binary = os.environ["REDSHANK"]
        wrapper = self.home / "activated"
        wrapper.write_text(f'#!/bin/sh\nexec 3<&{listener.fileno()}\nexport LISTEN_PID=$$\nexec {binary} "$@"\n')
        wrapper.chmod(0o755)
        harness.BINARY, before = str(wrapper), harness.BINARY
        try:
            return self.start(pass_fds=[listener.fileno()], env=environment)
        finally:
            harness.BINARY = before

    # --- Who may post, and what is refused ---

    def test_strangers_are_refused(self):
        warnings.simplefilter("ignore", DeprecationWarning)
        daemon = self.started()
        body = event_list(event("a"))
        for token in (None, "", TOKEN[:-1], TOKEN + "x", TOKEN.upper()):
            status, _, text = self.client(token=token).post(body)
            self.assertEqual(status, 401, token)
            self.assertNotIn(TOKEN, text)
        with self.assertRaises(ssl.SSLError):
            self.client(version=ssl.TLSVersion.TLSv1_1).post(body)
        self.assertEqual(self.client().post(body)[0], 200)
        daemon.wait_for_events(1)
        self.assertEqual(daemon.metric("redshank_events_total"), 1)
        self.assertNotIn(TOKEN, daemon.said())
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def test_a_client_that_asks_before_it_sends_its_body_is_answered(self):
        daemon = self.started()
        body = event_list(event("a"))
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        connection = self.client().context.wrap_socket(plain, server_hostname="127.0.0.1")
        self.addCleanup(connection.close)
        head = f"POST /audit HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(f"{head}Authorization: Bearer {TOKEN}\r\n\r\n".encode())
        self.assertEqual(connection.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(body)
        self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 200 "))
        connection.sendall(f"{head}\r\n".encode())
        self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 401 "))
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def test_a_certificate_is_needed_where_a_ca_is_configured(self):
        daemon = self.started(f'client_ca_file = "{self.folder}/ca.crt"\nclient_names = ["system:apiserver"]')
        body = event_list(event("a"))
        for certificate in (None, "stranger"):
            with self.assertRaises((OSError, http.client.HTTPException)):
                self.client(certificate=certificate, token=None).post(body)
        self.assertEqual(self.client(certificate="kubelet", token=None).post(body)[0], 403)
        self.assertEqual(self.client(certificate="apiserver", token=None).post(body)[0], 200)
        wait_for(lambda: daemon.metric("redshank_webhook_failed_handshakes_total") == 2, "failed handshakes are counted")
        daemon.wait_for_events(1)
        self.assertEqual(daemon.metric("redshank_events_total"), 1)
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def test_a_reload_reads_the_token_again(self):
        token = self.home / "token"
        token.write_text("first\n")
        daemon = self.started(f'token_file = "{token}"')
        self.assertEqual(self.client(token="second").post(event_list(event("a")))[0], 401)
        token.write_text("first\nsecond\n")
        daemon.process.send_signal(signal.SIGHUP)
        client = self.client(token="second")
        wait_for(lambda: client.post(event_list(event("a")))[0] == 200, "the new token is taken")
        self.assertEqual(self.client(token="first").post(event_list(event("b", second=1)))[0], 200)
        token.write_text("\n")
        daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: daemon.metric("redshank_config_last_reload_successful") == 0, "the empty file is refused")
        self.assertEqual(client.post(event_list(event("c", second=2)))[0], 200)
        self.assertIn("token_file", daemon.said())
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def test_what_is_no_event_list_gets_a_clear_answer(self):
        daemon = self.started("body_limit_mb = 1\nqueue_limit_mb = 1\n" + f'token_file = "{self.folder}/token"')
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        bomb = zlib.compressobj(wbits=31)
        packed = bomb.compress(b"0" * 50_000_000) + bomb.flush()
        for body, headers, method, status in (
                (b"{", None, "POST", 400), (b"[]", None, "POST", 400), (b'{"kind":"EventList","items":[{]}', None, "POST", 400),
                (b'{"kind":"Event"}', None, "POST", 400), (b"\xff\xfe", None, "POST", 400), (b"", None, "POST", 400),
                (b'{"kind":"EventList","apiVersion":"v1","items":[]}', None, "POST", 400),
                (b'{"kind":"EventList","items":[1]}', None, "POST", 400), (event_list(), None, "POST", 200),
                (None, None, "GET", 405), (b"x" * (1 << 20 | 1), None, "POST", 413),
                (packed, {**bearer, "Content-Encoding": "gzip"}, "POST", 415),
                (iter([event_list(event("a"))]), {**bearer, "Transfer-Encoding": "chunked"}, "POST", 411),
                (event_list(event("x")), {**bearer, "X-Long": "x" * 20_000}, "POST", 400)):
            with self.subTest(str(body)[:60], status=status):
                answered, _, text = self.client().post(body, headers, method)
                self.assertEqual(answered, status, text)
                self.assertEqual(bool(text), status != 200)
        self.assertEqual(self.client().post(event_list(event("good"), b'{"a":1}'))[0], 200)
        daemon.wait_for_events(1)
        self.assertEqual(daemon.metric("redshank_lines_skipped_total", reason="not_an_event"), 1)
        wait_for(lambda: [f for f in self.findings().values() if f["kind"] == "audit-gap"], "the loss is told")
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def test_half_open_connections_keep_no_api_server_out(self):
        daemon = self.started('max_connections = 64\nbody_limit_mb = 1\nqueue_limit_mb = 2\n' +
                              f'token_file = "{self.folder}/token"')
        before = self.memory(daemon)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 12_000), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        many = min(10_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)
        client, taken = self.client(), 0
        half_open = []
        self.addCleanup(lambda: [connection.close() for connection in half_open])
        for i in range(many):
            half_open.append(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE))
            if i % 3 == 0:
                half_open[-1].sendall(b"\x16\x03\x01")  # a handshake that does not go on
            if i % (many // 10) == 0:
                client.deliver(event_list(event(f"e{i}", second=taken)))
                taken += 1
        daemon.wait_for_events(taken)
        self.assertEqual(daemon.metric("redshank_events_total"), taken)
        self.assertLessEqual(daemon.metric("redshank_webhook_connections"), 64)
        self.assertLess(self.memory(daemon) - before, 64 << 20)
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def test_slow_bodies_take_no_more_than_the_queue(self):
        daemon = self.started('body_limit_mb = 1\nqueue_limit_mb = 2\n' + f'token_file = "{self.folder}/token"')
        slow = []
        for _ in range(2):  # each reserves 1 MiB and sends nothing of it
            client = self.client()
            plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
            slow.append(client.context.wrap_socket(plain, server_hostname="127.0.0.1"))
            slow[-1].sendall((f"POST /audit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
                              f"Content-Length: {1 << 20}\r\n\r\n{{").encode())
        refused = wait_for(lambda: [a for a in [self.client().post(event_list(event("a")))] if a[0] != 200], "no room")[0]
        self.assertEqual((refused[0], refused[1]["Retry-After"]), (429, "1"))
        for connection in slow:
            connection.close()
        self.client().deliver(event_list(event("a")))
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def test_slow_clients_are_let_go_and_what_they_held_is_free_again(self):
        daemon = self.started('body_limit_mb = 1\nqueue_limit_mb = 1\n' + f'token_file = "{self.folder}/token"')

        def connect(text):
            plain = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            connection = self.client().context.wrap_socket(plain, server_hostname="127.0.0.1")
            connection.sendall(text.encode())
            self.addCleanup(connection.close)
            return connection

        start = f"POST /audit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        body = connect(f"{start}Content-Length: {1 << 20}\r\n\r\n{{")  # takes the whole queue
        header = connect(start)
        wait_for(lambda: self.client().post(event_list(event("a")))[0] == 429, "no room beside the slow body")
        silent = connect("")
        for connection, answer in ((silent, b""), (header, b"HTTP/1.1 408 "), (body, b"HTTP/1.1 408 ")):  # 10, 10 and 30 s
            said = b""
            with contextlib.suppress(OSError):
                said = connection.recv(13)
            self.assertEqual(said, answer)
        self.client().deliver(event_list(event("a")))
        daemon.wait_for_events(1)
        self.assertEqual(daemon.stop(), 0, daemon.said())

    def memory(self, daemon):
        for line in pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) << 10
        return 0


if __name__ == "__main__":
    unittest.main(verbosity=2)
