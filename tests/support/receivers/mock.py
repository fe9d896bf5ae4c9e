"""The base of the servers in this folder, which play receivers of alerts on loopback and are stricter than the real ones.

A request that the real receiver would refuse, or that shows a mistake of the sender, is answered as by the real one
and recorded in `violations`; a test fails when there are any. Standard library only.
"""
import http.server
import json
import socket
import ssl
import threading


class Violation(Exception):
    """The request breaks what the receiver documents."""

    def __init__(self, text, status=400, body=""):
        super().__init__(text)
        self.status = status
        self.body = body or json.dumps({"error": text})


def drain(connection):
    """Closes the connection so that the client can still read the answer: unread data would make the kernel reset it."""
    with socket.socket(fileno=connection.detach()) as plain:
        plain.settimeout(10)
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(4096):
            pass


class Mock:
    """A receiver. `accepted` and `refused` hold its requests in order of arrival."""

    def __init__(self, tls=None):
        self.violations = []
        self.accepted = []
        self.lock = threading.Lock()
        self._planned = []
        mock = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer goes in one piece

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with mock.lock:
                    status, headers, text = mock.handle(self.path, self.headers, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                data = text.encode()
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True  # connections that are kept alive

            def get_request(self):
                connection, address = super().get_request()
                if tls:
                    connection.settimeout(10)
                    connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                    try:
                        connection.do_handshake()
                    except ssl.SSLError:
                        drain(connection)
                        raise
                return connection, address

            def handle_error(self, *_):
                pass  # a client that went away in the middle

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def plan(self, *answers):
        """Plans the answers (status, headers, body) to the next requests, whatever they contain."""
        self._planned.extend(answers)

    def handle(self, path, headers, body):
        try:
            self.before(headers, body)
            if self._planned:
                return self._planned.pop(0)
            return self.answer(path, headers, body)
        except Violation as violation:
            self.violations.append(str(violation))
            return violation.status, {"Content-Type": "application/json"}, violation.body

    def before(self, headers, body):
        """Checks that hold for requests with a planned answer too."""

    def answer(self, path, headers, body):
        """(status, headers, body) of a good request; raises Violation for another."""
        raise NotImplementedError


def need(condition, text, **how):
    if not condition:
        raise Violation(text, **how)


def parse(headers, body, content_types=("application/json",)):
    """Parses the body as JSON, which must be UTF-8, without duplicate keys, and have a Content-Type."""
    content_type = headers.get("Content-Type", "").split(";")[0].strip()
    need(content_type in content_types, f"Content-Type {content_type!r}", status=415)

    def unique(pairs):
        keys = [key for key, _ in pairs]
        need(len(keys) == len(set(keys)), f"a key stands twice: {keys}")
        return dict(pairs)
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=unique)
    except ValueError as error:
        raise Violation(f"no JSON: {error}") from error


def check_keys(what, value, needed=(), allowed=()):
    need(isinstance(value, dict), f"{what} must be an object")
    missing = set(needed) - set(value)
    need(not missing, f"{what}: {sorted(missing)} missing")
    unknown = set(value) - set(needed) - set(allowed)
    need(not unknown, f"{what}: {sorted(unknown)} is unknown")


def check_text(what, value, most, least=1):
    need(isinstance(value, str), f"{what} must be a string")
    need(least <= len(value) <= most, f"{what}: {len(value)} characters, allowed {least} to {most}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Violation(f"{what}: {error}") from error
    need("\0" not in value, f"{what} holds NUL")


def strings(value):
    """Every string in a JSON value that is not a key."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
