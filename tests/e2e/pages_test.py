"""The pages for people, over HTTP: every view and every link of it answers, nothing hostile comes out as markup, and
no other site can read or write them."""
import base64
import gzip
import html.parser
import http.client
import json
import pathlib
import re
import signal
import tempfile
import unittest

from harness import Daemon, anonymous_secret_read, event, wait_for
from web_config_test import SECRET

HOSTILE = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'onmouseover='alert(1)", "javascript:alert(1)",
           "a\u202egnp.exe", "</title><script>x</script>", "../../etc", "//evil.example/x", "{{7*7}}", "`${1}`"]
VOID = {"meta", "link", "br", "input", "rect", "img", "circle", "line"}


class Reader(html.parser.HTMLParser):
    """Collects links and forms, and what must not be there."""

    def __init__(self, text):
        super().__init__()
        self.links, self.forms, self.wrong, self.open, self.ids = [], [], [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append(f"left open: {self.open}")

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        for name, value in attrs.items():
            if name.startswith("on") or name == "style" or (name in ("src", "href", "action") and not self.is_own(value)):
                self.wrong.append(f"<{tag} {name}={value!r}>")
        if tag in ("script", "img", "iframe", "object", "base") and attrs.get("src") != "/pages.js":
            self.wrong.append(f"<{tag}>")
        if tag == "a":
            self.links.append(attrs["href"])
        if tag == "form":
            self.forms.append(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag not in VOID:
            self.open.append(tag)

    @staticmethod
    def is_own(value):
        return value.startswith("#") or value == "data:," or (value.startswith("/") and not value.startswith("//"))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> out of place")


class Pages(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def start(self, lines, extra="", **more):
        daemon = Daemon(self.folder, extra, **more)
        self.addCleanup(daemon.kill)
        daemon.log.write_bytes(b"\n".join(lines) + b"\n")
        daemon.wait_until_ready()
        self.daemon = daemon
        return daemon

    def ask(self, path, method="GET", body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def page(self, path):
        status, headers, body = self.ask(path)
        self.assertEqual(status, 200, path)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertLessEqual(len(body.encode()), 100_000, path)
        reader = Reader(body)
        self.assertEqual(reader.wrong, [], path)
        self.assertEqual(len(reader.ids), len(set(reader.ids)), path)
        return body, reader

    def wait_for_incident(self):
        return wait_for(lambda: [link for link in Reader(self.ask("/")[2]).links if link.startswith("/incidents/")],
                        "an incident on the first page")

    def test_every_link_leads_somewhere(self):
        hostile = [anonymous_secret_read(f"h{i}", text) for i, text in enumerate(HOSTILE)]
        hostile += [event(f"u{i}", user=text, resource="secrets", verb="list", namespace=text, name="") for i, text in
                    enumerate(HOSTILE)]
        self.start(hostile)
        self.wait_for_incident()
        seen, todo = set(), ["/"]
        while todo and len(seen) < 150:
            path = todo.pop().split("#")[0]
            if path in seen or not path:
                continue
            seen.add(path)
            todo += [link for link in self.page(path)[1].links if link not in seen]
        self.assertTrue(any(path.startswith("/findings/") for path in seen), seen)
        self.assertTrue(any("/incidents/" in path for path in seen))

    def test_the_first_line_is_about_redshank(self):
        self.start([anonymous_secret_read("a", "db")])
        self.wait_for_incident()
        body, _ = self.page("/")
        self.assertIn("Nobody is told: no receiver is configured.", body)
        self.assertLess(body.index("class=\"health"), body.index("Open incidents"))

    def test_an_incident_tells_its_story(self):
        self.start([anonymous_secret_read("a", "db")])
        body, _ = self.page(self.wait_for_incident()[0])
        for text in ("An anonymous caller", "Why it matters", "Do first", "redshank incident i_", "Findings in it"):
            self.assertIn(text, body)

    def test_another_name_is_refused(self):
        self.start([anonymous_secret_read("a", "db")])
        self.assertEqual(self.ask("/", Host="evil.example")[0], 403)
        self.assertEqual(self.ask("/", Host="localhost:1")[0], 200)

    def test_a_page_can_be_asked_for_without_its_body(self):
        self.start([])
        status, headers, body = self.ask("/", method="HEAD")
        self.assertEqual((status, body), (200, ""))
        self.assertGreater(int(headers["Content-Length"]), 1000)
        self.assertEqual(self.ask("/", method="DELETE")[0], 405)

    def test_an_operator_acknowledges_and_it_is_in_the_journal(self):
        self.start([anonymous_secret_read("a", "db")], "[pages]\noperators = [\"*\"]\n")
        path = self.wait_for_incident()[0]
        body, reader = self.page(path)
        token = re.search(r'name="token" value="([0-9a-f]{64})"', body).group(1)
        form = f"action=ack&because=on+%3Cit%3E&token={token}"
        self.assertEqual(self.ask(path, "POST", form, Sec_Fetch_Site="cross-site")[0], 403)
        self.assertEqual(self.ask(path, "POST", form, Origin="http://evil.example")[0], 403)
        self.assertEqual(self.ask(path, "POST", form, Host="evil.example")[0], 403)
        self.assertEqual(self.ask(path, "POST", form.replace(token, "0" * 64))[0], 403)
        status, headers, _ = self.ask(path, "POST", form, Sec_Fetch_Site="same-origin", Origin="null")
        self.assertEqual((status, headers["Location"].split("?")[0].startswith("/incidents/i_")), (303, True))
        wait_for(lambda: "acknowledged by somebody at the page" in self.ask(path)[2], "the incident acknowledged")
        self.assertIn("on &lt;it&gt;", self.page(path)[0])
        self.assertIn("page: somebody at the page acknowledged incident i_", self.daemon.said())

    def test_users_are_viewers_or_operators(self):
        web = pathlib.Path(self.folder, "web.yml")
        web.write_text(f"basic_auth_users:\n  alice: {SECRET}\n  bob: {SECRET}\n")
        self.start([anonymous_secret_read("a", "db")], "[pages]\noperators = [\"alice\"]\n",
                   http=f'web_config_file = "{web}"\n')
        alice, bob = ({"Authorization": "Basic " + base64.b64encode(f"{user}:secret".encode()).decode()}
                      for user in ("alice", "bob"))
        self.assertEqual(self.ask("/")[0], 401)
        path = wait_for(lambda: [link for link in Reader(self.ask("/", **bob)[2]).links if "/incidents/i_" in link],
                        "an incident")[0]
        self.assertNotIn("name=\"token\"", self.ask(path, **bob)[2])
        token = re.search(r'name="token" value="([0-9a-f]{64})"', self.ask(path, **alice)[2]).group(1)
        form = f"action=ack&because=mine&token={token}"
        self.assertEqual(self.ask(path, "POST", form)[0], 401)
        self.assertEqual(self.ask(path, "POST", form, **bob)[0], 403)
        self.assertEqual(self.ask(path, "POST", form, **alice)[0], 303)
        wait_for(lambda: "acknowledged by alice" in self.ask(path, **bob)[2], "the incident acknowledged")

    def test_a_viewer_only_looks(self):
        self.start([anonymous_secret_read("a", "db")])
        path = self.wait_for_incident()[0]
        _, reader = self.page(path)
        self.assertEqual([form for form in reader.forms if form.get("method") == "post"], [])
        self.assertEqual(self.ask(path, "POST", "action=ack")[0], 403)

    def test_a_search_finds_people_and_incidents(self):
        self.start([event("e", user="alice"), anonymous_secret_read("a", "db")])
        self.wait_for_incident()
        body, reader = self.page("/search?q=ali")
        self.assertIn("/who?user=alice", reader.links)
        self.assertIn("alice", self.page("/who?user=alice")[0])
        self.assertTrue([link for link in self.page("/search?q=anonymous")[1].links if link.startswith("/incidents/i_")])

    def test_an_event_is_shown_wherever_its_line_went(self):
        self.start([anonymous_secret_read("a-1", "db"), event("a-2", user="alice", second=30)])
        finding = self.evidence_link()
        self.assertIn("/events/a-1?", finding)
        self.assertIn("audit.log, byte 0", self.page(finding)[0])
        with open(self.daemon.log, "rb") as log, gzip.open(f"{self.folder}/audit-2026-01-05T11-00-00.000.log.gz", "wb") as old:
            old.write(log.read())
        self.daemon.log.write_bytes(event("a-3", user="alice", second=60) + b"\n")
        body, _ = self.page(finding)
        self.assertIn("audit-2026-01-05T11-00-00.000.log.gz, byte 0", body)
        self.assertIn("<dt>objectRef.namespace</dt><dd>prod</dd>", body)
        self.assertEqual(self.ask("/events/a-9")[0], 404)

    def evidence_link(self):
        findings = [link for link in self.page(self.wait_for_incident()[0])[1].links if link.startswith("/findings/")]
        return next(link for finding in findings for link in self.page(finding)[1].links if link.startswith("/events/"))

    def test_an_event_shows_neither_bodies_nor_queries(self):
        secret = json.loads(anonymous_secret_read("a-1", "db"))
        secret |= {"requestURI": "/api/v1/namespaces/prod/secrets/db?token=hunter2", "level": "RequestResponse",
                   "responseObject": {"kind": "Secret", "data": {"a": "hunter2"}}}
        secret["annotations"]["patch.webhook.admission.k8s.io/round_0_index_0"] = "hunter2"
        self.start([json.dumps(secret, separators=(",", ":")).encode()])
        self.wait_for_incident()
        for path in ("/events/a-1", "/events?user=system%3Aanonymous&since=2026-01-05&until=2026-01-06"):
            body, _ = self.page(path)
            self.assertIn("db", body)
            self.assertNotIn("hunter2", body)
        self.assertIn("not shown", self.page("/events/a-1")[0])

    def test_what_somebody_did_in_these_minutes(self):
        self.start([event("a-1", user="alice", second=1), event("a-2", user="bob", second=2), event("a-3", user="alice", second=3)])
        self.daemon.wait_for_events(3)
        asked = "/events?user=alice&since=2026-01-05T10:00:00Z&until=2026-01-05T10:00:02Z"
        self.assertEqual([link for link in self.page(asked)[1].links if link.startswith("/events/")], ["/events/a-1"])
        self.assertIn("redshank events &#39;user.username = &quot;alice&quot;&#39; --since 2026-01-05T10:00:00", self.page(asked)[0])
        more = [event(f"m-{i}", user="carol", second=4 + i) for i in range(130)]
        with open(self.daemon.log, "ab") as log:
            log.write(b"\n".join(more) + b"\n")
        self.daemon.wait_for_events(133)
        body, reader = self.page("/events?user=carol&since=2026-01-05&until=2026-01-06")
        self.assertEqual(len([link for link in reader.links if link.startswith("/events/")]), 100)
        self.assertIn("These are the first 100.", body)
        later = next(link for link in reader.links if link.startswith("/events?"))
        self.assertEqual(len([link for link in self.page(later)[1].links if link.startswith("/events/")]), 31)
        self.assertIn("The logs have nothing of it.", self.page("/events?user=dave")[0])

    def test_rules_are_those_in_force(self):
        rules = pathlib.Path(self.folder, "rules.toml")
        rule = '[[rule]]\nid = "{}"\ntitle = "t"\nseverity = "low"\ncondition = "verb = \'get\'"\n'
        rules.write_text(rule.format("first-rule"))
        self.start([], f'[rules]\npacks = []\nfiles = ["{rules}"]\n')
        self.assertIn("first-rule", self.page("/rules")[0])
        rules.write_text(rule.format("second-rule"))
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "second-rule" in self.page("/rules")[0], "the new rule")
        self.assertNotIn("first-rule", self.page("/rules")[0])
        rules.write_text("[[rule]]\n")
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "not reloaded" in self.daemon.said(), "the mistake")
        self.assertIn("second-rule", self.page("/rules")[0])

    def test_a_window_names_who_read_in_it(self):
        grant = json.loads(event("g-1", user="erin", verb="create", resource="rolebindings", namespace="prod", name="open"))
        grant |= {"level": "RequestResponse", "requestURI": "/apis/rbac.authorization.k8s.io/v1/namespaces/prod/rolebindings"}
        grant["objectRef"] |= {"apiGroup": "rbac.authorization.k8s.io"}
        grant["responseObject"] = {
            "kind": "RoleBinding", "metadata": {"name": "open", "namespace": "prod"},
            "subjects": [{"kind": "Group", "name": "system:unauthenticated", "apiGroup": "rbac.authorization.k8s.io"}],
            "roleRef": {"kind": "ClusterRole", "name": "edit", "apiGroup": "rbac.authorization.k8s.io"}}
        grant["requestObject"] = grant["responseObject"]
        self.start([json.dumps(grant, separators=(",", ":")).encode(), anonymous_secret_read("a-1", "db", second=5)])
        body = wait_for(lambda: (text := self.page("/secrets")[0]) and "<dt>Read by</dt>" in text and text, "a reader")
        self.assertIn('<dt>Read by</dt><dd><a href="/who?user=system%3Aanonymous">system:anonymous</a></dd>', body)

    def test_names_are_those_of_the_sentences(self):
        self.start([event("e-1", user="system:serviceaccount:ci:deployer"), anonymous_secret_read("a-1", "db")])
        self.daemon.wait_for_events(2)
        self.assertIn("<h1>system:serviceaccount:ci:deployer</h1>", self.page("/who?user=ci%2Fdeployer")[0])
        self.assertIn("system:anonymous", self.page("/secrets?secret=db")[0])
        self.assertIn("No Secret nope/nope was ever seen in a request.", self.page("/secrets?secret=nope/nope")[0])
        self.assertIn("yesterday is not a time", self.page("/events?user=alice&since=yesterday")[0])

    def test_a_silence_is_seen_on_the_incident(self):
        self.start([anonymous_secret_read("a", "db")], "[pages]\noperators = [\"*\"]\n")
        path = self.wait_for_incident()[0]
        token = re.search(r'name="token" value="([0-9a-f]{64})"', self.page(path)[0]).group(1)
        _, headers, _ = self.ask(path, "POST", f"action=silence&for=1h&because=known&token={token}")
        self.assertIn("Noted.", self.page(headers["Location"])[0])
        self.assertNotIn("Noted.", self.page(path + "?done=1")[0])
        body, _ = self.page(path)
        self.assertRegex(body, r"<dt>Silenced</dt><dd>until .* by somebody at the page: known <code class=\"command\">redshank silence expire ")
        silence = re.search(r'name="silence" value="(s_[a-z0-9]+)"', body).group(1)
        status, _, _ = self.ask(path, "POST", f"action=expire&silence={silence}&token={token}")
        self.assertEqual(status, 303)
        self.assertNotIn("<dt>Silenced</dt>", self.page(path)[0])

    def test_pages_can_be_off(self):
        self.start([], "[pages]\nserve = \"never\"\n")
        self.assertEqual(self.ask("/")[0], 404)
        self.assertEqual(self.ask("/readyz")[0], 200)


if __name__ == "__main__":
    unittest.main()
