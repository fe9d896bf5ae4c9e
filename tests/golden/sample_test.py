#!/usr/bin/env python3
"""Compares the three detectors' findings in the sample log byte for byte. (Rules have tests of their own.)

    REDSHANK=build/release/redshank tests/golden/sample_test.py             compares
    REDSHANK=build/release/redshank tests/golden/sample_test.py --update    writes tests/golden anew (make golden)
"""
import difflib
import os
import pathlib
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FINDINGS = SOURCE / "tests" / "golden" / "sample.findings.jsonl"


def replay(*options):
    return subprocess.run([os.path.abspath(os.environ["REDSHANK"]), "replay", "--format", "json",
                           "--config", "tests/golden/sample.toml", *options, "samples/audit.log"],
                          cwd=SOURCE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


class Sample(unittest.TestCase):
    def assert_as_recorded(self, said):
        recorded = FINDINGS.read_bytes()
        if said != recorded:
            lines = [text.decode().splitlines() for text in (recorded, said)]
            self.fail("not as recorded (on purpose? make golden):\n" +
                      "\n".join(line[:600] for line in difflib.unified_diff(*lines, "recorded", "said", n=0, lineterm="")))

    def test_as_recorded(self):
        self.assert_as_recorded(replay())

    def test_any_number_of_parse_threads(self):
        self.assert_as_recorded(replay("--jobs", "3"))

    def test_all_three_detectors_speak(self):
        text = FINDINGS.read_text()
        for detector in ("secret_exposure", "unusual_access", "crd_health"):
            self.assertIn(f'"detector":"{detector}"', text)


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        FINDINGS.write_bytes(replay())
    else:
        unittest.main()
