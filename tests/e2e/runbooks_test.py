#!/usr/bin/env python3
"""The commands that runbooks and advice name exist, with these options."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLOTS = {"AUDIT_ID": "8c1f", "USER": "alice", "GROUP": "example.com", "NAMESPACE/NAME": "shop/db", "NAMESPACE": "shop", "NAME": "db",
         "ID": "secret-read", "TICKET": "T-1", "POLICY": "/nonexistent/policy.yaml", "LOG": "/nonexistent/audit.log",
         "FILE": "/nonexistent/audit.log", "PROXY": "proxy", "WHO": "w", "WHY": "w"}
WRONG_USAGE = 2


def commands(text):
    return set(re.findall(r"`(redshank [^`]+)`", text)) | set(re.findall(r'"(redshank [^"]+)"', text))


def words_of(command):
    words = []
    for word in re.findall(r"'[^']*'|\S+", command)[1:]:
        word = re.sub(r"\{\w+\}", "x", word.strip("'").replace("{kind}", SLOTS["ID"]))
        words.append(re.sub("|".join(sorted(SLOTS, key=len, reverse=True)), lambda slot: SLOTS[slot[0]], word))
    return words


class Runbooks(unittest.TestCase):
    def usage_error(self, words):
        with tempfile.TemporaryDirectory() as folder:
            takes_state = words[0] in ("findings", "incidents", "incident", "why", "ack", "close", "secrets", "last-access", "crds", "digest", "silence", "suppress")
            has_log = "--requests" in words
            more = ["--state", folder + "/none.db"] if takes_state and not has_log else []
            if words[0] in ("events", "event"):
                more = ["/nonexistent/audit.log"]
            done = subprocess.run([os.path.abspath(os.environ["REDSHANK"]), *words, *more], cwd=folder,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
        # A file that is not there is no wrong usage.
        return done.stderr if done.returncode == WRONG_USAGE and "/nonexistent/" not in done.stderr else ""

    def test_every_command_is_understood(self):
        texts = [file.read_text() for file in sorted((ROOT / "docs/runbooks").glob("*.md"))]
        texts.append((ROOT / "core/finding/advice_table.cpp").read_text())
        helped = subprocess.run([os.environ["REDSHANK"], "--help"], capture_output=True, text=True, check=True).stdout
        seen = set().union(*(commands(text) for text in texts))
        self.assertGreater(len(seen), 20)
        for command in sorted(seen):
            words = words_of(command)
            if words[0] == "incident" and "  incident " not in helped:
                continue
            with self.subTest(command=command):
                self.assertEqual(self.usage_error(words), "")

    def test_what_is_wrong_is_heard(self):
        for words in (["findings", "--sicne", "24h"], ["no-such-command"], ["secrets", "--since", "yesterdayish"],
                      ["events", 'user.nmae = "alice"'], ["events", 'user.username = "alice"', "--sicne", "24h"]):
            self.assertNotEqual(self.usage_error(words), "", words)

    def test_every_page_says_what_people_need(self):
        for file in (ROOT / "docs/runbooks").glob("*.md"):
            with self.subTest(page=file.name):
                text = file.read_text()
                parts = re.findall(r"^## (.*)$", text, re.M)
                self.assertEqual(parts, ["Is it real?", "Contain", "Fix", "Silence it rightly"])
                self.assertTrue(text.startswith(f"# {file.stem}\n"))
                before, real, *rest = re.split(r"^## .*$", text, flags=re.M)
                self.assertGreater(len(before.split("\n", 1)[1].split()), 5, "what it means")
                checks = re.findall(r"^\d\. .*$", real, re.M)
                self.assertEqual([check[:3] for check in checks], ["1. ", "2. ", "3. "])
                for check in checks:
                    self.assertRegex(check, r"^\d\. `(redshank|kubectl|journalctl|ls|stat|df|last) [^`]+`: \S")
                for part in rest:
                    self.assertRegex(part, r"(?m)^- \S", "each part says at least one thing")


if __name__ == "__main__":
    unittest.main()
