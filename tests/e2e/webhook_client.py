"""An API server as a client of the webhook source: its certificates, its bodies, its way to try again."""
import http.client
import socket
import ssl
import subprocess

from harness import PATIENCE, wait_for

TOKEN = "lab-webhook-token"


def openssl(*arguments, folder):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_certificates(folder):
    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt", folder=folder)
    for name, issuer in (("server", "ca"), ("apiserver", "ca"), ("kubelet", "ca"), ("stranger", "other")):
        (folder / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1\n" if name == "server" else "keyUsage=digitalSignature\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN=system:{name}",
                "-keyout", f"{name}.key", "-out", f"{name}.csr", folder=folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.crt", "-CAkey", f"{issuer}.key", "-CAcreateserial",
                "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt", folder=folder)


def event_list(*events):
    return (b'{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[' + b",".join(events) + b"]}\n")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Client:
    """One API server: keeps its connection, and makes another when it was closed."""

    def __init__(self, folder, port, certificate=None, token=TOKEN, version=None):
        self.context = ssl.create_default_context(cafile=folder / "ca.crt")
        if certificate:
            self.context.load_cert_chain(folder / f"{certificate}.crt", folder / f"{certificate}.key")
        if version:
            self.context.set_ciphers("ALL:@SECLEVEL=0")
            self.context.minimum_version = ssl.TLSVersion.TLSv1
            self.context.maximum_version = version
        self.port, self.token, self.connection = port, token, None

    def post(self, body, headers=None, method="POST"):
        """(status, headers, text)."""
        if not self.connection:
            self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=PATIENCE)
        sent = {"Content-Type": "application/json", "Accept": "application/json, */*", "Accept-Encoding": "gzip",
                "User-Agent": "Go-http-client/1.1"}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            self.connection.request(method, "/audit?timeout=30s", body=body, headers=headers or sent)
            answer = self.connection.getresponse()
            text = answer.read().decode()
            if answer.will_close:
                self.close()
            return answer.status, answer.headers, text
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def deliver(self, body, headers=None):
        """As the API server does: again and again until it is taken."""
        def taken():
            try:
                return 200 <= self.post(body, headers)[0] < 300
            except (OSError, http.client.HTTPException):
                return False
        wait_for(taken, "the body is taken")

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None
