"""The pages in a real browser: what it refuses, what it asks for, what axe-core finds, light, dark and on a phone.

Skips where there is no Chromium (apt-get install chromium); the part of axe-core also where $REDSHANK_AXE names no
axe.min.js (npm install axe-core; it is for tests only). `--screenshots FOLDER` makes the pictures of docs/pages.
"""
import html
import os
import pathlib
import re
import sys
import tempfile
import unittest

from browser import CHROMIUM, Browser
from harness import SOURCE, Daemon, anonymous_secret_read, event, wait_for
from pages_test import HOSTILE

AXE = pathlib.Path(os.environ.get("REDSHANK_AXE", SOURCE / "build/axe/node_modules/axe-core/axe.min.js"))
LOOKS = {"light": (1000, 760, False), "dark": (1000, 760, True), "phone": (320, 640, False)}
VIEWS = {"now": "/", "who": "/who?user=alice", "secrets": "/secrets", "crds": "/crds", "rules": "/rules",
         "policy": "/policy", "search": "/search?q=alice"}


def start(folder, lines=None):
    """Over these lines, or over the sample."""
    config = ('[pages]\noperators = ["*"]\n[detectors.unusual_access]\nlearning = "1m"\n'
              '[[receiver]]\nname = "terminal"\ntype = "stdout"\n')
    if lines:
        daemon = Daemon(folder, config)
        daemon.log.write_bytes(b"\n".join(lines) + b"\n")
    else:
        daemon = Daemon(folder, config, source='path = "samples/audit.log"\nstart = "beginning"\n', cwd=SOURCE)
    daemon.wait_until_ready()
    return daemon


def gravest_incident(daemon):
    return wait_for(lambda: re.search(r'href="(/incidents/i_[a-z0-9]+)"', daemon.get("/")[1]), "an incident").group(1)


def event_of(daemon, incident):
    """The path of the event that a finding of the incident names as evidence."""
    for finding in re.findall(r'href="(/findings/[^"]+)"', daemon.get(incident)[1]):
        if found := re.search(r'href="(/events/[^"]+)"', daemon.get(finding)[1]):
            return html.unescape(found.group(1))
    raise AssertionError("no finding names an event")


def views_of(daemon):
    incident = gravest_incident(daemon)
    return {**VIEWS, "incident": incident, "event": event_of(daemon, incident)}


def in_every_look(browser, views):
    """(look, view, path) of each view in each look, which the browser has taken."""
    for look, size in LOOKS.items():
        browser.look(*size)
        for view, path in views.items():
            yield look, view, path


@unittest.skipUnless(CHROMIUM, "no Chromium here: apt-get install chromium")
class InABrowser(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.browser = Browser()
        self.addCleanup(self.browser.close)

    def start(self, lines=None):
        self.daemon = start(self.folder, lines)
        self.addCleanup(self.daemon.kill)
        self.views = views_of(self.daemon)

    def open(self, path):
        self.browser.open(f"http://127.0.0.1:{self.daemon.port}{path}")

    def test_views_are_whole_in_every_look(self):
        self.start()
        for look, view, path in in_every_look(self.browser, self.views):
            with self.subTest(view=view, look=look):
                self.open(path)
                self.assertEqual(self.browser.run("window.refused"), [])
                too_wide = self.browser.run("document.documentElement.scrollWidth - innerWidth")
                self.assertLessEqual(too_wide, 0, "scrolls sideways")
                self.assertEqual(self.browser.run("getComputedStyle(document.body).margin"), "0px")
        self.assertEqual(self.browser.wrong, [])
        self.check_asked()

    def check_asked(self):
        own = f"http://127.0.0.1:{self.daemon.port}/"
        foreign = [url for url in self.browser.asked if not url.startswith((own, "data:,", "about:"))]
        self.assertEqual(foreign, [])

    def test_hostile_names_run_nothing_and_fetch_nothing(self):
        lines = [anonymous_secret_read(f"h{i}", text) for i, text in enumerate(HOSTILE)]
        lines += [event(f"u{i}", user=text, groups=[text], resource="secrets", verb="list", namespace=text, name="")
                  for i, text in enumerate(HOSTILE)]
        self.start(lines)
        links = {path for path in self.views.values()} | {"/incidents"}
        self.open("/incidents")
        links |= set(self.browser.run("Array.from(document.querySelectorAll('main a'), a => a.getAttribute('href'))"))
        for path in sorted(links)[:40]:
            self.open(path)
            self.assertEqual(self.browser.run("window.refused"), [], path)
            self.assertEqual(self.browser.run("document.querySelectorAll('main script, main img, main iframe').length"), 0)
        self.assertEqual(self.browser.wrong, [])
        self.check_asked()

    def test_markup_cannot_be_made_from_text(self):
        self.start()
        self.open("/")
        refused = self.browser.run("try { document.body.innerHTML = '<b>'; 'made' } catch (error) { error.name }")
        self.assertEqual(refused, "TypeError")

    def test_keys_walk_the_incidents(self):
        self.start()
        self.open("/")
        key = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', bubbles: true}))"
        self.browser.run(key)
        self.assertEqual(self.browser.run("document.activeElement.getAttribute('href')"), self.views["incident"])

    @unittest.skipUnless(AXE.is_file(), f"no {AXE}: npm install --prefix build/axe axe-core")
    def test_axe_finds_nothing(self):
        self.start()
        for look, view, path in in_every_look(self.browser, self.views):
            with self.subTest(view=view, look=look):
                self.open(path)
                self.browser.run(AXE.read_text() + ";0")
                found = self.browser.run(
                    "axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']}).then(r => "
                    "r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html + n.failureSummary).join(' | ')))")
                self.assertEqual(found, [])


def take_pictures(folder):
    browser = Browser()
    with tempfile.TemporaryDirectory() as work:
        daemon = start(work)
        try:
            for look, view, path in in_every_look(browser, views_of(daemon)):
                browser.open(f"http://127.0.0.1:{daemon.port}{path}")
                browser.picture(folder / f"{view}-{look}.webp", quality=40)
        finally:
            daemon.kill()
            browser.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--screenshots"]:
        take_pictures(pathlib.Path(sys.argv[2]))
    else:
        unittest.main()
