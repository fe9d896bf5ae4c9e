"""One daemon reads the logs of two clusters that lie a month apart: it finds what two daemons find, which read one each."""
import datetime
import json
import pathlib
import re
import sqlite3
import tempfile
import unittest

from harness import SOURCE, Daemon

TIME = re.compile(rb'"(requestReceivedTimestamp|stageTimestamp)":"([^"]+)Z"')
SETTINGS = '[detectors.unusual_access]\nlearning = "1m"\n'
PIECE = 77_777  # bytes in each write; it ends inside of lines


def earlier(text, days):
    def moved(match):
        at = datetime.datetime.fromisoformat(match[2].decode()) - datetime.timedelta(days=days)
        return b'"%s":"%sZ"' % (match[1], at.isoformat(timespec="microseconds").encode())
    return TIME.sub(moved, text)


def source(log, cluster):
    return f'path = "{log}"\ncluster = "{cluster}"\n'


class TwoClusters(unittest.TestCase):
    def told(self, daemon):
        """Findings and incidents, by cluster and id."""
        self.assertEqual(daemon.metric("redshank_lines_skipped_total"), 0)
        self.assertEqual(daemon.stop(), 0, daemon.said())
        database = sqlite3.connect(daemon.state / "redshank.db")
        findings = {(json.loads(text)["cluster"], name): json.loads(text)
                    for name, text in database.execute("SELECT id, json FROM findings")}
        incidents = {(json.loads(text)["cluster"], name): json.loads(text) for name, text in database.execute(
            "SELECT CAST(key AS TEXT), CAST(value AS TEXT) FROM state WHERE tbl = 'incidents.incidents'")}
        database.close()
        return findings, incidents

    def run_over(self, sources, events, pieces=()):
        """What a daemon over `sources` tells; `pieces` (log, text) are written while it reads."""
        with tempfile.TemporaryDirectory() as folder:
            daemon = Daemon(folder, "".join(f"[[source]]\n{one}" for one in sources[1:]) + SETTINGS, source=sources[0])
            self.addCleanup(daemon.kill)
            for log, text in pieces:
                with open(log, "ab", buffering=0) as out:
                    out.write(text)
            daemon.wait_until_ready()
            daemon.wait_for_events(events)
            return self.told(daemon)

    def compare(self, order):
        """`order`: of the pieces of both logs, which are given one after the other."""
        late = (SOURCE / "samples" / "audit.log").read_bytes()  # neither lies in the future, which is not believed
        texts = {"prod": earlier(late, 31), "edge": late}
        lines = late.count(b"\n")
        with tempfile.TemporaryDirectory() as folder:
            logs = {name: pathlib.Path(folder, name + ".log") for name in texts}
            for log in logs.values():
                log.touch()
            pieces = [(logs[name], texts[name][at:at + PIECE]) for name, at in order({
                name: range(0, len(text), PIECE) for name, text in texts.items()})]
            both = self.run_over([source(log, name) for name, log in logs.items()], 2 * lines, pieces)
            apart = ({}, {})
            for name, log in logs.items():
                for told, one in zip(apart, self.run_over([source(log, name)], lines)):
                    told.update(one)
        for together, alone in zip(both, apart):
            self.assertGreater(len([name for name in alone if name[0] == "edge"]), 3)
            self.assertEqual(sorted(together), sorted(alone))
            for name, finding in alone.items():
                with self.subTest(id=name):
                    self.assertEqual(together[name], finding)

    def test_by_turns(self):
        self.compare(lambda places: [(name, at) for pair in zip(places["prod"], places["edge"])
                                     for name, at in zip(("prod", "edge"), pair)]
                     + [("edge", at) for at in list(places["edge"])[len(places["prod"]):]])

    def test_the_later_first(self):
        self.compare(lambda places: [(name, at) for name in ("edge", "prod") for at in places[name]])


if __name__ == "__main__":
    unittest.main()
